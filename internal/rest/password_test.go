package rest

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pquerna/otp/totp"
)

// signIns stands for the loop of a client: it answers each attempt of a sign-in with the next
// of its answers, and repeats what is transient.
type signIns struct {
	answers []signIn
	forms   []url.Values
	ids     []string
	times   []time.Time
}

// signIn is the response to one attempt: a status and a body, or 0 for none.
type signIn struct {
	status int
	body   string
}

var (
	accepted = signIn{200, `{"access_token":"issued","token_type":"bearer","expires_in":"soon"}`}
	refused  = signIn{400, `{"error":"invalid_grant","error_description":"The password is incorrect."}`}
)

func (s *signIns) send(ctx context.Context, r *Request) (Response, error) {
	r.url, r.started = &url.URL{Path: "/token"}, time.Now()
	for {
		if err := r.Prepare(ctx); err != nil {
			return Response{}, err
		}
		form, err := url.ParseQuery(string(r.Body))
		if err != nil {
			return Response{}, err
		}
		r.attempts++
		s.forms, s.times, s.ids = append(s.forms, form), append(s.times, time.Now()), append(s.ids, r.Header[clientID]...)
		if err := Sleep(ctx, time.Second); err != nil {
			return Response{}, err
		}
		next := accepted
		if len(s.answers) > 0 {
			next, s.answers = s.answers[0], s.answers[1:]
		}
		f := &failure{kind: KindConnection, transient: true, outcome: Pending}
		resp := answer(r, next.status, next.body)
		if next.status != 0 {
			f = judge(r, resp, new(texts))
		}
		switch {
		case f == nil:
			return resp, nil
		case !f.transient || r.attempts == 5:
			return resp, r.error(f)
		}
		r.outcome = max(r.outcome, f.outcome)
	}
}

const (
	code   = "123456"
	secret = "JBSWY3DPEHPK3PXP"
)

func newPasswordAuth(s *signIns, shown *texts, oneTime Password) *passwordAuth {
	oneTime.Username, oneTime.Password = "a@example.com", NewSecret("p&a+s%s wörd")
	return oneTime.authorizer(s.send, shown, slog.New(slog.DiscardHandler)).(*passwordAuth)
}

// authorizeAll asks for the header n times at once.
func authorizeAll(ctx context.Context, a *passwordAuth, n int) (headers []string, errs []error) {
	headers, errs = make([]string, n), make([]error, n)
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() {
			header, err := a.authorization(ctx)
			headers[i], errs[i] = header.reveal(), err
		})
	}
	group.Wait()
	return headers, errs
}

// A sign-in is a form that may contain any characters, with the client's own client_id. One serves
// all waiting requests.
func TestPasswordAuth_signIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s, other signIns
		var shown texts
		a := newPasswordAuth(&s, &shown, Password{})
		for range 2 {
			headers, errs := authorizeAll(t.Context(), a, 10)
			for i, header := range headers {
				if header != "Bearer issued" || errs[i] != nil {
					t.Errorf("authorization = %q, %v, want the token", header, errs[i])
				}
			}
		}
		a.signIn(t.Context()) // by a caller who looked before it ended
		want := url.Values{"grant_type": {"password"}, "username": {"a@example.com"}, "password": {"p&a+s%s wörd"}}
		if len(s.forms) != 1 || s.forms[0].Encode() != want.Encode() {
			t.Fatalf("forms = %v, want one %v", s.forms, want)
		}
		newPasswordAuth(&other, &shown, Password{}).authorization(t.Context())
		newPasswordAuth(&other, &shown, Password{ClientID: "mine"}).authorization(t.Context())
		if len(s.ids[0]) < 20 || s.ids[0] == other.ids[0] || other.ids[1] != "mine" {
			t.Errorf("client IDs = %q, %q, want two of their own, and the given one", s.ids, other.ids)
		}
		if got := shown.sanitize("issued to p&a+s%s wörd"); got != "… to …" {
			t.Errorf("sanitize = %q, want neither the token nor the password", got)
		}
		if printed := fmt.Sprintf("%+v %#v", a, a); strings.Contains(printed, "issued") || strings.Contains(printed, "wörd") {
			t.Errorf("the authorizer prints %s", printed)
		}
	})
}

// A refused sign-in is final for all requests, and so is one that has used up its retries.
func TestPasswordAuth_refused(t *testing.T) {
	const incorrect = "400: sign-in rejected: The password is incorrect."
	tests := []struct {
		name    string
		answers []signIn
		oneTime Password
		want    string
		sent    int
	}{
		{name: "password", answers: []signIn{refused}, want: incorrect, sent: 1},
		{name: "code", answers: []signIn{refused}, oneTime: Password{TOTP: NewSecret(code)}, sent: 1, want: incorrect},
		{name: "generated code twice", answers: []signIn{refused, refused}, oneTime: Password{TOTPSecret: NewSecret(secret)}, sent: 2, want: incorrect},
		{
			name: "password reset", answers: []signIn{{400, `{"error":"must_reset_password","error_description":"secret"}`}}, sent: 1,
			oneTime: Password{TOTPSecret: NewSecret(secret)},
			want:    "400: password must be reset",
		},
		{name: "unavailable", answers: []signIn{{503, ""}, {503, ""}, {503, ""}, {503, ""}, {503, ""}}, want: "503: unavailable", sent: 5},
		{name: "no base32", oneTime: Password{TOTPSecret: NewSecret("!")}, want: "unusable two-factor key"},
		{name: "HTML", answers: []signIn{{200, htmlPage}}, want: "200: unexpected response: an HTML page (28 bytes)", sent: 1},
		{name: "nothing", answers: []signIn{{200, ""}}, want: "200: unexpected response: an empty body", sent: 1},
		{name: "no token", answers: []signIn{{200, `{}`}}, want: "200: unexpected response: a JSON object (2 bytes)", sent: 1},
		{name: "number", answers: []signIn{{200, `{"access_token":12}`}}, sent: 1, want: "200: unexpected response: a JSON object (19 bytes)"},
		{name: "line break", answers: []signIn{{200, `{"access_token":"a\nb"}`}}, sent: 1, want: "200: unexpected response: a JSON object (23 bytes)"},
		{name: "not ASCII", answers: []signIn{{200, `{"access_token":"aü"}`}}, sent: 1, want: "200: unexpected response: a JSON object (22 bytes)"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &signIns{answers: test.answers}
				a := newPasswordAuth(s, new(texts), test.oneTime)
				for range 2 {
					headers, errs := authorizeAll(t.Context(), a, 10)
					for i, err := range errs {
						if fmt.Sprint(err) != "sign in: "+test.want || headers[i] != "" {
							t.Errorf("error = %v, want %s", err, test.want)
						}
					}
				}
				if len(s.forms) != test.sent {
					t.Errorf("%d sign-ins, want %d", len(s.forms), test.sent)
				}
			})
		})
	}
}

// No code is sent again that Nexudus may have looked at. A throttled sign-in has not used its code.
func TestPasswordAuth_codes(t *testing.T) {
	given, generated := Password{TOTP: NewSecret(code)}, Password{TOTPSecret: NewSecret(secret)}
	lost, throttled, unavailable := signIn{}, signIn{409, ""}, signIn{503, ""}
	tests := []struct {
		name    string
		answers []signIn
		oneTime Password
		want    string // the error, if any
		sent    int
		differ  bool // the last two codes
	}{
		{name: "given", oneTime: given, sent: 1},
		{name: "given, throttled", answers: []signIn{throttled, throttled}, oneTime: given, sent: 3},
		{
			name: "given, lost", answers: []signIn{throttled, lost}, oneTime: given, sent: 2,
			want: "sign in: one-time code used: the first attempt got no usable response",
		},
		{
			name: "given, unavailable", answers: []signIn{unavailable}, oneTime: given, sent: 1,
			want: "sign in: one-time code used: the first attempt got no usable response",
		},
		{name: "generated, throttled", answers: []signIn{throttled}, oneTime: generated, sent: 2},
		{name: "generated, lost", answers: []signIn{lost}, oneTime: generated, sent: 2, differ: true},
		{name: "generated, unavailable", answers: []signIn{unavailable}, oneTime: generated, sent: 2, differ: true},
		{name: "generated, used by another process", answers: []signIn{refused}, oneTime: generated, sent: 2, differ: true},
		{name: "none, lost", answers: []signIn{lost}, sent: 2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, shown := &signIns{answers: test.answers}, new(texts)
				_, err := newPasswordAuth(s, shown, test.oneTime).authorization(t.Context())
				if test.want != "" && fmt.Sprint(err) != test.want || test.want == "" && err != nil {
					t.Errorf("error = %v, want %q", err, test.want)
				}
				if len(s.forms) != test.sent {
					t.Fatalf("%d sign-ins, want %d", len(s.forms), test.sent)
				}
				for i, form := range s.forms {
					got, want := form.Get("totp"), test.oneTime.TOTP.reveal()
					if !test.oneTime.TOTPSecret.isEmpty() {
						want, _ = totp.GenerateCode(secret, s.times[i])
					}
					if got != want || got != "" && shown.sanitize(got) != hidden {
						t.Errorf("totp = %q, want %q, and it hidden", got, want)
					}
					if i > 0 && i == test.sent-1 && (got != s.forms[i-1].Get("totp")) != test.differ {
						t.Errorf("the codes %q and %q differ: %v, want %v", s.forms[i-1].Get("totp"), got, !test.differ, test.differ)
					}
				}
			})
		})
	}
}

// The wait for the next code ends with its period, and is no longer than one period, even if the clock was
// set back by an hour.
func TestPasswordAuth_waitsForNextCode(t *testing.T) {
	for _, into := range []time.Duration{0, 10 * time.Second, 28 * time.Second} {
		for _, back := range []time.Duration{0, time.Hour} {
			synctest.Test(t, func(t *testing.T) {
				time.Sleep(into) // the clock of the test starts with a period
				s := new(signIns)
				a := newPasswordAuth(s, new(texts), Password{TOTPSecret: NewSecret(secret)})
				a.authorization(t.Context()) // takes a second
				a.codeMade = a.codeMade.Add(back)
				a.current = Secret{}
				if _, err := a.authorization(t.Context()); err != nil {
					t.Fatal(err)
				}
				want := codePeriod - into
				if back > 0 {
					want = time.Second + codePeriod
				}
				if gap := s.times[1].Sub(s.times[0]); gap != want {
					t.Errorf("%v into a period, clock set back by %v: signed in %v later, want %v", into, back, gap, want)
				}
			})
		}
	}
}

func TestPasswordAuth_renew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &signIns{answers: []signIn{accepted, {200, `{"access_token":"second"}`}}}
		a := newPasswordAuth(s, new(texts), Password{})
		first, err := a.authorization(t.Context())
		if err != nil || !a.valid() {
			t.Fatal(err, a.valid())
		}
		renew := func(refused Secret, want bool, sent int) {
			t.Helper()
			if again, err := a.renew(t.Context(), refused); again != want || err != nil || len(s.forms) != sent {
				t.Errorf("renew = %v, %v after %d sign-ins, want %v after %d", again, err, len(s.forms), want, sent)
			}
		}
		renew(first, false, 1) // it never worked: the permission is missing
		a.accepted(NewSecret("Bearer other"))
		renew(first, false, 1)
		a.accepted(first)
		renew(first, true, 2)
		renew(first, true, 2) // another request has renewed it
		second, _ := a.authorization(t.Context())
		a.accepted(second)
		renew(second, false, 2) // too early
		time.Sleep(renewalPause)
		renew(second, true, 3)
	})
}

// With a given code there is no second sign-in, and the token, which may still work for everything
// else, is kept.
func TestPasswordAuth_renewWithCode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := new(signIns)
		a := newPasswordAuth(s, new(texts), Password{TOTP: NewSecret(code)})
		first, _ := a.authorization(t.Context())
		a.accepted(first)
		for range 2 {
			again, err := a.renew(t.Context(), first)
			if failure := failureOf(t, err); again || failure.Kind != KindCodeUsed || !strings.Contains(failure.Reason, "permission") {
				t.Errorf("renew = %v, %v, want the code used, or the permission missing", again, err)
			}
		}
		if again, err := a.authorization(t.Context()); again != first || err != nil || len(s.forms) != 1 {
			t.Errorf("authorization = %v, %v after %d sign-ins, want the first token", again, err, len(s.forms))
		}
	})
}
