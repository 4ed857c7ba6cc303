package rest

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"
)

func TestError(t *testing.T) {
	tests := []struct {
		name string
		err  Error
		want string
	}{
		{
			name: "get",
			err:  Error{Verb: VerbGet, Record: "webhook", ID: 42, Status: 404, Kind: KindNotFound},
			want: "get webhook 42: 404: not found",
		},
		{
			name: "page of a list",
			err:  Error{Verb: VerbList, Record: "webhook", Page: 2, Kind: KindConnection, Reason: "timed out after 30s"},
			want: "list webhooks, page 2: connection failed: timed out after 30s",
		},
		{
			name: "messages and fields",
			err: Error{
				Verb: VerbCreate, Record: "webhook", Status: 400, Kind: KindRejected, Messages: []string{"No."},
				Fields: []FieldError{{"Name", "is required"}, {"URL", "is bad"}},
			},
			want: "create webhook: 400: rejected: No.; Name: is required; URL: is bad",
		},
		{
			name: "cause",
			err:  Error{Verb: VerbCreate, Record: "webhook", Kind: KindUnknown, Cause: errors.New("list webhooks: 503: unavailable")},
			want: "create webhook: unknown outcome: list webhooks: 503: unavailable",
		},
		{name: "sign-in", err: Error{Verb: VerbSignIn, Kind: KindTOTPSecret}, want: "sign in: unusable two-factor key"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := test.err.Error(); got != test.want {
				t.Errorf("Error = %q, want %q", got, test.want)
			}
		})
	}
}

func TestIs(t *testing.T) {
	wrapped := fmt.Errorf("wrapped: %w", &Error{Kind: KindNotFound})
	if !IsNotFound(wrapped) || !Is(wrapped, KindUnexpected, KindNotFound) {
		t.Error("a wrapped error is not of its kind")
	}
	for _, err := range []error{&Error{Kind: KindUnexpected}, errors.New("not found"), nil} {
		if IsNotFound(err) {
			t.Errorf("IsNotFound(%v) = true, want false", err)
		}
	}
}

// An error tells of the request and of all its attempts, and not of the query.
func TestRequest_error(t *testing.T) {
	r := get(42)
	if got := r.Error(KindCodeUsed, "before it was sent").Error(); got != "get webhook 42: one-time code used: before it was sent" {
		t.Errorf("Error = %q, want one without a URL", got)
	}
	r.url, r.Query = &url.URL{Scheme: "https", Host: "nexudus.test", Path: "/api/sys/webhooks/42"}, url.Values{"key": {"secret"}}
	r.Method, r.started, r.attempts, r.outcome = http.MethodDelete, time.Now().Add(-time.Minute), 3, Pending
	got := r.error(&failure{kind: KindUnavailable, status: 503, outcome: Ended, wait: time.Hour, messages: []string{"No."}})
	if got.URL != "https://nexudus.test/api/sys/webhooks/42" || got.Attempts != 3 || got.Elapsed < time.Minute || got.Wait != time.Hour {
		t.Errorf("error = %+v, want the URL, three attempts, a minute and an hour", got)
	}
	if got.Outcome != Pending || got.Permission != "WebHook-Read" || got.Status != 503 || len(got.Messages) != 1 {
		t.Errorf("error = %+v, want the worst outcome of all attempts, the permission, the status and the message", got)
	}
	if r = get(1); r.error(&failure{outcome: Pending}).Outcome != NotProcessed {
		t.Error("a read has an outcome")
	}
}
