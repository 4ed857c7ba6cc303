package simulator_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

// The Value of a successful write has been seen in three forms.
func TestEnvelope_value(t *testing.T) {
	for _, test := range []struct {
		name                      string
		value                     simulator.WriteValue
		created, updated, deleted string
	}{
		{name: "Id", value: simulator.ValueID, created: `{"Id":109}`, updated: `{"Id":109}`, deleted: `{"Id":109}`},
		{name: "record", value: simulator.ValueRecord, created: `{"Action":6,`, updated: `{"Action":7,`, deleted: `null`},
		{name: "null", value: simulator.ValueNull, created: `null`, updated: `null`, deleted: `null`},
	} {
		t.Run(test.name, func(t *testing.T) {
			server, c := newAccount(t)
			server.Value = test.value
			for _, call := range []struct{ method, target, body, want string }{
				{method: "POST", target: "/api/sys/webhooks", body: `{"BusinessId":5001,"Name":"n","Action":6,"URL":"u"}`, want: test.created},
				{method: "PUT", target: "/api/sys/webhooks", body: `{"Id":109,"BusinessId":5001,"Name":"n","Action":7,"URL":"u"}`, want: test.updated},
				{method: "DELETE", target: "/api/sys/webhooks/109", want: test.deleted},
			} {
				w := c.want(200, call.method, call.target, call.body)
				if !strings.Contains(w.Body.String(), `"Value":`+call.want) || !strings.Contains(w.Body.String(), `"WasSuccessful":true`) {
					t.Errorf("%s: %s, want the Value %s", call.method, w.Body, call.want)
				}
			}
		})
	}
}

// What hooks answer with.
func TestEnvelope_failures(t *testing.T) {
	w := httptest.NewRecorder()
	simulator.Fail(w, 200, "m", simulator.FieldError{AttemptedValue: "v", Message: "x", PropertyName: "URL"})
	const want = `{"Status":500,"Message":"m","Value":null,` +
		`"Errors":[{"AttemptedValue":"v","Message":"x","PropertyName":"URL"}],"WasSuccessful":false}` + "\n"
	if got := w.Body.String(); w.Code != 200 || got != want {
		t.Errorf("status %d, %s, want %s", w.Code, got, want)
	}
	w = httptest.NewRecorder()
	simulator.Ooops(w)
	const start, end = `{"Status":500,"Message":"Ooops! There was a problem while running this action`, `"Errors":null,"WasSuccessful":false}` + "\n"
	if got := w.Body.String(); w.Code != 500 || !strings.HasPrefix(got, start) || !strings.HasSuffix(got, end) {
		t.Errorf("status %d, %s", w.Code, got)
	}
}
