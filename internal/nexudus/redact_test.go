package nexudus

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// messagesOf reads a webhook, which is refused with a body, and returns the messages of
// the error.
func messagesOf(t *testing.T, body any, changes ...func(*Config)) []string {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	_, err = newTestClient(t, serveJSON(http.StatusBadRequest, string(text)), changes...).Webhook(t.Context(), 42)
	return failureOf(t, err).Messages
}

func said(text string) any { return map[string]any{"Message": text} }

// A webhook's address often carries a secret. Wherever the service repeats it, in
// whatever encoding, diagnostics and CI logs would show it to everyone.
func TestMessages_noSecretOfAddress(t *testing.T) {
	const secret = "SECRET"
	addresses := []string{
		"https://h.example/hook?sig=SECRET",
		"https://h.example/hook?sig=(SECRET)",
		"https://h.example/hook?sig='SECRET'",
		`https://h.example/hook?sig="SECRET"`,
		"https://h.example/hook?sig=<SECRET>",
		"https://h.example?SECRET",
		"https://h.example/hook#SECRET",
		"https://h.example/hook#a=(SECRET)",
		"https://h.example#SECRET",
		"https://SECRET@h.example/hook",
		"https://user:SECRET@h.example/hook",
		"https://user:SEC/SECRET@h.example/hook",
		"https://user:12/SECRET@h.example:443/",
		"https://hooks.example/services/T0/SECRET",
		"HTTPS://h.example/hook?sig=SECRET",
		"//user:SECRET@h.example/hook",
		"//h.example/hook?sig=SECRET",
		"h.example/hook?sig=SECRET",
		"/hook?sig=(SECRET)",
		"https://h.example/,https://h.example/?sig=SECRET",
		"https://[::1]:80/hook?sig=SECRET",
		"https://exämple.test/hook?sig=SECRET",
		"url=https://h.example/?sig=SECRET",
		"SECRET@https://h.example/",
	}
	quoted := func(text string) string {
		q, _ := json.Marshal(text)
		return strings.ReplaceAll(string(q[1:len(q)-1]), "/", `\/`)
	}
	every := func(format string) func(string) string {
		return func(text string) string {
			var b strings.Builder
			for _, r := range text {
				if strings.ContainsRune(":/?#@&=", r) {
					fmt.Fprintf(&b, format, r)
				} else {
					b.WriteRune(r)
				}
			}
			return b.String()
		}
	}
	encodings := []struct {
		name   string
		encode func(string) string
	}{
		{name: "as it is", encode: func(text string) string { return text }},
		{name: "query", encode: url.QueryEscape},
		{name: "query twice", encode: func(text string) string { return url.QueryEscape(url.QueryEscape(text)) }},
		{name: "percent, small", encode: every("%%%02x")},
		{name: "HTML", encode: html.EscapeString},
		{name: "HTML decimal", encode: every("&#%d;")},
		{name: "HTML hexadecimal", encode: every("&#x%x;")},
		{name: "HTML named", encode: strings.NewReplacer("?", "&quest;", "/", "&sol;", ":", "&colon;", "#", "&num;", "@", "&commat;").Replace},
		{name: "HTML of percent", encode: func(text string) string { return every("&#%d;")(url.QueryEscape(text)) }},
		{name: "percent of HTML", encode: func(text string) string { return url.QueryEscape(every("&#%d;")(text)) }},
		{name: "JSON", encode: quoted},
		{name: "JSON Unicode", encode: every(`\u%04x`)},
		{name: "only the question mark", encode: strings.NewReplacer("?", "%3F").Replace},
		{name: "only the question mark, HTML", encode: strings.NewReplacer("?", "&#63;").Replace},
		{name: "only the number sign", encode: strings.NewReplacer("#", "%23").Replace},
		{name: "invisible characters", encode: strings.NewReplacer("://", ":\u200b//", "?", "\u200b?\u2060").Replace},
		{name: "eight times", encode: func(text string) string {
			for range 8 {
				text = url.QueryEscape(text)
			}
			return text
		}},
		{name: "thirty times", encode: func(text string) string {
			for range 30 {
				text = strings.ReplaceAll(url.QueryEscape(text), "%", "%25")
				text = text[:min(len(text), 1<<14)]
			}
			return text
		}},
	}
	for _, encoding := range encodings {
		t.Run(encoding.name, func(t *testing.T) {
			for _, address := range addresses {
				for _, sentence := range []string{"The URL '%s' is taken.", "(%s)", "%s"} {
					text := fmt.Sprintf(sentence, encoding.encode(address))
					messages := messagesOf(t, said(text))
					if got := strings.Join(messages, "\n"); strings.Contains(got, secret) || len(messages) != 1 {
						t.Errorf("messages of %q = %q, want one without the secret", text, messages)
					}
				}
			}
		})
	}
}

// What is left says which address is meant, and other text stays as it is.
func TestMessages_addresses(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{name: "quoted", text: "The URL 'https://example.com/hook?key=1' is taken.", want: "The URL 'https://example.com/…' is taken."},
		{name: "bracketed", text: "taken (http://b:8080/?s).", want: "taken (http://b:8080/…)."},
		{name: "IPv6", text: "see https://[2001:db8::1]:80/x", want: "see https://[2001:db8::1]:80/…"},
		{name: "host alone", text: "Go to <https://example.com>, please.", want: "Go to <https://example.com>, please."},
		{name: "user", text: "to https://a:b@example.com/ went", want: "to … went"},
		{name: "user, and a slash in the password", text: "to https://a:12/34@example.com/ went", want: "to … went"},
		{name: "encoded", text: "to https%3A%2F%2Fexample.com went", want: "to … went"},
		{name: "no scheme", text: "to example.com/hook?key=1, then", want: "to example.com/hook?…, then"},
		{name: "no scheme, encoded", text: "to example.com/hook%3Fkey%3D1 then", want: "to … then"},
		{name: "question", text: `Is it yours? ("Really?")`, want: `Is it yours? ("Really?")`},
		{name: "email", text: "a@example.com has no role.", want: "a@example.com has no role."},
		{name: "number", text: "Booking #42 and/or 50% & more: a=b", want: "Booking #42 and/or 50% & more: a=b"},
		{name: "escapes of other text", text: "R&amp;D, 100%25, caf\u00e9 \\u00e9", want: "R&amp;D, 100%25, caf\u00e9 \\u00e9"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := messagesOf(t, said(test.text)); len(got) != 1 || got[0] != test.want {
				t.Errorf("messages = %q, want %q", got, test.want)
			}
		})
	}
}

// Servers encode forms in several ways, and a credential of one character is no
// reason to hide every message.
func TestRedact_edges(t *testing.T) {
	tests := []struct{ name, secret, text, want string }{
		{name: "form in small letters", secret: `p&ä +42`, text: "password=p%26%c3%a4+%2b42", want: redacted},
		{name: "one character", secret: "p", text: "No cGFw here.", want: "No cGFw here."},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := &Client{auth: staticAuth{hide: []Secret{NewSecret(test.secret)}}}
			if got := c.redact(test.text); got != test.want {
				t.Errorf("redact(%q) = %q, want %q", test.text, got, test.want)
			}
		})
	}
}

func TestRedact(t *testing.T) {
	c := newTestClient(t, record, func(c *Config) { c.Auth = Basic{Username: "key", Password: NewSecret(`p&"ä +🔑`)} })
	for _, test := range []struct{ name, text, want string }{
		{name: "raw", text: `said p&"ä +🔑.`, want: "said ***."},
		{name: "form", text: "said p%26%22%C3%A4+%2B%F0%9F%94%91.", want: "***"},
		{name: "URL", text: "said p%26%22%C3%A4%20%2B%F0%9F%94%91.", want: "***"},
		{name: "URL in small letters", text: "said p%26%22%c3%a4%20%2b%f0%9f%94%91.", want: "***"},
		{name: "URL in part", text: "said p&%22ä%20+🔑.", want: "***"},
		{name: "JSON", text: `said p&\"ä +🔑.`, want: "***"},
		{name: "JSON in ASCII", text: `said p\u0026\"\u00E4 +\ud83d\udd11.`, want: "***"},
		{name: "HTML", text: "said p&amp;&quot;&#228; +🔑.", want: "***"},
		{name: "base64", text: "said cCYiw6QgK/CflJE=.", want: "***"},
		{name: "base64 for URLs", text: "said cCYiw6QgK_CflJE.", want: "***"},
		{name: "base64 of a pair", text: "said Basic a2V5OnAmIsOkICvwn5SR.", want: "***"},
		{name: "none", text: `said 100% of p%26 \" \u00zz.`, want: `said 100% of p%26 \" \u00zz.`},
	} {
		if got := c.redact(test.text); got != test.want {
			t.Errorf("%s: redact = %q, want %q", test.name, got, test.want)
		}
	}
}
