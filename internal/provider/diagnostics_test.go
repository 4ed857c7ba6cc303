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
	const api = "https://nexudus.test/api"
	tests := []struct {
		name string
		err  error
		want string
	}{
		{
			name: "not found",
			err: &nexudus.Error{
				Verb:     nexudus.VerbGet,
				Noun:     "webhook",
				ID:       42,
				URL:      api + "/sys/webhooks/42",
				Kind:     nexudus.KindNotFound,
				Status:   404,
				Role:     "WebHook-Read",
				Attempts: 1,
				Elapsed:  12 * time.Millisecond,
			},
			want: `Webhook not found: No webhook has the Id 42, or the user does not have access to it.

Check the Id, and that the user has the WebHook-Read role for the location of the webhook.

Tried: get webhook 42; status 404; 1 attempt in 12ms.`,
		},
		{
			name: "role missing",
			err: &nexudus.Error{
				Verb:     nexudus.VerbGet,
				Noun:     "webhook",
				ID:       42,
				URL:      api + "/sys/webhooks/42",
				Kind:     nexudus.KindRoleMissing,
				Status:   401,
				Role:     "WebHook-Read",
				Attempts: 2,
				Elapsed:  time.Second,
			},
			want: `Missing Nexudus role: Signing in succeeded, but Nexudus then refused the request: the user does not have the WebHook-Read role.

Give the user the role in Nexudus, or use a full unrestricted administrator.

Tried: get webhook 42; status 401; 2 attempts in 1s.`,
		},
		{
			name: "unauthorized",
			err: &nexudus.Error{
				Verb:     nexudus.VerbGet,
				Noun:     "webhook",
				ID:       42,
				URL:      api + "/sys/webhooks/42",
				Kind:     nexudus.KindUnauthorized,
				Status:   401,
				Role:     "WebHook-Read",
				Attempts: 2,
				Elapsed:  time.Second,
			},
			want: `Nexudus refused the credentials: Nexudus gives the same response to credentials that are wrong or have expired, and to a user without the required role.

Check that the credentials are valid, and that the user has the WebHook-Read role or is a full unrestricted administrator.

Tried: get webhook 42; status 401; 2 attempts in 1s.`,
		},
		{
			name: "forbidden",
			err: &nexudus.Error{
				Verb:     nexudus.VerbGet,
				Noun:     "webhook",
				ID:       42,
				URL:      api + "/sys/webhooks/42",
				Kind:     nexudus.KindForbidden,
				Status:   403,
				Role:     "WebHook-Read",
				Attempts: 1,
				Messages: []string{"Not yours."},
			},
			want: `Nexudus denied the request: The credentials were accepted, but they do not allow this request.

Check that the user has the WebHook-Read role, and access to the location.

Tried: get webhook 42; status 403; 1 attempt in 0s.

Nexudus said:
  - Not yours.`,
		},
		{
			name: "blocked",
			err: &nexudus.Error{
				Verb:     nexudus.VerbGet,
				Noun:     "webhook",
				ID:       42,
				URL:      api + "/sys/webhooks/42",
				Kind:     nexudus.KindBlocked,
				Status:   403,
				Attempts: 1,
			},
			want: `Blocked by a firewall: A firewall answered with an HTML page. The request never reached Nexudus, so the credentials are not the cause.

Run from another network, or ask Nexudus support to allow this one. TF_APPEND_USER_AGENT changes the User-Agent that the firewall sees.

Tried: get webhook 42 at https://nexudus.test/api/sys/webhooks/42; status 403; 1 attempt in 0s.`,
		},
		{
			name: "throttled",
			err: &nexudus.Error{
				Verb:     nexudus.VerbGet,
				Noun:     "webhook",
				ID:       42,
				URL:      api + "/sys/webhooks/42",
				Kind:     nexudus.KindThrottled,
				Status:   409,
				Wait:     50 * time.Minute,
				Attempts: 1,
			},
			want: `Throttled by Nexudus: Nexudus asks the provider to wait 50m0s, which suggests that the limit of 5,000 requests in an hour was reached.

Run again later, with fewer pipelines using the account at the same time. "max_throttle_wait" in the provider block, or NEXUDUS_MAX_THROTTLE_WAIT, allows a longer wait.

Tried: get webhook 42; status 409; 1 attempt in 0s.`,
		},
		{
			name: "throttled for ever",
			err: &nexudus.Error{
				Verb:     nexudus.VerbGet,
				Noun:     "webhook",
				ID:       42,
				URL:      api + "/sys/webhooks/42",
				Kind:     nexudus.KindThrottled,
				Status:   409,
				Attempts: 10,
				Elapsed:  90 * time.Second,
			},
			want: `Throttled by Nexudus: Nexudus kept refusing requests because there were too many, although the provider waited in between.

Run again later, with fewer pipelines using the account at the same time.

Tried: get webhook 42; status 409; 10 attempts in 1m30s.`,
		},
		{
			name: "not sent",
			err: &nexudus.Error{
				Verb:   nexudus.VerbGet,
				Noun:   "webhook",
				ID:     42,
				URL:    api + "/sys/webhooks/42",
				Kind:   nexudus.KindThrottled,
				Status: 409,
			},
			want: `Throttled by Nexudus: Nexudus kept refusing requests because there were too many, although the provider waited in between.

Run again later, with fewer pipelines using the account at the same time.

Not sent: get webhook 42, because a response with status 409 to another request asked all requests to wait.`,
		},
		{
			name: "a long wait",
			err: &nexudus.Error{
				Verb:     nexudus.VerbGet,
				Noun:     "webhook",
				ID:       42,
				URL:      api + "/sys/webhooks/42",
				Kind:     nexudus.KindUnavailable,
				Status:   503,
				Wait:     time.Hour,
				Attempts: 1,
			},
			want: `Nexudus is not available: Nexudus, or the network in front of it, failed to process the request and asks the provider to wait 1h0m0s.

Run again later. "max_throttle_wait" in the provider block, or NEXUDUS_MAX_THROTTLE_WAIT, allows a longer wait.

Tried: get webhook 42; status 503; 1 attempt in 0s.`,
		},
		{name: "key", err: &nexudus.Error{Verb: nexudus.VerbSignIn, URL: api + "/token", Kind: nexudus.KindTOTPSecret},
			want: `Invalid two-factor secret: The two-factor secret is not base32, so no one-time code can be generated from it.

Set "totp_secret" to the secret that Nexudus shows next to the QR code when two-factor authentication is set up.`},
		{
			name: "rejected",
			err: &nexudus.Error{
				Verb:     nexudus.VerbGet,
				Noun:     "webhook",
				ID:       42,
				URL:      api + "/sys/webhooks/42",
				Kind:     nexudus.KindRejected,
				Status:   400,
				Attempts: 1,
				Messages: []string{"Name: is a required field", "URL: too long"},
			},
			want: `Rejected by Nexudus: Nexudus understood the request and refused it.

Correct what Nexudus reports below, and run again.

Tried: get webhook 42; status 400; 1 attempt in 0s.

Nexudus said:
  - Name: is a required field
  - URL: too long`,
		},
		{
			name: "unavailable",
			err: &nexudus.Error{
				Verb:     nexudus.VerbGet,
				Noun:     "webhook",
				ID:       42,
				URL:      api + "/sys/webhooks/42",
				Kind:     nexudus.KindUnavailable,
				Status:   503,
				Attempts: 5,
				Elapsed:  7543 * time.Millisecond,
			},
			want: `Nexudus is not available: Nexudus, or the network in front of it, failed to process the request.

Run again later. If this happens often, raise "max_retries" in the provider block, or NEXUDUS_MAX_RETRIES.

Tried: get webhook 42; status 503; 5 attempts in 7.543s.`,
		},
		{
			name: "connection",
			err: &nexudus.Error{
				Verb:     nexudus.VerbGet,
				Noun:     "webhook",
				ID:       42,
				URL:      api + "/sys/webhooks/42",
				Kind:     nexudus.KindConnection,
				Reason:   "the connection was refused",
				Attempts: 5,
				Elapsed:  time.Second,
			},
			want: `No connection to Nexudus: There was no complete response: the connection was refused.

Check the network, the proxy settings in the environment, and "base_url".

Tried: get webhook 42 at https://nexudus.test/api/sys/webhooks/42; no response; 5 attempts in 1s.`,
		},
		{
			name: "redirected",
			err: &nexudus.Error{
				Verb:     nexudus.VerbGet,
				Noun:     "webhook",
				ID:       42,
				URL:      api + "/sys/webhooks/42",
				Kind:     nexudus.KindRedirected,
				Status:   302,
				Reason:   "evil.test:8443",
				Attempts: 1,
			},
			want: `Nexudus redirected the request: The response points to evil.test:8443. The provider does not follow redirects, because that would send the credentials along.

Check that "base_url" is the root of the API, which is usually https://spaces.nexudus.com/api.

Tried: get webhook 42 at https://nexudus.test/api/sys/webhooks/42; status 302; 1 attempt in 0s.`,
		},
		{
			name: "sign-in",
			err: &nexudus.Error{
				Verb:     nexudus.VerbSignIn,
				URL:      api + "/token",
				Kind:     nexudus.KindSignIn,
				Status:   400,
				Attempts: 1,
				Messages: []string{"The user name or password is incorrect."},
			},
			want: `Nexudus refused the sign-in: Nexudus did not accept the user name, the password or the one-time code. The provider does not try them again.

Check "username" and "password". An account with two-factor authentication also needs "totp_secret", or "totp" with a new code for each sign-in: plan and apply sign in separately. The key and secret of an API application need auth_method = "basic".

Tried: sign in; status 400; 1 attempt in 0s.

Nexudus said:
  - The user name or password is incorrect.`,
		},
		{
			name: "sign-in with several codes",
			err: &nexudus.Error{
				Verb:     nexudus.VerbSignIn,
				URL:      api + "/token",
				Kind:     nexudus.KindSignIn,
				Status:   400,
				Attempts: 2,
				Reason:   "more than one one-time code was refused",
			},
			want: `Nexudus refused the sign-in: Nexudus did not accept the user name, the password or the one-time codes. The provider tried more than one code, because another process may have used the first one, and does not try again.

Check "username" and "password". An account with two-factor authentication also needs "totp_secret", or "totp" with a new code for each sign-in: plan and apply sign in separately. The key and secret of an API application need auth_method = "basic".

Tried: sign in; status 400; 2 attempts in 0s.`,
		},
		{
			name: "response to a sign-in",
			err: &nexudus.Error{
				Verb:     nexudus.VerbSignIn,
				URL:      api + "/token",
				Kind:     nexudus.KindSignInResponse,
				Status:   200,
				Reason:   "an HTML page (text/html, 19 bytes)",
				Attempts: 1,
			},
			want: `Unexpected response to the sign-in: Expected JSON with an access token; got an HTML page (text/html, 19 bytes).

Check that "base_url" is the root of the API, which is usually https://spaces.nexudus.com/api. The portal of a space does not accept this sign-in.

Tried: sign in at https://nexudus.test/api/token; status 200; 1 attempt in 0s.`,
		},
		{
			name: "code used",
			err: &nexudus.Error{
				Verb:   nexudus.VerbSignIn,
				URL:    api + "/token",
				Kind:   nexudus.KindCodeUsed,
				Reason: "the access token has ended",
			},
			want: `One-time code already used: Another sign-in is needed because the access token has ended, and the code in "totp" has already been sent. A code is valid for one sign-in.

Run again with a new code, or set "totp_secret" in the provider block or NEXUDUS_TOTP_SECRET in the environment, so that the provider can generate a code for each sign-in.`,
		},
		{
			name: "code may be used",
			err: &nexudus.Error{
				Verb:     nexudus.VerbSignIn,
				URL:      api + "/token",
				Kind:     nexudus.KindCodeUsed,
				Reason:   "the first one got no usable response",
				Attempts: 1,
				Elapsed:  time.Second,
			},
			want: `One-time code already used: Another sign-in is needed because the first one got no usable response, and the code in "totp" has already been sent. A code is valid for one sign-in.

Run again with a new code, or set "totp_secret" in the provider block or NEXUDUS_TOTP_SECRET in the environment, so that the provider can generate a code for each sign-in.

Tried: sign in; no successful response; 1 attempt in 1s.`,
		},
		{
			name: "response",
			err: &nexudus.Error{
				Verb:     nexudus.VerbGet,
				Noun:     "webhook",
				ID:       42,
				URL:      api + "/sys/webhooks/42",
				Kind:     nexudus.KindUnexpected,
				Status:   200,
				Reason:   "an HTML page (text/html, 19 bytes)",
				Attempts: 1,
			},
			want: `Unexpected response from Nexudus: Expected one webhook; got an HTML page (text/html, 19 bytes).

Check that "base_url" is the root of the API, which is usually https://spaces.nexudus.com/api. If it is, run again later; if this happens again, please report it.

Tried: get webhook 42 at https://nexudus.test/api/sys/webhooks/42; status 200; 1 attempt in 0s.`,
		},
		{
			name: "incomplete",
			err: &nexudus.Error{
				Verb:   nexudus.VerbList,
				Noun:   "webhook",
				Kind:   nexudus.KindIncomplete,
				Reason: "2 of 5 records were received, and later pages contain no others",
			},
			want: `Incomplete list of webhooks: The provider could not read the complete list of webhooks: 2 of 5 records were received, and later pages contain no others.

Run again. If it fails again, use filters to make the list shorter, and please report this.`,
		},
		{
			name: "response to a list",
			err: &nexudus.Error{
				Verb:     nexudus.VerbList,
				Noun:     "webhook",
				Page:     1,
				URL:      api + "/sys/webhooks",
				Kind:     nexudus.KindUnexpected,
				Status:   200,
				Reason:   "a JSON array (application/json, 2 bytes)",
				Attempts: 1,
			},
			want: `Unexpected response from Nexudus: Expected a page of webhooks; got a JSON array (application/json, 2 bytes).

Check that "base_url" is the root of the API, which is usually https://spaces.nexudus.com/api. If it is, run again later; if this happens again, please report it.

Tried: list webhooks, page 1 at https://nexudus.test/api/sys/webhooks; status 200; 1 attempt in 0s.`,
		},
		{
			name: "endless response to a sign-in",
			err: &nexudus.Error{
				Verb:     nexudus.VerbSignIn,
				URL:      api + "/token",
				Kind:     nexudus.KindUnexpected,
				Reason:   "more than 8 MiB",
				Attempts: 1,
			},
			want: `Unexpected response from Nexudus: Expected an access token; got more than 8 MiB.

Check that "base_url" is the root of the API, which is usually https://spaces.nexudus.com/api. If it is, run again later; if this happens again, please report it.

Tried: sign in at https://nexudus.test/api/token; no response; 1 attempt in 0s.`,
		},
		{
			name: "unexpected list",
			err: &nexudus.Error{
				Verb:     nexudus.VerbList,
				Noun:     "location",
				Page:     1,
				URL:      api + "/sys/businesses",
				Kind:     nexudus.KindUnexpected,
				Status:   404,
				Role:     "Business-List",
				Reason:   "an HTML page (text/html, 6 bytes)",
				Attempts: 1,
			},
			want: `Unexpected response from Nexudus: Expected a page of locations; got an HTML page (text/html, 6 bytes).

Check that "base_url" is the root of the API, which is usually https://spaces.nexudus.com/api. If it is, run again later; if this happens again, please report it.

Tried: list locations, page 1 at https://nexudus.test/api/sys/businesses; status 404; 1 attempt in 0s.`,
		},
		{
			name: "incomplete list of locations",
			err: &nexudus.Error{
				Verb:   nexudus.VerbList,
				Noun:   "location",
				Kind:   nexudus.KindIncomplete,
				Reason: "there are more than 1000 pages",
			},
			want: `Incomplete list of locations: The provider could not read the complete list of locations: there are more than 1000 pages.

Run again. If it fails again, use filters to make the list shorter, and please report this.`,
		},
		{
			name: "user without credentials",
			err:  &nexudus.Error{Verb: nexudus.VerbGet, Noun: "user", Kind: nexudus.KindUnauthorized, Status: 401, Attempts: 1},
			want: `Nexudus refused the credentials: The credentials are wrong or have expired.

Check the credentials.

Tried: get user; status 401; 1 attempt in 0s.`,
		},
		{
			name: "location not found",
			err: &nexudus.Error{
				Verb:     nexudus.VerbGet,
				Noun:     "location",
				ID:       42,
				Kind:     nexudus.KindNotFound,
				Status:   404,
				Role:     "Business-Read",
				Attempts: 1,
			},
			want: `Location not found: No location has the Id 42, or the user does not have access to it.

Check the Id, and that the user has the Business-Read role for this location.

Tried: get location 42; status 404; 1 attempt in 0s.`,
		},
		{
			name: "user refused after a sign-in",
			err:  &nexudus.Error{Verb: nexudus.VerbGet, Noun: "user", Kind: nexudus.KindRoleMissing, Status: 401, Attempts: 2},
			want: `Nexudus refused the credentials: Signing in succeeded, but Nexudus then refused a request that needs no role.

Check in Nexudus that the user is active and may use the API.

Tried: get user; status 401; 2 attempts in 0s.`,
		},
		{
			name: "user denied",
			err:  &nexudus.Error{Verb: nexudus.VerbGet, Noun: "user", Kind: nexudus.KindForbidden, Status: 403, Attempts: 1},
			want: `Nexudus denied the request: The credentials were accepted, but they do not allow this request.

Check in Nexudus that the user is active and may use the API.

Tried: get user; status 403; 1 attempt in 0s.`,
		},
		{
			name: "rejected without a word",
			err:  &nexudus.Error{Verb: nexudus.VerbGet, Noun: "user", Kind: nexudus.KindRejected, Status: 400, Attempts: 1},
			want: `Rejected by Nexudus: Nexudus refused the request. The reason is not known.

Run again later. If this happens again, please report it.

Tried: get user; status 400; 1 attempt in 0s.`,
		},
		{
			name: "create without role or quota",
			err: &nexudus.Error{
				Verb:     nexudus.VerbCreate,
				Noun:     "webhook",
				Kind:     nexudus.KindUnauthorized,
				Status:   401,
				Role:     "WebHook-Create",
				Attempts: 1,
				Messages: []string{"Access Denied"},
			},
			want: `Nexudus refused the credentials: Nexudus gives the same response to credentials that are wrong or have expired, and to a user without the required role. Nexudus also answers this way when an account has reached its quota of new records.

Check that the credentials are valid, and that the user has the WebHook-Create role or is a full unrestricted administrator.

Tried: create webhook; status 401; 1 attempt in 0s.

Nexudus said:
  - Access Denied`,
		},
		{
			name: "refused field",
			err: &nexudus.Error{
				Verb:     nexudus.VerbCreate,
				Noun:     "webhook",
				Kind:     nexudus.KindRejected,
				Status:   400,
				Attempts: 1,
				Fields:   []nexudus.FieldError{{Field: "URL", Message: "is not valid"}},
			},
			want: `Rejected by Nexudus: Nexudus understood the request and refused it.

Correct what Nexudus reports below, and run again.

Tried: create webhook; status 400; 1 attempt in 0s.

Nexudus said:
  - URL: is not valid`,
		},
		{
			name: "update not applied",
			err: &nexudus.Error{
				Verb:     nexudus.VerbUpdate,
				Noun:     "webhook",
				ID:       42,
				Kind:     nexudus.KindNotApplied,
				Status:   200,
				Reason:   "the record still differs in Name, URL",
				Attempts: 1,
				Fields:   []nexudus.FieldError{{Field: "Name", Message: "was not changed"}},
			},
			want: `Webhook was not updated: Nexudus accepted the update of webhook 42, but the record still differs in Name, URL.

The state holds the values that Nexudus has now. Apply again; if this happens again, ask Nexudus support.

Tried: update webhook 42; status 200; 1 attempt in 0s.`,
		},
		{
			name: "create unknown",
			err: &nexudus.Error{
				Verb:       nexudus.VerbCreate,
				Noun:       "webhook",
				Role:       "WebHook-Create",
				URL:        api + "/sys/webhooks",
				Kind:       nexudus.KindConnection,
				Reason:     "the request timed out",
				Attempts:   1,
				Elapsed:    30 * time.Second,
				Unknown:    true,
				CannotList: true,
			},
			want: `The webhook may have been created: There was no complete response: the request timed out. The provider could not find out whether the webhook was created. To look for it, the user needs the WebHook-List role. It did not send the request again, because that could create a duplicate.

Look for the webhook in Nexudus. If it is there, import it by its Id, with an import block or the import command; otherwise apply again.

Tried: create webhook at https://nexudus.test/api/sys/webhooks; no response; 1 attempt in 30s.`,
		},
		{
			name: "create unknown, candidates",
			err: &nexudus.Error{
				Verb:       nexudus.VerbCreate,
				Noun:       "webhook",
				Kind:       nexudus.KindUnavailable,
				Status:     504,
				Attempts:   1,
				Unknown:    true,
				Candidates: []int64{101, 102},
			},
			want: `The webhook may have been created: Nexudus, or the network in front of it, failed to process the request. The provider could not find out whether the webhook was created. It did not send the request again, because that could create a duplicate. Ids of webhooks that this request may have created: 101 and 102.

Look for the webhook in Nexudus. If it is there, import it by its Id, with an import block or the import command; otherwise apply again.

Tried: create webhook; status 504; 1 attempt in 0s.`,
		},
		{
			name: "update unknown",
			err: &nexudus.Error{
				Verb:     nexudus.VerbUpdate,
				Noun:     "webhook",
				ID:       42,
				Kind:     nexudus.KindUnavailable,
				Status:   503,
				Attempts: 5,
				Unknown:  true,
			},
			want: `The webhook may have been updated: Nexudus, or the network in front of it, failed to process the request. The provider could not find out whether the webhook was updated.

Run again: the next plan reads what Nexudus holds.

Tried: update webhook 42; status 503; 5 attempts in 0s.`,
		},
		{
			name: "delete unknown",
			err: &nexudus.Error{
				Verb:     nexudus.VerbDelete,
				Noun:     "webhook",
				ID:       42,
				Kind:     nexudus.KindUnavailable,
				Status:   503,
				Attempts: 5,
				Unknown:  true,
			},
			want: `The webhook may have been deleted: Nexudus, or the network in front of it, failed to process the request. The provider could not find out whether the webhook was deleted.

Run again: the next plan reads what Nexudus holds.

Tried: delete webhook 42; status 503; 5 attempts in 0s.`,
		},
		{
			name: "cancelled",
			err:  context.Canceled,
			want: `Interrupted: The run was interrupted before Nexudus responded. This request changed nothing.`,
		},
		{name: "other", err: errors.New("secret"), want: `Unexpected failure: Something failed before a request was sent.

Please report this, with the log that TF_LOG=DEBUG writes.`},
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
		300 * time.Millisecond: "Nexudus asks the provider to wait 300ms, which suggests that the limit of 1 request in 100 milliseconds was reached.",
		time.Second:            "Nexudus asks the provider to wait 1s, which suggests that the limit of 1 request in 100 milliseconds was reached.",
		40 * time.Second:       "Nexudus asks the provider to wait 40s, which suggests that the limit of 120 requests in a minute was reached.",
		20 * time.Hour:         "Nexudus asks the provider to wait 20h0m0s, which suggests that the limit of 200,000 requests in a day was reached.",
	} {
		if _, got := diagnose(&nexudus.Error{Kind: nexudus.KindThrottled, Wait: wait}); !strings.HasPrefix(got, want+"\n") {
			t.Errorf("diagnose = %q, want %q", got, want)
		}
	}
}
