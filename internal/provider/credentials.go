package provider

import (
	"crypto/fips140"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/pquerna/otp/totp"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/rest"
)

// credentials selects the authentication method and collects its values. It also returns where they come from, and
// a diagnostic if a value is missing. It appends one to diags if a value is wrong.
//
// Precedence is per method, not per setting: if the provider block sets any credential, it selects the method, and
// the environment can only complete that method. It does not replace an empty credential in the block, such as
// that of a variable that is not set: it may belong to another account.
func (s settings) credentials(diags *diag.Diagnostics) (auth rest.Auth, from string, missing diag.Diagnostic) {
	if len(s.unknown) > 0 { // an unknown credential may select another method
		return nil, "", notKnownYet(s.unknown)
	}
	all := []string{"access_token", "username", "password", "totp", "totp_secret"}
	inEnvironment := len(given(s.block, all...)) == 0 && s.block["auth_method"] != "basic"
	source := s.block
	if inEnvironment {
		source = s.environment
	}

	method := s.block["auth_method"]
	complete := len(given(s.block, "username", "password")) == 2
	if method == "" && !complete && len(given(s.block, "access_token", "totp", "totp_secret")) == 0 {
		method = s.environment["auth_method"]
	}
	if !slices.Contains([]string{"", "bearer", "basic"}, method) {
		diags.Append(s.invalid("auth_method", `be "bearer" or "basic"`, ""))
		return nil, "", nil
	}

	values := make(map[string]string)
	for _, name := range all {
		values[name] = source[name]
	}
	if values["access_token"] == "" {
		values["username"], values["password"] = s.get("username"), s.get("password")
	}
	var conflicting []string // settings of one source that exclude each other
	switch {
	case source["access_token"] != "":
		conflicting = given(source, all...)
		if len(conflicting) == 1 && method == "basic" {
			conflicting = []string{"access_token", "auth_method"}
		}
	case method == "basic":
		conflicting = append([]string{"auth_method"}, given(source, "totp", "totp_secret")...)
	default:
		conflicting = given(source, "totp", "totp_secret")
		if len(conflicting) == 0 {
			values["totp"], values["totp_secret"] = s.environment["totp"], s.environment["totp_secret"]
			conflicting, inEnvironment = given(s.environment, "totp", "totp_secret"), true
		}
	}
	if name := s.empty(values); name != "" {
		return nil, "", emptyCredential(name)
	}
	if len(conflicting) > 1 {
		diags.Append(contradiction(conflicting, inEnvironment))
		return nil, "", nil
	}

	values["client_id"] = s.get("client_id")
	for _, name := range append(all, "client_id") {
		if strings.ContainsFunc(values[name], unicode.IsControl) {
			diags.Append(s.invalid(name, "not contain control characters, such as a line break", ""))
			return nil, "", nil
		}
	}
	auth, missing = s.auth(method, values, diags)
	return auth, s.origin(values), missing
}

// origin says where the values come from: the settings of the block, or the variables.
func (s settings) origin(values map[string]string) string {
	var block, variables []string
	for _, name := range []string{"access_token", "username", "password", "totp", "totp_secret"} {
		switch {
		case values[name] == "":
		case s.block[name] != "":
			block = append(block, strconv.Quote(name))
		default:
			variables = append(variables, environmentName(name))
		}
	}
	if len(block) > 0 {
		variables = append(variables, join(block)+" in the provider block")
	}
	return join(variables)
}

// empty returns an empty credential of the block that is needed, or for which the
// environment would stand in with its own value or another method. It returns "" if there is
// none. An empty code is not one: it does not say which account to use.
func (s settings) empty(values map[string]string) string {
	identity := []string{"access_token", "username", "password"}
	chosen := len(given(s.block, identity...)) > 0
	for _, name := range identity {
		value, set := s.block[name]
		if !set || value != "" {
			continue
		}
		needed := name != "access_token" && values["access_token"] == ""
		if values[name] != "" || needed || !chosen {
			return name
		}
	}
	return ""
}

// given returns the names that have a value in source.
func given(source map[string]string, names ...string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return source[name] == "" })
}

var (
	sixDigits       = regexp.MustCompile(`^[0-9]{6}$`)
	tokenCharacters = regexp.MustCompile(`^[A-Za-z0-9._~+/=-]+$`)
)

// auth returns the client's credentials from values that belong to one method.
func (s settings) auth(method string, values map[string]string, diags *diag.Diagnostics) (rest.Auth, diag.Diagnostic) {
	switch token := values["access_token"]; {
	case token != "" && !tokenCharacters.MatchString(token):
		diags.Append(s.invalid("access_token", "contain only letters, digits and the characters - . _ ~ + / =",
			`Copy the token itself, without quotes, spaces or "Bearer", and check that your pipeline has replaced its variables with their values.`))
		return nil, nil
	case token != "":
		return rest.Token{AccessToken: rest.NewSecret(token)}, nil
	}
	username, password := values["username"], values["password"]
	totpCode, totpSecret := strings.ReplaceAll(values["totp"], " ", ""), strings.ReplaceAll(values["totp_secret"], " ", "")
	switch {
	case username == "" && password == "" && (method == "basic" || totpCode == "" && totpSecret == ""):
		return nil, missingCredentials(method)
	case username == "":
		return nil, s.missingHalf("user name", "username")
	case password == "":
		return nil, s.missingHalf("password", "password")
	case method == "basic" && strings.Contains(username, ":"):
		diags.Append(s.invalid("username", "not contain a colon, which ends the user name in HTTP Basic",
			`Use another account, or sign in with auth_method = "bearer".`))
	case method == "basic":
		return rest.Basic{Username: username, Password: rest.NewSecret(password)}, nil
	case totpCode != "" && !sixDigits.MatchString(totpCode):
		diags.Append(s.invalid("totp", "be the six digits that the authenticator shows",
			`To let the provider generate the codes, set totp_secret to the secret that the authenticator was set up with.`))
	case totpSecret != "" && fips140.Enforced():
		diags.Append(s.invalid("totp_secret", "not be set while GODEBUG=fips140=only is in effect",
			"One-time codes are generated with SHA-1, which this mode forbids. Set totp to a code instead, or use an access token."))
	case !validTOTPSecret(totpSecret):
		diags.Append(s.invalid("totp_secret", "be base32: letters from A to Z and digits from 2 to 7",
			"Use the secret that Nexudus shows next to the QR code when two-factor sign-in is set up."))
	default:
		return rest.Password{
			Username:   username,
			Password:   rest.NewSecret(password),
			TOTP:       rest.NewSecret(totpCode),
			TOTPSecret: rest.NewSecret(totpSecret),
			ClientID:   values["client_id"],
		}, nil
	}
	return nil, nil
}

func validTOTPSecret(secret string) bool {
	if secret == "" {
		return true
	}
	_, err := totp.GenerateCode(secret, time.Time{})
	return err == nil
}
