package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/nexudus"
)

// diagnose turns an error of the client into the text of a diagnostic. The
// detail says what went wrong, what to do, what was tried, and what Nexudus said.
func diagnose(err error) (summary, detail string) {
	var failure *nexudus.Error
	switch {
	case errors.As(err, &failure):
	case errors.Is(err, context.Canceled):
		return "Interrupted", "The run was interrupted before Nexudus responded. This request changed nothing."
	default:
		return "Unexpected failure", "Something failed before a request was sent.\n\n" +
			"Please report this, with the log that TF_LOG=DEBUG writes."
	}

	message := phrase(failure)
	if failure.Unknown {
		message = phraseUnknown(failure, message)
	}
	paragraphs := []string{message.what, message.remedy}
	switch {
	case failure.Attempts > 0:
		paragraphs = append(paragraphs, tried(failure))
	case failure.Kind == nexudus.KindThrottled, failure.Kind == nexudus.KindUnavailable:
		paragraphs = append(paragraphs, fmt.Sprintf(
			"Not sent: %s, because a response with status %d to another request asked all requests to wait.",
			failure.Request(), failure.Status))
	}
	said := slices.Clone(failure.Messages)
	for _, field := range failure.Fields {
		said = append(said, field.Field+": "+field.Message)
	}
	if len(said) > 0 && failure.Kind != nexudus.KindNotApplied {
		paragraphs = append(paragraphs, "Nexudus said:\n  - "+strings.Join(said, "\n  - "))
	}
	return message.summary, strings.Join(paragraphs, "\n\n")
}

// addReadError adds the diagnostic of a failed read, at the attribute id if the
// record was not found.
func addReadError(diags *diag.Diagnostics, err error) {
	summary, detail := diagnose(err)
	if nexudus.IsNotFound(err) {
		diags.AddAttributeError(path.Root("id"), summary, detail)
		return
	}
	diags.AddError(summary, detail)
}

// message is the first part of a diagnostic: what went wrong and what to do.
type message struct{ summary, what, remedy string }

const (
	checkBaseURL = `Check that "base_url" is the root of the API, which is usually ` + nexudus.DefaultBaseURL
	longerWait   = `"max_throttle_wait" in the provider block, or NEXUDUS_MAX_THROTTLE_WAIT, allows a longer wait.`
	beLessBusy   = "Run again later, with fewer pipelines using the account at the same time."
)

func phrase(f *nexudus.Error) message {
	noun := strings.TrimPrefix(f.Request(), string(f.Verb)+" ") // "webhook 42"
	switch f.Kind {
	case nexudus.KindNotFound:
		place := "the location of the " + f.Noun
		if f.Noun == "location" {
			place = "this location"
		}
		return message{titleCase(f.Noun) + " not found",
			fmt.Sprintf("No %s has the Id %d, or the user does not have access to it.", f.Noun, f.ID),
			fmt.Sprintf(`Check the Id, and that the user has the %s role for %s.`, f.Role, place)}
	case nexudus.KindUnauthorized:
		m := message{"Nexudus refused the credentials",
			"Nexudus gives the same response to credentials that are wrong or have expired, and to a user without the required role.",
			fmt.Sprintf("Check that the credentials are valid, and that the user has the %s role or is a full unrestricted administrator.",
				f.Role)}
		if f.Role == "" {
			m.what, m.remedy = "The credentials are wrong or have expired.", "Check the credentials."
		}
		return withQuota(f, m)
	case nexudus.KindRoleMissing:
		if f.Role == "" {
			return message{"Nexudus refused the credentials",
				"Signing in succeeded, but Nexudus then refused a request that needs no role.",
				"Check in Nexudus that the user is active and may use the API."}
		}
		return withQuota(f, message{"Missing Nexudus role",
			fmt.Sprintf("Signing in succeeded, but Nexudus then refused the request: the user does not have the %s role.", f.Role),
			"Give the user the role in Nexudus, or use a full unrestricted administrator."})
	case nexudus.KindForbidden:
		m := message{"Nexudus denied the request",
			"The credentials were accepted, but they do not allow this request.",
			fmt.Sprintf("Check that the user has the %s role, and access to the location.", f.Role)}
		if f.Role == "" {
			m.remedy = "Check in Nexudus that the user is active and may use the API."
		}
		return m
	case nexudus.KindBlocked:
		return message{"Blocked by a firewall",
			"A firewall answered with an HTML page. The request never reached Nexudus, so the credentials are not the cause.",
			"Run from another network, or ask Nexudus support to allow this one. " +
				"TF_APPEND_USER_AGENT changes the User-Agent that the firewall sees."}
	case nexudus.KindThrottled:
		if f.Wait == 0 {
			return message{"Throttled by Nexudus",
				"Nexudus kept refusing requests because there were too many, although the provider waited in between.",
				beLessBusy}
		}
		return message{"Throttled by Nexudus",
			fmt.Sprintf("Nexudus asks the provider to wait %s, which suggests that the limit of %s was reached.", duration(f.Wait), quota(f.Wait)),
			beLessBusy + " " + longerWait}
	case nexudus.KindRejected:
		if len(f.Messages)+len(f.Fields) == 0 {
			return message{"Rejected by Nexudus", "Nexudus refused the request. The reason is not known.",
				"Run again later. If this happens again, please report it."}
		}
		return message{"Rejected by Nexudus", "Nexudus understood the request and refused it.",
			"Correct what Nexudus reports below, and run again."}
	case nexudus.KindUnavailable:
		if f.Wait > 0 {
			return message{"Nexudus is not available",
				fmt.Sprintf("Nexudus, or the network in front of it, failed to process the request and asks the provider to wait %s.",
					duration(f.Wait)),
				"Run again later. " + longerWait}
		}
		return message{"Nexudus is not available", "Nexudus, or the network in front of it, failed to process the request.",
			`Run again later. If this happens often, raise "max_retries" in the provider block, or NEXUDUS_MAX_RETRIES.`}
	case nexudus.KindConnection:
		return message{"No connection to Nexudus",
			fmt.Sprintf("There was no complete response: %s.", f.Reason),
			`Check the network, the proxy settings in the environment, and "base_url".`}
	case nexudus.KindRedirected:
		return message{"Nexudus redirected the request",
			fmt.Sprintf("The response points to %s. The provider does not follow redirects, because that would send the credentials along.",
				f.Reason),
			checkBaseURL + "."}
	case nexudus.KindNotApplied:
		return message{titleCase(f.Noun) + " was not updated",
			fmt.Sprintf("Nexudus accepted the update of %s, but %s.", noun, f.Reason),
			"The state holds the values that Nexudus has now. Apply again; if this happens again, ask Nexudus support."}
	case nexudus.KindSignIn:
		what := "Nexudus did not accept the user name, the password or the one-time code. The provider does not try them again."
		if f.Reason != "" {
			what = "Nexudus did not accept the user name, the password or the one-time codes. The provider tried more than one code, " +
				"because another process may have used the first one, and does not try again."
		}
		return message{"Nexudus refused the sign-in", what,
			`Check "username" and "password". An account with two-factor authentication also needs "totp_secret", or "totp" with a new code ` +
				`for each sign-in: plan and apply sign in separately. ` +
				`The key and secret of an API application need auth_method = "basic".`}
	case nexudus.KindSignInResponse:
		return message{"Unexpected response to the sign-in",
			fmt.Sprintf("Expected JSON with an access token; got %s.", f.Reason),
			checkBaseURL + ". The portal of a space does not accept this sign-in."}
	case nexudus.KindCodeUsed:
		return message{"One-time code already used",
			fmt.Sprintf("Another sign-in is needed because %s, and the code in \"totp\" has already been sent. "+
				"A code is valid for one sign-in.", f.Reason),
			`Run again with a new code, or set "totp_secret" in the provider block or NEXUDUS_TOTP_SECRET in the environment, ` +
				`so that the provider can generate a code for each sign-in.`}
	case nexudus.KindTOTPSecret:
		return message{"Invalid two-factor secret", "The two-factor secret is not base32, so no one-time code can be generated from it.",
			`Set "totp_secret" to the secret that Nexudus shows next to the QR code when two-factor authentication is set up.`}
	case nexudus.KindIncomplete:
		return message{"Incomplete list of " + f.Nouns(),
			fmt.Sprintf("The provider could not read the complete list of %s: %s.", f.Nouns(), f.Reason),
			`Run again. If it fails again, use filters to make the list shorter, and please report this.`}
	}
	expected := "one " + f.Noun
	switch {
	case f.Verb == nexudus.VerbSignIn:
		expected = "an access token"
	case f.Verb == nexudus.VerbList:
		expected = "a page of " + f.Nouns()
	case f.Verb != nexudus.VerbGet:
		expected = "confirmation that the request was processed"
	}
	return message{"Unexpected response from Nexudus", fmt.Sprintf("Expected %s; got %s.", expected, f.Reason),
		checkBaseURL + ". If it is, run again later; if this happens again, please report it."}
}

// withQuota adds another possible cause to the failure of a create. Public client
// code has encountered that cause.
func withQuota(f *nexudus.Error, m message) message {
	if f.Verb == nexudus.VerbCreate {
		m.what += " Nexudus also answers this way when an account has reached its quota of new records."
	}
	return m
}

func titleCase(noun string) string { return strings.ToUpper(noun[:1]) + noun[1:] }

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

// duration formats a wait, rounded to milliseconds below a second and to seconds above.
func duration(wait time.Duration) string {
	if wait < time.Second {
		return wait.Round(time.Millisecond).String()
	}
	return wait.Round(time.Second).String()
}

// aboutAddress lists the kinds of failure that a wrong address may cause.
var aboutAddress = []nexudus.Kind{
	nexudus.KindConnection, nexudus.KindRedirected, nexudus.KindUnexpected, nexudus.KindSignInResponse, nexudus.KindBlocked,
}

// tried describes the request, its last status, the number of attempts, and how long
// it took.
func tried(f *nexudus.Error) string {
	sent := f.Request()
	if slices.Contains(aboutAddress, f.Kind) {
		sent += " at " + f.URL
	}
	status := "no response"
	switch {
	case f.Status != 0:
		status = fmt.Sprintf("status %d", f.Status)
	case f.Kind == nexudus.KindCodeUsed:
		status = "no successful response"
	}
	attempts := "1 attempt"
	if f.Attempts > 1 {
		attempts = fmt.Sprintf("%d attempts", f.Attempts)
	}
	return fmt.Sprintf("Tried: %s; %s; %s in %s.", sent, status, attempts, f.Elapsed.Round(time.Millisecond))
}
