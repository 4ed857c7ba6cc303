package provider

import (
	"reflect"
	"strings"
	"testing"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/rest"
)

// Changing a row of this table breaks somebody's pipeline.
func TestCredentials_precedence(t *testing.T) {
	token := func(t string) rest.Auth { return rest.Token{AccessToken: rest.NewSecret(t)} }
	basic := func(u, p string) rest.Auth {
		return rest.Basic{Username: u, Password: rest.NewSecret(p)}
	}
	signIn := func(u, p, code, key string) rest.Auth {
		return rest.Password{Username: u, Password: rest.NewSecret(p), TOTP: rest.NewSecret(code), TOTPSecret: rest.NewSecret(key)}
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
		want               rest.Auth
		wantText           string // how the diagnostics begin
	}{
		{name: "nothing", wantText: "missing: Missing Nexudus credentials"},
		{name: "token in block", block: values{"access_token": "b"}, want: token("b")},
		{name: "token in environment", environment: onlyToken, want: token("e")},
		{name: "token in both", block: values{"access_token": "b"}, environment: onlyToken, want: token("b")},
		{
			name:        "token in block, code in environment",
			block:       values{"access_token": "b"},
			environment: pairAnd("NEXUDUS_TOTP", "000001"),
			want:        token("b"),
		},
		{
			name:        "token in block, basic in environment",
			block:       values{"access_token": "b"},
			environment: pairAnd("NEXUDUS_AUTH_METHOD", "basic"),
			want:        token("b"),
		},
		{name: "password in block", block: blockPair, want: signIn("bu", "bp", "", "")},
		{
			name:        "password in block, token in environment",
			block:       blockPair,
			environment: onlyToken,
			want:        signIn("bu", "bp", "", ""),
		},
		{
			name:        "user in block, rest in environment",
			block:       values{"username": "bu"},
			environment: pairAnd("NEXUDUS_TOTP", "000001"),
			want:        signIn("bu", "ep", "000001", ""),
		},
		{
			name:        "password in block, user and token in environment",
			block:       values{"password": "bp"},
			environment: pairAnd("NEXUDUS_ACCESS_TOKEN", "e"),
			want:        signIn("eu", "bp", "", ""),
		},
		{
			name:        "key in block, code in environment",
			block:       values{"totp_secret": key},
			environment: pairAnd("NEXUDUS_TOTP", "000001"),
			want:        signIn("eu", "ep", "", key),
		},
		{
			name:        "pair in block, key in environment",
			block:       blockPair,
			environment: values{"NEXUDUS_TOTP_SECRET": key},
			want:        signIn("bu", "bp", "", key),
		},
		{
			name:        "pair in block, code in environment",
			block:       blockPair,
			environment: values{"NEXUDUS_TOTP": "000001"},
			want:        signIn("bu", "bp", "000001", ""),
		},
		{
			name:        "key in both",
			block:       values{"totp_secret": key},
			environment: pairAnd("NEXUDUS_TOTP_SECRET", other),
			want:        signIn("eu", "ep", "", key),
		},
		{
			name:        "code in block, basic in environment",
			block:       values{"totp": "123456"},
			environment: pairAnd("NEXUDUS_AUTH_METHOD", "basic"),
			want:        signIn("eu", "ep", "123456", ""),
		},
		{
			name:        "password in environment",
			environment: pairAnd("NEXUDUS_TOTP", "000001"),
			want:        signIn("eu", "ep", "000001", ""),
		},
		{
			name:  "basic in block",
			block: values{"username": "bu", "password": "bp", "auth_method": "basic"},
			want:  basic("bu", "bp"),
		},
		{
			name:        "basic in environment, pair in block",
			block:       blockPair,
			environment: values{"NEXUDUS_AUTH_METHOD": "basic"},
			want:        signIn("bu", "bp", "", ""),
		},
		{
			name:        "basic in environment, only the password in block",
			block:       values{"password": "bp"},
			environment: values{"NEXUDUS_AUTH_METHOD": "basic", "NEXUDUS_USERNAME": "eu"},
			want:        basic("eu", "bp"),
		},
		{
			name:        "basic in block, rest in environment",
			block:       values{"auth_method": "basic"},
			environment: pairAnd("NEXUDUS_TOTP", "000001"),
			want:        basic("eu", "ep"),
		},
		{
			name:        "basic in block, token in environment",
			block:       values{"auth_method": "basic"},
			environment: onlyToken,
			wantText:    "missing: Missing Nexudus credentials",
		},
		{
			name:        "bearer in block, basic in environment",
			block:       values{"auth_method": "bearer"},
			environment: pairAnd("NEXUDUS_AUTH_METHOD", "basic"),
			want:        signIn("eu", "ep", "", ""),
		},
		{name: "basic in environment", environment: pairAnd("NEXUDUS_AUTH_METHOD", "basic"), want: basic("eu", "ep")},
		{name: "token in block beside an empty user name", block: values{"access_token": "b", "username": ""}, want: token("b")},
		{name: "code with spaces", block: values{"totp": " 123 456"}, environment: pair, want: signIn("eu", "ep", "123456", "")},
		{name: "empty beside another in block", block: values{"access_token": "", "username": "bu", "password": "bp"}, want: signIn("bu", "bp", "", "")},
		{
			name:        "empty password in block, one in environment",
			block:       values{"username": "bu", "password": ""},
			environment: pair,
			wantText:    `missing: Empty Nexudus credential: "password" in the provider block is an empty string.`,
		},
		{
			name:        "empty token beside a user name in block, password in environment",
			block:       values{"access_token": "", "username": "bu"},
			environment: pair,
			want:        signIn("bu", "ep", "", ""),
		},
		{name: "empty code in block", block: values{"totp": ""}, environment: pair, want: signIn("eu", "ep", "", "")},
		{name: "empty in environment", environment: values{"NEXUDUS_ACCESS_TOKEN": ""}, wantText: "missing: Missing Nexudus credentials"},
		{
			name:        "token with its scheme",
			environment: values{"NEXUDUS_ACCESS_TOKEN": "Bearer e"},
			wantText:    `Invalid provider setting "access_token": access_token must contain only letters, digits and the characters - . _ ~ + / =.`,
		},
		{name: "token with a byte order mark", block: values{"access_token": "\ufeffb"}, wantText: `Invalid provider setting "access_token"`},
		{name: "quoted token", block: values{"access_token": `"b"`}, wantText: `Invalid provider setting "access_token"`},
		{name: "token with a space", block: values{"access_token": " b"}, wantText: `Invalid provider setting "access_token"`},
		{name: "newline in environment", environment: values{"NEXUDUS_ACCESS_TOKEN": "e\r\n"}, want: token("e")},
		{
			name:  "newline in block",
			block: values{"username": "bu\n", "password": " b p \n"},
			want:  signIn("bu", " b p ", "", ""),
		},
		{
			name:        "key with spaces",
			block:       values{"totp_secret": "jbsw y3dp ehpk 3pxp"},
			environment: pair,
			want:        signIn("eu", "ep", "", "jbswy3dpehpk3pxp"),
		},

		{
			name:        "no password",
			block:       values{"username": "bu"},
			environment: onlyToken,
			wantText:    "missing: Missing Nexudus password",
		},
		{name: "code alone", block: values{"totp": "123456"}, wantText: "missing: Missing Nexudus user name"},
		{
			name:        "basic with code",
			block:       values{"totp": "123456", "auth_method": "basic"},
			environment: pair,
			wantText:    "Conflicting Nexudus credentials",
		},
		{
			name:        "unknown token, another way in environment",
			block:       values{"access_token": "(unknown)"},
			environment: pairAnd("NEXUDUS_ACCESS_TOKEN", "e"),
			wantText:    "missing: Provider setting not known yet",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r, text := resolve(t, test.block, test.environment)
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

// Messages name each credential by its variable, or by its attribute in the block.
func TestSettings_origin(t *testing.T) {
	tests := []struct {
		block, environment values
		want               string
	}{
		{block: values{"access_token": "t"}, want: `"access_token" in the provider block`},
		{
			environment: values{"NEXUDUS_USERNAME": "u", "NEXUDUS_PASSWORD": "p", "NEXUDUS_TOTP": "123456"},
			want:        "NEXUDUS_USERNAME, NEXUDUS_PASSWORD and NEXUDUS_TOTP",
		},
		{
			block:       values{"totp_secret": "JBSWY3DPEHPK3PXP"},
			environment: values{"NEXUDUS_USERNAME": "u", "NEXUDUS_PASSWORD": "p"},
			want:        `NEXUDUS_USERNAME, NEXUDUS_PASSWORD and "totp_secret" in the provider block`,
		},
	}
	for _, test := range tests {
		if r, text := resolve(t, test.block, test.environment); r.credentials != test.want || text != "" {
			t.Errorf("credentials = %s, %s, want %s", r.credentials, text, test.want)
		}
	}
}
