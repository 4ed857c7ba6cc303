package nexudus

import (
	"errors"
	"fmt"
	"testing"
)

func TestError(t *testing.T) {
	tests := []struct {
		name string
		err  Error
		want string
	}{
		{
			name: "get", err: Error{Verb: VerbGet, Noun: "webhook", ID: 42, Status: 404, Kind: KindNotFound},
			want: "get webhook 42: 404: not found",
		},
		{
			name: "page of a list", err: Error{Verb: VerbList, Noun: "webhook", Page: 2, Kind: KindConnection, Reason: "the request timed out"},
			want: "list webhooks, page 2: connection failed: the request timed out",
		},
		{
			name: "messages and fields",
			err: Error{
				Verb: VerbCreate, Noun: "webhook", Status: 400, Kind: KindRejected, Messages: []string{"No."},
				Fields: []FieldError{{"Name", "is required"}, {"URL", "is bad"}},
			},
			want: "create webhook: 400: rejected: No.; Name: is required; URL: is bad",
		},
		{name: "sign-in", err: Error{Verb: VerbSignIn, Kind: KindTOTPSecret}, want: "sign in: invalid two-factor key"},
	}
	for _, test := range tests {
		if got := test.err.Error(); got != test.want {
			t.Errorf("%s: Error = %q, want %q", test.name, got, test.want)
		}
	}
}

// An error does not change after it has been returned.
func TestError_with(t *testing.T) {
	old := &Error{Kind: KindUnexpected}
	changed := old.with(func(e *Error) { e.Kind = KindNotFound })
	if old.Kind != KindUnexpected || !IsNotFound(fmt.Errorf("wrapped: %w", changed)) {
		t.Errorf("old = %v, changed = %v, want the old kind and not found", old.Kind, changed.Kind)
	}
	if IsNotFound(old) || IsNotFound(errors.New("not found")) || IsNotFound(nil) {
		t.Error("IsNotFound reports an error of another kind")
	}
}
