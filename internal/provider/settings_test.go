package provider

import (
	"crypto/fips140"
	"math/big"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/rest"
)

type values = map[string]string

// blockValue makes a provider block of the settings given.
func blockValue(block values) tftypes.Value {
	kinds, all := make(map[string]tftypes.Type), make(map[string]tftypes.Value)
	for _, setting := range allSettings {
		var kind tftypes.Type = tftypes.String
		if setting.number {
			kind = tftypes.Number
		}
		var given any
		if value, ok := block[setting.name]; ok {
			given = value
			if setting.number {
				given, _, _ = big.ParseFloat(value, 10, 512, big.ToNearestEven)
			}
			if value == "(unknown)" {
				given = tftypes.UnknownValue
			}
		}
		kinds[setting.name], all[setting.name] = kind, tftypes.NewValue(kind, given)
	}
	return tftypes.NewValue(tftypes.Object{AttributeTypes: kinds}, all)
}

// resolve returns the resolved settings, and their diagnostics as text.
func resolve(t *testing.T, block, environment values) (resolved, string) {
	t.Helper()
	r, diags := newSettings(blockValue(block), func(name string) string { return environment[name] }).resolve()
	var texts []string
	for _, d := range diags {
		texts = append(texts, d.Summary()+": "+d.Detail())
	}
	if r.missing != nil {
		texts = append(texts, "missing: "+r.missing.Summary()+": "+r.missing.Detail())
	}
	return r, strings.Join(texts, "\n")
}

func TestSettings_values(t *testing.T) {
	r, text := resolve(t,
		values{"access_token": "t", "base_url": " http://127.0.0.1:1/api\n", "max_retries": "0", "request_timeout": "1m30s"},
		values{
			"NEXUDUS_BASE_URL": "https://nexudus.test", "NEXUDUS_MAX_RETRIES": "7",
			"NEXUDUS_MAX_THROTTLE_WAIT": "5m", "NEXUDUS_MAX_REQUESTS_PER_SECOND": "0.5",
		})
	if text != "" {
		t.Fatal(text)
	}
	c := r.config
	if c.BaseURL.Host != "127.0.0.1:1" || c.MaxRetries != 0 || c.RequestTimeout != 90*time.Second ||
		c.MaxThrottleWait != 5*time.Minute || c.MaxRequestsPerSecond != 0.5 {
		t.Errorf("config = %+v, want the block's values, completed from the environment", c)
	}
	for _, from := range []struct{ block, environment values }{
		{block: values{"username": "u", "password": "p", "client_id": "mine"}, environment: values{"NEXUDUS_CLIENT_ID": "other"}},
		{block: values{"username": "u", "password": "p"}, environment: values{"NEXUDUS_CLIENT_ID": "mine"}},
	} {
		r, _ = resolve(t, from.block, from.environment)
		if password, _ := r.config.Auth.(rest.Password); password.ClientID != "mine" {
			t.Errorf("ClientID = %q, want the given one", password.ClientID)
		}
	}
	r, _ = resolve(t, nil, nil)
	c = r.config
	if c.BaseURL.String() != rest.DefaultBaseURL || c.MaxRetries != 4 || c.RequestTimeout != 30*time.Second ||
		c.MaxThrottleWait != 2*time.Minute || c.MaxRequestsPerSecond != 10 {
		t.Errorf("config = %+v, want the defaults", c)
	}
}

// One-time codes need SHA-1, which the strict FIPS mode turns into a crash.
func TestSettings_strictFIPS(t *testing.T) {
	if !fips140.Enforced() {
		command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestSettings_strictFIPS$")
		command.Env = append(os.Environ(), "GODEBUG=fips140=only")
		if output, err := command.CombinedOutput(); err != nil {
			t.Errorf("%s%s", output, err)
		}
		return
	}
	block := values{"username": "u", "password": "p", "totp_secret": "JBSWY3DPEHPK3PXP"}
	const want = `Invalid provider setting "totp_secret": totp_secret must not be set while GODEBUG=fips140=only is in effect.

One-time codes are generated with SHA-1, which this mode forbids. Set totp to a code instead, or use an access token.`
	if _, text := resolve(t, block, nil); text != want {
		t.Errorf("said %s\nwant %s", text, want)
	}
	delete(block, "totp_secret")
	if _, text := resolve(t, block, nil); text != "" {
		t.Errorf("without the secret: said %s", text)
	}
}
