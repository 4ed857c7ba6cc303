package provider

import (
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/rest"
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
			err: &rest.Error{
				Verb: rest.VerbGet, Record: "webhook", ID: 42, URL: api + "/sys/webhooks/42", Kind: rest.KindNotFound,
				Status: 404, Permission: "WebHook-Read", Attempts: 1, Elapsed: 12 * time.Millisecond,
			},
			want: `Webhook not found: No webhook has the ID 42, or the user does not have access to it.

Check the ID, and that the user has a role with the permission WebHook-Read.

Tried: get webhook 42; status 404; 1 attempt in 12ms.`,
		},
		{
			name: "permission missing",
			err: &rest.Error{
				Verb: rest.VerbGet, Record: "webhook", ID: 42, URL: api + "/sys/webhooks/42", Kind: rest.KindPermission,
				Status: 401, Permission: "WebHook-Read", Attempts: 2, Elapsed: time.Second,
			},
			want: `Missing Nexudus permission: The credentials are valid, but Nexudus did not authorize the request.

Check that the user has "API Access" switched on and a role with the permission WebHook-Read.

Tried: get webhook 42; status 401; 2 attempts in 1s.`,
		},
		{
			name: "unauthorized",
			err: &rest.Error{
				Verb: rest.VerbGet, Record: "webhook", ID: 42, URL: api + "/sys/webhooks/42", Kind: rest.KindUnauthorized,
				Status: 401, Permission: "WebHook-Read", Attempts: 2, Elapsed: time.Second,
			},
			want: `Unauthorized: Nexudus gives the same response to credentials that are wrong or have expired, to a user without the required permission, and to a user whose API access is switched off.

Check that the credentials are valid, and that the user has "API Access" switched on and a role with the permission WebHook-Read.

Tried: get webhook 42; status 401; 2 attempts in 1s.`,
		},
		{
			name: "blocked",
			err: &rest.Error{
				Verb: rest.VerbGet, Record: "webhook", ID: 42, URL: api + "/sys/webhooks/42", Kind: rest.KindBlocked,
				Status: 403, Attempts: 1,
			},
			want: `Blocked by a firewall: The firewall in front of Nexudus answered instead of the API. It judges programs by the fingerprint of their TLS connections, not by their credentials.

Try a local proxy that forwards to Nexudus, with "base_url" set to its loopback address, such as http://127.0.0.1:8080/api. Please also open an issue at https://github.com/nexudus-community/terraform-provider-nexudus/issues with this message, your operating system and the version of the provider.

Tried: get webhook 42 at https://nexudus.test/api/sys/webhooks/42; status 403; 1 attempt in 0s.`,
		},
		{
			name: "throttled",
			err: &rest.Error{
				Verb: rest.VerbGet, Record: "webhook", ID: 42, URL: api + "/sys/webhooks/42", Kind: rest.KindThrottled,
				Status: 409, Wait: 50 * time.Minute, Attempts: 1,
			},
			want: `Throttled by Nexudus: Nexudus asks the provider to wait 50m0s, which suggests that the limit of 5,000 requests in an hour was reached.

Run again later, with fewer pipelines using the account at the same time. To wait that long, set "max_throttle_wait" in the provider block, or NEXUDUS_MAX_THROTTLE_WAIT, to "50m0s" or more.

Tried: get webhook 42; status 409; 1 attempt in 0s.`,
		},
		{
			name: "not sent",
			err:  &rest.Error{Verb: rest.VerbGet, Record: "webhook", ID: 42, URL: api + "/sys/webhooks/42", Kind: rest.KindThrottled, Status: 409},
			want: `Throttled by Nexudus: Nexudus kept throttling requests, although the provider waited in between.

Run again later, with fewer pipelines using the account at the same time.

Not sent: get webhook 42, because a response with status 409 to another request asked all requests to wait.`,
		},
		{
			name: "a long wait",
			err: &rest.Error{
				Verb: rest.VerbGet, Record: "webhook", ID: 42, URL: api + "/sys/webhooks/42", Kind: rest.KindUnavailable,
				Status: 503, Wait: time.Hour, Attempts: 1,
			},
			want: `Nexudus is not available: Nexudus, or the network in front of it, failed to process the request. It asks the provider to wait 1h0m0s.

Run again later. To wait that long, set "max_throttle_wait" in the provider block, or NEXUDUS_MAX_THROTTLE_WAIT, to "1h0m0s" or more.

Tried: get webhook 42; status 503; 1 attempt in 0s.`,
		},
		{
			name: "rejected",
			err: &rest.Error{
				Verb: rest.VerbGet, Record: "webhook", ID: 42, URL: api + "/sys/webhooks/42", Kind: rest.KindRejected,
				Status: 400, Attempts: 1, Messages: []string{"Name: is a required field", "URL: too long"},
			},
			want: `Rejected by Nexudus: Nexudus understood the request and rejected it.

Tried: get webhook 42; status 400; 1 attempt in 0s.

Messages from Nexudus:
  - Name: is a required field
  - URL: too long`,
		},
		{
			name: "unavailable",
			err: &rest.Error{
				Verb: rest.VerbGet, Record: "webhook", ID: 42, URL: api + "/sys/webhooks/42", Kind: rest.KindUnavailable,
				Status: 503, Attempts: 5, Elapsed: 7543 * time.Millisecond,
			},
			want: `Nexudus is not available: Nexudus, or the network in front of it, failed to process the request.

Run again later. If this happens often, raise "max_retries" in the provider block, or NEXUDUS_MAX_RETRIES.

Tried: get webhook 42; status 503; 5 attempts in 7.543s.`,
		},
		{
			name: "internal error",
			err: &rest.Error{
				Verb: rest.VerbUpdate, Record: "webhook", ID: 42, Kind: rest.KindUnavailable, Status: 500, Attempts: 5, Elapsed: time.Second,
				Reason:   "the API reported an internal error",
				Messages: []string{"Ooops! There was a problem while running this action."},
			},
			want: `Nexudus is not available: Nexudus reported an internal error.

Run again later. If the error remains, the data may be the cause: Nexudus reports the same error for data that it cannot process.

Tried: update webhook 42; status 500; 5 attempts in 1s.

Messages from Nexudus:
  - Ooops! There was a problem while running this action.`,
		},
		{
			name: "connection",
			err: &rest.Error{
				Verb: rest.VerbGet, Record: "webhook", ID: 42, URL: api + "/sys/webhooks/42", Kind: rest.KindConnection,
				Reason: "the connection was closed without a response", Attempts: 5, Elapsed: time.Second,
			},
			want: `No connection to Nexudus: The request failed: the connection was closed without a response.

Check the network, the proxy settings in the environment, and "base_url".

Tried: get webhook 42 at https://nexudus.test/api/sys/webhooks/42; no response; 5 attempts in 1s.`,
		},
		{
			name: "redirected",
			err: &rest.Error{
				Verb: rest.VerbGet, Record: "webhook", ID: 42, URL: api + "/sys/webhooks/42", Kind: rest.KindRedirected,
				Status: 302, Reason: "evil.test:8443", Attempts: 1,
			},
			want: `Nexudus redirected the request: The response points to evil.test:8443. The provider does not follow redirects, because that would send the credentials along.

Check that "base_url" is the root of the API, which is usually https://spaces.nexudus.com/api.

Tried: get webhook 42 at https://nexudus.test/api/sys/webhooks/42; status 302; 1 attempt in 0s.`,
		},
		{
			name: "sign-in",
			err: &rest.Error{
				Verb: rest.VerbSignIn, URL: api + "/token", Kind: rest.KindSignIn, Status: 400, Attempts: 1,
				Messages: []string{"The user name or password is incorrect."},
			},
			want: `Nexudus rejected the sign-in: Nexudus did not accept the user name, the password or the one-time code. The provider does not try them again.

Check the user name and the password, and that neither begins or ends with a space. An account with two-factor authentication also needs "totp_secret", or "totp" with a new code for each sign-in: plan and apply sign in separately.

Tried: sign in; status 400; 1 attempt in 0s.

Messages from Nexudus:
  - The user name or password is incorrect.`,
		},
		{
			name: "code may be used",
			err: &rest.Error{
				Verb: rest.VerbSignIn, URL: api + "/token", Kind: rest.KindCodeUsed,
				Reason: "the first one got no usable response", Attempts: 1, Elapsed: time.Second,
			},
			want: `One-time code already used: Another sign-in is needed because the first one got no usable response, and the code in "totp" has already been sent. A code is valid for one sign-in.

Run again with a new code, or set "totp_secret" in the provider block or NEXUDUS_TOTP_SECRET in the environment, so that the provider can generate a code for each sign-in.

Tried: sign in; no successful response; 1 attempt in 1s.`,
		},
		{
			name: "response",
			err: &rest.Error{
				Verb: rest.VerbGet, Record: "webhook", ID: 42, URL: api + "/sys/webhooks/42", Kind: rest.KindUnexpected,
				Status: 200, Reason: "an HTML page (text/html, 19 bytes)", Attempts: 1,
			},
			want: `Unexpected response from Nexudus: Expected one webhook; got an HTML page (text/html, 19 bytes).

Check that "base_url" is the root of the API, which is usually https://spaces.nexudus.com/api. If it is, run again later; if this happens again, please report it.

Tried: get webhook 42 at https://nexudus.test/api/sys/webhooks/42; status 200; 1 attempt in 0s.`,
		},
		{
			name: "404 about a record",
			err: &rest.Error{
				Verb: rest.VerbList, Record: "webhook", Page: 1, URL: api + "/sys/webhooks", Kind: rest.KindUnexpected,
				Status: 404, Reason: `"Not found"`, Attempts: 1,
			},
			want: `Unexpected response from Nexudus: Expected a page of webhooks; got "Not found".

Check that "base_url" is the root of the API, which is usually https://spaces.nexudus.com/api. If it is, run again later; if this happens again, please report it.

Tried: list webhooks, page 1 at https://nexudus.test/api/sys/webhooks; status 404; 1 attempt in 0s.`,
		},
		{
			name: "incomplete",
			err: &rest.Error{
				Verb: rest.VerbList, Record: "webhook", Kind: rest.KindIncomplete, Reason: "2 of 5 records were received, and later pages contain no others",
			},
			want: `Incomplete list of webhooks: The provider could not read the complete list of webhooks: 2 of 5 records were received, and later pages contain no others.

Run again. If it fails again, use filters to make the list shorter, and please report this.`,
		},
		{
			name: "endless response to a sign-in",
			err:  &rest.Error{Verb: rest.VerbSignIn, URL: api + "/token", Kind: rest.KindUnexpected, Reason: "more than 8 MiB", Attempts: 1},
			want: `Unexpected response from Nexudus: Expected an access token; got more than 8 MiB.

Check that "base_url" is the root of the API, which is usually https://spaces.nexudus.com/api. The portal of a space does not accept this sign-in.

Tried: sign in at https://nexudus.test/api/token; no response; 1 attempt in 0s.`,
		},
		{
			name: "rejected without a word",
			err:  &rest.Error{Verb: rest.VerbGet, Record: "user", Kind: rest.KindRejected, Status: 400, Attempts: 1},
			want: `Rejected by Nexudus: Nexudus understood the request and rejected it.

It gave no reason: run again later; if this happens again, please report it.

Tried: get user; status 400; 1 attempt in 0s.`,
		},
		{
			name: "create without role or quota",
			err: &rest.Error{
				Verb: rest.VerbCreate, Record: "webhook", Kind: rest.KindUnauthorized, Status: 401, Permission: "WebHook-Create",
				Attempts: 1, Messages: []string{"Access Denied"},
			},
			want: `Unauthorized: Nexudus gives the same response to credentials that are wrong or have expired, to a user without the required permission, and to a user whose API access is switched off. Nexudus also returns this response when an account has reached its quota of new records.

Check that the credentials are valid, and that the user has "API Access" switched on and a role with the permission WebHook-Create.

Tried: create webhook; status 401; 1 attempt in 0s.

Messages from Nexudus:
  - Access Denied`,
		},
		{
			name: "create unknown",
			err: &rest.Error{
				Verb: rest.VerbCreate, Record: "webhook", Permission: "WebHook-Create", Kind: rest.KindUnknown,
				Cause: &rest.Error{Kind: rest.KindConnection, Reason: "timed out after 30s"}, Attempts: 1,
				Elapsed: 30 * time.Second, CannotList: true,
			},
			want: `The webhook may have been created: The request failed: timed out after 30s. The provider could not find out whether the webhook was created. To look for it, the user needs the permission WebHook-List. It did not send the request again, because that could create a duplicate.

Look for the webhook in Nexudus. If it is there, import it by its ID, with an import block or the import command; otherwise apply again.

Tried: create webhook; no response; 1 attempt in 30s.`,
		},
		{
			name: "create unknown, candidates",
			err: &rest.Error{
				Verb: rest.VerbCreate, Record: "webhook", Kind: rest.KindUnknown, Cause: &rest.Error{Kind: rest.KindUnavailable},
				Status: 504, Attempts: 1, Candidates: []int64{101, 102},
			},
			want: `The webhook may have been created: Nexudus, or the network in front of it, failed to process the request. The provider could not find out whether the webhook was created. It did not send the request again, because that could create a duplicate. IDs of webhooks that this request, or another run, may have created: 101 and 102.

Look for the webhook in Nexudus. If it is there, import it by its ID, with an import block or the import command; otherwise apply again.

Tried: create webhook; status 504; 1 attempt in 0s.`,
		},
		{
			name: "password reset",
			err:  &rest.Error{Verb: rest.VerbSignIn, Kind: rest.KindPasswordReset, Status: 400, Attempts: 1},
			want: `Password must be reset: Nexudus requires a new password before this user can sign in.

Sign in to the Nexudus panel once, set a new password there, and use it here.

Tried: sign in; status 400; 1 attempt in 0s.`,
		},
		{
			name: "two-factor authentication",
			err:  &rest.Error{Verb: rest.VerbSignIn, Kind: rest.KindTwoFactor, Status: 400, Attempts: 1},
			want: `Two-factor authentication required: The account uses two-factor authentication, and no one-time code was sent.

Set "totp_secret", from which the provider generates codes, or "totp" with a new code for each sign-in.

Tried: sign in; status 400; 1 attempt in 0s.`,
		},
		{
			name: "another record",
			err:  &rest.Error{Verb: rest.VerbUpdate, Record: "webhook", ID: 42, Kind: rest.KindOtherRecord, Status: 200, Attempts: 1},
			want: `Webhook 42 has a different unique ID: The webhook with the ID 42 has a different unique ID from the one in the state, so it is not the one that this configuration created or imported. The credentials probably belong to another account.

Use the credentials of the account that the state belongs to. If the webhook in Nexudus is the right one, remove it from the state with the command "state rm", and import it again.

Tried: update webhook 42; status 200; 1 attempt in 0s.`,
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
			summary, detail := new(providerData).diagnose(test.err)
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
		if _, got := new(providerData).diagnose(&rest.Error{Kind: rest.KindThrottled, Wait: wait}); !strings.HasPrefix(got, want+"\n") {
			t.Errorf("diagnose = %q, want %q", got, want)
		}
	}
}

// What the reasons of the client say about connections decides about the remedy.
func TestDiagnose_connection(t *testing.T) {
	tests := []struct{ reason, want string }{
		{
			reason: "timed out after 30s",
			want: `The request failed: timed out after 30s.

Run again later. If Nexudus needs more time, raise "request_timeout" in the provider block, or NEXUDUS_REQUEST_TIMEOUT, to a duration such as "60s".

`,
		},
		{
			reason: "tls: failed to verify certificate: x509: certificate signed by unknown authority",
			want: `The request failed: tls: failed to verify certificate: x509: certificate signed by unknown authority.

Check "base_url" and the machine's clock. If a proxy or a private authority signs the certificate, add the authority to the system's certificate store or, on Linux, set SSL_CERT_FILE to a PEM file that contains it.

`,
		},
		{
			reason: "the proxy asks for a user name and a password",
			want: `The request failed: the proxy asks for a user name and a password.

Set the user name and the password in HTTPS_PROXY, as http://USER:PASSWORD@HOST:PORT, with special characters percent-encoded.

`,
		},
	}
	for _, test := range tests {
		failure := &rest.Error{Verb: rest.VerbGet, Record: "user", URL: "https://nexudus.test/api/auth/me", Kind: rest.KindConnection, Reason: test.reason, Attempts: 1}
		want := test.want + "Tried: get user at https://nexudus.test/api/auth/me; no response; 1 attempt in 0s."
		if _, got := new(providerData).diagnose(failure); got != want {
			t.Errorf("diagnose = %s\nwant %s", got, want)
		}
	}
}

// The client's reasons are those that the remedies look for.
func TestDiagnose_reasons(t *testing.T) {
	ended := make(chan struct{})
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/slow":
			<-ended
		case "/ooops":
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = io.WriteString(w, `{"WasSuccessful":false,"Message":"Ooops! There was a problem while running this action."}`)
		}
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	defer close(ended)
	base, err := rest.ParseBaseURL(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		path      string
		transport http.RoundTripper
		want      string
	}{
		{path: "untrusted", want: "SSL_CERT_FILE"},
		{path: "slow", transport: server.Client().Transport, want: `"request_timeout"`},
		{path: "ooops", transport: server.Client().Transport, want: "Nexudus reported an internal error."},
	}
	for _, test := range tests {
		client := rest.New(rest.Config{
			BaseURL: base, Auth: rest.Token{AccessToken: rest.NewSecret("token-1")}, RequestTimeout: 500 * time.Millisecond, Transport: test.transport,
		})
		_, err := client.Get(t.Context(), &rest.Request{Verb: rest.VerbGet, Record: "user", Method: http.MethodGet, Path: test.path})
		if _, got := new(providerData).diagnose(err); !strings.Contains(got, test.want) {
			t.Errorf("%s: diagnose = %s\nwant %s", test.path, got, test.want)
		}
		client.Close()
	}
}

// A one-time code that was sent may be wrong because the machine's clock is.
func TestDiagnose_oneTimeCode(t *testing.T) {
	data := &providerData{credentials: `NEXUDUS_USERNAME, NEXUDUS_PASSWORD and "totp_secret" in the provider block`}
	const want = `Nexudus did not accept the user name, the password or the one-time code. The provider does not try them again. ` +
		`The credentials come from NEXUDUS_USERNAME, NEXUDUS_PASSWORD and "totp_secret" in the provider block.

Check the user name and the password, and that neither begins or ends with a space. An account with two-factor authentication also needs "totp_secret", or "totp" with a new code ` +
		`for each sign-in: plan and apply sign in separately. One-time codes depend on the time: check the machine's clock, too.

Tried: sign in; status 400; 1 attempt in 0s.`
	if _, got := data.diagnose(&rest.Error{Verb: rest.VerbSignIn, Kind: rest.KindSignIn, Status: 400, Attempts: 1}); got != want {
		t.Errorf("diagnose = %s\nwant %s", got, want)
	}
}

// Credentials that Nexudus did not accept are named by where they come from.
func TestDiagnose_origin(t *testing.T) {
	for _, kind := range aboutCredentials {
		data := &providerData{credentials: "NEXUDUS_ACCESS_TOKEN"}
		if _, got := data.diagnose(&rest.Error{Kind: kind}); !strings.Contains(got, " The credentials come from NEXUDUS_ACCESS_TOKEN.\n\n") {
			t.Errorf("%s: detail = %q, want the variable", kind, got)
		}
	}
}

// Only the read was interrupted, so the warning must not say that nothing has changed.
func TestAddUnverifiedWarning_interrupted(t *testing.T) {
	var diags diag.Diagnostics
	new(providerData).addUnverifiedWarning(&diags, "Webhook 1 was created", context.Canceled)
	const want = "The state has what was sent. The next plan reads the record.\n\nThe run was interrupted."
	if len(diags) != 1 || diags[0].Summary() != "Webhook 1 was created but could not be read back" || diags[0].Detail() != want {
		t.Errorf("diagnostics = %v, want one with %q", diags, want)
	}
}
