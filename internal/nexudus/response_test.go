package nexudus

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const byteOrderMark = "\ufeff"

// JSON with a byte order mark is JSON: refusing it would refuse every response of a
// gateway that adds one.
func TestResponse_byteOrderMark(t *testing.T) {
	t.Run("record", func(t *testing.T) {
		webhook, err := newTestClient(t, serveJSON(200, byteOrderMark+`{"Id":1,"Name":"orders"}`)).Webhook(t.Context(), 1)
		if err != nil || *webhook.Name != "orders" {
			t.Errorf("webhook = %v, %v, want the record", webhook, err)
		}
	})
	t.Run("page", func(t *testing.T) {
		webhooks, err := newTestClient(
			t,
			serveJSON(200, byteOrderMark+`{"Records":[{"Id":1}],"TotalItems":1}`),
		).Webhooks(t.Context(), WebhookFilter{})
		if err != nil || len(webhooks) != 1 {
			t.Errorf("webhooks = %v, %v, want one", webhooks, err)
		}
	})
	t.Run("sign-in", func(t *testing.T) {
		server := &tokenServer{signIn: func(_ int, w http.ResponseWriter, r *http.Request) bool {
			serveJSON(200, byteOrderMark+`{"access_token":"secret-0"}`)(w, r)
			return true
		}}
		if _, err := newTestClient(t, server.ServeHTTP, withPassword(someone)).Webhook(t.Context(), 1); err != nil {
			t.Error(err)
		}
	})
	// If the conflict were taken for throttling, the request would be repeated for
	// minutes, and the reason lost.
	t.Run("conflict", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			started := time.Now()
			_, err := newTestClient(t, serveJSON(409, byteOrderMark+`{"Message":"Locked by another user."}`)).Webhook(t.Context(), 1)
			failure := failureOf(t, err)
			if want := "get webhook 1: 409: rejected: Locked by another user."; failure.Error() != want || failure.Attempts != 1 ||
				time.Since(started) != 0 {
				t.Errorf("error = %v after %d attempts and %v, want %s at once", failure, failure.Attempts, time.Since(started), want)
			}
		})
	})
	t.Run("alone", func(t *testing.T) {
		_, err := newTestClient(t, serveJSON(200, byteOrderMark)).Webhook(t.Context(), 1)
		if got, want := fmt.Sprint(err), "get webhook 1: 200: unexpected response: an empty body"; got != want {
			t.Errorf("error = %q, want %q", got, want)
		}
	})
	t.Run("twice", func(t *testing.T) {
		_, err := newTestClient(t, serveJSON(200, byteOrderMark+byteOrderMark+`{"Id":1}`)).Webhook(t.Context(), 1)
		if failureOf(t, err).Kind != KindUnexpected {
			t.Errorf("error = %v, want an unexpected response", err)
		}
	})
}

// A reason shows the media type, which is the server's text too.
func TestResponse_mediaTypeRedacted(t *testing.T) {
	const token = "Tok-En.1234567890"
	withToken := func(c *Config) { c.Auth = Token{AccessToken: NewSecret(token)} }
	tests := []struct{ name, contentType, want string }{
		{name: "as it is", contentType: "text/plain; charset=utf-8", want: "text that is not JSON (text/plain, 2 bytes)"},
		{name: "a credential", contentType: "text/" + token, want: "text that is not JSON (2 bytes)"},
		{name: "a credential as the type", contentType: token + "/x", want: "text that is not JSON (2 bytes)"},
		{name: "a credential in small letters", contentType: "text/" + strings.ToLower(token), want: "text that is not JSON (2 bytes)"},
		{name: "a credential encoded", contentType: "text/VG9rLUVuLjEyMzQ1Njc4OTA", want: "text that is not JSON (2 bytes)"},
		{name: "a credential as a parameter", contentType: "text/plain; a=" + token, want: "text that is not JSON (text/plain, 2 bytes)"},
		{name: "unknown", contentType: "application/x-other", want: "text that is not JSON (2 bytes)"},
		{name: "long", contentType: "text/" + strings.Repeat("x", 1000), want: "text that is not JSON (2 bytes)"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, status := range []int{200, 418} {
				_, err := newTestClient(t, serve(status, test.contentType, "no"), withToken).Webhook(t.Context(), 1)
				if failure := failureOf(t, err); failure.Reason != test.want {
					t.Errorf("Reason under %d = %q, want %q", status, failure.Reason, test.want)
				}
			}
		})
	}
	t.Run("sign-in", func(t *testing.T) {
		server := &tokenServer{signIn: func(_ int, w http.ResponseWriter, r *http.Request) bool {
			serve(200, "text/hunter2", "no")(w, r)
			return true
		}}
		_, err := newTestClient(
			t,
			server.ServeHTTP,
			withPassword(Password{Username: "a", Password: NewSecret("hunter2")}),
		).Webhook(t.Context(), 1)
		if failure := failureOf(t, err); failure.Reason != "text that is not JSON (2 bytes)" {
			t.Errorf("Reason = %q, want no media type", failure.Reason)
		}
	})
}
