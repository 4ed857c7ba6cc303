package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/rest"
)

// diagnose turns an error of the client into the text of a diagnostic. The detail says
// what went wrong, what to do, what was tried, and the messages of Nexudus.
func (d *providerData) diagnose(err error) (summary, detail string) {
	var failure *rest.Error
	switch {
	case errors.As(err, &failure):
	case errors.Is(err, context.Canceled):
		return "Interrupted", "The run was interrupted before Nexudus responded. This request changed nothing."
	default:
		return "Unexpected failure", "Something failed before a request was sent.\n\n" +
			"Please report this, with the log that TF_LOG=DEBUG writes."
	}

	message := d.phrase(failure)
	paragraphs := slices.DeleteFunc([]string{message.what, message.remedy}, func(text string) bool { return text == "" })
	switch {
	case failure.Attempts > 0:
		paragraphs = append(paragraphs, tried(failure))
	case rest.Is(failure, rest.KindThrottled, rest.KindUnavailable):
		paragraphs = append(paragraphs, fmt.Sprintf(
			"Not sent: %s, because a response with status %d to another request asked all requests to wait.",
			failure.Request(), failure.Status))
	}
	messages := slices.Clone(failure.Messages)
	for _, field := range failure.Fields {
		messages = append(messages, field.Field+": "+field.Message)
	}
	if len(messages) > 0 && failure.Kind != rest.KindNotApplied {
		paragraphs = append(paragraphs, "Messages from Nexudus:\n  - "+strings.Join(messages, "\n  - "))
	}
	return message.summary, strings.Join(paragraphs, "\n\n")
}

// aboutCredentials lists the kinds of failure that other credentials may remedy.
var aboutCredentials = []rest.Kind{
	rest.KindUnauthorized, rest.KindSignIn, rest.KindCodeUsed, rest.KindPasswordReset, rest.KindTwoFactor,
}

// origin says where the credentials come from, as a sentence that follows another.
func (d *providerData) origin() string {
	if d.credentials == "" {
		return ""
	}
	return fmt.Sprintf(" The credentials come from %s.", d.credentials)
}

// addError adds the diagnostic of a failed request.
func (d *providerData) addError(diags *diag.Diagnostics, err error) { diags.AddError(d.diagnose(err)) }

// addReadError adds the diagnostic of a failed read, at the attribute id if the record was not found.
func (d *providerData) addReadError(diags *diag.Diagnostics, err error) {
	summary, detail := d.diagnose(err)
	if rest.IsNotFound(err) {
		diags.AddAttributeError(path.Root("id"), summary, detail)
		return
	}
	diags.AddError(summary, detail)
}

// addWriteError adds the diagnostics of a failed create or update. Errors about a field are reported at its
// attribute; attributes is keyed by the API's field names in lower case. Values are not repeated: the provider
// cannot know whether they are sensitive, and the CLI shows the line of the configuration. A record that may have
// been created is described by lookFor.
func (d *providerData) addWriteError(diags *diag.Diagnostics, err error, attributes map[string]string, lookFor string) {
	failure, ok := errors.AsType[*rest.Error](err)
	switch {
	case ok && failure.Kind == rest.KindNotFound:
		diags.AddError(fmt.Sprintf("%s %d was not found", titleCase(failure.Record), failure.ID),
			fmt.Sprintf("The %s was deleted after this plan was made, or the user no longer has access to it.\n\n"+
				"Plan again: the new plan creates the %s.", failure.Record, failure.Record))
		return
	case ok && failure.Kind == rest.KindUnknown && failure.Verb == rest.VerbCreate:
		summary, detail := d.diagnose(err)
		diags.AddError(summary, detail+"\n\nWhat to look for: "+lookFor)
		return
	case !ok || failure.Kind != rest.KindRejected && failure.Kind != rest.KindNotApplied:
		d.addError(diags, err)
		return
	}
	others := *failure // whatever does not belong to an attribute
	others.Fields = nil
	for _, field := range failure.Fields {
		attribute, ok := attributes[strings.ToLower(field.Field)]
		switch {
		case !ok:
			others.Fields = append(others.Fields, field)
		case failure.Kind == rest.KindNotApplied:
			inState := ", which is now in the state"
			if strings.HasSuffix(attribute, "_wo") { // write-only
				inState = ""
			}
			diags.AddAttributeError(path.Root(attribute), fmt.Sprintf("Nexudus has a different %q", attribute),
				fmt.Sprintf("Nexudus accepted the update of %s %d, but then had a different value for %q%s. "+
					"Either it did not carry out the update, or the value was changed right after it.\n\n"+
					"If Nexudus changes what is sent, for example by trimming spaces at the end, use the value that Nexudus has. "+
					"Otherwise apply again.\n\n%s", failure.Record, failure.ID, attribute, inState, tried(failure)))
		default:
			what := fmt.Sprintf("Nexudus rejected the value of %q.", attribute)
			if attribute == "business_id" {
				what += " No location has this ID, or the user does not have access to it.\n\n" + findLocation
			}
			diags.AddAttributeError(path.Root(attribute), fmt.Sprintf("Nexudus rejected %q", attribute),
				fmt.Sprintf("%s\n\n%s\n\nMessage from Nexudus: %s", what, tried(failure), field.Message))
		}
	}
	if len(others.Fields) == len(failure.Fields) || len(others.Fields)+len(others.Messages) > 0 {
		d.addError(diags, &others)
	}
}

// addCreateWarning adds the warning of a create whose record exists, but could not be
// read back, or differs from what was sent. What names the record.
func (d *providerData) addCreateWarning(diags *diag.Diagnostics, what string, err error, attributes map[string]string) {
	failure, ok := errors.AsType[*rest.Error](err)
	if !ok {
		return
	}
	if failure.Kind != rest.KindNotApplied {
		d.addUnverifiedWarning(diags, what+" was created", err)
		return
	}
	var different []string
	for _, field := range failure.Fields {
		different = append(different, attributes[strings.ToLower(field.Field)])
	}
	diags.AddWarning(what+" differs from what was sent",
		fmt.Sprintf("Right after the create, Nexudus had different values for %s.\n\nThe next plan shows them. If Nexudus changes "+
			"what is sent, for example by trimming spaces at the end, use the values that Nexudus has.", join(different)))
}

// addUnverifiedWarning adds the warning of a write that succeeded and could not be read back.
func (d *providerData) addUnverifiedWarning(diags *diag.Diagnostics, done string, err error) {
	if failure, ok := errors.AsType[*rest.Error](err); ok && failure.Cause != nil {
		err = failure.Cause
	}
	_, detail := d.diagnose(err)
	if errors.Is(err, context.Canceled) {
		detail = "The run was interrupted."
	}
	diags.AddWarning(done+" but could not be read back", "The state has what was sent. The next plan reads the record.\n\n"+detail)
}

// message is the first part of a diagnostic: what went wrong and what to do.
type message struct{ summary, what, remedy string }

const (
	findLocation = "To find the ID by name, use the data source nexudus_business."
	checkBaseURL = `Check that "base_url" is the root of the API, which is usually ` + rest.DefaultBaseURL
	longerWait   = ` To wait that long, set "max_throttle_wait" in the provider block, or NEXUDUS_MAX_THROTTLE_WAIT, to "%s" or more.`
)

func (d *providerData) phrase(f *rest.Error) message {
	if f.Kind == rest.KindUnknown {
		return d.phraseUnknown(f)
	}
	m := phraseKind(f)
	if rest.Is(f, aboutCredentials...) {
		m.what += d.origin()
	}
	if f.Kind == rest.KindSignIn && strings.Contains(strings.ToLower(d.origin()), "totp") {
		m.remedy += " One-time codes depend on the time: check the machine's clock, too."
	}
	return m
}

func phraseKind(f *rest.Error) message {
	record := strings.TrimPrefix(f.Request(), string(f.Verb)+" ") // "webhook 42"
	needs := `has "API Access" switched on`
	if f.Permission != "" {
		needs += " and a role with the permission " + f.Permission
	}
	switch f.Kind {
	case rest.KindNotFound:
		return message{titleCase(f.Record) + " not found",
			fmt.Sprintf("No %s has the ID %d, or the user does not have access to it.", f.Record, f.ID),
			fmt.Sprintf("Check the ID, and that the user has a role with the permission %s.", f.Permission)}
	case rest.KindOtherRecord:
		summary, detail := otherRecord(f.Record, f.ID)
		return message{summary: summary, what: detail}
	case rest.KindUnauthorized:
		return message{"Unauthorized",
			"Nexudus gives the same response to credentials that are wrong or have expired, to a user without the required permission, " +
				"and to a user whose API access is switched off." + withQuota(f),
			fmt.Sprintf("Check that the credentials are valid, and that the user %s.", needs)}
	case rest.KindPermission:
		return message{"Missing Nexudus permission",
			"The credentials are valid, but Nexudus did not authorize the request." + withQuota(f),
			fmt.Sprintf("Check that the user %s.", needs)}
	case rest.KindBlocked:
		return message{"Blocked by a firewall",
			"The firewall in front of Nexudus answered instead of the API. It judges programs by the fingerprint of their TLS connections, not by their credentials.",
			`Try a local proxy that forwards to Nexudus, with "base_url" set to its loopback address, such as http://127.0.0.1:8080/api. ` +
				"Please also open an issue at https://github.com/nexudus-community/terraform-provider-nexudus/issues " +
				"with this message, your operating system and the version of the provider."}
	case rest.KindThrottled:
		m := message{"Throttled by Nexudus", "Nexudus kept throttling requests, although the provider waited in between.",
			"Run again later, with fewer pipelines using the account at the same time."}
		if f.Wait > 0 {
			m.what = fmt.Sprintf("Nexudus asks the provider to wait %s, which suggests that the limit of %s was reached.",
				duration(f.Wait), quota(f.Wait))
			m.remedy += fmt.Sprintf(longerWait, duration(f.Wait))
		}
		return m
	case rest.KindRejected:
		m := message{summary: "Rejected by Nexudus", what: "Nexudus understood the request and rejected it."}
		if len(f.Messages)+len(f.Fields) == 0 {
			m.remedy = "It gave no reason: run again later; if this happens again, please report it."
		}
		return m
	case rest.KindUnavailable:
		m := message{"Nexudus is not available", "Nexudus, or the network in front of it, failed to process the request.",
			`Run again later. If this happens often, raise "max_retries" in the provider block, or NEXUDUS_MAX_RETRIES.`}
		switch {
		case f.Wait > 0:
			m.what += fmt.Sprintf(" It asks the provider to wait %s.", duration(f.Wait))
			m.remedy = fmt.Sprintf("Run again later."+longerWait, duration(f.Wait))
		case f.Reason != "":
			m.what = "Nexudus reported an internal error."
			m.remedy = "Run again later. If the error remains, the data may be the cause: Nexudus reports the same error for data that it cannot process."
		}
		return m
	case rest.KindConnection:
		return message{"No connection to Nexudus", fmt.Sprintf("The request failed: %s.", f.Reason), connectionRemedy(f.Reason)}
	case rest.KindRedirected:
		return message{"Nexudus redirected the request",
			fmt.Sprintf("The response points to %s. The provider does not follow redirects, because that would send the credentials along.",
				f.Reason),
			checkBaseURL + "."}
	case rest.KindNotApplied:
		return message{fmt.Sprintf("%s was not %s", titleCase(f.Record), done[f.Verb]),
			fmt.Sprintf("Nexudus accepted the request to %s %s, but %s.", f.Verb, record, f.Reason),
			"Apply again; if this happens again, ask Nexudus support."}
	case rest.KindSignIn:
		return message{"Nexudus rejected the sign-in",
			"Nexudus did not accept the user name, the password or the one-time code. The provider does not try them again.",
			"Check the user name and the password, and that neither begins or ends with a space. " +
				`An account with two-factor authentication also needs "totp_secret", or "totp" with a new code for each sign-in: ` +
				"plan and apply sign in separately."}
	case rest.KindPasswordReset:
		return message{"Password must be reset", "Nexudus requires a new password before this user can sign in.",
			"Sign in to the Nexudus panel once, set a new password there, and use it here."}
	case rest.KindTwoFactor:
		return message{"Two-factor authentication required", "The account uses two-factor authentication, and no one-time code was sent.",
			`Set "totp_secret", from which the provider generates codes, or "totp" with a new code for each sign-in.`}
	case rest.KindCodeUsed:
		return message{"One-time code already used",
			fmt.Sprintf("Another sign-in is needed because %s, and the code in \"totp\" has already been sent. "+
				"A code is valid for one sign-in.", f.Reason),
			`Run again with a new code, or set "totp_secret" in the provider block or NEXUDUS_TOTP_SECRET in the environment, ` +
				`so that the provider can generate a code for each sign-in.`}
	case rest.KindIncomplete:
		return message{"Incomplete list of " + f.Plural(),
			fmt.Sprintf("The provider could not read the complete list of %s: %s.", f.Plural(), f.Reason),
			`Run again. If it fails again, use filters to make the list shorter, and please report this.`}
	}
	expected := "one " + f.Record
	switch {
	case f.Verb == rest.VerbSignIn:
		expected = "an access token"
	case f.Verb == rest.VerbList:
		expected = "a page of " + f.Plural()
	case f.Verb != rest.VerbGet:
		expected = "confirmation that the request was processed"
	}
	remedy := checkBaseURL + ". If it is, run again later; if this happens again, please report it."
	if f.Verb == rest.VerbSignIn {
		remedy = checkBaseURL + ". The portal of a space does not accept this sign-in."
	}
	what := fmt.Sprintf("Expected %s; got %s.", expected, f.Reason)
	if f.Status == http.StatusNotFound && !strings.HasPrefix(f.Reason, `"Not found"`) { // which is about a record
		what = "Nexudus does not have this path (status 404). " + what
	}
	return message{"Unexpected response from Nexudus", what, remedy}
}

// connectionRemedy says what to do about a connection that failed for a reason of rest.
func connectionRemedy(reason string) string {
	switch {
	case strings.HasPrefix(reason, "timed out"):
		return `Run again later. If Nexudus needs more time, raise "request_timeout" in the provider block, or NEXUDUS_REQUEST_TIMEOUT, to a duration such as "60s".`
	case strings.HasPrefix(reason, "the proxy"):
		return "Set the user name and the password in HTTPS_PROXY, as http://USER:PASSWORD@HOST:PORT, with special characters percent-encoded."
	case strings.Contains(reason, "failed to verify certificate"):
		return `Check "base_url" and the machine's clock. If a proxy or a private authority signs the certificate, add the authority to the ` +
			"system's certificate store or, on Linux, set SSL_CERT_FILE to a PEM file that contains it."
	}
	return `Check the network, the proxy settings in the environment, and "base_url".`
}

// withQuota is another possible cause of the failure of a create, which public client code has encountered.
func withQuota(f *rest.Error) string {
	if f.Verb != rest.VerbCreate {
		return ""
	}
	return " Nexudus also returns this response when an account has reached its quota of new records."
}

// otherRecord is the text for a record that is not the one in the state.
func otherRecord(kind string, id int64) (summary, detail string) {
	return fmt.Sprintf("%s %d has a different unique ID", titleCase(kind), id),
		fmt.Sprintf("The %s with the ID %d has a different unique ID from the one in the state, so it is not the one that this "+
			"configuration created or imported. The credentials probably belong to another account.\n\n"+
			"Use the credentials of the account that the state belongs to. If the %s in Nexudus is the right one, remove it from the state "+
			"with the command \"state rm\", and import it again.", kind, id, kind)
}

func titleCase(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

// quota names the documented limit that a wait suggests.
// See https://developers.nexudus.com/reference/api-limitations.
func quota(wait time.Duration) string {
	switch {
	case wait <= time.Second:
		return "1 request in 100 milliseconds"
	case wait <= time.Minute:
		return "120 requests in a minute"
	case wait <= time.Hour:
		return "5,000 requests in an hour"
	}
	return "200,000 requests in a day"
}

// duration formats a wait, rounded to seconds unless that is none.
func duration(wait time.Duration) string { return cmp.Or(wait.Round(time.Second), wait).String() }

// tried describes the request, its last status, the number of attempts, and how long it took.
func tried(f *rest.Error) string {
	sent := f.Request()
	if rest.Is(f, rest.KindConnection, rest.KindRedirected, rest.KindUnexpected, rest.KindBlocked) { // the address may be wrong
		sent += " at " + f.URL
	}
	status := "no response"
	switch {
	case f.Status != 0:
		status = fmt.Sprintf("status %d", f.Status)
	case f.Kind == rest.KindCodeUsed:
		status = "no successful response"
	}
	attempts := "1 attempt"
	if f.Attempts > 1 {
		attempts = fmt.Sprintf("%d attempts", f.Attempts)
	}
	return fmt.Sprintf("Tried: %s; %s; %s in %s.", sent, status, attempts, f.Elapsed.Round(time.Millisecond))
}

// done has the participles of the verbs that write.
var done = map[rest.Verb]string{rest.VerbCreate: "created", rest.VerbUpdate: "updated", rest.VerbDelete: "deleted"}

// phraseUnknown phrases the failure of a write that may nevertheless have been carried out.
func (d *providerData) phraseUnknown(f *rest.Error) message {
	m := message{
		summary: fmt.Sprintf("The %s may have been %s", f.Record, done[f.Verb]),
		remedy:  "Run again: the next plan reads what Nexudus has.",
	}
	if cause, ok := errors.AsType[*rest.Error](f.Cause); ok {
		m.what = d.phrase(cause).what + " "
	}
	m.what += fmt.Sprintf("The provider could not find out whether the %s was %s.", f.Record, done[f.Verb])
	if f.Verb != rest.VerbCreate {
		return m
	}
	if f.CannotList {
		m.what += fmt.Sprintf(" To look for it, the user needs the permission %s-List.", strings.TrimSuffix(f.Permission, "-Create"))
	}
	m.what += " It did not send the request again, because that could create a duplicate."
	m.remedy = fmt.Sprintf("Look for the %s in Nexudus. If it is there, import it by its ID, with an import block or the import command; "+
		"otherwise apply again.", f.Record)
	if len(f.Candidates) > 0 {
		ids := mapped(f.Candidates, func(id int64) string { return fmt.Sprint(id) })
		m.what += fmt.Sprintf(" IDs of %s that this request, or another run, may have created: %s.", f.Plural(), join(ids))
	}
	return m
}
