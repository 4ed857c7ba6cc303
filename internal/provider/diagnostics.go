package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/nexudus"
)

// diagnose is the only place that turns failures of the client into words. The
// detail says what went wrong, what to do, what was tried, and what Nexudus said.
func diagnose(err error) (summary, detail string) {
	var failure *nexudus.Error
	switch {
	case errors.As(err, &failure):
	case errors.Is(err, context.Canceled):
		return "Reading was cancelled", "The run was interrupted before Nexudus had answered."
	default:
		return "Reading failed", "Something unexpected happened before Nexudus had answered.\n\n" +
			"Please report it, with the log that TF_LOG=DEBUG writes."
	}

	summary, what, remedy := phrase(failure)
	paragraphs := []string{what, remedy}
	switch {
	case failure.Attempts > 0:
		paragraphs = append(paragraphs, tried(failure))
	case failure.Status != 0:
		paragraphs = append(paragraphs, fmt.Sprintf("Not sent: %s, since status %d to another request asked all to wait.", failure.Call, failure.Status))
	}
	if len(failure.Messages) > 0 {
		paragraphs = append(paragraphs, "Nexudus said:\n  - "+strings.Join(failure.Messages, "\n  - "))
	}
	return summary, strings.Join(paragraphs, "\n\n")
}

func phrase(f *nexudus.Error) (summary, what, remedy string) {
	id, one := strings.CutPrefix(f.Call, "get webhook ")
	switch f.Kind {
	case nexudus.KindNotFound:
		if !one {
			return "Webhooks not found",
				"Nexudus has no list of webhooks at this address, or the user may not see it.",
				fmt.Sprintf(`Check that the user holds the %s role, and that "base_url" is the root of the API, which is usually %s.`, f.Role, nexudus.DefaultBaseURL)
		}
		return "Webhook not found",
			fmt.Sprintf("No webhook has the Id %s, or the user may not see it.", id),
			fmt.Sprintf(`Check the Id, that the user holds the %s role for the webhook's location, and that "base_url" is the root of the API.`, f.Role)
	case nexudus.KindUnauthorized:
		return "Nexudus refused the credentials",
			"Nexudus answers alike to credentials that are wrong or have expired, and to a user who lacks a role.",
			fmt.Sprintf("Check that the credentials are current, and that the user holds the %s role or is a full unrestricted administrator.", f.Role)
	case nexudus.KindRoleMissing:
		return "Missing Nexudus role",
			fmt.Sprintf("The sign-in succeeded, and Nexudus refused the request right after it: the user lacks the %s role.", f.Role),
			"Give the role to the user in Nexudus, or use a full unrestricted administrator."
	case nexudus.KindForbidden:
		return "Nexudus denied the request",
			"The credentials were accepted, and this request is not allowed to them.",
			fmt.Sprintf("Check that the user holds the %s role, and that the location is one of the user's.", f.Role)
	case nexudus.KindBlocked:
		return "Blocked in front of Nexudus",
			"A firewall answered with an HTML page. The request never reached Nexudus, so the credentials are not the cause.",
			"Run it from another network, or ask Nexudus support to allow this one. TF_APPEND_USER_AGENT changes what the firewall is told about the program."
	case nexudus.KindThrottled:
		if f.Wait == 0 {
			return "Throttled by Nexudus",
				"Nexudus kept refusing because of too many requests, however long the provider waited in between.",
				"Run again later, with fewer pipelines on the account at the same time."
		}
		return "Throttled by Nexudus",
			fmt.Sprintf("Nexudus asks to wait %s, which suggests that the limit of %s is reached.", duration(f.Wait), quota(f.Wait)),
			`Run again later, with fewer pipelines on the account at the same time. "max_throttle_wait" in the provider block, or NEXUDUS_MAX_THROTTLE_WAIT, allows a longer wait.`
	case nexudus.KindRejected:
		return "Rejected by Nexudus",
			"Nexudus understood the request and did not carry it out.",
			"Correct what Nexudus names, and run again."
	case nexudus.KindUnavailable:
		if f.Wait > 0 {
			return "Nexudus is not available",
				fmt.Sprintf("Nexudus or the network in front of it failed to answer the request, and asks to wait %s.", duration(f.Wait)),
				`Run again later. "max_throttle_wait" in the provider block, or NEXUDUS_MAX_THROTTLE_WAIT, allows a longer wait.`
		}
		return "Nexudus is not available",
			"Nexudus or the network in front of it failed to answer the request.",
			"Run again later. Where this happens often, raise \"max_retries\" in the provider block, or NEXUDUS_MAX_RETRIES."
	case nexudus.KindConnection:
		return "No connection to Nexudus",
			fmt.Sprintf("The request got no complete answer: %s.", f.Reason),
			`Check the network, the proxy settings in the environment, and "base_url".`
	case nexudus.KindRedirected:
		return "Nexudus redirected the request",
			fmt.Sprintf("The answer points to %s. The provider follows no redirect, since the credentials would go with it.", f.Reason),
			fmt.Sprintf(`Set "base_url" to the root of the API, which is usually %s.`, nexudus.DefaultBaseURL)
	case nexudus.KindSignIn:
		return "Nexudus refused the sign-in",
			"The user name, the password or the one-time code was not accepted. The provider does not try them again.",
			`Check "username" and "password". An account with two-factor sign-in also needs "totp" or "totp_secret"; an API application's key and secret need auth_method = "basic".`
	case nexudus.KindSignInAnswer:
		return "Unexpected sign-in answer",
			fmt.Sprintf("The sign-in was answered by %s, where JSON with an access token was expected.", f.Reason),
			fmt.Sprintf(`Check that "base_url" is the root of the API, which is usually %s: a space's own portal does not sign in.`, nexudus.DefaultBaseURL)
	case nexudus.KindCodeUsed:
		return "One-time code already used",
			fmt.Sprintf("Another sign-in is needed, since %s, and the code in \"totp\" has been sent before. One code serves one sign-in.", f.Reason),
			`Run again with a new code. Or set "totp_secret" in the provider block or NEXUDUS_TOTP_SECRET in the environment, from which the provider makes a code for each sign-in.`
	case nexudus.KindTOTPSecret:
		return "Invalid two-factor secret",
			"No one-time code can be made from the two-factor secret, which is not base32.",
			`Give the secret that Nexudus shows beside the QR code when two-factor sign-in is set up, in "totp_secret".`
	case nexudus.KindIncomplete:
		return "Incomplete list of webhooks",
			fmt.Sprintf("The pages of the list contradict each other: %s.", f.Reason),
			`Run again. Where it fails again, a filter such as "business_id" makes the list shorter; and please report this.`
	default:
		expected := "an access token"
		switch {
		case one:
			expected = "one webhook"
		case strings.HasPrefix(f.Call, "list webhooks"):
			expected = "a page of webhooks"
		}
		return "Unexpected answer from Nexudus",
			fmt.Sprintf("The answer is %s, where %s was expected.", f.Reason, expected),
			fmt.Sprintf(`Check that "base_url" is the root of the API, which is usually %s. Where it is, please report this.`, nexudus.DefaultBaseURL)
	}
}

// quota names the documented limit that a wait suggests.
// See https://developers.nexudus.com/reference/api-limitations.
func quota(wait time.Duration) string {
	switch {
	case wait <= time.Second:
		return "1 request in 100 milliseconds"
	case wait <= time.Minute:
		return "120 requests in a minute"
	case wait <= time.Hour:
		return "5,000 requests in an hour"
	}
	return "200,000 requests in a day"
}

// duration is a wait as a person says it.
func duration(wait time.Duration) string {
	if wait < time.Second {
		return wait.Round(time.Millisecond).String()
	}
	return wait.Round(time.Second).String()
}

// tried says what was sent, what came back, how often and for how long.
func tried(f *nexudus.Error) string {
	status := "no answer"
	switch {
	case f.Status != 0:
		status = fmt.Sprintf("status %d", f.Status)
	case f.Kind == nexudus.KindCodeUsed:
		status = "no good answer"
	}
	attempts := "1 attempt"
	if f.Attempts > 1 {
		attempts = fmt.Sprintf("%d attempts", f.Attempts)
	}
	return fmt.Sprintf("Tried: %s; %s; %s in %s.", f.Call, status, attempts, f.Elapsed.Round(time.Millisecond))
}
