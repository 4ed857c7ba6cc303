package nexudus

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
)

func TestAction(t *testing.T) {
	names := ActionNames()
	if len(names) != 90 {
		t.Fatalf("%d names, want the 90 documented ones", len(names))
	}
	for code, want := range map[Action]string{1: "None", 6: "BookingCreate", 45: "HelDeskMessageCreated", 90: "CoworkerPaymentMethodUpdate"} {
		name, known := code.Name()
		if back, ok := ActionByName(want); name != want || !known || back != code || !ok || names[code-1] != want {
			t.Errorf("Action(%d) = %q, %v, and %q is %d, %v", code, name, known, want, back, ok)
		}
	}
	for _, code := range []Action{-1, 0, 91, 1 << 31, 1 << 62} {
		if name, known := code.Name(); name != "" || known {
			t.Errorf("Action(%d) = %q, %v, want no name", code, name, known)
		}
	}
	if code, known := ActionByName("bookingcreate"); known {
		t.Errorf("bookingcreate = %d, want no action", code)
	}
}

// The service is asked for the name of a newer action once, whether it answers or not.
func TestClient_actionName(t *testing.T) {
	tests := []struct {
		name   string
		answer http.HandlerFunc
		want   string // the name of 91
	}{
		{name: "known", answer: serveJSON(200, `[{"Id":91,"Name":"DoorOpened"},{"Id":93,"Name":""}]`), want: "DoorOpened"},
		{name: "not found", answer: serveJSON(404, `{}`)},
		{name: "HTML", answer: html},
		{name: "escape sequence", answer: serveJSON(200, `[{"Id":91,"Name":"a\u001b[31m"}]`)},
		{name: "not a word", answer: serveJSON(200, `[{"Id":91,"Name":"##vso[task]"}]`)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var requests atomic.Int64
			c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
				if requests.Add(1); r.URL.String() != "https://nexudus.test/api/utils/enums?name=eWebhookAction" {
					t.Errorf("request = %s", r.URL)
				}
				test.answer(w, r)
			})
			var group sync.WaitGroup
			for range 20 {
				group.Go(func() {
					if name, known := c.ActionName(t.Context(), 91); name != test.want || known != (test.want != "") {
						t.Errorf("ActionName(91) = %q, %v, want %q", name, known, test.want)
					}
				})
			}
			group.Wait()
			for _, code := range []Action{92, 93} {
				if name, known := c.ActionName(t.Context(), code); known {
					t.Errorf("ActionName(%d) = %q, want none", code, name)
				}
			}
			if name, _ := c.ActionName(t.Context(), 6); name != "BookingCreate" || requests.Load() != 1 {
				t.Errorf("ActionName(6) = %q after %d requests, want one", name, requests.Load())
			}
		})
	}
}

// A list that was cancelled is asked for again.
func TestClient_actionNameCancelled(t *testing.T) {
	c := newTestClient(t, serveJSON(200, `[{"Id":91,"Name":"DoorOpened"}]`))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if name, known := c.ActionName(ctx, 91); known {
		t.Errorf("ActionName(91) = %q, want none", name)
	}
	if name, _ := c.ActionName(t.Context(), 91); name != "DoorOpened" {
		t.Errorf("ActionName(91) = %q, want DoorOpened", name)
	}
}
