package nexudus

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
)

// connectionError turns an attempt without an answer into an [*Error] that
// says why in plain words. Go's own text is never shown: it holds addresses,
// a proxy's among them.
func connectionError(call *call, err error) *Error {
	if errors.Is(err, errTooLarge) {
		failure := call.failure(KindAnswer)
		failure.Reason = errTooLarge.Error()
		return failure
	}
	failure := call.failure(KindConnection)
	failure.Reason, failure.transient = explainConnection(err)
	return failure
}

// A proxy says so to CONNECT for https, and in its answer for plain http.
const proxyWantsPassword = "the proxy asks for a user name and a password"

// explainConnection tells why there was no answer, and whether another attempt
// may do better: not where a name, a certificate or a proxy's password is wrong.
func explainConnection(err error) (reason string, transient bool) {
	var (
		proxy       proxyError
		operation   *net.OpError
		dns         *net.DNSError
		authority   x509.UnknownAuthorityError
		host        x509.HostnameError
		invalid     x509.CertificateInvalidError
		certificate *tls.CertificateVerificationError
		record      tls.RecordHeaderError
		timeout     net.Error
	)
	switch {
	case errors.As(err, &proxy):
		if proxy.status == http.StatusProxyAuthRequired {
			return proxyWantsPassword, false
		}
		return fmt.Sprintf("the proxy refused to connect to Nexudus, with status %d", proxy.status), proxy.status >= 500
	case errors.As(err, &operation) && operation.Op == "proxyconnect":
		return "the proxy cannot be reached", true
	case errors.As(err, &dns) && dns.IsNotFound:
		return "the host name is unknown", false
	case errors.As(err, &dns):
		return "the host name could not be looked up", true
	case errors.As(err, &authority):
		return "the server's certificate is signed by an authority that this machine does not trust", false
	case errors.As(err, &host):
		return "the server's certificate is for another host", false
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "the server's certificate has expired or is not valid yet", false
	case errors.As(err, &invalid), errors.As(err, &certificate):
		return "the server's certificate is not valid", false
	case errors.Is(err, http.ErrSchemeMismatch), errors.As(err, &record):
		return "the server does not speak TLS on this port", false
	case strings.Contains(err.Error(), "tls: ") && strings.Contains(err.Error(), "version"):
		// Errors of the handshake have no type of their own.
		return "the server does not offer TLS 1.2 or newer", false
	case strings.Contains(err.Error(), "tls: "):
		return "the TLS handshake failed", false
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "no complete answer in time", true
	case errors.Is(err, syscall.ECONNREFUSED):
		return "the connection was refused", true
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "the connection was reset", true
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return "the answer was cut off", true
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "the network is unreachable", true
	}
	return "the connection broke off", true
}

// proxyError is a proxy's refusal to open a tunnel.
type proxyError struct{ status int }

func (e proxyError) Error() string { return fmt.Sprintf("proxy: status %d", e.status) }

// proxyAnswer keeps the status of a proxy's answer to CONNECT, of which the
// transport would keep only the text.
func proxyAnswer(_ context.Context, _ *url.URL, _ *http.Request, response *http.Response) error {
	if response.StatusCode != http.StatusOK {
		return proxyError{response.StatusCode}
	}
	return nil
}
