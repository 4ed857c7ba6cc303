package provider

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/nexudus"
)

// Whole messages, as a person sees them.
func TestDiagnose(t *testing.T) {
	const read = "get webhook 42"
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"D8 not found", &nexudus.Error{Call: read, Kind: nexudus.KindNotFound, Status: 404, Role: "WebHook-Read", Attempts: 1, Elapsed: 12 * time.Millisecond},
			`Webhook not found: No webhook has the Id 42, or the user may not see it.

Check the Id, that the user holds the WebHook-Read role for the webhook's location, and that "base_url" is the root of the API.

Tried: get webhook 42; status 404; 1 attempt in 12ms.`},
		{"A6 role missing", &nexudus.Error{Call: read, Kind: nexudus.KindRoleMissing, Status: 401, Role: "WebHook-Read", Attempts: 2, Elapsed: time.Second},
			`Missing Nexudus role: The sign-in succeeded, and Nexudus refused the request right after it: the user lacks the WebHook-Read role.

Give the role to the user in Nexudus, or use a full unrestricted administrator.

Tried: get webhook 42; status 401; 2 attempts in 1s.`},
		{"A6 unauthorized", &nexudus.Error{Call: read, Kind: nexudus.KindUnauthorized, Status: 401, Role: "WebHook-Read", Attempts: 2, Elapsed: time.Second},
			`Nexudus refused the credentials: Nexudus answers alike to credentials that are wrong or have expired, and to a user who lacks a role.

Check that the credentials are current, and that the user holds the WebHook-Read role or is a full unrestricted administrator.

Tried: get webhook 42; status 401; 2 attempts in 1s.`},
		{"forbidden", &nexudus.Error{Call: read, Kind: nexudus.KindForbidden, Status: 403, Role: "WebHook-Read", Attempts: 1, Messages: []string{"Not yours."}},
			`Nexudus denied the request: The credentials were accepted, and this request is not allowed to them.

Check that the user holds the WebHook-Read role, and that the location is one of the user's.

Tried: get webhook 42; status 403; 1 attempt in 0s.

Nexudus said:
  - Not yours.`},
		{"C5 blocked", &nexudus.Error{Call: read, Kind: nexudus.KindBlocked, Status: 403, Attempts: 1},
			`Blocked in front of Nexudus: A firewall answered with an HTML page. The request never reached Nexudus, so the credentials are not the cause.

Run it from another network, or ask Nexudus support to allow this one. TF_APPEND_USER_AGENT changes what the firewall is told about the program.

Tried: get webhook 42; status 403; 1 attempt in 0s.`},
		{"B3 throttled", &nexudus.Error{Call: read, Kind: nexudus.KindThrottled, Status: 409, Wait: 50 * time.Minute, Attempts: 1},
			`Throttled by Nexudus: Nexudus asks to wait 50m0s, which suggests that the limit of 5,000 requests in an hour is reached.

Run again later, with fewer pipelines on the account at the same time. "max_throttle_wait" in the provider block, or NEXUDUS_MAX_THROTTLE_WAIT, allows a longer wait.

Tried: get webhook 42; status 409; 1 attempt in 0s.`},
		{"B4 throttled for ever", &nexudus.Error{Call: read, Kind: nexudus.KindThrottled, Status: 409, Attempts: 10, Elapsed: 90 * time.Second},
			`Throttled by Nexudus: Nexudus kept refusing because of too many requests, however long the provider waited in between.

Run again later, with fewer pipelines on the account at the same time.

Tried: get webhook 42; status 409; 10 attempts in 1m30s.`},
		{"B4 not sent", &nexudus.Error{Call: read, Kind: nexudus.KindThrottled, Status: 409},
			`Throttled by Nexudus: Nexudus kept refusing because of too many requests, however long the provider waited in between.

Run again later, with fewer pipelines on the account at the same time.

Not sent: get webhook 42, since status 409 to another request asked all to wait.`},
		{"C4 a long wait", &nexudus.Error{Call: read, Kind: nexudus.KindUnavailable, Status: 503, Wait: time.Hour, Attempts: 1},
			`Nexudus is not available: Nexudus or the network in front of it failed to answer the request, and asks to wait 1h0m0s.

Run again later. "max_throttle_wait" in the provider block, or NEXUDUS_MAX_THROTTLE_WAIT, allows a longer wait.

Tried: get webhook 42; status 503; 1 attempt in 0s.`},
		{"A4 key", &nexudus.Error{Call: "sign in", Kind: nexudus.KindTOTPSecret},
			`Invalid two-factor secret: No one-time code can be made from the two-factor secret, which is not base32.

Give the secret that Nexudus shows beside the QR code when two-factor sign-in is set up, in "totp_secret".`},
		{"D9 rejected", &nexudus.Error{Call: read, Kind: nexudus.KindRejected, Status: 400, Attempts: 1, Messages: []string{"Name: is a required field", "URL: too long"}},
			`Rejected by Nexudus: Nexudus understood the request and did not carry it out.

Correct what Nexudus names, and run again.

Tried: get webhook 42; status 400; 1 attempt in 0s.

Nexudus said:
  - Name: is a required field
  - URL: too long`},
		{"C4 unavailable", &nexudus.Error{Call: read, Kind: nexudus.KindUnavailable, Status: 503, Attempts: 5, Elapsed: 7543 * time.Millisecond},
			`Nexudus is not available: Nexudus or the network in front of it failed to answer the request.

Run again later. Where this happens often, raise "max_retries" in the provider block, or NEXUDUS_MAX_RETRIES.

Tried: get webhook 42; status 503; 5 attempts in 7.543s.`},
		{"C2 connection", &nexudus.Error{Call: read, Kind: nexudus.KindConnection, Reason: "the connection was refused", Attempts: 5, Elapsed: time.Second},
			`No connection to Nexudus: The request got no complete answer: the connection was refused.

Check the network, the proxy settings in the environment, and "base_url".

Tried: get webhook 42; no answer; 5 attempts in 1s.`},
		{"C6 redirected", &nexudus.Error{Call: read, Kind: nexudus.KindRedirected, Status: 302, Reason: "evil.test:8443", Attempts: 1},
			`Nexudus redirected the request: The answer points to evil.test:8443. The provider follows no redirect, since the credentials would go with it.

Set "base_url" to the root of the API, which is usually https://spaces.nexudus.com/api.

Tried: get webhook 42; status 302; 1 attempt in 0s.`},
		{"A1 sign-in", &nexudus.Error{Call: "sign in", Kind: nexudus.KindSignIn, Status: 400, Attempts: 1, Messages: []string{"The user name or password is incorrect."}},
			`Nexudus refused the sign-in: The user name, the password or the one-time code was not accepted. The provider does not try them again.

Check "username" and "password". An account with two-factor sign-in also needs "totp" or "totp_secret"; an API application's key and secret need auth_method = "basic".

Tried: sign in; status 400; 1 attempt in 0s.

Nexudus said:
  - The user name or password is incorrect.`},
		{"A2 sign-in answer", &nexudus.Error{Call: "sign in", Kind: nexudus.KindSignInAnswer, Status: 200, Reason: "an HTML page (text/html, 19 bytes)", Attempts: 1},
			`Unexpected sign-in answer: The sign-in was answered by an HTML page (text/html, 19 bytes), where JSON with an access token was expected.

Check that "base_url" is the root of the API, which is usually https://spaces.nexudus.com/api: a space's own portal does not sign in.

Tried: sign in; status 200; 1 attempt in 0s.`},
		{"A7 code used", &nexudus.Error{Call: "sign in", Kind: nexudus.KindCodeUsed, Reason: "the access token has ended"},
			`One-time code already used: Another sign-in is needed, since the access token has ended, and the code in "totp" has been sent before. One code serves one sign-in.

Run again with a new code. Or set "totp_secret" in the provider block or NEXUDUS_TOTP_SECRET in the environment, from which the provider makes a code for each sign-in.`},
		{"A7 code may be used", &nexudus.Error{Call: "sign in", Kind: nexudus.KindCodeUsed, Reason: "the first one got no good answer", Attempts: 1, Elapsed: time.Second},
			`One-time code already used: Another sign-in is needed, since the first one got no good answer, and the code in "totp" has been sent before. One code serves one sign-in.

Run again with a new code. Or set "totp_secret" in the provider block or NEXUDUS_TOTP_SECRET in the environment, from which the provider makes a code for each sign-in.

Tried: sign in; no good answer; 1 attempt in 1s.`},
		{"D1 answer", &nexudus.Error{Call: read, Kind: nexudus.KindAnswer, Status: 200, Reason: "an HTML page (text/html, 19 bytes)", Attempts: 1},
			`Unexpected answer from Nexudus: The answer is an HTML page (text/html, 19 bytes), where one webhook was expected.

Check that "base_url" is the root of the API, which is usually https://spaces.nexudus.com/api. Where it is, please report this.

Tried: get webhook 42; status 200; 1 attempt in 0s.`},
		{"D11 incomplete", &nexudus.Error{Call: "list webhooks", Kind: nexudus.KindIncomplete, Reason: "2 of 5 records came, and the pages after them bring no others"},
			`Incomplete list of webhooks: The pages of the list contradict each other: 2 of 5 records came, and the pages after them bring no others.

Run again. Where it fails again, a filter such as "business_id" makes the list shorter; and please report this.`},
		{"D1 answer to a list", &nexudus.Error{Call: "list webhooks, page 1", Kind: nexudus.KindAnswer, Status: 200, Reason: "a JSON array (application/json, 2 bytes)", Attempts: 1},
			`Unexpected answer from Nexudus: The answer is a JSON array (application/json, 2 bytes), where a page of webhooks was expected.

Check that "base_url" is the root of the API, which is usually https://spaces.nexudus.com/api. Where it is, please report this.

Tried: list webhooks, page 1; status 200; 1 attempt in 0s.`},
		{"A2 answer without end to a sign-in", &nexudus.Error{Call: "sign in", Kind: nexudus.KindAnswer, Reason: "more than 8 MiB", Attempts: 1},
			`Unexpected answer from Nexudus: The answer is more than 8 MiB, where an access token was expected.

Check that "base_url" is the root of the API, which is usually https://spaces.nexudus.com/api. Where it is, please report this.

Tried: sign in; no answer; 1 attempt in 0s.`},
		{"D8 no list", &nexudus.Error{Call: "list webhooks, page 1", Kind: nexudus.KindNotFound, Status: 404, Role: "WebHook-List", Attempts: 1},
			`Webhooks not found: Nexudus has no list of webhooks at this address, or the user may not see it.

Check that the user holds the WebHook-List role, and that "base_url" is the root of the API, which is usually https://spaces.nexudus.com/api.

Tried: list webhooks, page 1; status 404; 1 attempt in 0s.`},
		{"cancelled", context.Canceled, "Reading was cancelled: The run was interrupted before Nexudus had answered."},
		{"other", errors.New("secret"), "Reading failed: Something unexpected happened before Nexudus had answered.\n\nPlease report it, with the log that TF_LOG=DEBUG writes."},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			summary, detail := diagnose(test.err)
			if got := summary + ": " + detail; got != test.want {
				t.Errorf("diagnose = %s\nwant %s", got, test.want)
			}
		})
	}
}

// The limits are those of https://developers.nexudus.com/reference/api-limitations.
func TestDiagnose_quota(t *testing.T) {
	for wait, want := range map[time.Duration]string{
		300 * time.Millisecond: "Nexudus asks to wait 300ms, which suggests that the limit of 1 request in 100 milliseconds is reached.",
		time.Second:            "Nexudus asks to wait 1s, which suggests that the limit of 1 request in 100 milliseconds is reached.",
		40 * time.Second:       "Nexudus asks to wait 40s, which suggests that the limit of 120 requests in a minute is reached.",
		20 * time.Hour:         "Nexudus asks to wait 20h0m0s, which suggests that the limit of 200,000 requests in a day is reached.",
	} {
		if _, got := diagnose(&nexudus.Error{Kind: nexudus.KindThrottled, Wait: wait}); !strings.HasPrefix(got, want+"\n") {
			t.Errorf("diagnose = %q, want %q", got, want)
		}
	}
}
