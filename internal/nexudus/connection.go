package nexudus

import (
	"cmp"
	"compress/flate"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/net/http/httpproxy"
)

// connectionError returns the error of an attempt without a complete response.
// It never holds the text of Go's own error, which may hold a proxy's address.
func (c *Client) connectionError(r *request, err error, unsent bool) *Error {
	failure := c.failure(r, KindConnection, "")
	if reason := unreadable(err); reason != "" {
		failure.Kind, failure.Reason = KindUnexpected, reason
	} else {
		failure.Reason, failure.transient = connectionReason(err)
	}
	switch {
	case unsent || !r.isWrite():
	case errors.Is(err, context.DeadlineExceeded):
		failure.outcome = maybePending
	default:
		failure.outcome = maybeProcessed
	}
	return failure
}

// unreadable says why a response cannot be read, if a retry would not help, or returns
// an empty string.
func unreadable(err error) string {
	switch {
	case errors.Is(err, errTooLarge):
		return errTooLarge.Error()
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), errors.As(err, new(flate.CorruptInputError)):
		return "a body that is not valid gzip"
	case strings.Contains(err.Error(), "net/http: server response headers exceeded"):
		return "headers of more than 1 MiB"
	}
	return ""
}

// Go's errors about HTTP itself have no type, and may quote the server.
var (
	truncatedStatus = regexp.MustCompile(`: malformed HTTP (response "(H|HT|HTT|HTTP[^ ]*)"|status code "[0-9]{0,2}")$`)
	notHTTP         = regexp.MustCompile(`: malformed HTTP (response|status code|version) "`)
	invalidHTTP     = regexp.MustCompile(`: bad Content-Length |: http: message cannot contain multiple Content-Length headers|` +
		`: unsupported transfer encoding|^invalid byte in chunk length$|^malformed chunked encoding$|^chunked encoding too large$`)
)

// A proxy reports this in its response to CONNECT for https, and in the response
// itself for plain http.
const proxyWantsPassword = "the proxy asks for a user name and a password"

// connectionReason says why there was no response, and whether another attempt
// may succeed. It cannot if a name, a certificate or a proxy's password is wrong.
func connectionReason(err error) (reason string, transient bool) {
	proxy, refused := errors.AsType[proxyError](err)
	operation, _ := errors.AsType[*net.OpError](err)
	viaProxy := operation != nil && operation.Op == "proxyconnect"
	dns, _ := errors.AsType[*net.DNSError](err)
	invalid, _ := errors.AsType[x509.CertificateInvalidError](err)
	timeout, _ := errors.AsType[net.Error](err)
	text := err.Error()
	switch {
	case errors.Is(err, errProxyAddress):
		return errProxyAddress.Error(), false
	case refused && proxy.status == http.StatusProxyAuthRequired:
		return proxyWantsPassword, false
	case refused:
		return fmt.Sprintf("the proxy refused to connect to Nexudus, with status %d", proxy.status), proxy.status >= 500
	case viaProxy && dns != nil && dns.IsNotFound:
		return "the proxy's host name is unknown", false
	case viaProxy:
		return "the proxy cannot be reached", true
	case dns != nil && dns.IsNotFound:
		return "the host name is unknown", false
	case dns != nil:
		return "the host name could not be looked up", true
	case errors.As(err, new(x509.UnknownAuthorityError)):
		return "the server's certificate is signed by an authority that this machine does not trust", false
	case errors.As(err, new(x509.HostnameError)):
		return "the server's certificate is for another host", false
	case invalid.Reason == x509.Expired:
		return "the server's certificate has expired or is not valid yet", false
	case errors.As(err, new(*tls.CertificateVerificationError)):
		return "the server's certificate is not valid", false
	case truncatedStatus.MatchString(text):
		return "the response was truncated", true
	case notHTTP.MatchString(text):
		return "the server, or the proxy, does not speak HTTP", false
	case invalidHTTP.MatchString(text):
		return "the response is not valid HTTP", false
	case errors.As(err, new(textproto.ProtocolError)):
		return "the response headers are invalid or truncated", true
	case errors.Is(err, http.ErrSchemeMismatch), errors.As(err, new(tls.RecordHeaderError)):
		return "the server does not speak TLS on this port", false
	case strings.Contains(text, "tls: ") && strings.Contains(text, "version"):
		// Errors of the handshake have no type of their own.
		return "the server does not offer TLS 1.2 or newer", false
	case strings.Contains(text, "tls: "):
		return "the TLS handshake failed", false
	case errors.Is(err, context.DeadlineExceeded), timeout != nil && timeout.Timeout():
		return "the request timed out", true
	case operation != nil && strings.HasPrefix(operation.Op, "socks "):
		return socksReason(operation.Err.Error())
	case errors.Is(err, syscall.ECONNREFUSED):
		return "the connection was refused", true
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "the connection was reset", true
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return "the response was truncated", true
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "the network is unreachable", true
	}
	return "the connection was interrupted", true
}

// socksRefusals gives the reason for each untyped SOCKS error of net/http that a retry
// would not change.
var socksRefusals = map[string]string{
	"no acceptable authentication methods":            proxyWantsPassword,
	"username/password authentication failed":         "the proxy refused the user name and the password",
	"unknown error connection not allowed by ruleset": "the proxy refused to connect to Nexudus",
	"unknown error command not supported":             "the proxy refused to connect to Nexudus",
	"unknown error address type not supported":        "the proxy refused to connect to Nexudus",
}

func socksReason(text string) (reason string, transient bool) {
	if reason, ok := socksRefusals[text]; ok {
		return reason, false
	}
	if strings.HasPrefix(text, "unexpected protocol version ") {
		return "the proxy does not speak SOCKS 5", false
	}
	return "the proxy could not connect to Nexudus", true
}

// errProxyAddress is the error of a request for which the environment sets an invalid proxy.
var errProxyAddress = errors.New("the proxy address in the environment is not valid")

// proxyFromEnvironment is like [http.ProxyFromEnvironment], but fails for an invalid
// address, which Go ignores: requests would bypass the proxy.
func proxyFromEnvironment() func(*http.Request) (*url.URL, error) {
	config := httpproxy.FromEnvironment()
	const invalid = "http://invalid.invalid" // a request for which it is chosen fails
	for _, address := range []*string{&config.HTTPProxy, &config.HTTPSProxy} {
		if *address != "" && !isProxyAddress(*address) {
			*address = invalid
		}
	}
	choose := config.ProxyFunc()
	return func(request *http.Request) (*url.URL, error) {
		proxy, err := choose(request.URL)
		if err != nil || proxy != nil && proxy.String() == invalid {
			return nil, errProxyAddress
		}
		return proxy, nil
	}
}

func isProxyAddress(address string) bool {
	if !strings.Contains(address, "://") {
		address = "http://" + address
	}
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" {
		return false
	}
	_, err = strconv.ParseUint(cmp.Or(u.Port(), "0"), 10, 16)
	return err == nil && slices.Contains([]string{"http", "https", "socks5", "socks5h"}, u.Scheme)
}

// proxyError is a proxy's refusal to open a tunnel.
type proxyError struct{ status int }

func (e proxyError) Error() string { return fmt.Sprintf("proxy: status %d", e.status) }

// proxyResponse keeps the status code of a proxy's response to CONNECT, because the
// transport keeps only the status text.
func proxyResponse(_ context.Context, _ *url.URL, _ *http.Request, response *http.Response) error {
	if response.StatusCode != http.StatusOK {
		return proxyError{response.StatusCode}
	}
	return nil
}
