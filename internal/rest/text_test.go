package rest

import (
	"encoding/base64"
	"encoding/json"
	"html"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// The usual messages of web servers, of .NET and of Go stay as they are.
func TestTexts_readable(t *testing.T) {
	for _, text := range []string{
		"The remote server returned an error: (410) Gone.",
		"The remote server returned an error: (500) Internal Server Error.",
		"Unable to connect to the remote server",
		"The operation has timed out.",
		"The remote name could not be resolved: 'hooks.example.org'",
		"The underlying connection was closed: Could not establish trust relationship for the SSL/TLS secure channel.",
		"The SSL connection could not be established, see inner exception.",
		"BusinessId: is a required field",
		"Ooops! There was a problem while running this action.",
		"You must wait before accessing this url again.",
		"Response status code does not indicate success: 404 (Not Found).",
		"A connection attempt failed because the connected party did not properly respond after a period of time",
		"The request was aborted: Could not create SSL/TLS secure channel.",
		"dial tcp: lookup spaces.nexsudus.invalid: no such host",
		"tls: failed to verify certificate: x509: certificate signed by unknown authority",
		"net/http: HTTP/1.x transport connection broken: malformed HTTP response",
		"proxyconnect tcp: dial tcp 10.0.0.1:3128: connect: connection refused",
		"L'opération a expiré.",
		"L’hôte – dit «bonjour» – n'existe pas…",
		"El servidor remoto devolvió un error: (403) Prohibido.",
		"¿Está vacío? ¡Sí!",
		"接続がタイムアウトしました。",
		"リモート サーバーがエラーを返しました: (410) なし。 「注文」",
		"दूरस्थ सर्वर ने एक त्रुटि लौटाई: (410) चला गया।",
		"انتهت مهلة العملية، يرجى المحاولة مرة أخرى.",
		"WebHook was successfully updated.",
		"Missing required filter: WebHook_Business",
		"only TLS1.2 - or newer -- is allowed",
		strings.Repeat("x", 30) + " " + strings.Repeat("9", 6),
	} {
		if got := new(texts).sanitize(text); got != text {
			t.Errorf("sanitize = %q, want %q", got, text)
		}
	}
}

func TestTexts_hidden(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{name: "path", text: "404 Cannot POST /hook/6fXq9Qd0Zr1m", want: "404 Cannot POST …"},
		{name: "short path", text: "no /v1/x", want: "no …"},
		{name: "signature", text: "401 bad signature abc+def/ghi==12", want: "401 bad signature …"},
		{name: "escaped", text: `no route for 6fXq9Qd0\u002BZr1mT8yK2vBn`, want: "no route for …"},
		{name: "Basic", text: "Authorization: Basic aG9va3VzZXI6U3VwM3JTM2NyZXQ== is wrong for Sup3rS3cret", want: "Authorization: Basic … is wrong for …"},
		{name: "key of eleven characters", text: "the key Ab3dEf9hK1m is not valid", want: "the key … is not valid"},
		{name: "key of nine characters", text: "the key Ab3dEf9hK is not valid", want: "the key … is not valid"},
		{name: "e-mail", text: "someone@example.org was not found", want: "… was not found"},
		{name: "UUID", text: "6f1c9b0e-77d1-a4c2-aa00-123456789abc is no id", want: "… is no id"},
		{name: "letters without end", text: "x " + strings.Repeat("y", 31) + " z", want: "x … z"},
		{name: "long number", text: "call 123456789 now", want: "call … now"},
		{name: "words joined for too long", text: "see " + strings.Repeat("word.", 8) + "word now", want: "see … now"},
		{name: "long pair", text: "see settings/developer now", want: "see … now"},
		{name: "pair of pairs", text: "see a/b/settings now", want: "see … now"},
		{name: "several in a row", text: "a=b c=d e=f end", want: "… end"},
		{name: "GitHub's commands", text: "x\n::error title=pwned::by\n::stop-commands::x", want: "x …"},
		{name: "Azure's commands", text: "x\n##vso[task.setvariable variable=A]b ##[group]c", want: "x …"},
		{name: "signs alone", text: "x :: ## %% --- ---- y", want: "x … --- … y"},
		{name: "escape sequences", text: "x\x1b[31mRED\u009b2Jy", want: "x [31mRED 2Jy"},
		{name: "lines", text: " one\r\ntwo\u2028three\tfour\u00a0five ", want: "one two three four five"},
		{name: "direction", text: "abc\u202etxt\u2066 \u200bxyz\ufeff", want: "abctxt xyz"},
		{name: "not UTF-8", text: "ab\xffc d\xc3", want: "abc d"},
		{name: "long", text: strings.Repeat("üü ", 101), want: strings.Repeat("üü ", 100) + "…"},
		{name: "as long as is shown", text: strings.Repeat("üü ", 99) + "üüü", want: strings.Repeat("üü ", 99) + "üüü"},
		{name: "empty", text: "", want: ""},
		// Credentials are removed even if they are words of prose.
		{name: "word", text: "the (horse) is wrong", want: "the (…) is wrong"},
		{name: "longest first", text: "the horse-battery is wrong", want: "the … is wrong"},
		{name: "space", text: "the purple staple is wrong", want: "the … is wrong"},
		{name: "space that is folded", text: "the purple \n\t staple is wrong", want: "the … is wrong"},
		{name: "invisible character", text: "the hor\u200bse is wrong", want: "the … is wrong"},
		{name: "byte that is not UTF-8", text: "the hor\xffse is wrong", want: "the … is wrong"},
		{name: "part of a word", text: "the seahorses are wrong", want: "the … are wrong"},
		{name: "other words", text: "the purple house is wrong", want: "the purple house is wrong"},
	}
	var shown texts
	shown.hide(NewSecret("purple staple"), Secret{}, NewSecret(""), NewSecret("horse-battery"), NewSecret("horse"))
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := shown.sanitize(test.text); got != test.want {
				t.Errorf("sanitize = %q, want %q", got, test.want)
			}
		})
	}
}

// Nothing is looked at beyond maxText bytes, so a text of a megabyte costs no more than
// one of four kilobytes.
func TestTexts_bounded(t *testing.T) {
	for _, text := range []string{strings.Repeat("a=b ", 1<<18) + "end", strings.Repeat("x", 1<<20), strings.Repeat("ü", 1<<20)} {
		if got := bounded(text); len(got) > maxText+len(hidden) || !strings.HasSuffix(got, hidden) {
			t.Errorf("%d bytes are looked at, want %d at most and a sign", len(got), maxText)
		}
		if got := new(texts).sanitize(text); got != hidden {
			t.Errorf("sanitize = %q, want nothing of what comes after the bound", got)
		}
	}
	if text := strings.Repeat("x", maxText); bounded(text) != text {
		t.Error("a text as long as the bound is cut")
	}
	// A word that is cut may be the first part of a secret.
	if got := bounded(strings.Repeat(" ", maxText-6) + "secret-key"); strings.Contains(got, "s") {
		t.Errorf("bounded = %q, want no part of the last word", strings.TrimSpace(got))
	}
}

// The endpoint of a webhook chooses its last error, and may repeat the address that it was called with.
func TestTexts_addresses(t *testing.T) {
	const address = "https://bookinguser:overandover@hooks.example.org:8443/services/abcdefgh/T0/ijklmnop-q?sig=rstuvwxyz&onlyvalue#fragmentkey"
	secrets := []string{"bookinguser", "overandover", "abcdefgh", "ijklmnop", "rstuvwxyz", "onlyvalue", "fragmentkey"}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	quoted, _ := json.Marshal(address)
	userInfo := base64.StdEncoding.EncodeToString([]byte("bookinguser:overandover"))
	for _, text := range append([]string{
		address, "'" + address + "'", "(" + address + ")", "url=" + address, address[8:], address[:90], address[20:],
		url.QueryEscape(address), url.QueryEscape(url.QueryEscape(address)), html.EscapeString(address), string(quoted),
		strings.ReplaceAll(address, "/", `\/`), strings.ReplaceAll(address, "&", `\u0026`), strings.ReplaceAll(address, "/", " "),
		u.Path, u.RawQuery, u.Fragment, "Basic " + userInfo, userInfo, "no user bookinguser, or overandover is wrong",
		"sig was (rstuvwxyz), not \"rstuvwxyz\"", "rstuv\u200bwxyz", "the path has abcdefgh and ijklmnop-q",
	}, strings.Split(strings.NewReplacer("/", " ", "?", " ", "&", " ", "=", " ", "#", " ", ":", " ", "@", " ").Replace(address), " ")...) {
		got := new(texts).sanitize("no: "+text+" is wrong", address)
		for _, secret := range append(secrets, userInfo) {
			if strings.Contains(got, secret) {
				t.Errorf("sanitize(%q) = %q, which contains %q", text, got, secret)
			}
		}
	}
	const good = "The remote name could not be resolved: 'hooks.example.org', services are down: T0"
	if got := new(texts).sanitize(good, address); got != strings.Replace(good, "services", hidden, 1) {
		t.Errorf("sanitize = %q, want the host, and no segment of eight letters", got)
	}
}

func TestSecretParts(t *testing.T) {
	tests := []struct {
		name, address string
		want          []string
	}{
		{name: "host and short segments", address: "https://a-very-long-host.example.org:8443/hooks/v1?a=b&c#d"},
		{name: "user name", address: "https://someuser@h.example", want: []string{"someuser"}},
		{name: "decoded", address: "https://h.example/a%2Bbcdefg?k=x%2Byz%20abcd", want: []string{"a+bcdefg", "x+yz abcd"}},
		{name: "eight characters, not bytes", address: "https://h.example/üüüü"},
		{name: "no URL", address: "https://h.example/%zz", want: []string{"https://h.example/%zz"}},
		{name: "empty", address: ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := secretParts(test.address); !slices.Equal(got, test.want) {
				t.Errorf("secretParts = %q, want %q", got, test.want)
			}
		})
	}
}

// FuzzTexts: what is shown is one short line of words of prose, without a credential.
func FuzzTexts(f *testing.F) {
	for _, text := range []string{
		"The remote server returned an error: (410) Gone.", "x\n::error title=a::b\n##vso[task]c\x1b[31m", "https://u:p@h.example/abcdefgh?k=v#f",
		"hunter2 hun\u200bter2 HUNTER2 \xffhunter2", "接続がタイムアウトしました。", "انتهت مهلة العملية",
		"a:\u200b:b", "…: …", strings.Repeat("hunter2 ", 600),
	} {
		f.Add(text, "https://u:p@h.example/abcdefgh?k=v#f")
	}
	f.Fuzz(func(t *testing.T, text, address string) {
		var shown texts
		shown.hide(NewSecret("hunter2"))
		got := shown.sanitize(text, address)
		if strings.Contains(got, "hunter2") || strings.Contains(got, "::") || strings.ContainsAny(got, `=&%@\#+`) {
			t.Errorf("sanitize = %q, which contains a credential or a sign that it must not", got)
		}
		if !utf8.ValidString(got) || utf8.RuneCountInString(got) > maxShown+1 || got != strings.Join(strings.Fields(got), " ") {
			t.Errorf("sanitize = %q, want one short line", got)
		}
		if strings.ContainsFunc(got, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }) {
			t.Errorf("sanitize = %q, want only printable characters", got)
		}
		for _, part := range secretParts(address) {
			if strings.Contains(got, part) && strings.Trim(part, hidden) != "" {
				t.Errorf("sanitize = %q, which contains %q", got, part)
			}
		}
	})
}
