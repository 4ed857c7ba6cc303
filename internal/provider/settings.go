package provider

import (
	"cmp"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/rest"
)

// setting is an attribute of the provider block, and the environment variable that stands in for it.
type setting struct {
	name        string
	description string
	number      bool // a string otherwise
	sensitive   bool // hidden by the CLI
	printable   bool // diagnostics may show the value
}

// allSettings describes each setting once. No attribute has a validator:
// settings.resolve checks the block and the environment alike.
var allSettings = []setting{
	{
		name: "base_url",
		description: fmt.Sprintf("Root of the API. Default: `%s`. Plain http is allowed for loopback addresses only.",
			rest.DefaultBaseURL),
	},
	{
		name: "access_token", sensitive: true,
		description: "Access token, sent unchanged as a bearer token. Conflicts with `username`, `password`, `totp` and `totp_secret`.",
	},
	{
		name: "username",
		description: "User name, usually an email address. By default, the provider signs in " +
			"with `username` and `password` before its first request, and uses the token that it receives.",
	},
	{
		name: "password", sensitive: true,
		description: "Password of `username`.",
	},
	{
		name: "totp", sensitive: true,
		description: "Six-digit one-time code for an account with two-factor authentication; spaces are ignored. " +
			"Valid for one sign-in: `plan` and `apply` each need a new code. Conflicts with `totp_secret`.",
	},
	{
		name: "totp_secret", sensitive: true,
		description: "Base32 secret of an account with two-factor authentication, from which the provider generates " +
			"a one-time code for each sign-in. Suitable for pipelines. Conflicts with `totp`.",
	},
	{
		name: "auth_method", printable: true,
		description: "Authentication method for `username` and `password`: `bearer` (default) signs in with them; " +
			"`basic` sends them with each request.",
	},
	{
		name: "client_id",
		description: "Client ID that is sent when signing in. Nexudus keeps one refresh token per client ID. " +
			"Default: a random one, which leaves the refresh tokens of other integrations valid.",
	},
	{
		name: "request_timeout", printable: true,
		description: "Time limit for one attempt, as a duration such as `45s`. Default: `30s`. " +
			"Time spent waiting for rate limits does not count.",
	},
	{
		name: "max_retries", number: true, printable: true,
		description: fmt.Sprintf("Maximum number of retries of one request after transient failures. Default: `%d`. "+
			"Requests that are repeated because of rate limits do not count.", rest.DefaultMaxRetries),
	},
	{
		name: "max_throttle_wait", printable: true,
		description: "Maximum length of a single wait that Nexudus asks for, as a duration such as `5m`. Default: `2m`. " +
			"A request that would have to wait longer fails at once.",
	},
	{
		name: "max_requests_per_second", number: true, printable: true,
		description: fmt.Sprintf("Rate limit for all requests of this provider configuration. Default: `%d`, the documented limit. "+
			"`0` disables it.", rest.DefaultMaxRequestsPerSecond),
	},
}

// environmentName is the name of the variable that stands in for an attribute.
func environmentName(attribute string) string { return "NEXUDUS_" + strings.ToUpper(attribute) }

func settingAttributes() map[string]schema.Attribute {
	attributes := make(map[string]schema.Attribute)
	for _, s := range allSettings {
		description := fmt.Sprintf("%s Environment: `%s`.", s.description, environmentName(s.name))
		attributes[s.name] = schema.StringAttribute{Optional: true, Sensitive: s.sensitive, MarkdownDescription: description}
		if s.number {
			attributes[s.name] = schema.NumberAttribute{Optional: true, MarkdownDescription: description}
		}
	}
	return attributes
}

// settings are the values of the provider block and of the environment, by
// attribute. An empty value means that it is not set.
type settings struct {
	block       map[string]string
	environment map[string]string
	unknown     []string // attributes whose values are not known yet
}

// newSettings reads the provider block, whose types the framework has checked, and the
// environment. Line breaks at the end, which CI secrets often have, are ignored.
func newSettings(block tftypes.Value, getenv func(string) string) settings {
	s := settings{block: make(map[string]string), environment: make(map[string]string)}
	values := make(map[string]tftypes.Value)
	_ = block.As(&values)
	for _, setting := range allSettings {
		s.environment[setting.name] = strings.TrimRight(getenv(environmentName(setting.name)), "\r\n")
		var text string
		var number big.Float
		switch value := values[setting.name]; {
		case !value.IsKnown():
			s.unknown = append(s.unknown, setting.name)
		case value.IsNull():
		case setting.number:
			_ = value.As(&number)
			s.block[setting.name] = digits(&number)
		default:
			_ = value.As(&text)
			s.block[setting.name] = strings.TrimRight(text, "\r\n")
		}
	}
	return s
}

// get returns the value of a setting. The block takes precedence.
func (s settings) get(name string) string { return cmp.Or(s.block[name], s.environment[name]) }

// resolved is the result of checking all settings.
type resolved struct {
	config      rest.Config
	credentials string // where they come from

	// missing says why no request can be sent: credentials are missing, or a
	// setting is not known yet. Nil if nothing is missing.
	missing diag.Diagnostic
}

// resolve checks all settings. The diagnostics report invalid ones. Missing ones are
// only noted in the result, for the first request to report: a run may not send any.
func (s settings) resolve() (resolved, diag.Diagnostics) {
	var diags diag.Diagnostics
	auth, from, missing := s.credentials(&diags)
	config := rest.Config{
		Auth:                 auth,
		RequestTimeout:       s.duration("request_timeout", rest.DefaultRequestTimeout, &diags),
		MaxRetries:           s.maxRetries(&diags),
		MaxThrottleWait:      s.duration("max_throttle_wait", rest.DefaultMaxThrottleWait, &diags),
		MaxRequestsPerSecond: s.maxRequestsPerSecond(&diags),
	}
	var err error
	if config.BaseURL, err = rest.ParseBaseURL(cmp.Or(s.get("base_url"), rest.DefaultBaseURL)); err != nil {
		requirement := fmt.Sprintf("be the root of the API, such as %s; %s", rest.DefaultBaseURL, err)
		if strings.Contains(err.Error(), "loopback") {
			requirement = "begin with https://; http:// is allowed only for a loopback address, such as http://127.0.0.1:8080/api"
		}
		diags.Append(s.invalid("base_url", requirement, ""))
	}
	return resolved{config: config, credentials: from, missing: missing}, diags
}

func (s settings) duration(name string, otherwise time.Duration, diags *diag.Diagnostics) time.Duration {
	duration, err := time.ParseDuration(cmp.Or(s.get(name), otherwise.String()))
	if err != nil || duration <= 0 {
		diags.Append(s.invalid(name, `be a positive duration such as "30s"`, ""))
	}
	return duration
}

func (s settings) maxRetries(diags *diag.Diagnostics) int {
	retries, err := strconv.ParseUint(cmp.Or(s.get("max_retries"), strconv.Itoa(rest.DefaultMaxRetries)), 10, 8)
	if err != nil {
		diags.Append(s.invalid("max_retries", "be a whole number from 0 to 255", ""))
	}
	return int(retries)
}

func (s settings) maxRequestsPerSecond(diags *diag.Diagnostics) float64 {
	rate, err := strconv.ParseFloat(cmp.Or(s.get("max_requests_per_second"), strconv.Itoa(rest.DefaultMaxRequestsPerSecond)), 64)
	// The time between two requests must fit in a time.Duration. Less than one
	// request in 100 seconds is a mistake anyway.
	if err != nil || math.IsNaN(rate) || math.IsInf(rate, 0) || rate < 0 || rate > 0 && rate < 0.01 {
		diags.Append(s.invalid("max_requests_per_second", "be at least 0.01, or 0 for no limit", ""))
	}
	return rate
}
