package provider

import (
	"math/big"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/nexudus"
)

type values = map[string]string

// model makes a provider block of the settings given.
func model(block values) providerModel {
	text := func(name string) types.String {
		value, ok := block[name]
		switch {
		case !ok:
			return types.StringNull()
		case value == "(unknown)":
			return types.StringUnknown()
		}
		return types.StringValue(value)
	}
	number := func(name string) types.Number {
		f, _, err := big.ParseFloat(block[name], 10, 512, big.ToNearestEven)
		if err != nil {
			return types.NumberNull()
		}
		return types.NumberValue(f)
	}
	return providerModel{
		BaseURL: text("base_url"), AccessToken: text("access_token"), Username: text("username"), Password: text("password"),
		TOTP: text("totp"), TOTPSecret: text("totp_secret"), AuthMethod: text("auth_method"), ClientID: text("client_id"),
		RequestTimeout: text("request_timeout"), MaxRetries: number("max_retries"), MaxThrottleWait: text("max_throttle_wait"),
		MaxRequestsPerSecond: number("max_requests_per_second"),
	}
}

// resolve returns what the settings come to, and all that is said about them.
func resolve(block, environment values) (resolved, string) {
	r, diags := newSettings(model(block), func(name string) string { return environment[name] }).resolve()
	var texts []string
	for _, d := range diags {
		texts = append(texts, d.Summary()+": "+d.Detail())
	}
	if r.missing != nil {
		texts = append(texts, "missing: "+r.missing.Summary()+": "+r.missing.Detail())
	}
	return r, strings.Join(texts, "\n")
}

// Row A11. Changing a line of this table breaks somebody's pipeline.
func TestSettings_precedence(t *testing.T) {
	token := func(t string) nexudus.Auth { return nexudus.Token{AccessToken: nexudus.NewSecret(t)} }
	basic := func(u, p string) nexudus.Auth {
		return nexudus.Basic{Username: u, Password: nexudus.NewSecret(p)}
	}
	signIn := func(u, p, code, key string) nexudus.Auth {
		return nexudus.Password{Username: u, Password: nexudus.NewSecret(p), TOTP: nexudus.NewSecret(code), TOTPSecret: nexudus.NewSecret(key)}
	}
	const key, other = "JBSWY3DPEHPK3PXP", "GEZDGNBVGY3TQOJQ"
	pair := values{"NEXUDUS_USERNAME": "eu", "NEXUDUS_PASSWORD": "ep"}
	pairAnd := func(more ...string) values {
		all := values{more[0]: more[1]}
		for name, value := range pair {
			all[name] = value
		}
		return all
	}
	onlyToken := values{"NEXUDUS_ACCESS_TOKEN": "e"}
	blockPair := values{"username": "bu", "password": "bp"}

	tests := []struct {
		name               string
		block, environment values
		want               nexudus.Auth
		wantText           string // how what is said begins
	}{
		{"nothing", nil, nil, nil, "missing: Missing Nexudus credentials"},
		{"token in block", values{"access_token": "b"}, nil, token("b"), ""},
		{"token in environment", nil, onlyToken, token("e"), ""},
		{"token in both", values{"access_token": "b"}, onlyToken, token("b"), ""},
		{"token in block, code in environment", values{"access_token": "b"}, pairAnd("NEXUDUS_TOTP", "000001"), token("b"), ""},
		{"token in block, basic in environment", values{"access_token": "b"}, pairAnd("NEXUDUS_AUTH_METHOD", "basic"), token("b"), ""},
		{"password in block", blockPair, nil, signIn("bu", "bp", "", ""), ""},
		{"password in block, token in environment", blockPair, onlyToken, signIn("bu", "bp", "", ""), ""},
		{"user in block, rest in environment", values{"username": "bu"}, pairAnd("NEXUDUS_TOTP", "000001"), signIn("bu", "ep", "000001", ""), ""},
		{"password in block, user and token in environment", values{"password": "bp"}, pairAnd("NEXUDUS_ACCESS_TOKEN", "e"), signIn("eu", "bp", "", ""), ""},
		{"key in block, code in environment", values{"totp_secret": key}, pairAnd("NEXUDUS_TOTP", "000001"), signIn("eu", "ep", "", key), ""},
		{"key in both", values{"totp_secret": key}, pairAnd("NEXUDUS_TOTP_SECRET", other), signIn("eu", "ep", "", key), ""},
		{"code in block, basic in environment", values{"totp": "123456"}, pairAnd("NEXUDUS_AUTH_METHOD", "basic"), signIn("eu", "ep", "123456", ""), ""},
		{"password in environment", nil, pairAnd("NEXUDUS_TOTP", "000001"), signIn("eu", "ep", "000001", ""), ""},
		{"basic in block", values{"username": "bu", "password": "bp", "auth_method": "basic"}, nil, basic("bu", "bp"), ""},
		{"basic in environment, password in block", blockPair, values{"NEXUDUS_AUTH_METHOD": "basic"}, basic("bu", "bp"), ""},
		{"basic in block, rest in environment", values{"auth_method": "basic"}, pairAnd("NEXUDUS_TOTP", "000001"), basic("eu", "ep"), ""},
		{"basic in block, token in environment", values{"auth_method": "basic"}, onlyToken, nil, "missing: Missing Nexudus credentials"},
		{"bearer in block, basic in environment", values{"auth_method": "bearer"}, pairAnd("NEXUDUS_AUTH_METHOD", "basic"), signIn("eu", "ep", "", ""), ""},
		{"basic in environment", nil, pairAnd("NEXUDUS_AUTH_METHOD", "basic"), basic("eu", "ep"), ""},
		{"empty in block", values{"access_token": "", "username": ""}, onlyToken, token("e"), ""},
		{"newline in environment", nil, values{"NEXUDUS_ACCESS_TOKEN": "e\r\n"}, token("e"), ""},
		{"newline in block", values{"username": "bu\n", "password": " b p \n"}, nil, signIn("bu", " b p ", "", ""), ""},
		{"key with spaces", values{"totp_secret": "jbsw y3dp ehpk 3pxp"}, pair, signIn("eu", "ep", "", "jbswy3dpehpk3pxp"), ""},

		{"no password", values{"username": "bu"}, onlyToken, nil, "missing: Missing Nexudus password"},
		{"no user name", nil, values{"NEXUDUS_PASSWORD": "ep"}, nil, "missing: Missing Nexudus user name"},
		{"code alone", values{"totp": "123456"}, nil, nil, "missing: Missing Nexudus user name"},
		{"two ways in block", values{"access_token": "b", "username": "bu"}, nil, nil, "Contradicting Nexudus credentials"},
		{"two ways in environment", nil, pairAnd("NEXUDUS_ACCESS_TOKEN", "e"), nil, "Contradicting Nexudus credentials"},
		{"basic with token", values{"access_token": "b", "auth_method": "basic"}, nil, nil, "Contradicting Nexudus credentials"},
		{"basic with code", values{"totp": "123456", "auth_method": "basic"}, pair, nil, "Contradicting Nexudus credentials"},
		{"both codes", values{"totp": "123456", "totp_secret": key}, pair, nil, "Contradicting Nexudus credentials"},
		{"both codes in environment", blockPair, values{"NEXUDUS_TOTP": "123456", "NEXUDUS_TOTP_SECRET": key}, nil, "Contradicting Nexudus credentials"},
		{"unknown token, another way in environment", values{"access_token": "(unknown)"}, pairAnd("NEXUDUS_ACCESS_TOKEN", "e"), nil, "missing: Provider setting not known yet"},
		{"unknown token", values{"access_token": "(unknown)"}, onlyToken, nil, "missing: Provider setting not known yet"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r, text := resolve(test.block, test.environment)
			if test.wantText == "" {
				if text != "" || !reflect.DeepEqual(r.config.Auth, test.want) {
					t.Errorf("Auth = %#v, said %q, want %#v", r.config.Auth, text, test.want)
				}
				return
			}
			if !strings.HasPrefix(text, test.wantText) || strings.Contains(text, "\nmissing: ") {
				t.Errorf("said %q, want only %q", text, test.wantText)
			}
		})
	}
}

func TestSettings_messages(t *testing.T) {
	oneWay := `

Keep one way: an access token; a user name and a password, with "totp" or "totp_secret" where the account needs it; or a user name and a password with auth_method = "basic".`
	tests := []struct {
		name               string
		block, environment values
		want               string
	}{
		{"missing", nil, nil, `missing: Missing Nexudus credentials: Reading from Nexudus needs credentials, and neither the provider block nor the environment gives any.

Set "access_token" in the provider block or NEXUDUS_ACCESS_TOKEN in the environment; or set "username" and "password" in the provider block or NEXUDUS_USERNAME and NEXUDUS_PASSWORD in the environment.`},
		{"half", values{"username": "a"}, nil, `missing: Missing Nexudus password: The provider authenticates with a user name and a password, and the password is empty.

Set "password" in the provider block, or NEXUDUS_PASSWORD in the environment.`},
		{"contradiction", values{"access_token": "t", "username": "u", "password": "p"}, nil,
			`Contradicting Nexudus credentials: The provider block gives "access_token", "username" and "password". They belong to different ways to authenticate, so one of them is not meant.` + oneWay},
		{"two codes", nil, values{"NEXUDUS_USERNAME": "u", "NEXUDUS_PASSWORD": "p", "NEXUDUS_TOTP": "123456", "NEXUDUS_TOTP_SECRET": "JBSWY3DPEHPK3PXP"},
			`Contradicting Nexudus credentials: The environment gives NEXUDUS_TOTP and NEXUDUS_TOTP_SECRET. Each of them provides the one-time code, so one of them is not meant.` + oneWay},
		{"two codes in the environment, the rest in the block", values{"username": "u", "password": "p"}, values{"NEXUDUS_TOTP": "123456", "NEXUDUS_TOTP_SECRET": "JBSWY3DPEHPK3PXP"},
			`Contradicting Nexudus credentials: The environment gives NEXUDUS_TOTP and NEXUDUS_TOTP_SECRET. Each of them provides the one-time code, so one of them is not meant.` + oneWay},
		{"basic with a token", nil, values{"NEXUDUS_ACCESS_TOKEN": "t", "NEXUDUS_AUTH_METHOD": "basic"},
			`Contradicting Nexudus credentials: The environment gives NEXUDUS_ACCESS_TOKEN and NEXUDUS_AUTH_METHOD. They belong to different ways to authenticate, so one of them is not meant.` + oneWay},
		{"basic without a pair", values{"auth_method": "basic"}, values{"NEXUDUS_ACCESS_TOKEN": "t"}, `missing: Missing Nexudus credentials: With auth_method = "basic" the provider sends a user name and a password with each request, and neither is given.

Set "username" and "password" in the provider block, or NEXUDUS_USERNAME and NEXUDUS_PASSWORD in the environment.`},
		{"E1 unknown", values{"access_token": "(unknown)", "base_url": "(unknown)"}, nil, `missing: Provider setting not known yet: Reading from Nexudus needs the whole provider block, and "base_url" and "access_token" are known only after apply.

Give the provider a value that is known during plan, such as a variable or an environment variable; or create what it depends on first, in a run of its own or with -target.`},
		{"A4 code", values{"username": "u", "password": "p", "totp": "12345"}, nil, `Invalid provider setting "totp": The one-time code is not six digits.

Give the six digits that the authenticator shows, or the secret behind them in "totp_secret".`},
		{"A4 key", nil, values{"NEXUDUS_USERNAME": "u", "NEXUDUS_PASSWORD": "p", "NEXUDUS_TOTP_SECRET": "0189"}, `Invalid provider setting "totp_secret": The two-factor secret is not base32: letters from A to Z and digits from 2 to 7. It comes from NEXUDUS_TOTP_SECRET in the environment.

Give the secret that Nexudus shows beside the QR code when two-factor sign-in is set up.`},
		{"A10 line break", values{"access_token": "a\nb"}, nil, `Invalid provider setting "access_token": The value of "access_token" holds a control character, such as a line break.

Copy the value again, as one line.`},
		{"control character in client id", values{"username": "u", "password": "p", "client_id": "a\x00b"}, nil, `Invalid provider setting "client_id": The value of "client_id" holds a control character, such as a line break.

Copy the value again, as one line.`},
		{"colon", values{"username": "a:b", "password": "p", "auth_method": "basic"}, nil, `Invalid provider setting "username": The user name holds a colon, and HTTP Basic ends the user name at the first one.

Use another account, or sign in with auth_method = "bearer".`},
		{"method", values{"access_token": "t", "auth_method": "digest"}, nil, `Invalid provider setting "auth_method": The authentication method "digest" is not known.

Use "bearer" or "basic".`},
		{"C7 base URL", values{"access_token": "t", "base_url": "https://u:secret@nexudus.test/api"}, nil, `Invalid provider setting "base_url": The base URL cannot be used: it holds a user name or a password.

Use the root of the API, such as https://spaces.nexudus.com/api.`},
		{"timeout", values{"access_token": "t", "request_timeout": "30"}, nil, `Invalid provider setting "request_timeout": "30" is no duration above zero.

Use a number and a unit, such as "45s", "2m" or "1m30s".`},
		{"wait", values{"access_token": "t"}, values{"NEXUDUS_MAX_THROTTLE_WAIT": "-1s"}, `Invalid provider setting "max_throttle_wait": "-1s" is no duration above zero. It comes from NEXUDUS_MAX_THROTTLE_WAIT in the environment.

Use a number and a unit, such as "45s", "2m" or "1m30s".`},
		{"retries", values{"access_token": "t", "max_retries": "1.5"}, nil, `Invalid provider setting "max_retries": "1.5" is no number of retries.

Use a whole number from 0 to 255.`},
		{"pace", values{"access_token": "t", "max_requests_per_second": "-1"}, nil, `Invalid provider setting "max_requests_per_second": "-1" is no pace.

Use a number from 0.01 upwards, or 0 to switch pacing off.`},
		{"pace of no number", values{"access_token": "t"}, values{"NEXUDUS_MAX_REQUESTS_PER_SECOND": "NaN"}, `Invalid provider setting "max_requests_per_second": "NaN" is no pace. It comes from NEXUDUS_MAX_REQUESTS_PER_SECOND in the environment.

Use a number from 0.01 upwards, or 0 to switch pacing off.`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, text := resolve(test.block, test.environment); text != test.want {
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
		_, diags := newSettings(model(block), func(string) string { return "" }).resolve()
		if len(diags) != 1 {
			t.Fatalf("%v: diagnostics = %v, want one", block, diags)
		}
		if withPath, ok := diags[0].(diag.DiagnosticWithPath); ok {
			t.Errorf("the diagnostic %q carries the path %s", diags[0].Summary(), withPath.Path())
		}
	}
}

func TestSettings_values(t *testing.T) {
	r, text := resolve(
		values{"access_token": "t", "base_url": "http://127.0.0.1:1/api", "max_retries": "0", "request_timeout": "1m30s"},
		values{"NEXUDUS_BASE_URL": "https://nexudus.test", "NEXUDUS_MAX_RETRIES": "7", "NEXUDUS_MAX_THROTTLE_WAIT": "5m", "NEXUDUS_MAX_REQUESTS_PER_SECOND": "0.5"})
	if text != "" {
		t.Fatal(text)
	}
	c := r.config
	if c.BaseURL.Host != "127.0.0.1:1" || c.MaxRetries != 0 || c.RequestTimeout != 90*time.Second || c.MaxThrottleWait != 5*time.Minute || c.MaxRequestsPerSecond != 0.5 {
		t.Errorf("config = %+v, want the block's values, completed from the environment", c)
	}
	for _, from := range []struct{ block, environment values }{
		{values{"username": "u", "password": "p", "client_id": "mine"}, values{"NEXUDUS_CLIENT_ID": "other"}},
		{values{"username": "u", "password": "p"}, values{"NEXUDUS_CLIENT_ID": "mine"}},
	} {
		r, _ = resolve(from.block, from.environment)
		if password, _ := r.config.Auth.(nexudus.Password); password.ClientID != "mine" {
			t.Errorf("ClientID = %q, want the given one", password.ClientID)
		}
	}
	r, _ = resolve(nil, nil)
	c = r.config
	if c.BaseURL.String() != nexudus.DefaultBaseURL || c.MaxRetries != 4 || c.RequestTimeout != 30*time.Second || c.MaxThrottleWait != 2*time.Minute || c.MaxRequestsPerSecond != 10 {
		t.Errorf("config = %+v, want the defaults", c)
	}
}

func TestUserAgent(t *testing.T) {
	const plain = "terraform-provider-nexudus/1.2.3 (+https://github.com/nexudus-community/terraform-provider-nexudus) Terraform/1.11.4"
	for added, want := range map[string]string{"": plain, " ci/7\r\nX: y ": plain + " ci/7X: y"} {
		if got := userAgent("1.2.3", "1.11.4", added); got != want {
			t.Errorf("userAgent = %q, want %q", got, want)
		}
	}
}
