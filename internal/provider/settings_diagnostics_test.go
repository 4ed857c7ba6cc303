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
			want: `missing: Missing Nexudus credentials: No credentials for Nexudus are set in the provider block or the environment, or they are empty.

Set "access_token" in the provider block or NEXUDUS_ACCESS_TOKEN in the environment; ` +
				`or set "username" and "password" in the provider block or NEXUDUS_USERNAME and NEXUDUS_PASSWORD in the environment.`,
		},
		{
			name:  "half",
			block: values{"username": "a"},
			want: `missing: Missing Nexudus password: The provider authenticates with a user name and a password, but the password is not set, or is empty.

Set "password" in the provider block, or NEXUDUS_PASSWORD in the environment.`,
		},
		{
			name:        "half, with a token in the environment",
			block:       values{"username": "a"},
			environment: values{"NEXUDUS_ACCESS_TOKEN": "t"},
			want: `missing: Missing Nexudus password: The provider authenticates with a user name and a password, but the password is not set, or is empty. ` +
				`NEXUDUS_ACCESS_TOKEN is ignored, because the provider block sets "username".

Set "password" in the provider block, or NEXUDUS_PASSWORD in the environment.`,
		},
		{
			name:        "empty",
			block:       values{"access_token": ""},
			environment: values{"NEXUDUS_USERNAME": "u", "NEXUDUS_PASSWORD": "p"},
			want: `missing: Empty Nexudus credential: "access_token" in the provider block is an empty string. ` +
				`The environment does not replace it, because its credentials may belong to another account.

Set "access_token" to its value, or to null to use the environment.`,
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
			name:        "basic with a token",
			environment: values{"NEXUDUS_ACCESS_TOKEN": "t", "NEXUDUS_AUTH_METHOD": "basic"},
			want: `Conflicting Nexudus credentials: The environment sets NEXUDUS_ACCESS_TOKEN and NEXUDUS_AUTH_METHOD, ` +
				`which belong to different authentication methods.` + oneMethod,
		},
		{
			name:        "basic without a pair",
			block:       values{"auth_method": "basic"},
			environment: values{"NEXUDUS_ACCESS_TOKEN": "t"},
			want: `missing: Missing Nexudus credentials: auth_method = "basic" needs a user name and a password, but both are missing or empty.

Set "username" and "password" in the provider block or NEXUDUS_USERNAME and NEXUDUS_PASSWORD in the environment.`,
		},
		{
			name:  "unknown",
			block: values{"access_token": "(unknown)", "base_url": "(unknown)"},
			want: `missing: Provider setting not known yet: The provider needs its whole configuration to read from Nexudus, ` +
				`but some of it is known only after apply: "base_url" and "access_token".

Use a value that is known during plan, such as a variable or an environment variable; ` +
				`or first create what the value depends on, in a run of its own or with -target.`,
		},
		{
			name:        "token of a variable that was not replaced",
			environment: values{"NEXUDUS_ACCESS_TOKEN": "$(NAME)"},
			want: `Invalid provider setting "access_token": access_token must contain only letters, digits and the characters - . _ ~ + / =. ` +
				`The value comes from NEXUDUS_ACCESS_TOKEN.

Copy the token itself, without quotes, spaces or "Bearer", and check that your pipeline has replaced its variables with their values.`,
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
			want:  `Invalid provider setting "access_token": access_token must not contain control characters, such as a line break.`,
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
			name:  "base URL",
			block: token("base_url", "https://u:secret@nexudus.test/api"),
			want: `Invalid provider setting "base_url": base_url must be the root of the API, such as https://spaces.nexudus.com/api; ` +
				`it contains a user name or a password.`,
		},
		{
			name:  "base URL with http",
			block: token("base_url", "http://nexudus.test/api"),
			want: `Invalid provider setting "base_url": base_url must begin with https://; ` +
				`http:// is allowed only for a loopback address, such as http://127.0.0.1:8080/api.`,
		},
		{
			name:  "base URL without a scheme",
			block: token("base_url", "localhost:8080/api"),
			want: `Invalid provider setting "base_url": base_url must be the root of the API, such as https://spaces.nexudus.com/api; ` +
				`it has no scheme, such as https://.`,
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
			want:  `Invalid provider setting "request_timeout": request_timeout must be a positive duration such as "30s"; got "45".`,
		},
		{
			name:        "negative wait",
			block:       values{"access_token": "t"},
			environment: values{"NEXUDUS_MAX_THROTTLE_WAIT": "-1s"},
			want: `Invalid provider setting "max_throttle_wait": max_throttle_wait must be a positive duration such as "30s"; ` +
				`got "-1s". The value comes from NEXUDUS_MAX_THROTTLE_WAIT.`,
		},
		{
			name:  "fraction of a retry",
			block: token("max_retries", "1.5"),
			want:  `Invalid provider setting "max_retries": max_retries must be a whole number from 0 to 255; got 1.5.`,
		},
		{
			name:        "long text for retries",
			block:       values{"access_token": "t"},
			environment: values{"NEXUDUS_MAX_RETRIES": strings.Repeat("9", 1000)},
			want: `Invalid provider setting "max_retries": max_retries must be a whole number from 0 to 255; got "` + strings.Repeat("9", 100) +
				`" and 900 more characters. The value comes from NEXUDUS_MAX_RETRIES.`,
		},
		{
			name:  "negative rate",
			block: token("max_requests_per_second", "-1"),
			want: `Invalid provider setting "max_requests_per_second": max_requests_per_second must be at least 0.01, or 0 for no limit; ` +
				`got -1.`,
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

func TestSettings_pathOfBaseURL(t *testing.T) {
	_, diags := newSettings(blockValue(values{"base_url": "http://nexudus.test"}), func(string) string { return "" }).resolve()
	if withPath, ok := diags[0].(diag.DiagnosticWithPath); len(diags) != 1 || !ok || withPath.Path().String() != "base_url" {
		t.Errorf("diagnostics = %v, want one at base_url", diags)
	}
}

// A path makes the CLI print the line of source, value included.
func TestSettings_noPathForSecrets(t *testing.T) {
	for _, block := range []values{
		{"access_token": "a\nb"},
		{"base_url": "https://u:p@nexudus.test"},
		{"base_url": "https://nexudus.test?key=p"},
		{"base_url": "ftp://nexudus.test#p"},
		{"username": "u\x00", "password": "p"},
		{"username": "u", "password": "a\nb"},
		{"username": "a:b", "password": "p", "auth_method": "basic"},
		{"username": "u", "password": "p", "client_id": "a\nb"},
		{"username": "u", "password": "p", "totp": "1"},
		{"username": "u", "password": "p", "totp_secret": "1"},
	} {
		_, diags := newSettings(blockValue(block), func(string) string { return "" }).resolve()
		if len(diags) != 1 {
			t.Fatalf("%v: diagnostics = %v, want one", block, diags)
		}
		if withPath, ok := diags[0].(diag.DiagnosticWithPath); ok {
			t.Errorf("the diagnostic %q carries the path %s", diags[0].Summary(), withPath.Path())
		}
	}
}
