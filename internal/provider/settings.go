package provider

import (
	"fmt"
	"maps"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/nexudus"
)

// setting is an attribute of the provider block, and the environment variable
// that stands in for it.
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
			nexudus.DefaultBaseURL),
	},
	{
		name: "access_token", sensitive: true,
		description: "Access token, sent unchanged as a bearer token. Conflicts with `username`, `password`, `totp` and `totp_secret`.",
	},
	{
		name: "username",
		description: "User name: an e-mail address, or the key of an API application. By default, the provider signs in " +
			"with `username` and `password` before its first request, and uses the token that it receives.",
	},
	{
		name: "password", sensitive: true,
		description: "Password of `username`.",
	},
	{
		name: "totp", sensitive: true,
		description: "Six-digit one-time code for an account with two-factor authentication. " +
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
			"`basic` sends them with each request, as API applications do with their key and secret.",
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
			"Requests that are repeated because of rate limits do not count.", nexudus.DefaultMaxRetries),
	},
	{
		name: "max_throttle_wait", printable: true,
		description: "Maximum length of a single wait that Nexudus asks for, as a duration such as `5m`. Default: `2m`. " +
			"A request that would have to wait longer fails at once.",
	},
	{
		name: "max_requests_per_second", number: true, printable: true,
		description: fmt.Sprintf(
			"Rate limit for all requests of this provider configuration. Default: `%d`, the documented limit. `0` disables it.",
			nexudus.DefaultMaxRequestsPerSecond,
		),
	},
}

// environment is the name of the variable that stands in for the attribute.
func (s setting) environment() string { return environmentName(s.name) }

func environmentName(attribute string) string { return "NEXUDUS_" + strings.ToUpper(attribute) }

func settingAttributes() map[string]schema.Attribute {
	attributes := make(map[string]schema.Attribute)
	for _, s := range allSettings {
		description := fmt.Sprintf("%s Environment: `%s`.", s.description, s.environment())
		if s.number {
			attributes[s.name] = schema.NumberAttribute{Optional: true, Sensitive: s.sensitive, MarkdownDescription: description}
		} else {
			attributes[s.name] = schema.StringAttribute{Optional: true, Sensitive: s.sensitive, MarkdownDescription: description}
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

// newSettings reads the provider block and the environment.
func newSettings(block tftypes.Value, getenv func(string) string) (settings, error) {
	s := settings{block: make(map[string]string), environment: make(map[string]string)}
	values := make(map[string]tftypes.Value)
	if err := block.As(&values); err != nil {
		return settings{}, err
	}
	for _, setting := range allSettings {
		s.environment[setting.name] = withoutNewline(getenv(setting.environment()))
		value := values[setting.name]
		switch {
		case !value.IsKnown():
			s.unknown = append(s.unknown, setting.name)
		case value.IsNull():
		case setting.number:
			var number big.Float
			if err := value.As(&number); err != nil {
				return settings{}, err
			}
			s.block[setting.name] = digits(&number)
		default:
			var text string
			if err := value.As(&text); err != nil {
				return settings{}, err
			}
			s.block[setting.name] = withoutNewline(text)
		}
	}
	return s, nil
}

// withoutNewline removes trailing line breaks, which CI secrets often have.
func withoutNewline(value string) string { return strings.TrimRight(value, "\r\n") }

// get returns the value of a setting. The block takes precedence.
func (s settings) get(name string) string {
	if value := s.block[name]; value != "" {
		return value
	}
	return s.environment[name]
}

// differing returns the settings whose values differ. A value that is not known
// yet is ignored: it may be unknown during plan and known during apply.
func (s settings) differing(other settings) (names []string) {
	for _, setting := range allSettings {
		name := setting.name
		if slices.Contains(s.unknown, name) || slices.Contains(other.unknown, name) {
			continue
		}
		_, set := s.block[name]
		_, otherSet := other.block[name] // an empty value is not the same as none
		if set != otherSet || s.block[name] != other.block[name] || s.environment[name] != other.environment[name] {
			names = append(names, name)
		}
	}
	return names
}

// completedFrom returns the settings, with unknown values taken from other.
func (s settings) completedFrom(other settings) settings {
	completed := settings{block: maps.Clone(s.block), environment: s.environment}
	for _, name := range s.unknown {
		if slices.Contains(other.unknown, name) {
			completed.unknown = append(completed.unknown, name)
		} else if value, set := other.block[name]; set {
			completed.block[name] = value
		}
	}
	return completed
}

// resolved is the result of checking all settings.
type resolved struct {
	config nexudus.Config

	// missing says why no request can be sent: credentials are missing, or a
	// setting is not known yet. Nil if nothing is missing.
	missing diag.Diagnostic
}

// blockAlone returns the settings of the provider block, without the environment.
func (s settings) blockAlone() settings {
	return settings{block: s.block, unknown: s.unknown}
}

// resolve checks all settings. The diagnostics report invalid ones. Missing ones are
// only noted in the result, for the first request to report: a run may not send any.
func (s settings) resolve() (resolved, diag.Diagnostics) {
	var diags diag.Diagnostics
	var auth nexudus.Auth
	var missing diag.Diagnostic
	if len(s.unknown) > 0 {
		// An unknown credential may select another method, so the known ones
		// cannot be checked yet.
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
		diags.Append(s.invalid("base_url", fmt.Sprintf("be the root of the API, such as %s; %s", nexudus.DefaultBaseURL, err), ""))
	}
	return resolved{config: config, missing: missing}, diags
}

func (s settings) duration(name string, otherwise time.Duration, diags *diag.Diagnostics) time.Duration {
	value := s.get(name)
	if value == "" {
		return otherwise
	}
	duration, err := time.ParseDuration(value)
	if err != nil || duration <= 0 {
		diags.Append(s.invalid(name, `be a positive duration such as "45s"`, ""))
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
		diags.Append(s.invalid("max_retries", "be a whole number from 0 to 255", ""))
	}
	return int(retries)
}

func (s settings) maxRequestsPerSecond(diags *diag.Diagnostics) float64 {
	value := s.get("max_requests_per_second")
	if value == "" {
		return nexudus.DefaultMaxRequestsPerSecond
	}
	rate, err := strconv.ParseFloat(value, 64)
	// The time between two requests must fit in a time.Duration. Less than one
	// request in 100 seconds is a mistake anyway.
	if err != nil || math.IsNaN(rate) || math.IsInf(rate, 0) || rate < 0 || rate > 0 && rate < 0.01 {
		diags.Append(s.invalid("max_requests_per_second", "be at least 0.01, or 0 for no limit", ""))
	}
	return rate
}
