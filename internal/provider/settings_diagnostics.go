package provider

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
)

// invalid returns the error for a setting that does not meet the requirement. It
// shows the value only if the setting cannot hold a secret. Otherwise it has no path
// either, because the CLI prints the source line that a path refers to.
func (s settings) invalid(name, requirement, remedy string) diag.Diagnostic {
	summary := fmt.Sprintf("Invalid provider setting %q", name)
	detail := fmt.Sprintf("%s must %s", name, requirement)
	i := slices.IndexFunc(allSettings, func(s setting) bool { return s.name == name })
	printable, inBlock := allSettings[i].printable, s.block[name] != ""
	// Only these characters can begin a secret in a URL.
	hasSecret := !printable && (name != "base_url" || strings.ContainsAny(s.block[name], "@?#"))
	if printable {
		shown := quote(s.get(name))
		if allSettings[i].number && inBlock {
			shown = s.block[name]
		}
		detail += "; got " + shown
	}
	detail += "."
	if !inBlock {
		detail += fmt.Sprintf(" The value comes from %s.", environmentName(name))
	}
	if remedy != "" {
		detail += "\n\n" + remedy
	}
	if inBlock && !hasSecret {
		return diag.NewAttributeErrorDiagnostic(path.Root(name), summary, detail)
	}
	return diag.NewErrorDiagnostic(summary, detail)
}

func contradiction(names []string, inEnvironment bool) diag.Diagnostic {
	relation := "belong to different authentication methods"
	if names[0] == "totp" {
		relation = "both provide the one-time code"
	}
	place, shown := "The provider block", mapped(names, strconv.Quote)
	if inEnvironment {
		place, shown = "The environment", mapped(names, environmentName)
	}
	return diag.NewErrorDiagnostic("Conflicting Nexudus credentials",
		fmt.Sprintf("%s sets %s, which %s.\n\nKeep one method: an access token; a user name and a password, with \"totp\" or \"totp_secret\" "+
			"if the account needs it; or a user name and a password with auth_method = \"basic\".", place, join(shown), relation))
}

func missingCredentials(method string) diag.Diagnostic {
	const pair = "set \"username\" and \"password\" in the provider block or NEXUDUS_USERNAME and NEXUDUS_PASSWORD in the environment."
	what, remedy := "No credentials for Nexudus are set in the provider block or the environment, or they are empty.",
		"Set \"access_token\" in the provider block or NEXUDUS_ACCESS_TOKEN in the environment; or "+pair
	if method == "basic" {
		what, remedy = "auth_method = \"basic\" needs a user name and a password, but both are missing or empty.", titleCase(pair)
	}
	return diag.NewErrorDiagnostic("Missing Nexudus credentials", what+"\n\n"+remedy)
}

func emptyCredential(name string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Empty Nexudus credential",
		fmt.Sprintf("%q in the provider block is an empty string. The environment does not replace it, "+
			"because its credentials may belong to another account.\n\nSet %q to its value, or to null to use the environment.", name, name))
}

// missingHalf is about a user name without a password, or the other way round.
func (s settings) missingHalf(missing, name string) diag.Diagnostic {
	what := fmt.Sprintf("The provider authenticates with a user name and a password, but the %s is not set, or is empty.", missing)
	if inBlock := given(s.block, "username", "password", "totp", "totp_secret"); len(inBlock) > 0 && s.environment["access_token"] != "" {
		what += fmt.Sprintf(" NEXUDUS_ACCESS_TOKEN is ignored, because the provider block sets %q.", inBlock[0])
	}
	return diag.NewErrorDiagnostic("Missing Nexudus "+missing,
		fmt.Sprintf("%s\n\nSet %q in the provider block, or %s in the environment.", what, name, environmentName(name)))
}

func notKnownYet(names []string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Provider setting not known yet",
		fmt.Sprintf("The provider needs its whole configuration to read from Nexudus, but some of it is known only after apply: %s.\n\n"+
			"Use a value that is known during plan, such as a variable or an environment variable; "+
			"or first create what the value depends on, in a run of its own or with -target.", join(mapped(names, strconv.Quote))))
}
