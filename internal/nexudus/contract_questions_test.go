package nexudus

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/rest"
)

// question is one thing that the provider assumes about the service. Its function returns what was observed.
type question struct {
	name   string // of the subtest
	text   string
	belief string
	needs  need
	ask    func(*contract) string
}

// need is what a question cannot be asked without. Each but nothing includes a location, and the last two a webhook.
type need int

const (
	nothing  need = iota
	location      // where a webhook may be created
	webhook       // that was created
	edited
	deleted
)

const (
	successful = "HTTP 200, Status 200, WasSuccessful true"
	rejected   = "HTTP 400, Status 500, WasSuccessful false, "
	unknown    = `HTTP 404, the text "Not found"`
	atOnce     = "at once"
	within2s   = "within 2 s"
	unknownID  = 4_000_000_000_000 // an ID that no record has; it needs more than 32 bits
)

// questions are asked in this order, which is the life of one webhook. Lists include it.
var questions = []question{
	{"user", "Does `GET /auth/me` have all fields that the provider reads, in the documented types?", "yes", nothing, func(c *contract) string {
		resp := c.get("auth/me", nil)
		c.hide(resp.Body)
		return fields[User](c, resp, resp.Body)
	}},

	{"create", "What does a POST answer?", successful, location, func(c *contract) string {
		c.response = c.post(nil)
		c.createdAt = time.Now()
		return c.writeAnswer(c.response)
	}},
	{"createRead", "When does a GET find a new webhook?", atOnce, location, (*contract).createRead},
	{"createInList", "When does a list show a new webhook?", within2s, webhook, func(c *contract) string {
		return c.when(c.createdAt, func() bool { return c.inList() != nil })
	}},
	{"createValue", "What is `Value` after a POST?", "an object with Id", webhook, (*contract).createValue},
	{"createActive", "Is `Active` true when a POST leaves it out?", "no", webhook, func(c *contract) string {
		return yes(has(c.created.Active, true))
	}},
	{"createSystemId", "Does a POST keep `SystemId`?", "yes", webhook, func(c *contract) string {
		return yes(has(c.created.SystemID, c.sent["SystemId"]))
	}},
	{"createName", "Does a POST keep the spaces around a name?", "yes", webhook, func(c *contract) string {
		return yes(has(c.created.Name, c.sent["Name"]))
	}},
	{"createTexts", "Does a POST keep an address with a query, and a description with a line break and an umlaut?", "yes", webhook, func(c *contract) string {
		return yes(has(c.created.URL, c.sent["URL"]) && has(c.created.Description, c.sent["Description"]))
	}},

	{"listTotals", "Do lists have `TotalItems` and `HasNextPage`?", "yes and yes", nothing, func(c *contract) string {
		l := firstPage(c, c.client.webhooks)
		return yes(l.TotalItems != nil) + " and " + yes(l.HasNextPage != nil)
	}},
	{"listPageSize", "Which page size is granted for `size=1000`?", "1000", nothing, func(c *contract) string {
		return fmt.Sprint(firstPage(c, c.client.webhooks).CurrentPageSize)
	}},
	{"listDir", "How does `dir=1` sort by Id?", "descending", nothing, (*contract).listDir},
	{"listDescriptions", "Do lists leave out the description of a webhook?", "yes", nothing, (*contract).listDescriptions},
	{"webhookFields", "Do lists of webhooks have all fields that the provider reads?", "yes", nothing, func(c *contract) string {
		l := firstPage(c, c.client.webhooks)
		return fields[Webhook](c, l.resp, l.raw...)
	}},
	{"locationFields", "Do lists of locations have all fields that the provider reads?", "yes", nothing, func(c *contract) string {
		l := firstPage(c, c.client.businesses)
		return fields[Business](c, l.resp, l.raw...)
	}},
	{"webhookFilters", "Are the filters of webhooks applied, and exact?", "yes", nothing, (*contract).webhookFilters},
	{"locationFilters", "Are the filters of locations applied, and exact?", "yes", nothing, (*contract).locationFilters},
	{"topReference", "Is `RootLocationId` null, not 0, at the top of a network?", "yes", nothing, func(c *contract) string {
		for _, b := range firstPage(c, c.client.businesses).Records {
			if reference(b.RootLocationID) == nil {
				return yes(b.RootLocationID == nil)
			}
		}
		c.stop("the user sees no location at the top")
		return ""
	}},
	{"actions", "Is the list of events at `/utils/enums` the documented one, from 1 to 90?", "yes", nothing, (*contract).enumeration},
	{"unknownWebhook", "What does a GET of an unknown webhook answer?", unknown, nothing, func(c *contract) string {
		return answer(c.send(c.client.webhooks.request(rest.VerbGet, http.MethodGet, "Read", unknownID)))
	}},
	{"unknownPath", "What does a GET of an unknown path answer?", "HTTP 404, a JSON object", nothing, func(c *contract) string {
		return answer(c.get("sys/nosuchrecords", nil))
	}},

	{"edit", "Does a PUT of the whole record change the address?", "yes", webhook, (*contract).edit},
	{"editInList", "When does a list show an edit?", within2s, edited, func(c *contract) string {
		return c.when(c.editedAt, func() bool {
			w := c.inList()
			return w != nil && has(w.URL, *c.after.URL)
		})
	}},
	{"editUpdatedOn", "Does an edit move `UpdatedOn`?", "yes", edited, func(c *contract) string {
		return yes(!reflect.DeepEqual(c.before.UpdatedOn, c.after.UpdatedOn))
	}},
	{"editUniqueId", "Does an edit keep `UniqueId`?", "yes", edited, func(c *contract) string {
		return yes(c.before.UniqueID != nil && reflect.DeepEqual(c.before.UniqueID, c.after.UniqueID))
	}},
	{"editLeftOut", "Does a PUT clear a description that it leaves out?", "yes", webhook, func(c *contract) string {
		fields := maps.Clone(c.sent)
		fields["Id"], fields["Active"] = c.created.ID, false
		delete(fields, "Description")
		r := c.client.webhooks.request(rest.VerbUpdate, http.MethodPut, "Edit", c.created.ID)
		r.Body, _ = encode(fields)
		if text := c.writeAnswer(c.send(r)); text != successful {
			return text
		}
		return yes(isEmpty(c.read(c.created.ID).Description))
	}},
	{"withoutName", "How is a POST without a name refused?", rejected + "Name: is a required field", webhook, func(c *contract) string {
		return c.writeAnswer(c.post(map[string]any{"Name": nil, "Active": false}))
	}},
	{"unknownLocation", "How is a POST with an unknown location refused?", rejected + "Business: was not found", webhook, func(c *contract) string {
		return c.writeAnswer(c.post(map[string]any{"BusinessId": unknownID, "Active": false}))
	}},
	{"move", "Can a PUT move a webhook to another location?", "yes", webhook, func(c *contract) string {
		if c.second == 0 {
			c.stop("NEXUDUS_TEST_SECOND_BUSINESS_ID is not set")
			return ""
		}
		_, result := c.update(WebhookFields{BusinessID: &c.second})
		return result
	}},

	{"delete", "What does a DELETE answer?", successful, webhook, func(c *contract) string {
		resp := c.send(c.client.webhooks.request(rest.VerbDelete, http.MethodDelete, "Delete", c.created.ID))
		if c.ended == "" {
			c.deletedAt = time.Now()
		}
		return c.writeAnswer(resp)
	}},
	{"deleteRead", "When does a GET answer 404 after a DELETE?", atOnce, deleted, func(c *contract) string {
		return c.whenRead(c.deletedAt, http.StatusNotFound)
	}},
	{"deleteInList", "When does a list lack a deleted webhook?", within2s, deleted, func(c *contract) string {
		return c.when(c.deletedAt, func() bool { return c.inList() == nil })
	}},
	{"deleteAgain", "What does a second DELETE answer?", unknown, deleted, func(c *contract) string {
		return answer(c.send(c.client.webhooks.request(rest.VerbDelete, http.MethodDelete, "Delete", c.created.ID)))
	}},
}

// createRead also pauses the new webhook. If the response to the POST was lost, it looks for it first.
func (c *contract) createRead() string {
	if c.lost {
		found := c.find()
		c.ids, c.lost = append(c.ids, found...), len(found) == 0
	}
	if len(c.ids) == 0 {
		c.stop("no webhook was created")
		return ""
	}
	c.logf("Created the webhook %q.", c.mark)
	text := c.whenRead(c.createdAt, http.StatusOK)
	if w := c.read(c.ids[0]); c.ended == "" {
		c.created = w
	}
	if c.created != nil && !has(c.created.Active, false) {
		c.update(WebhookFields{Active: new(false)})
	}
	return text
}

func (c *contract) createValue() string {
	var e envelope
	if json.Unmarshal(c.response.Body, &e) != nil {
		c.stop("the response was lost")
	}
	value, ok := e.Value.(map[string]any)
	if !ok {
		return "no object"
	}
	return "an object with " + strings.Join(slices.Sorted(maps.Keys(value)), ", ")
}

func (c *contract) listDir() string {
	all := list(c, c.client.webhooks, url.Values{"dir": {"1"}}).Records
	switch {
	case len(all) < 2:
		c.stop("there are fewer than two webhooks")
	case slices.IsSortedFunc(all, func(a, b *Webhook) int { return cmp.Compare(a.ID, b.ID) }):
		return "ascending"
	}
	return "descending"
}

// listDescriptions looks for a webhook with a description, first at the newest one, which may be our own.
func (c *contract) listDescriptions() string {
	all := firstPage(c, c.client.webhooks).Records
	for i, w := range slices.Backward(all) {
		switch {
		case !isEmpty(w.Description):
			return "no"
		case i >= len(all)-5 && !isEmpty(c.read(w.ID).Description):
			return "yes"
		}
	}
	c.stop("no webhook with a description was found")
	return ""
}

func (c *contract) webhookFilters() string {
	return filters(c, c.client.webhooks, func(w *Webhook) (filters []listing[Webhook]) {
		byID := url.Values{"Id": {strconv.FormatInt(w.ID, 10)}}
		filters = append(filters, listing[Webhook]{query: byID, matches: func(other *Webhook) bool { return other.ID == w.ID }})
		for _, f := range []WebhookFilter{
			{BusinessID: w.BusinessID}, {Action: w.Action}, {Active: w.Active}, {Name: w.Name}, {URL: w.URL},
			{MinErrorCount: w.ErrorCount}, {MaxErrorCount: w.ErrorCount},
		} {
			filters = append(filters, listing[Webhook]{query: f.query(), matches: f.chooses})
		}
		return filters
	})
}

func (c *contract) locationFilters() string {
	return filters(c, c.client.businesses, func(b *Business) (filters []listing[Business]) {
		for _, f := range []BusinessFilter{{Name: b.Name}, {WebAddress: b.WebAddress}, {RootLocationID: reference(b.RootLocationID)}} {
			filters = append(filters, listing[Business]{query: f.query(), matches: f.chooses})
		}
		return filters
	})
}

// filters asks for those filters of the newest record that do not choose all records.
func filters[T any](c *contract, s *records[T], filtersOf func(newest *T) []listing[T]) string {
	first := firstPage(c, s)
	all := first.Records
	if len(all) < 2 || has(first.HasNextPage, true) {
		c.stop("there are fewer than two records, or several pages")
		return ""
	}
	var different []string
	for _, l := range filtersOf(all[len(all)-1]) {
		isOther := func(record *T) bool { return !l.matches(record) }
		want := len(slices.DeleteFunc(slices.Clone(all), isOther))
		if want == len(all) || len(l.query) == 0 {
			continue
		}
		got := list(c, s, l.query).Records
		for name := range l.query {
			if slices.ContainsFunc(got, isOther) {
				different = append(different, name+" is ignored or not exact")
			} else if len(got) < want {
				different = append(different, name+" misses records")
			}
		}
	}
	return allRight(different)
}

// fields reports whether records have all fields of a type, in its types.
func fields[T any](c *contract, resp rest.Response, records ...json.RawMessage) string {
	if len(records) == 0 || c.ended != "" {
		c.stop("there are no records")
		return ""
	}
	var different []string
	for _, raw := range records {
		resp.Body = raw
		if reason := mismatch(resp, new(T)); reason != "" {
			different = append(different, "there is "+reason)
		}
		var record map[string]json.RawMessage
		_ = json.Unmarshal(raw, &record)
		for field := range reflect.TypeFor[T]().Fields() {
			if name := field.Tag.Get("json"); record[name] == nil {
				different = append(different, name+" is missing")
			}
		}
	}
	return allRight(different)
}

func (c *contract) enumeration() string {
	resp := c.get("utils/enums", url.Values{"name": {"eWebhookAction"}})
	var actions []struct {
		ID   Action `json:"Id"`
		Name string
	}
	if resp.Status != http.StatusOK || json.Unmarshal(resp.Body, &actions) != nil {
		return answer(resp)
	}
	var different []string
	for _, action := range actions {
		if name, _ := action.ID.Name(); name != action.Name {
			different = append(different, fmt.Sprintf("%d is %s", action.ID, c.shown(action.Name)))
		}
	}
	if missing := len(actionNames) - len(actions); missing > 0 {
		different = append(different, fmt.Sprintf("%d are missing", missing))
	}
	return allRight(different)
}

// edit changes the address, later than the second in which the webhook was created.
func (c *contract) edit() string {
	_ = rest.Sleep(c.ctx, 2*time.Second)
	before := c.read(c.created.ID)
	after, result := c.update(WebhookFields{URL: new(c.sent["URL"].(string) + "&edited=1"), Active: new(false)})
	if result == "yes" {
		c.before, c.after, c.editedAt = before, after, time.Now()
	}
	return result
}

func yes(ok bool) string { return map[bool]string{true: "yes", false: "no"}[ok] }

// allRight returns "yes", or what is different.
func allRight(different []string) string {
	if different == nil {
		return "yes"
	}
	slices.Sort(different)
	return "no: " + strings.Join(slices.Compact(different), ", ")
}

func isEmpty(text *string) bool { return text == nil || *text == "" }

// has reports whether a field has a value.
func has[T comparable](field *T, want any) bool { return field != nil && any(*field) == want }

// mismatch decodes a response, and says why it cannot be decoded.
func mismatch(resp rest.Response, value any) string {
	if failure, ok := errors.AsType[*rest.Error](resp.Decode(value)); ok {
		return failure.Reason
	}
	return ""
}

// answer describes a response without repeating anything of it.
func answer(resp rest.Response) string {
	shape, _, _ := strings.Cut(resp.Describe(), " (")
	if strings.EqualFold(strings.TrimSpace(string(resp.Body)), `"Not found"`) {
		shape = `the text "Not found"`
	}
	return fmt.Sprintf("HTTP %d, %s", resp.Status, shape)
}

// envelope is what the service answers to a write.
type envelope struct {
	Status        int
	Message       string
	Value         any
	Errors        []struct{ PropertyName, Message string }
	WasSuccessful *bool
}

// writeAnswer describes the response to a write.
func (c *contract) writeAnswer(resp rest.Response) string {
	var e envelope
	if json.Unmarshal(resp.Body, &e) != nil || e.WasSuccessful == nil {
		return answer(resp)
	}
	text := fmt.Sprintf("HTTP %d, Status %d, WasSuccessful %t", resp.Status, e.Status, *e.WasSuccessful)
	for _, problem := range e.Errors[:min(5, len(e.Errors))] {
		name := problem.PropertyName
		if c.sent[name] == nil && c.sent[name+"Id"] == nil {
			name = c.shown(name)
		}
		text += ", " + name + ": " + c.shown(problem.Message)
	}
	if !*e.WasSuccessful && len(e.Errors) == 0 {
		text += ", without Errors: " + c.shown(e.Message)
	}
	return text
}
