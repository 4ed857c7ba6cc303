package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/nexudus"
)

// addError adds the diagnostics of a failed write. Errors about a field are
// reported at its attribute; attributes is keyed by the API's field names. Values
// are not repeated: the provider cannot know whether they are sensitive, and the
// CLI shows the line of the configuration.
func addError(diags *diag.Diagnostics, err error, attributes map[string]string) {
	var failure *nexudus.Error
	if !errors.As(err, &failure) || failure.Kind != nexudus.KindRejected && failure.Kind != nexudus.KindNotApplied {
		diags.AddError(diagnose(err))
		return
	}
	rest := *failure // whatever does not belong to an attribute
	rest.Fields = nil
	for _, field := range failure.Fields {
		attribute, ok := attributes[strings.ToLower(field.Field)]
		switch {
		case !ok:
			rest.Fields = append(rest.Fields, field)
		case failure.Kind == nexudus.KindNotApplied:
			diags.AddAttributeError(path.Root(attribute), fmt.Sprintf("Nexudus holds a different %q", attribute),
				fmt.Sprintf("Nexudus accepted the update of %s %d, but then held a different value for %q, which is now in the state. "+
					"Either it did not carry out the update, or the value was changed right after it.\n\n"+
					"If Nexudus changes what is sent, for example by trimming spaces at the end, use the value that Nexudus holds. "+
					"Otherwise apply again.\n\n%s",
					failure.Noun, failure.ID, attribute, tried(failure)))
		default:
			diags.AddAttributeError(path.Root(attribute), fmt.Sprintf("Nexudus refused %q", attribute),
				fmt.Sprintf("Nexudus refused the value of %q.\n\nCorrect the value, and apply again.\n\n%s\n\nNexudus said: %s",
					attribute, tried(failure), field.Message))
		}
	}
	if len(rest.Fields) == len(failure.Fields) || len(rest.Fields)+len(rest.Messages) > 0 {
		diags.AddError(diagnose(&rest))
	}
}

// warnUnverified adds the warning of a write that succeeded and could not be read back.
func warnUnverified(diags *diag.Diagnostics, done string, err error) {
	_, detail := diagnose(err)
	if errors.Is(err, context.Canceled) {
		detail = "The run was interrupted."
	}
	diags.AddWarning(done+" but could not be read back", "The state holds what was sent. The next plan reads the webhook.\n\n"+detail)
}

// phraseUnknown phrases the failure of a write that may nevertheless have been carried out.
func phraseUnknown(f *nexudus.Error, cause message) message {
	done := map[nexudus.Verb]string{nexudus.VerbCreate: "created", nexudus.VerbUpdate: "updated", nexudus.VerbDelete: "deleted"}[f.Verb]
	m := message{
		summary: fmt.Sprintf("The %s may have been %s", f.Noun, done),
		what:    fmt.Sprintf("%s The provider could not find out whether the %s was %s.", cause.what, f.Noun, done),
		remedy:  "Run again: the next plan reads what Nexudus holds.",
	}
	if f.Verb != nexudus.VerbCreate {
		return m
	}
	if f.CannotList {
		m.what += fmt.Sprintf(" To look for it, the user needs the %s-List role.", strings.TrimSuffix(f.Role, "-Create"))
	}
	m.what += " It did not send the request again, because that could create a duplicate."
	m.remedy = fmt.Sprintf("Look for the %s in Nexudus. If it is there, import it by its Id, with an import block or the import command; "+
		"otherwise apply again.", f.Noun)
	if len(f.Candidates) > 0 {
		ids := make([]string, len(f.Candidates))
		for i, id := range f.Candidates {
			ids[i] = fmt.Sprint(id)
		}
		m.what += fmt.Sprintf(" Ids of %s that this request may have created: %s.", f.Nouns(), join(ids))
	}
	return m
}
