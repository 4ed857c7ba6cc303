package provider

import (
	"fmt"
	"slices"

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
	if printable {
		detail += "; got " + quote(s.get(name))
		if !inBlock {
			detail += " from " + environmentName(name)
		}
	}
	detail += "."
	if !printable && !inBlock {
		detail += fmt.Sprintf(" The value comes from %s.", environmentName(name))
	}
	if remedy != "" {
		detail += "\n\n" + remedy
	}
	if printable && inBlock {
		return diag.NewAttributeErrorDiagnostic(path.Root(name), summary, detail)
	}
	return diag.NewErrorDiagnostic(summary, detail)
}

// unreadable returns the error for a configuration that does not match the schema.
// It should never occur, because the CLI checks the configuration first.
func unreadable(err error) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Unexpected provider configuration",
		fmt.Sprintf("The provider cannot read its configuration: %s.\n\nPlease report this.", err))
}

func contradiction(names []string, inEnvironment bool) diag.Diagnostic {
	relation := "belong to different authentication methods"
	if names[0] == "totp" {
		relation = "both provide the one-time code"
	}
	place, shown := "The provider block", quoteAll(names)
	if inEnvironment {
		place, shown = "The environment", environmentNames(names)
	}
	return diag.NewErrorDiagnostic("Conflicting Nexudus credentials",
		fmt.Sprintf("%s sets %s, which %s.\n\nKeep one method: an access token; a user name and a password, with \"totp\" or \"totp_secret\" "+
			"if the account needs it; or a user name and a password with auth_method = \"basic\".", place, join(shown), relation))
}

func missingCredentials() diag.Diagnostic {
	return diag.NewErrorDiagnostic("Missing Nexudus credentials",
		"Neither the provider block nor the environment sets credentials for Nexudus.\n\n"+
			"Set \"access_token\" in the provider block or NEXUDUS_ACCESS_TOKEN in the environment; "+
			"or set \"username\" and \"password\" in the provider block or NEXUDUS_USERNAME and NEXUDUS_PASSWORD in the environment.")
}

func emptyCredential(name string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Empty Nexudus credential",
		fmt.Sprintf("%q in the provider block is an empty string. The provider does not use the credentials of the environment instead, "+
			"which may belong to another account.\n\nSet %q to its value, or to null to use the environment.", name, name))
}

func missingPair() diag.Diagnostic {
	return diag.NewErrorDiagnostic("Missing Nexudus credentials",
		"With auth_method = \"basic\" the provider sends a user name and a password with each request, but neither is set.\n\n"+
			"Set \"username\" and \"password\" in the provider block, or NEXUDUS_USERNAME and NEXUDUS_PASSWORD in the environment.")
}

func missingHalf(noun, name string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Missing Nexudus "+noun,
		fmt.Sprintf("The provider authenticates with a user name and a password, but the %s is not set.\n\n"+
			"Set %q in the provider block, or %s in the environment.", noun, name, environmentName(name)))
}

func notKnownYet(names []string) diag.Diagnostic {
	verb := "is"
	if len(names) > 1 {
		verb = "are"
	}
	return diag.NewErrorDiagnostic("Provider setting not known yet",
		fmt.Sprintf("The provider needs its whole configuration to read from Nexudus, but %s %s known only after apply.\n\n"+
			"Use a value that is known during plan, such as a variable or an environment variable; "+
			"or first create what the value depends on, in a run of its own or with -target.", join(quoteAll(names)), verb))
}

// secondConfiguration is the error for a process that was already configured
// with different values for the named settings.
func secondConfiguration(names []string) diag.Diagnostic {
	values := "a different value"
	if len(names) > 1 {
		values = "different values"
	}
	return diag.NewErrorDiagnostic("Second configuration of one provider process",
		fmt.Sprintf("This provider process was configured before, with %s for %s. It was started with -debug or by a test, "+
			"and such a process can serve only one configuration: reads through one alias would use the credentials of another.\n\n"+
			"Use one configuration for each process. If you changed the provider block, start the provider again.", values, join(quoteAll(names))))
}
