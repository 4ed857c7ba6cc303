package nexudus

import (
	"strings"
	"testing"
)

// Plain http sends the credentials for everyone to read, so a host that only looks
// like this machine is refused.
func TestParseBaseURL_loopbackOnly(t *testing.T) {
	for _, host := range []string{"localhost", "localhost:8080", "127.0.0.1", "127.1.2.3", "[::1]:80"} {
		if _, err := ParseBaseURL("http://" + host + "/api"); err != nil {
			t.Errorf("%s: %v, want it allowed", host, err)
		}
	}
	for _, host := range []string{
		"evillocalhost", "evil-localhost", "evil.localhost", "localhost.evil.test", "localhost.", "127.0.0.1.evil.test", "127.0.0.1.nip.io",
		"128.0.0.1", "0.0.0.0", "10.0.0.1", "169.254.0.1", "[::]", "[::2]", "[fe80::1]", "2130706433", "0x7f000001", "127.1",
	} {
		if _, err := ParseBaseURL("http://" + host + "/api"); err == nil || !strings.Contains(err.Error(), "plain http") {
			t.Errorf("%s: error = %v, want plain http refused", host, err)
		}
		if _, err := ParseBaseURL("https://" + host + "/api"); err != nil {
			t.Errorf("%s over https: %v, want it allowed", host, err)
		}
	}
}
