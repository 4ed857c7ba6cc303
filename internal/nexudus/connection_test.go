package nexudus

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// realClient returns a client that uses real sockets and its own transport. The function
// change modifies the transport; the other functions modify the configuration.
func realClient(t *testing.T, base string, change func(*http.Transport), changes ...func(*Config)) *Client {
	t.Helper()
	transport := newHTTPClient(nil).Transport.(*http.Transport)
	if change != nil {
		change(transport)
	}
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	config := Config{
		BaseURL:        u,
		Auth:           Token{AccessToken: NewSecret("t")},
		UserAgent:      "test/1",
		RequestTimeout: 30 * time.Second,
		MaxRetries:     1,
		Transport:      transport,
	}
	for _, change := range changes {
		change(&config)
	}
	c := New(config)
	t.Cleanup(c.Close)
	return c
}

func quiet(server *httptest.Server) *httptest.Server {
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	return server
}

// No retry, and the reason in plain words.
func TestConnection_TLS(t *testing.T) {
	server := quiet(httptest.NewUnstartedServer(http.HandlerFunc(record)))
	server.StartTLS()
	defer server.Close()
	trusted := x509.NewCertPool()
	trusted.AddCert(server.Certificate())
	trust := func(tr *http.Transport) { tr.TLSClientConfig.RootCAs = trusted }

	old := quiet(httptest.NewUnstartedServer(http.HandlerFunc(record)))
	old.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10}
	old.StartTLS()
	defer old.Close()
	plain := httptest.NewServer(http.HandlerFunc(record))
	defer plain.Close()

	tests := []struct {
		name, base string
		change     func(*http.Transport)
		want       string
	}{
		{
			name:   "authority",
			base:   server.URL,
			change: nil,
			want:   "the server's certificate is signed by an authority that this machine does not trust",
		},
		{
			name:   "host",
			base:   server.URL,
			change: func(tr *http.Transport) { trust(tr); tr.TLSClientConfig.ServerName = "nexudus.test" },
			want:   "the server's certificate is for another host",
		},
		{name: "expired", base: server.URL, change: func(tr *http.Transport) {
			trust(tr)
			tr.TLSClientConfig.Time = func() time.Time { return time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC) }
		}, want: "the server's certificate has expired or is not valid yet"},
		{name: "TLS 1.0", base: old.URL, change: nil, want: "the server does not offer TLS 1.2 or newer"},
		{
			name:   "no TLS",
			base:   strings.Replace(plain.URL, "http:", "https:", 1),
			change: nil,
			want:   "the server does not speak TLS on this port",
		},
		{name: "trusted", base: server.URL, change: trust, want: ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := realClient(t, test.base, test.change).Webhook(t.Context(), 1)
			if test.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if failure := failureOf(t, err); failure.Reason != test.want || failure.Attempts != 1 {
				t.Errorf("error = %v after %d attempts, want %q after one", failure, failure.Attempts, test.want)
			}
		})
	}
}

// unknownHost makes nexudus.invalid unknown on machines without a resolver, too.
func unknownHost(tr *http.Transport) {
	dial := tr.DialContext
	tr.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		if strings.HasPrefix(address, "nexudus.invalid:") {
			return nil, &net.OpError{Op: "dial", Net: network, Err: &net.DNSError{Err: "no such host", Name: "nexudus.invalid", IsNotFound: true}}
		}
		return dial(ctx, network, address)
	}
}

// Go's network errors are described in plain words.
func TestConnectionReason(t *testing.T) {
	reset := func(t *testing.T, before string) string {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { listener.Close() })
		go func() {
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				http.ReadRequest(bufio.NewReader(conn))
				io.WriteString(conn, before)
				if before == "" {
					conn.(*net.TCPConn).SetLinger(0) // a reset, not an end
				}
				conn.Close()
			}
		}()
		return "http://" + listener.Addr().String()
	}
	closed := httptest.NewServer(nil)
	closed.Close()
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "1000")
		for range 100 { // a byte now and then
			io.WriteString(w, " ")
			w.(http.Flusher).Flush()
			select {
			case <-r.Context().Done():
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}))
	t.Cleanup(slow.Close)

	tests := []struct {
		name, base, want string
		timeout          time.Duration
		transient        bool
	}{
		{name: "unknown host", base: "http://nexudus.invalid", want: "the host name is unknown", transient: false},
		{name: "refused", base: closed.URL, want: "the connection was refused", transient: true},
		{name: "reset before headers", base: reset(t, ""), want: "the connection was reset", transient: true},
		{
			name:      "ended in the headers",
			base:      reset(t, "HTTP/1.1 200 OK\r\nContent-"),
			want:      "the response headers are invalid or truncated",
			transient: true,
		},
		{
			name:      "shorter than announced",
			base:      reset(t, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"Id\":"),
			want:      "the response was truncated",
			transient: true,
		},
		{name: "drips", base: slow.URL, want: "the request timed out", timeout: 300 * time.Millisecond, transient: true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := realClient(t, test.base, unknownHost)
			if test.timeout > 0 {
				c.config.RequestTimeout = test.timeout
			}
			_, err := c.send(t.Context(), webhooks.request(VerbGet, http.MethodGet, "Read", 1), NewSecret("Bearer t"))
			failure := failureOf(t, err)
			if failure.Reason != test.want || failure.transient != test.transient {
				t.Errorf("Reason = %q, transient = %v, want %q, %v", failure.Reason, failure.transient, test.want, test.transient)
			}
		})
	}
}

// Proxies are honoured, and their address is not shown.
func TestConnection_proxy(t *testing.T) {
	wantsPassword := httptest.NewServer(
		http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusProxyAuthRequired) }),
	)
	defer wantsPassword.Close()
	down := httptest.NewServer(nil)
	down.Close()
	tests := []struct{ name, proxy, base, want string }{
		{name: "password, https", proxy: wantsPassword.URL, base: "https://nexudus.test", want: proxyWantsPassword},
		{name: "password, http", proxy: wantsPassword.URL, base: "http://nexudus.test", want: proxyWantsPassword},
		{name: "down", proxy: down.URL, base: "https://nexudus.test", want: "the proxy cannot be reached"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			proxy, err := url.Parse(strings.Replace(test.proxy, "://", "://user:hunter2@", 1))
			if err != nil {
				t.Fatal(err)
			}
			c := realClient(t, test.base, func(tr *http.Transport) { tr.Proxy = http.ProxyURL(proxy) })
			_, err = c.Webhook(t.Context(), 1)
			if failure := failureOf(t, err); failure.Reason != test.want || strings.Contains(failure.Error(), "127.0.0.1") ||
				strings.Contains(failure.Error(), "hunter2") {
				t.Errorf("error = %v, want %q and no address", failure, test.want)
			}
		})
	}
}

// Reading a response takes less than 24 MiB of memory, however large the response is,
// also after decompression.
func TestConnection_memory(t *testing.T) {
	const mega = 1 << 20
	endless := func(w io.Writer) {
		block := bytes.Repeat([]byte(" "), mega)
		for range 1 << 10 {
			if _, err := w.Write(block); err != nil {
				return
			}
		}
	}
	text := func(parts ...string) func(io.Writer) {
		return func(w io.Writer) {
			for _, part := range parts {
				io.WriteString(w, part)
			}
		}
	}
	name := strings.Repeat("n", mega)
	sevenMega := []string{name, name, name, name, name, name, name}
	records := strings.Repeat("{},", mega/3)
	tests := []struct {
		name   string
		status int
		packed bool
		list   bool
		write  func(io.Writer)
		reason string
	}{
		{name: "endless", status: 200, packed: false, list: false, write: endless, reason: "more than 8 MiB"},
		{name: "unpacks without end", status: 200, packed: true, list: false, write: endless, reason: "more than 8 MiB"},
		{name: "endless error", status: 400, packed: true, list: false, write: endless, reason: "more than 8 MiB"},
		{name: "endless list", status: 200, packed: true, list: true, write: endless, reason: "more than 8 MiB"},
		{
			name:   "long name",
			status: 200,
			packed: false,
			list:   false,
			write:  text(append(append([]string{`{"Id":1,"Name":"`}, sevenMega...), `"}`)...),
			reason: "",
		},
		{
			name:   "long error",
			status: 400,
			packed: false,
			list:   false,
			write:  text(append(append([]string{`{"WasSuccessful":false,"Message":"`}, sevenMega...), `"}`)...),
			reason: "",
		},
		{
			name:   "millions of empty records",
			status: 200,
			packed: true,
			list:   true,
			write:  text(`{"Records":[`, records, records, records, records, records, records, records, `{}]}`),
			reason: "a page of more than 10000 records",
		},
		{
			name:   "millions of numbers",
			status: 200,
			packed: true,
			list:   true,
			write:  text(`{"Records":[`, strings.Repeat("1,", 3*mega), `1]}`),
			reason: "a page of more than 10000 records",
		},
		{
			name:   "ten thousand empty records",
			status: 200,
			packed: true,
			list:   true,
			write:  text(`{"Records":[`, strings.Repeat("{},", 9_999), `{}]}`),
			reason: "a JSON object (30013 bytes) in which a record has no Id",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header()["Content-Type"] = nil
				if !test.packed {
					w.WriteHeader(test.status)
					test.write(w)
					return
				}
				w.Header().Set("Content-Encoding", "gzip")
				w.WriteHeader(test.status)
				packed := gzip.NewWriter(w)
				defer packed.Close()
				test.write(packed)
			}))
			defer server.Close()
			c := realClient(t, server.URL, nil)
			c.config.RequestTimeout = 2 * time.Minute

			// All that is allocated, whether it is garbage by then or not.
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			var err error
			if test.list {
				_, err = c.Webhooks(t.Context(), WebhookFilter{})
			} else {
				_, err = c.Webhook(t.Context(), 1)
			}
			runtime.ReadMemStats(&after)
			limit := uint64(24 * mega)
			if raceEnabled {
				limit *= 2 // the detector's own share
			}
			if taken := after.TotalAlloc - before.TotalAlloc; taken > limit {
				t.Errorf("%d MiB were allocated, want less than %d", taken/mega, limit/mega)
			} else {
				t.Logf("%.1f MiB", float64(taken)/mega)
			}
			if test.status == 200 && test.reason == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if failure := failureOf(t, err); failure.Reason != test.reason || failure.Attempts != 1 {
				t.Errorf("error = %v after %d attempts, want %q after one", failure, failure.Attempts, test.reason)
			}
		})
	}
}

// Many reads share few connections.
func TestConnection_reused(t *testing.T) {
	var opened atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(record))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	c := realClient(t, server.URL, nil)
	readTogether(t, []*Client{c}, 1000)
	// Go gives up a connection if it learns more than 50 ms late that the request
	// was written, which happens on a busy machine.
	if n := opened.Load(); n > 15 {
		t.Errorf("%d connections for 1,000 reads at parallelism 10, want 10 and a few", n)
	}
}

// A thousand clients that sign in, read and are closed leave nothing behind.
func TestClient_close(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/token" {
			serveJSON(200, `{"access_token":"secret"}`)(w, r)
			return
		}
		record(w, r)
	}))
	defer server.Close()
	base, err := ParseBaseURL(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	goroutines, files := runtime.NumGoroutine(), openFiles()
	use := func(times int) {
		for range times {
			c := New(Config{BaseURL: base, Auth: someone, UserAgent: "test/1"})
			if _, err := c.Webhook(t.Context(), 1); err != nil {
				t.Fatal(err)
			}
			c.Close()
		}
	}
	// The server's side of the connections closes in its own time.
	settle := func() {
		for range 3000 {
			if runtime.NumGoroutine() <= goroutines && openFiles() <= files {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
	heap := func() uint64 {
		var stats runtime.MemStats
		runtime.GC()
		runtime.GC() // frees what finalizers and pools release
		runtime.ReadMemStats(&stats)
		return stats.HeapAlloc
	}
	use(10) // creates what is created only once
	settle()
	before := heap()
	use(1000)
	settle()

	if n := runtime.NumGoroutine(); n > goroutines {
		t.Errorf("%d goroutines, want %d as before", n, goroutines)
	}
	if n := openFiles(); n > files {
		t.Errorf("%d open files, want %d as before", n, files)
	}
	if after := heap(); after > before+1<<20 {
		t.Errorf("the heap grew by %d KiB, want hardly at all", (after-before)>>10)
	}
}

// openFiles counts the process's descriptors where the system tells them.
func openFiles() int {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(entries)
}
