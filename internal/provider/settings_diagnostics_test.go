package provider

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

func TestSettings_messages(t *testing.T) {
	const oneMethod = `

Keep one method: an access token; a user name and a password, with "totp" or "totp_secret" if the account needs it; ` +
		`or a user name and a password with auth_method = "basic".`
	token := func(name, value string) values { return values{"access_token": "t", name: value} }
	tests := []struct {
		name               string
		block, environment values
		want               string
	}{
		{
			name: "missing",
			want: `missing: Missing Nexudus credentials: Neither the provider block nor the environment sets credentials for Nexudus.

Set "access_token" in the provider block or NEXUDUS_ACCESS_TOKEN in the environment; ` +
				`or set "username" and "password" in the provider block or NEXUDUS_USERNAME and NEXUDUS_PASSWORD in the environment.`,
		},
		{
			name:  "half",
			block: values{"username": "a"},
			want: `missing: Missing Nexudus password: The provider authenticates with a user name and a password, but the password is not set.

Set "password" in the provider block, or NEXUDUS_PASSWORD in the environment.`,
		},
		{
			name:  "contradiction",
			block: values{"access_token": "t", "username": "u", "password": "p"},
			want: `Conflicting Nexudus credentials: The provider block sets "access_token", "username" and "password", ` +
				`which belong to different authentication methods.` + oneMethod,
		},
		{
			name: "two codes",
			environment: values{
				"NEXUDUS_USERNAME": "u", "NEXUDUS_PASSWORD": "p", "NEXUDUS_TOTP": "123456", "NEXUDUS_TOTP_SECRET": "JBSWY3DPEHPK3PXP",
			},
			want: `Conflicting Nexudus credentials: The environment sets NEXUDUS_TOTP and NEXUDUS_TOTP_SECRET, ` +
				`which both provide the one-time code.` + oneMethod,
		},
		{
			name:        "two codes in the environment, the rest in the block",
			block:       values{"username": "u", "password": "p"},
			environment: values{"NEXUDUS_TOTP": "123456", "NEXUDUS_TOTP_SECRET": "JBSWY3DPEHPK3PXP"},
			want: `Conflicting Nexudus credentials: The environment sets NEXUDUS_TOTP and NEXUDUS_TOTP_SECRET, ` +
				`which both provide the one-time code.` + oneMethod,
		},
		{
			name:        "basic with a token",
			environment: values{"NEXUDUS_ACCESS_TOKEN": "t", "NEXUDUS_AUTH_METHOD": "basic"},
			want: `Conflicting Nexudus credentials: The environment sets NEXUDUS_ACCESS_TOKEN and NEXUDUS_AUTH_METHOD, ` +
				`which belong to different authentication methods.` + oneMethod,
		},
		{
			name:        "basic without a pair",
			block:       values{"auth_method": "basic"},
			environment: values{"NEXUDUS_ACCESS_TOKEN": "t"},
			want: `missing: Missing Nexudus credentials: With auth_method = "basic" the provider sends a user name and a password ` +
				`with each request, but neither is set.

Set "username" and "password" in the provider block, or NEXUDUS_USERNAME and NEXUDUS_PASSWORD in the environment.`,
		},
		{
			name:  "unknown",
			block: values{"access_token": "(unknown)", "base_url": "(unknown)"},
			want: `missing: Provider setting not known yet: The provider needs its whole configuration to read from Nexudus, ` +
				`but "base_url" and "access_token" are known only after apply.

Use a value that is known during plan, such as a variable or an environment variable; ` +
				`or first create what the value depends on, in a run of its own or with -target.`,
		},
		{
			name:  "code",
			block: values{"username": "u", "password": "p", "totp": "12345"},
			want: `Invalid provider setting "totp": totp must be the six digits that the authenticator shows.

To let the provider generate the codes, set totp_secret to the secret that the authenticator was set up with.`,
		},
		{
			name:        "key",
			environment: values{"NEXUDUS_USERNAME": "u", "NEXUDUS_PASSWORD": "p", "NEXUDUS_TOTP_SECRET": "0189"},
			want: `Invalid provider setting "totp_secret": totp_secret must be base32: letters from A to Z and digits from 2 to 7. ` +
				`The value comes from NEXUDUS_TOTP_SECRET.

Use the secret that Nexudus shows next to the QR code when two-factor sign-in is set up.`,
		},
		{
			name:  "line break",
			block: values{"access_token": "a\nb"},
			want: `Invalid provider setting "access_token": access_token must not contain control characters, such as a line break.

Copy the value again, as one line.`,
		},
		{
			name:  "control character in client id",
			block: values{"username": "u", "password": "p", "client_id": "a\x00b"},
			want: `Invalid provider setting "client_id": client_id must not contain control characters, such as a line break.

Copy the value again, as one line.`,
		},
		{
			name:  "colon",
			block: values{"username": "a:b", "password": "p", "auth_method": "basic"},
			want: `Invalid provider setting "username": username must not contain a colon, which ends the user name in HTTP Basic.

Use another account, or sign in with auth_method = "bearer".`,
		},
		{
			name:  "method",
			block: token("auth_method", "digest"),
			want:  `Invalid provider setting "auth_method": auth_method must be "bearer" or "basic"; got "digest".`,
		},
		{
			name:  "long method",
			block: token("auth_method", strings.Repeat("ä", 100_000)),
			want: `Invalid provider setting "auth_method": auth_method must be "bearer" or "basic"; got "` + strings.Repeat("ä", 100) +
				`" and 99900 more characters.`,
		},
		{
			name:  "base URL",
			block: token("base_url", "https://u:secret@nexudus.test/api"),
			want: `Invalid provider setting "base_url": base_url must be the root of the API, such as https://spaces.nexudus.com/api; ` +
				`it holds a user name or a password.`,
		},
		{
			name:        "base URL in the environment",
			block:       values{"access_token": "t"},
			environment: values{"NEXUDUS_BASE_URL": "nexudus.test?key=secret"},
			want: `Invalid provider setting "base_url": base_url must be the root of the API, such as https://spaces.nexudus.com/api; ` +
				`it has no scheme, such as https://. The value comes from NEXUDUS_BASE_URL.`,
		},
		{
			name:  "timeout without a unit",
			block: token("request_timeout", "45"),
			want:  `Invalid provider setting "request_timeout": request_timeout must be a positive duration such as "45s"; got "45".`,
		},
		{
			name:  "no time at all",
			block: token("request_timeout", "0s"),
			want:  `Invalid provider setting "request_timeout": request_timeout must be a positive duration such as "45s"; got "0s".`,
		},
		{
			name:        "negative wait",
			block:       values{"access_token": "t"},
			environment: values{"NEXUDUS_MAX_THROTTLE_WAIT": "-1s"},
			want: `Invalid provider setting "max_throttle_wait": max_throttle_wait must be a positive duration such as "45s"; ` +
				`got "-1s" from NEXUDUS_MAX_THROTTLE_WAIT.`,
		},
		{
			name:  "fraction of a retry",
			block: token("max_retries", "1.5"),
			want:  `Invalid provider setting "max_retries": max_retries must be a whole number from 0 to 255; got "1.5".`,
		},
		{
			name:  "endless retries",
			block: token("max_retries", "1e100000"),
			want:  `Invalid provider setting "max_retries": max_retries must be a whole number from 0 to 255; got "1e+100000".`,
		},
		{
			name:        "long text for retries",
			block:       values{"access_token": "t"},
			environment: values{"NEXUDUS_MAX_RETRIES": strings.Repeat("9", 1000)},
			want: `Invalid provider setting "max_retries": max_retries must be a whole number from 0 to 255; got "` + strings.Repeat("9", 100) +
				`" and 900 more characters from NEXUDUS_MAX_RETRIES.`,
		},
		{
			name:  "negative rate",
			block: token("max_requests_per_second", "-1"),
			want: `Invalid provider setting "max_requests_per_second": max_requests_per_second must be at least 0.01, or 0 for no limit; ` +
				`got "-1".`,
		},
		{
			name:        "rate that is not a number",
			block:       values{"access_token": "t"},
			environment: values{"NEXUDUS_MAX_REQUESTS_PER_SECOND": "NaN"},
			want: `Invalid provider setting "max_requests_per_second": max_requests_per_second must be at least 0.01, or 0 for no limit; ` +
				`got "NaN" from NEXUDUS_MAX_REQUESTS_PER_SECOND.`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, text := resolve(t, test.block, test.environment); text != test.want {
				t.Errorf("said %s\nwant %s", text, test.want)
			}
		})
	}
}

// A path makes the CLI print the line of source, value included.
func TestSettings_noPathForSecrets(t *testing.T) {
	for _, block := range []values{
		{"access_token": "a\nb"},
		{"base_url": "https://u:p@nexudus.test"},
		{"username": "u\x00", "password": "p"},
		{"username": "u", "password": "a\nb"},
		{"username": "a:b", "password": "p", "auth_method": "basic"},
		{"username": "u", "password": "p", "client_id": "a\nb"},
		{"username": "u", "password": "p", "totp": "1"},
		{"username": "u", "password": "p", "totp_secret": "1"},
	} {
		settings, err := newSettings(blockValue(block), func(string) string { return "" })
		if err != nil {
			t.Fatal(err)
		}
		_, diags := settings.resolve()
		if len(diags) != 1 {
			t.Fatalf("%v: diagnostics = %v, want one", block, diags)
		}
		if withPath, ok := diags[0].(diag.DiagnosticWithPath); ok {
			t.Errorf("the diagnostic %q carries the path %s", diags[0].Summary(), withPath.Path())
		}
	}
}
