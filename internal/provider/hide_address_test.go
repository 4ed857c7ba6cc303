package provider

import "testing"

func TestHideAddress(t *testing.T) {
	const address = "https://example.com/hooks/K3y/?token=0123456789ab&v=2"
	tests := []struct{ name, text, want string }{
		{name: "nothing", text: "is not right: and/or, 24/7, hooks", want: "is not right: and/or, 24/7, hooks"},
		{name: "only the host", text: "example.com cannot be reached", want: "example.com cannot be reached"},
		{name: "without its scheme", text: "(example.com/hooks/K3y/?v=2) is taken", want: "… is taken"},
		{name: "without its host", text: "is taken: '/hooks/K3y'.", want: "is taken: …"},
		{name: "query", text: "token=0123456789ab&v=2 is bad", want: "… is bad"},
		{name: "a long part", text: "bad 0123456789ab", want: "bad …"},
		{name: "encoded", text: "example.com%2Fhooks%2FK3y &#x2f;hooks&#x2f;K3y %2526 token%253D0123456789ab", want: "… … %2526 …"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := hideAddress(test.text, address); got != test.want {
				t.Errorf("hideAddress = %q, want %q", got, test.want)
			}
		})
	}
	for _, address := range []string{"", "https://example.com", "https://example.com/"} {
		if got := hideAddress("is bad / or not", address); got != "is bad / or not" {
			t.Errorf("hideAddress of %q = %q, want the text", address, got)
		}
	}
}
