package nexudus

import (
	"net/http"
	"sync"
	"testing"
)

func TestAction(t *testing.T) {
	names := ActionNames()
	if len(names) != 90 {
		t.Fatalf("%d names, want the 90 documented ones", len(names))
	}
	for code, want := range map[Action]string{1: "None", 6: "BookingCreate", 45: "HelDeskMessageCreated", 90: "CoworkerPaymentMethodUpdate"} {
		if name, known := code.Name(); name != want || !known {
			t.Errorf("Action(%d) = %q, %v, want %q", code, name, known, want)
		}
	}
	for _, code := range []Action{-1, 0, 91, 1 << 31, 1 << 62} {
		if name, known := code.Name(); name != "" || known {
			t.Errorf("Action(%d) = %q, %v, want no name", code, name, known)
		}
	}
}

// A code newer than this package is looked up in the service's own list, once.
func TestClient_actionName(t *testing.T) {
	w := newWriteTest(t)
	w.SetHook(func(out http.ResponseWriter, r *http.Request) bool {
		serveJSON(200, `[{"Id":91,"Name":"DoorOpened"}]`)(out, r)
		return true
	})
	for range 2 {
		if name, known := w.client.ActionName(t.Context(), 91); name != "DoorOpened" || !known {
			t.Errorf("ActionName(91) = %q, %v", name, known)
		}
		if name, known := w.client.ActionName(t.Context(), 92); known {
			t.Errorf("ActionName(92) = %q, want none", name)
		}
		if name, _ := w.client.ActionName(t.Context(), 6); name != "BookingCreate" {
			t.Errorf("ActionName(6) = %q", name)
		}
	}
	if n := len(w.Requests()); n != 1 {
		t.Errorf("%d requests, want one", n)
	}
	for _, handler := range []http.HandlerFunc{serveJSON(404, `{}`), serve(200, "text/html", "<html>"), serveJSON(200, `[{"Id":91,"Name":"a\u001b[31m"}]`)} {
		if name, known := newTestClient(t, handler).ActionName(t.Context(), 91); known {
			t.Errorf("ActionName(91) = %q, want none", name)
		}
	}
}

// A caller that comes when the list has just been read does not read it again.
func TestClient_actionNameParallel(t *testing.T) {
	for range 200 {
		w := newWriteTest(t)
		w.SetHook(func(out http.ResponseWriter, r *http.Request) bool {
			serveJSON(200, `[{"Id":91,"Name":"DoorOpened"}]`)(out, r)
			return true
		})
		var group sync.WaitGroup
		for range 20 {
			group.Go(func() { w.client.ActionName(t.Context(), 91) })
		}
		group.Wait()
		if n := len(w.Requests()); n != 1 {
			t.Fatalf("%d requests, want one", n)
		}
	}
}
