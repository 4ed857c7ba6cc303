package simulator_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

// exchange is a request of a public client, and parts of the response that it needs.
type exchange struct {
	method, target, body string
	status               int // 0 means 200
	want                 []string
}

func (c client) exchange(all ...exchange) {
	c.t.Helper()
	for _, e := range all {
		if e.status == 0 {
			e.status = http.StatusOK
		}
		got := c.want(e.status, e.method, e.target, e.body).Body.String()
		for _, want := range e.want {
			if !strings.Contains(got, want) {
				c.t.Errorf("%s %s: %s, want %s in it", e.method, e.target, got, want)
			}
		}
	}
}

// https://github.com/oddbit/nexudus-js signs in as an add-on, does not name itself, and
// lists what has changed since a second.
func TestClients_nexudusJS(t *testing.T) {
	server, _ := newAccount(t)
	const key, password = "4d7e1f2a-key", "9e107d9d372bb6826bd81d3542a419d6" // the MD5 of a token and a secret
	server.AddUser(simulator.User{Username: key, Password: password})
	c := client{t: t, server: server, header: http.Header{
		"Authorization": {basic(key, password)}, "Accept": {"application/json"}, "Content-Type": {"application/json"},
	}}
	server.AddWebhook(simulator.Webhook{ID: 200, BusinessID: 5001, Name: "recent", Action: 2, URL: "u", UpdatedOn: "2026-11-20T16:41:08Z"})
	c.exchange(
		exchange{
			method: "GET", target: "/api/sys/webhooks?size=1000&page=1&from_WebHook_UpdatedOn=2026-11-20T16%3A41%3A07Z",
			want: []string{`"Name":"recent"`, `"TotalItems":1,`, `"HasNextPage":false`, `"PageNumber":1,"PageSize":1000,`},
		},
		exchange{
			method: "GET", target: "/api/sys/businesses?size=1000&page=1&from_Business_UpdatedOn=2026-11-20T16%3A41%3A07Z",
			want: []string{`"Records":[]`, `"HasNextPage":false`},
		},
		exchange{method: "GET", target: "/api/sys/businesses/5001", want: []string{`"Id":5001,`, `"Name":"Werksviertel"`}},
		exchange{
			method: "POST", target: "/api/sys/webhooks", want: []string{`"WasSuccessful":true`, `"Value":{"Id":201}`},
			body: `{"BusinessId":5001,"Name":"Door","Action":6,"Description":null,"URL":"https://example.com","Active":true,"LastError":null,
				"LastTrigger":"","Id":0,"UpdatedOn":"","CreatedOn":"","UniqueId":"","UpdatedBy":"","IsNew":true,"ToStringText":""}`,
		},
		exchange{
			method: "PUT", target: "/api/sys/webhooks", want: []string{`"WasSuccessful":true`, `"Value":{"Id":201}`},
			body: `{"BusinessId":5001,"Name":"Gate","Action":7,"URL":"https://example.com","Active":true,"LastTrigger":"","Id":201}`,
		},
		exchange{method: "GET", target: "/api/sys/webhooks/201", want: []string{`"Name":"Gate"`, `"Action":7,`, `"Active":true`}},
		exchange{method: "DELETE", target: "/api/sys/webhooks/201"},
		exchange{method: "GET", target: "/api/sys/webhooks/201", status: 404, want: []string{`"Not found"`}},
	)
}

// https://github.com/lintaba/laravel-nexudus sends booleans as texts. It also tries to
// switch a webhook on with nothing but Active, and with the Id in the path, which is not
// among the documented calls.
func TestClients_laravelNexudus(t *testing.T) {
	server, _ := newAccount(t)
	c := newClient(t, server, basic(simulator.DemoUsername, simulator.DemoPassword))
	c.header.Set("User-Agent", "php invoiceintegrator 1.0")
	c.header.Set("Content", "application/json")
	c.exchange(
		exchange{
			method: "GET", target: "/api/sys/webhooks?page=1&size=1000",
			want: []string{`"TotalItems":8,`, `"HasNextPage":false`, `"Active":false`},
		},
		exchange{method: "GET", target: "/api/sys/businesses?", want: []string{`"TotalItems":8,`}},
		exchange{method: "GET", target: "/api/utils/enums?name=eWebhookAction", want: []string{`{"Id":16,"Name":"CoworkerInvoiceCreate"}`}},
		exchange{
			method: "POST", target: "/api/sys/webhooks", want: []string{`"WasSuccessful":true`, `"Errors":null`},
			body: `{"BusinessId":5001,"Name":"[II] coworker invoice create 11-20","Action":16,"Description":"made by a program",` +
				`"URL":"https://example.com/hook?signature=1","Active":"true"}`,
		},
		exchange{method: "GET", target: "/api/sys/webhooks/109", want: []string{`"Active":true`, `"Description":"made by a program"`}},
		exchange{method: "PUT", target: "/api/sys/webhooks/103", body: `{"Active":"true"}`, status: 405},
		exchange{method: "DELETE", target: "/api/sys/webhooks/109", want: []string{`"Errors":null`}},
	)
	if w, _ := server.Webhook(103); w.Active {
		t.Error("a request that was refused has switched a webhook on")
	}
}

// https://github.com/mattynexudus/fauxworking refreshes its token without a client ID, reads
// TotalPages, and sends a whole record back without what only the service writes. It looks
// up its own user where the simulator has nothing.
func TestClients_fauxworking(t *testing.T) {
	server, _ := newAccount(t)
	c := newClient(t, server, "")
	signedIn := c.password()
	signedIn = c.signIn(200, "grant_type", "refresh_token", "refresh_token", signedIn.Refresh)
	c.header = http.Header{
		"User-Agent": {"python-requests/2.32.3"}, "Accept": {"*/*"}, "Authorization": {"Bearer " + signedIn.Access},
		"Content-Type": {"application/json"},
	}
	server.EditWebhook(101, func(w *simulator.Webhook) { w.SystemID = new("kept by nobody") })
	c.exchange(
		exchange{method: "GET", target: "/api/sys/businesses?size=100&page=1", want: []string{`"CurrentPage":1,`, `"TotalPages":1,`}},
		exchange{method: "GET", target: "/api/sys/businesses?Business_Name=Ehrenfeld&size=3&page=1", want: []string{`"Id":5005,`, `"TotalPages":1,`}},
		exchange{
			method: "PUT", target: "/api/sys/webhooks", want: []string{`"WasSuccessful":true`},
			body: `{"Id":101,"BusinessId":5001,"Name":"Door access","Description":"d","URL":"https://example.com","Action":6,"Active":false,` +
				`"LastError":null,"ErrorCount":0,"LastTrigger":null}`,
		},
		exchange{method: "GET", target: "/api/sys/webhooks/101", want: []string{`"Description":"d"`, `"SystemId":null`, `"LastTrigger":"2026-11-20T16:41:07Z"`}},
		exchange{
			method: "POST", target: "/api/sys/webhooks", status: 400, want: []string{`"Message":"Name: is a required field"`},
			body: `{"BusinessId":5001,"Action":6,"URL":"https://example.com"}`,
		},
		exchange{method: "DELETE", target: "/api/sys/webhooks/101"},
		exchange{method: "GET", target: "/api/spaces/users?User_Email=demo%40example.com&size=1", status: 404},
	)
}

// https://github.com/hobbs9090/playwright-nexudus-sh signs in with a form, and reads its
// user and its location.
func TestClients_playwright(t *testing.T) {
	server, _ := newAccount(t)
	c := newClient(t, server, "")
	signedIn := c.password()
	if signedIn.Type != "bearer" || signedIn.Expires <= 0 {
		t.Errorf("signed in with %+v", signedIn)
	}
	c.header = http.Header{"Accept": {"application/json"}, "Authorization": {"Bearer " + signedIn.Access}}
	c.exchange(
		exchange{
			method: "GET", target: "/api/auth/me",
			want: []string{`"DefaultBusinessId":5000,`, `"DefaultBusinessName":"Example Spaces"`, `"Businesses":[5000,`},
		},
		exchange{method: "GET", target: "/api/sys/businesses/5000", want: []string{`"Id":5000,`, `"ToStringText":"Example Spaces"`}},
		exchange{method: "GET", target: "/api/sys/businesses?page=1&size=500&orderBy=Name&dir=0", want: []string{`"HasNextPage":false`, `"PageSize":500,`}},
		exchange{method: "GET", target: "/api/sys/businesssettings?page=1&size=500", status: 404},
	)
}
