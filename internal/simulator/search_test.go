package simulator_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

type listing struct {
	Records              []record
	CurrentPage          int
	CurrentPageSize      int
	PageNumber           int
	PageSize             int
	CurrentOrderField    string
	CurrentSortDirection int
	FirstItem            int
	LastItem             int
	TotalItems           int
	TotalPages           int
	HasNextPage          bool
	HasPreviousPage      bool
}

func ids(records []record) []int64 {
	found := []int64{}
	for _, r := range records {
		found = append(found, r.ID)
	}
	return found
}

// Documented: filters, ranges and order. Seen in public client code: what the
// endpoint does not know is ignored.
func TestSearch_filters(t *testing.T) {
	server, c := newAccount(t)
	server.AddWebhook(simulator.Webhook{ID: 109, BusinessID: 5003, Name: "Minute", LastTrigger: new("2026-11-20T16:41:00"), SystemID: new("theirs")})
	fourth, _ := server.Webhook(104)
	for _, test := range []struct {
		query string
		want  []int64
	}{
		{query: "", want: []int64{101, 102, 103, 104, 105, 106, 107, 108, 109}},
		{query: "Name=Accounting&WebHook_Nothing=1", want: []int64{101, 102, 103, 104, 105, 106, 107, 108, 109}},
		{query: "WebHook_Business=5002", want: []int64{105, 106, 107, 108}},
		{query: "WebHook_Name=Empfang+M%C3%BCnchen", want: []int64{104}},
		{query: "WebHook_Action=21", want: []int64{102}},
		{query: "WebHook_Active=False", want: []int64{103, 106, 107, 109}},
		{query: "WebHook_Active=false&WebHook_Business=5001", want: []int64{103}},
		{query: "WebHook_ErrorCount=11", want: []int64{103}},
		{query: "WebHook_URL=https://crm.example.net/hooks/nexudus", want: []int64{103}},
		{query: "WebHook_LastTrigger=2026-11-20T09:00:31", want: []int64{102}}, // with Z
		{query: "from_WebHook_ErrorCount=3&to_WebHook_ErrorCount=10", want: []int64{105, 107}},
		{query: "from_WebHook_LastTrigger=2026-11-20T16:41", want: []int64{101, 105, 109}},
		{query: "from_WebHook_LastTrigger=2026-11-20T16:41&to_WebHook_LastTrigger=2026-11-20T16:41", want: []int64{109}},
		// A webhook that was never triggered is not in the range.
		{query: "to_WebHook_LastTrigger=2025-12-31T00:00", want: []int64{103, 107}},
		{query: "WebHook_Business=5002&orderBy=Name", want: []int64{105, 108, 107, 106}},
		{query: "WebHook_Business=5002&orderBy=Business", want: []int64{105, 106, 107, 108}},
		{query: "from_WebHook_ErrorCount=1&orderBy=ErrorCount", want: []int64{105, 107, 103}},
		{query: "Id=103", want: []int64{103}},
		{query: "Id=7", want: []int64{}},
		{query: "UniqueId=" + fourth.UniqueID, want: []int64{104}},
		{query: "WebHook_Name=nothing", want: []int64{}},
		{query: "WebHook_SystemId=theirs", want: []int64{109}},
		// Seen in public client code: names are case-blind.
		{query: "id=103", want: []int64{103}},
		{query: "uniqueID=" + fourth.UniqueID, want: []int64{104}},
		{query: "webhook_business=5002&WEBHOOK_ACTIVE=true", want: []int64{105, 108}},
		{query: "FROM_WebHook_errorcount=3&To_webhook_ErrorCount=10", want: []int64{105, 107}},
		{query: "WebHook_Business=5002&ORDERBY=Name&DIR=1", want: []int64{106, 107, 108, 105}},
	} {
		t.Run(test.query, func(t *testing.T) {
			got := decode[listing](t, c.want(200, "GET", "/api/sys/webhooks?"+test.query, ""))
			if !slices.Equal(ids(got.Records), test.want) || got.Records == nil || got.TotalItems != len(test.want) {
				t.Errorf("Ids = %v of %d, want %v", ids(got.Records), got.TotalItems, test.want)
			}
			for _, r := range got.Records {
				if r.Description != nil {
					t.Errorf("webhook %d is listed with its description", r.ID)
				}
			}
		})
	}
	if got := decode[record](t, c.want(200, "GET", "/api/sys/webhooks/101", "")); got.Description == nil {
		t.Error("a search has erased the description")
	}
}

func TestSearch_pages(t *testing.T) {
	server, c := newAccount(t)
	page := func(query string) listing {
		t.Helper()
		got := decode[listing](t, c.want(200, "GET", "/api/sys/webhooks?"+query, ""))
		return got
	}
	if got := page("Size=3&PAGE=3"); !slices.Equal(ids(got.Records), []int64{107, 108}) || got.PageNumber != 3 || got.PageSize != 3 {
		t.Errorf("third page of three = %+v", got)
	}
	// Seen in public client code: these are no names of parameters.
	if got := page("PageSize=3&PageNumber=3"); got.PageNumber != 1 || got.PageSize != 25 {
		t.Errorf("page with ignored parameters = %+v", got)
	}
	if got := page(""); got.CurrentPage != 1 || got.CurrentPageSize != 25 || got.TotalPages != 1 || got.HasNextPage || got.HasPreviousPage {
		t.Errorf("default page = %+v", got)
	}
	if got := page("size=5000"); got.CurrentPageSize != 1000 {
		t.Errorf("largest size = %d, want 1000", got.CurrentPageSize)
	}
	server.MaxPageSize = 3
	got := page("size=1000&page=2")
	if !slices.Equal(ids(got.Records), []int64{104, 105, 106}) || got.CurrentPageSize != 3 || got.FirstItem != 4 || got.LastItem != 6 ||
		got.TotalItems != 8 || got.TotalPages != 3 || !got.HasNextPage || !got.HasPreviousPage {
		t.Errorf("second page = %+v", got)
	}
	if got := page("page=3"); !slices.Equal(ids(got.Records), []int64{107, 108}) || got.HasNextPage {
		t.Errorf("last page = %+v", got)
	}
	for _, beyond := range []string{"page=4", "page=9223372036854775807"} {
		if got := page(beyond); len(got.Records) != 0 || got.HasNextPage {
			t.Errorf("%s = %+v", beyond, got)
		}
	}
}

// Documented: several by Id are a bare array of summaries.
func TestSearch_several(t *testing.T) {
	_, c := newAccount(t)
	for _, path := range []string{"/api/sys/webhooks/?id=", "/api/sys/webhooks?id=", "/api/sys/webhooks?Id="} {
		got := decode[[]record](t, c.want(200, "GET", path+"[106,7,101]", ""))
		if !slices.Equal(ids(got), []int64{106, 101}) || got[0].Description != nil {
			t.Errorf("%s: %+v", path, got)
		}
	}
	c.want(400, "GET", "/api/sys/webhooks?id=[106,", "")
	if got := c.want(200, "GET", "/api/sys/webhooks/?id=[7]", "").Body.String(); got != "[]\n" {
		t.Errorf("none = %q, want an empty array", got)
	}
}

// listedNames returns what a search and a read of several show of webhook 101 and later ones.
func listedNames(c client) [2]string {
	c.t.Helper()
	var names [2]string
	several := decode[[]record](c.t, c.want(200, "GET", "/api/sys/webhooks?id=[101,102,109]", ""))
	search := decode[listing](c.t, c.want(200, "GET", "/api/sys/webhooks", ""))
	for i, records := range [][]record{several, search.Records} {
		for _, r := range records {
			if r.ID <= 102 || r.ID == 109 {
				names[i] += r.Name + ","
			}
		}
	}
	return names
}

// Lists lag behind every kind of write; reads of one record do not.
func TestSearch_lag(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, c := newAccount(t)
		c.t = t
		server.ListLag = 2 * time.Second
		want := func(when, names string) {
			t.Helper()
			if got := listedNames(c); got != [2]string{names, names} {
				t.Errorf("%s: listed %q, want %q", when, got, names)
			}
		}
		c.want(200, "POST", "/api/sys/webhooks", `{"BusinessId":5001,"Name":"New","Action":6,"URL":"u"}`)
		c.want(200, "PUT", "/api/sys/webhooks", `{"Id":101,"BusinessId":5001,"Name":"Changed","Action":6,"URL":"u"}`)
		c.want(200, "DELETE", "/api/sys/webhooks/102", "")
		want("at once", "Door access,Accounting,")
		c.want(200, "GET", "/api/sys/webhooks/109", "")
		c.want(404, "GET", "/api/sys/webhooks/102", "")

		time.Sleep(time.Second)
		server.EditWebhook(101, func(w *simulator.Webhook) { w.Name = "Edited" })
		time.Sleep(time.Second)
		want("after two seconds", "Door access,New,") // the second change counts
		time.Sleep(time.Second)
		want("after three seconds", "Edited,New,")

		server.RemoveWebhook(109)
		want("after a removal", "Edited,New,")
		time.Sleep(2 * time.Second)
		want("two seconds later", "Edited,")
		server.AddWebhook(simulator.Webhook{ID: 109, BusinessID: 5001, Name: "Old"})
		want("after an addition", "Edited,Old,")
	})
}

// Lists hide what reads of one record show.
func TestSearch_hidden(t *testing.T) {
	server, c := newAccount(t)
	server.Hidden = func(id int64) bool { return id == 101 || id == 5001 }
	if got := listedNames(c); got != [2]string{"Accounting,", "Accounting,"} {
		t.Errorf("listed %q", got)
	}
	if got := decode[listing](t, c.want(200, "GET", "/api/sys/webhooks", "")); got.TotalItems != 7 {
		t.Errorf("TotalItems = %d, want 7", got.TotalItems)
	}
	if got := decode[listing](t, c.want(200, "GET", "/api/sys/businesses", "")); got.TotalItems != 7 {
		t.Errorf("%d locations are listed, want 7", got.TotalItems)
	}
	c.want(200, "GET", "/api/sys/webhooks/101", "")
	c.want(200, "GET", "/api/sys/businesses/5001", "")
}

// The documentation gives dir two meanings.
func TestSearch_direction(t *testing.T) {
	up, down := []int64{105, 106, 107, 108}, []int64{108, 107, 106, 105}
	for _, test := range []struct {
		dir   string
		older bool
		want  []int64
		echo  int
	}{
		{dir: "", want: up, echo: 0},
		{dir: "0", want: up, echo: 0},
		{dir: "1", want: down, echo: 1},
		{dir: "-1", want: down, echo: -1},
		{dir: "", older: true, want: up, echo: 1},
		{dir: "0", older: true, want: up, echo: 0},
		{dir: "1", older: true, want: up, echo: 1},
		{dir: "-1", older: true, want: down, echo: -1},
	} {
		t.Run(fmt.Sprintf("%q, older %t", test.dir, test.older), func(t *testing.T) {
			server, c := newAccount(t)
			server.OlderDir = test.older
			got := decode[listing](t, c.want(200, "GET", "/api/sys/webhooks?WebHook_Business=5002&dir="+test.dir, ""))
			if !slices.Equal(ids(got.Records), test.want) || got.CurrentSortDirection != test.echo || got.CurrentOrderField != "Id" {
				t.Errorf("Ids = %v, want %v; direction = %d, want %d", ids(got.Records), test.want, got.CurrentSortDirection, test.echo)
			}
		})
	}
}
