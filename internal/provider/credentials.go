package provider

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/pquerna/otp/totp"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/nexudus"
)

// credentials selects the authentication method and collects its values. It returns
// a diagnostic if a value is missing, and appends one to diags if a value is wrong.
//
// Precedence is per method, not per setting: if the provider block sets any
// credential, it selects the method, and the environment can only complete that
// method. It does not replace an empty credential in the block, such as that of a variable
// that is not set: it may belong to another account.
func (s settings) credentials(diags *diag.Diagnostics) (nexudus.Auth, diag.Diagnostic) {
	signIn := []string{"username", "password", "totp", "totp_secret"}
	all := append([]string{"access_token"}, signIn...)
	inEnvironment := len(given(s.block, all...)) == 0 && s.block["auth_method"] != "basic"
	source := s.block
	if inEnvironment {
		source = s.environment
	}

	method := s.block["auth_method"]
	if method == "" && len(given(s.block, "access_token", "totp", "totp_secret")) == 0 {
		method = s.environment["auth_method"]
	}
	if !slices.Contains([]string{"", "bearer", "basic"}, method) {
		diags.Append(s.invalid("auth_method", `be "bearer" or "basic"`, ""))
		return nil, nil
	}

	values := make(map[string]string)
	for _, name := range all {
		values[name] = source[name]
	}
	var conflicting []string // settings of one source that exclude each other
	switch {
	case source["access_token"] != "":
		conflicting = given(source, all...)
		if len(conflicting) == 1 && method == "basic" {
			conflicting = []string{"access_token", "auth_method"}
		}
	case method == "basic":
		values["username"], values["password"] = s.get("username"), s.get("password")
		if codes := given(source, "totp", "totp_secret"); len(codes) > 0 {
			conflicting = append([]string{"auth_method"}, codes...)
		}
	default:
		values["username"], values["password"] = s.get("username"), s.get("password")
		conflicting = given(source, "totp", "totp_secret")
		if len(conflicting) == 0 {
			values["totp"], values["totp_secret"] = s.environment["totp"], s.environment["totp_secret"]
			conflicting, inEnvironment = given(s.environment, "totp", "totp_secret"), true
		}
	}
	if name := s.replaced(values); name != "" {
		return nil, emptyCredential(name)
	}
	if len(conflicting) > 1 {
		diags.Append(contradiction(conflicting, inEnvironment))
		return nil, nil
	}

	values["client_id"] = s.get("client_id")
	for _, name := range append(all, "client_id") {
		if strings.ContainsFunc(values[name], unicode.IsControl) {
			diags.Append(s.invalid(name, "not contain control characters, such as a line break", "Copy the value again, as one line."))
			return nil, nil
		}
	}
	return s.auth(method, values, diags)
}

// replaced returns an empty credential of the block for which the environment would stand
// in, with its own value or with another method, or "" if there is none. An empty code is
// not one: it does not say which account to use.
func (s settings) replaced(values map[string]string) string {
	identity := []string{"access_token", "username", "password"}
	environmentChosen := len(given(s.block, identity...)) == 0 && len(given(values, identity...)) > 0
	for _, name := range identity {
		value, set := s.block[name]
		if set && value == "" && (values[name] != "" || environmentChosen) {
			return name
		}
	}
	return ""
}

// given returns the names that have a value in source.
func given(source map[string]string, names ...string) []string {
	var found []string
	for _, name := range names {
		if source[name] != "" {
			found = append(found, name)
		}
	}
	return found
}

var sixDigits = regexp.MustCompile(`^[0-9]{6}$`)

// auth returns the client's credentials from values that belong to one method.
func (s settings) auth(method string, values map[string]string, diags *diag.Diagnostics) (nexudus.Auth, diag.Diagnostic) {
	switch token := values["access_token"]; {
	case strings.Contains(token, " "):
		diags.Append(s.invalid("access_token", "not contain spaces", `Copy the token again, without spaces and without "Bearer".`))
		return nil, nil
	case token != "":
		return nexudus.Token{AccessToken: nexudus.NewSecret(token)}, nil
	}
	username, password := values["username"], values["password"]
	totpCode, totpSecret := values["totp"], strings.ReplaceAll(values["totp_secret"], " ", "")
	switch {
	case username == "" && password == "" && method == "basic":
		return nil, missingPair()
	case username == "" && password == "" && totpCode == "" && totpSecret == "":
		return nil, missingCredentials()
	case username == "":
		return nil, missingHalf("user name", "username")
	case password == "":
		return nil, missingHalf("password", "password")
	case method == "basic" && strings.Contains(username, ":"):
		diags.Append(s.invalid("username", "not contain a colon, which ends the user name in HTTP Basic",
			`Use another account, or sign in with auth_method = "bearer".`))
	case method == "basic":
		return nexudus.Basic{Username: username, Password: nexudus.NewSecret(password)}, nil
	case totpCode != "" && !sixDigits.MatchString(totpCode):
		diags.Append(s.invalid("totp", "be the six digits that the authenticator shows",
			`To let the provider generate the codes, set totp_secret to the secret that the authenticator was set up with.`))
	case !validTOTPSecret(totpSecret):
		diags.Append(s.invalid("totp_secret", "be base32: letters from A to Z and digits from 2 to 7",
			"Use the secret that Nexudus shows next to the QR code when two-factor sign-in is set up."))
	default:
		return nexudus.Password{
			Username:   username,
			Password:   nexudus.NewSecret(password),
			TOTP:       nexudus.NewSecret(totpCode),
			TOTPSecret: nexudus.NewSecret(totpSecret),
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
