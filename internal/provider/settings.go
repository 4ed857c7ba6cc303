package provider

import (
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/pquerna/otp/totp"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/nexudus"
)

type providerModel struct {
	BaseURL              types.String `tfsdk:"base_url"`
	AccessToken          types.String `tfsdk:"access_token"`
	Username             types.String `tfsdk:"username"`
	Password             types.String `tfsdk:"password"`
	TOTP                 types.String `tfsdk:"totp"`
	TOTPSecret           types.String `tfsdk:"totp_secret"`
	AuthMethod           types.String `tfsdk:"auth_method"`
	ClientID             types.String `tfsdk:"client_id"`
	RequestTimeout       types.String `tfsdk:"request_timeout"`
	MaxRetries           types.Number `tfsdk:"max_retries"`
	MaxThrottleWait      types.String `tfsdk:"max_throttle_wait"`
	MaxRequestsPerSecond types.Number `tfsdk:"max_requests_per_second"`
}

// settingAttributes are the attributes of the provider block. No validator
// stands here: settings.resolve checks the block and the environment alike.
// Numbers are of the wide type, since the framework calls a fraction in an
// integer an error of the provider.
func settingAttributes() map[string]schema.Attribute {
	text := func(name, description string) schema.StringAttribute {
		return schema.StringAttribute{Optional: true, MarkdownDescription: description + " Environment: `" + environmentName(name) + "`."}
	}
	secret := func(name, description string) schema.StringAttribute {
		attribute := text(name, description)
		attribute.Sensitive = true
		return attribute
	}
	return map[string]schema.Attribute{
		"base_url":        text("base_url", fmt.Sprintf("Root of the API, `%s` by default. Plain http is allowed to a loopback address only.", nexudus.DefaultBaseURL)),
		"access_token":    secret("access_token", "Bearer token, sent as it is. Excludes `username` and `password`."),
		"username":        text("username", "User name, an e-mail address. With `password`, the provider signs in once for each run and uses the token that it gets."),
		"password":        secret("password", "Password of `username`."),
		"totp":            secret("totp", "One six-digit code for an account with two-factor sign-in, good for one run by hand. Excludes `totp_secret`."),
		"totp_secret":     secret("totp_secret", "Base32 secret of an account with two-factor sign-in. The provider makes the code when it signs in, so pipelines work. Excludes `totp`."),
		"auth_method":     text("auth_method", "What `username` and `password` are for: `bearer` (the default) signs in with them; `basic` sends them with each request, as API applications do with their key and secret."),
		"client_id":       text("client_id", "Name under which the provider signs in. Nexudus keeps one refresh token for each, so the default is a fresh one for each run, which leaves other integrations alone."),
		"request_timeout": text("request_timeout", "Time for one attempt, as a duration such as `45s`; `30s` by default. It counts from when the request may be sent."),
		"max_retries": schema.NumberAttribute{Optional: true, MarkdownDescription: fmt.Sprintf(
			"Retries of one call after transient failures, %d by default. Waiting for the throttle does not count. Environment: `%s`.",
			nexudus.DefaultMaxRetries, environmentName("max_retries"))},
		"max_throttle_wait": text("max_throttle_wait", "Longest single wait that Nexudus may ask for, as a duration; `2m` by default. Above it the call fails at once."),
		"max_requests_per_second": schema.NumberAttribute{Optional: true, MarkdownDescription: fmt.Sprintf(
			"Pace of all requests together, %d by default, the documented limit. `0` switches pacing off. Environment: `%s`.",
			nexudus.DefaultMaxRequestsPerSecond, environmentName("max_requests_per_second"))},
	}
}

func environmentName(attribute string) string { return "NEXUDUS_" + strings.ToUpper(attribute) }

// settings are the values of the provider block and of the environment, by
// attribute. An empty value is one that is not given.
type settings struct {
	block       map[string]string
	environment map[string]string
	unknown     []string // attributes of the block whose value is not known yet
}

func newSettings(config providerModel, getenv func(string) string) settings {
	s := settings{block: make(map[string]string), environment: make(map[string]string)}
	for _, setting := range []struct {
		name  string
		value attr.Value
	}{
		{"base_url", config.BaseURL},
		{"access_token", config.AccessToken},
		{"username", config.Username},
		{"password", config.Password},
		{"totp", config.TOTP},
		{"totp_secret", config.TOTPSecret},
		{"auth_method", config.AuthMethod},
		{"client_id", config.ClientID},
		{"request_timeout", config.RequestTimeout},
		{"max_retries", config.MaxRetries},
		{"max_throttle_wait", config.MaxThrottleWait},
		{"max_requests_per_second", config.MaxRequestsPerSecond},
	} {
		// CI secrets end in a newline.
		s.environment[setting.name] = strings.TrimRight(getenv(environmentName(setting.name)), "\r\n")
		switch value := setting.value.(type) {
		case types.String:
			s.block[setting.name] = strings.TrimRight(value.ValueString(), "\r\n")
		case types.Number:
			if number := value.ValueBigFloat(); number != nil {
				s.block[setting.name] = number.Text('f', -1)
			}
		}
		if setting.value.IsUnknown() {
			s.unknown = append(s.unknown, setting.name)
		}
	}
	return s
}

// get returns a setting's value; the block wins.
func (s settings) get(name string) string {
	if value := s.block[name]; value != "" {
		return value
	}
	return s.environment[name]
}

// differing returns the settings whose values differ. One whose value is not
// known yet differs from none: the plan of a run may lack what its apply knows.
func (s settings) differing(other settings) (names []string) {
	for name := range s.environment {
		if slices.Contains(s.unknown, name) || slices.Contains(other.unknown, name) {
			continue
		}
		if s.block[name] != other.block[name] || s.environment[name] != other.environment[name] {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// completedFrom returns the settings with the values that only the other ones
// know.
func (s settings) completedFrom(other settings) settings {
	completed := settings{block: maps.Clone(s.block), environment: s.environment}
	for _, name := range s.unknown {
		if slices.Contains(other.unknown, name) {
			completed.unknown = append(completed.unknown, name)
		} else {
			completed.block[name] = other.block[name]
		}
	}
	return completed
}

// given returns those of the names that a source has.
func given(source map[string]string, names ...string) []string {
	var found []string
	for _, name := range names {
		if source[name] != "" {
			found = append(found, name)
		}
	}
	return found
}

// resolved is what the settings come to.
type resolved struct {
	config nexudus.Config

	// missing says what a read lacks: credentials, or a value that is not
	// known yet. Nil when there is nothing.
	missing diag.Diagnostic
}

// resolve checks all settings. What is wrong is an error at once; what is
// missing is for the first read to say.
func (s settings) resolve() (resolved, diag.Diagnostics) {
	var diags diag.Diagnostics
	var auth nexudus.Auth
	var missing diag.Diagnostic
	if len(s.unknown) > 0 {
		// A credential that is not known yet decides the way as well, so
		// nothing can be said about the others.
		missing = notKnownYet(s.unknown)
	} else {
		auth, missing = s.credentials(&diags)
	}
	config := nexudus.Config{
		Auth:                 auth,
		RequestTimeout:       s.duration("request_timeout", nexudus.DefaultRequestTimeout, &diags),
		MaxRetries:           s.maxRetries(&diags),
		MaxThrottleWait:      s.duration("max_throttle_wait", nexudus.DefaultMaxThrottleWait, &diags),
		MaxRequestsPerSecond: s.maxRequestsPerSecond(&diags),
	}

	baseURL := s.get("base_url")
	if baseURL == "" {
		baseURL = nexudus.DefaultBaseURL
	}
	var err error
	config.BaseURL, err = nexudus.ParseBaseURL(baseURL)
	if err != nil {
		diags.Append(s.invalid("base_url", fmt.Sprintf("The base URL cannot be used: %s.", err),
			fmt.Sprintf("Use the root of the API, such as %s.", nexudus.DefaultBaseURL)))
	}
	return resolved{config: config, missing: missing}, diags
}

// credentials chooses the method and completes it.
//
// Precedence is per method, not per setting: what the block gives decides the
// method, and the environment may complete it but never add another.
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
	if method != "" && method != "bearer" && method != "basic" {
		diags.Append(s.invalid("auth_method", fmt.Sprintf("The authentication method %q is not known.", method), `Use "bearer" or "basic".`))
		return nil, nil
	}

	values := make(map[string]string)
	for _, name := range all {
		values[name] = source[name]
	}
	var excluded []string // settings of one source that exclude each other
	switch {
	case source["access_token"] != "":
		excluded = given(source, all...)
		if len(excluded) == 1 && method == "basic" {
			excluded = []string{"access_token", "auth_method"}
		}
	case method == "basic":
		values["username"], values["password"] = s.get("username"), s.get("password")
		if codes := given(source, "totp", "totp_secret"); len(codes) > 0 {
			excluded = append([]string{"auth_method"}, codes...)
		}
	default:
		values["username"], values["password"] = s.get("username"), s.get("password")
		excluded = given(source, "totp", "totp_secret")
		if len(excluded) == 0 {
			values["totp"], values["totp_secret"] = s.environment["totp"], s.environment["totp_secret"]
			excluded, inEnvironment = given(s.environment, "totp", "totp_secret"), true
		}
	}
	if len(excluded) > 1 {
		diags.Append(contradiction(excluded, inEnvironment))
		return nil, nil
	}

	values["client_id"] = s.get("client_id")
	for _, name := range append(all, "client_id") {
		if strings.ContainsFunc(values[name], unicode.IsControl) {
			diags.Append(s.invalid(name, fmt.Sprintf("The value of %q holds a control character, such as a line break.", name),
				"Copy the value again, as one line."))
			return nil, nil
		}
	}
	return s.auth(method, values, diags)
}

var sixDigits = regexp.MustCompile(`^[0-9]{6}$`)

// auth makes what the client authorizes with, out of settings that belong
// together.
func (s settings) auth(method string, values map[string]string, diags *diag.Diagnostics) (nexudus.Auth, diag.Diagnostic) {
	if token := values["access_token"]; token != "" {
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
		diags.Append(s.invalid("username", "The user name holds a colon, and HTTP Basic ends the user name at the first one.",
			`Use another account, or sign in with auth_method = "bearer".`))
	case method == "basic":
		return nexudus.Basic{Username: username, Password: nexudus.NewSecret(password)}, nil
	case totpCode != "" && !sixDigits.MatchString(totpCode):
		diags.Append(s.invalid("totp", "The one-time code is not six digits.",
			`Give the six digits that the authenticator shows, or the secret behind them in "totp_secret".`))
	case !validTOTPSecret(totpSecret):
		diags.Append(s.invalid("totp_secret", "The two-factor secret is not base32: letters from A to Z and digits from 2 to 7.",
			"Give the secret that Nexudus shows beside the QR code when two-factor sign-in is set up."))
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

func (s settings) duration(name string, otherwise time.Duration, diags *diag.Diagnostics) time.Duration {
	value := s.get(name)
	if value == "" {
		return otherwise
	}
	duration, err := time.ParseDuration(value)
	if err != nil || duration <= 0 {
		diags.Append(s.invalid(name, fmt.Sprintf("%q is no duration above zero.", value),
			`Use a number and a unit, such as "45s", "2m" or "1m30s".`))
	}
	return duration
}

func (s settings) maxRetries(diags *diag.Diagnostics) int {
	value := s.get("max_retries")
	if value == "" {
		return nexudus.DefaultMaxRetries
	}
	retries, err := strconv.ParseUint(value, 10, 8)
	if err != nil {
		diags.Append(s.invalid("max_retries", fmt.Sprintf("%q is no number of retries.", value), "Use a whole number from 0 to 255."))
	}
	return int(retries)
}

func (s settings) maxRequestsPerSecond(diags *diag.Diagnostics) float64 {
	value := s.get("max_requests_per_second")
	if value == "" {
		return nexudus.DefaultMaxRequestsPerSecond
	}
	rate, err := strconv.ParseFloat(value, 64)
	// Slower than one request in 100 seconds is a mistake, and the time
	// between two must fit a Duration.
	if err != nil || math.IsNaN(rate) || math.IsInf(rate, 0) || rate < 0 || rate > 0 && rate < 0.01 {
		diags.Append(s.invalid("max_requests_per_second", fmt.Sprintf("%q is no pace.", value),
			"Use a number from 0.01 upwards, or 0 to switch pacing off."))
	}
	return rate
}

// unprintable are the settings whose values may hold a secret.
var unprintable = map[string]bool{"base_url": true, "client_id": true, "access_token": true, "username": true, "password": true, "totp": true, "totp_secret": true}

// invalid is the diagnostic for a value that cannot be used, and says where it
// came from. One that may hold a secret carries no path: the CLI would print
// the line of source.
func (s settings) invalid(name, what, remedy string) diag.Diagnostic {
	summary := fmt.Sprintf("Invalid provider setting %q", name)
	if s.block[name] == "" {
		return diag.NewErrorDiagnostic(summary, fmt.Sprintf("%s It comes from %s in the environment.\n\n%s", what, environmentName(name), remedy))
	}
	detail := what + "\n\n" + remedy
	if unprintable[name] {
		return diag.NewErrorDiagnostic(summary, detail)
	}
	return diag.NewAttributeErrorDiagnostic(path.Root(name), summary, detail)
}

func contradiction(names []string, inEnvironment bool) diag.Diagnostic {
	what := "They belong to different ways to authenticate, so one of them is not meant."
	if names[0] == "totp" {
		what = "Each of them provides the one-time code, so one of them is not meant."
	}
	place, shown := "The provider block", quoteAll(names)
	if inEnvironment {
		place, shown = "The environment", environmentNames(names)
	}
	return diag.NewErrorDiagnostic("Contradicting Nexudus credentials",
		fmt.Sprintf("%s gives %s. %s\n\nKeep one way: an access token; a user name and a password, with \"totp\" or \"totp_secret\" where the account needs it; "+
			"or a user name and a password with auth_method = \"basic\".", place, join(shown), what))
}

func missingCredentials() diag.Diagnostic {
	return diag.NewErrorDiagnostic("Missing Nexudus credentials",
		"Reading from Nexudus needs credentials, and neither the provider block nor the environment gives any.\n\n"+
			"Set \"access_token\" in the provider block or NEXUDUS_ACCESS_TOKEN in the environment; "+
			"or set \"username\" and \"password\" in the provider block or NEXUDUS_USERNAME and NEXUDUS_PASSWORD in the environment.")
}

func missingPair() diag.Diagnostic {
	return diag.NewErrorDiagnostic("Missing Nexudus credentials",
		"With auth_method = \"basic\" the provider sends a user name and a password with each request, and neither is given.\n\n"+
			"Set \"username\" and \"password\" in the provider block, or NEXUDUS_USERNAME and NEXUDUS_PASSWORD in the environment.")
}

func missingHalf(noun, name string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Missing Nexudus "+noun,
		fmt.Sprintf("The provider authenticates with a user name and a password, and the %s is empty.\n\n"+
			"Set %q in the provider block, or %s in the environment.", noun, name, environmentName(name)))
}

func notKnownYet(names []string) diag.Diagnostic {
	verb := "is"
	if len(names) > 1 {
		verb = "are"
	}
	return diag.NewErrorDiagnostic("Provider setting not known yet",
		fmt.Sprintf("Reading from Nexudus needs the whole provider block, and %s %s known only after apply.\n\n"+
			"Give the provider a value that is known during plan, such as a variable or an environment variable; "+
			"or create what it depends on first, in a run of its own or with -target.", join(quoteAll(names)), verb))
}

// secondConfiguration is the error for a process that was configured before,
// with other values for the settings named.
func secondConfiguration(names []string) diag.Diagnostic {
	value := "a different value"
	if len(names) > 1 {
		value = "different values"
	}
	return diag.NewErrorDiagnostic("Second configuration of one provider process",
		fmt.Sprintf("This provider process was configured before, with %s for %s. It was started with -debug or by a test, "+
			"and such a process can serve only one configuration: reads through one alias would use the credentials of another.\n\n"+
			"Use one configuration for each process. If you changed the provider block, start the provider again.", value, join(quoteAll(names))))
}

func quoteAll(names []string) []string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = strconv.Quote(name)
	}
	return quoted
}

func environmentNames(names []string) []string {
	variables := make([]string, len(names))
	for i, name := range names {
		variables[i] = environmentName(name)
	}
	return variables
}

// join lists names as a sentence does.
func join(names []string) string {
	last := len(names) - 1
	if last < 1 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:last], ", ") + " and " + names[last]
}
