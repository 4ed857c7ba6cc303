package provider

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

// BenchmarkRead puts reads through the provider's protocol server, as a CLI
// does, beside as many bare GETs of the same record from the same server.
// Pacing is off.
func BenchmarkRead(b *testing.B) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"Id":101,"BusinessId":5001,"Name":"Door access","Description":"Opens the door for the time of a booking.",`+
			`"URL":"https://doors.example.com/nexudus?key=4f1c","Action":6,"Active":true,"LastError":null,"ErrorCount":0,`+
			`"LastTrigger":"2025-01-15T10:30:00Z",`+
			`"CreatedOn":"2024-05-02T08:00:00Z","UpdatedOn":"2024-05-02T08:00:00Z","UpdatedBy":"a@example.com",`+
			`"UniqueId":"e267ee8a-15eb-49d5-a156-bb132fb27d26",`+
			`"IsNew":false,"SystemId":null,"ToStringText":"Door access","LocalizationDetails":null,"CustomFields":null}`)
	}))
	defer server.Close()
	read := readThroughProtocol(b, server.URL, "nexudus_webhook", map[string]tftypes.Value{"id": tftypes.NewValue(tftypes.Number, 101)})
	get := func() {
		request, err := http.NewRequestWithContext(b.Context(), http.MethodGet, server.URL+"/sys/webhooks/101", nil)
		if err != nil {
			b.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer t")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			b.Fatal(err)
		}
		defer response.Body.Close()
		var record map[string]any
		if err := json.NewDecoder(response.Body).Decode(&record); err != nil {
			b.Fatal(err)
		}
	}

	for _, n := range []int{1, 10, 100, 1000} {
		b.Run(fmt.Sprintf("reads=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			var reading, getting time.Duration
			for b.Loop() {
				started := time.Now()
				for range n {
					read()
				}
				reading += time.Since(started)

				b.StopTimer() // time and allocations are those of the reads
				started = time.Now()
				for range n {
					get()
				}
				getting += time.Since(started)
				b.StartTimer()
			}
			b.ReportMetric(float64(reading.Microseconds())/float64(b.N*n), "µs/read")
			b.ReportMetric(float64(getting.Microseconds())/float64(b.N*n), "µs/GET")
			b.ReportMetric(reading.Seconds()/getting.Seconds(), "ratio")
		})
	}
}

// BenchmarkReadFleet lists fleets of growing size through the protocol server.
func BenchmarkReadFleet(b *testing.B) {
	for _, n := range []int{100, 1_000, 10_000} {
		b.Run(fmt.Sprintf("webhooks=%d", n), func(b *testing.B) {
			account := &simulator.Server{LimitFactor: -1}
			account.AddUser(simulator.User{Username: "a@example.com", Password: "p"})
			for i := range n {
				account.AddWebhook(simulator.Webhook{
					BusinessID: 5001, Name: fmt.Sprint("webhook ", i), Action: 6, Active: true, URL: "https://doors.example.com/nexudus?key=4f1c",
					LastTrigger: new("2025-01-15T10:30:00Z"),
				})
			}
			server := httptest.NewServer(account)
			defer server.Close()
			read := readThroughProtocol(b, server.URL+"/api", "nexudus_webhooks", nil)
			b.ReportAllocs()
			for b.Loop() {
				read()
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n), "µs/webhook")
		})
	}
}

// BenchmarkRefreshFleet refreshes managed fleets of growing size, in which nothing
// has changed, through the protocol server: from a list, and for comparison each
// webhook by itself, as without the role to list. Each refresh is a new process,
// and like the CLI it reads ten webhooks at a time.
func BenchmarkRefreshFleet(b *testing.B) {
	for _, n := range []int{1, 100, 1_000, 10_000} {
		account := &simulator.Server{LimitFactor: -1}
		account.AddUser(simulator.User{Username: "a@example.com", Password: "p"})
		for i := range n {
			account.AddWebhook(simulator.Webhook{
				BusinessID: 5001, Name: fmt.Sprint("webhook ", i), Action: 6, Active: true, URL: "https://doors.example.com/nexudus?key=4f1c",
				Description: new("Opens the door for the time of a booking."), LastTrigger: new("2025-01-15T10:30:00Z"),
			})
		}
		var requests atomic.Int64
		refuse := false
		served := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			requests.Add(1)
			if refuse && strings.HasSuffix(r.URL.Path, "/webhooks") {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			account.Handle(w, r)
		}))
		defer served.Close()

		fleet := make([]*tfprotov6.ReadResourceRequest, n)
		server := configuredServer(b, served.URL+"/api")
		inParallel(n, func(i int) { fleet[i] = importWebhook(b, server, i+1) })

		for _, each := range []bool{false, true} {
			name := fmt.Sprintf("webhooks=%d/list", n)
			if each {
				name = fmt.Sprintf("webhooks=%d/each", n)
			}
			b.Run(name, func(b *testing.B) {
				refuse = each
				requests.Store(0)
				var heap uint64
				b.ReportAllocs()
				for b.Loop() {
					b.StopTimer()
					before := heapInUse()
					server := configuredServer(b, served.URL+"/api")
					b.StartTimer()
					inParallel(n, func(i int) {
						got, err := server.ReadResource(b.Context(), fleet[i])
						if err != nil || len(got.Diagnostics) > 0 {
							b.Error(err, got)
						}
					})
					b.StopTimer()
					heap += max(heapInUse(), before) - before
					runtime.KeepAlive(server)
					b.StartTimer()
				}
				b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n), "µs/webhook")
				b.ReportMetric(float64(requests.Load())/float64(b.N), "requests")
				b.ReportMetric(float64(heap)/float64(b.N)/(1<<20), "heap-MiB")
			})
		}
	}
}

// heapInUse returns the size of what is reachable.
func heapInUse() uint64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

// inParallel calls f for 0 to n-1, ten at a time.
func inParallel(n int, f func(int)) {
	var group sync.WaitGroup
	var next atomic.Int64
	for range 10 {
		group.Go(func() {
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				f(int(i))
			}
		})
	}
	group.Wait()
}

// importWebhook imports a webhook, and returns the request that refreshes it.
func importWebhook(b *testing.B, server protocolServer, id int) *tfprotov6.ReadResourceRequest {
	b.Helper()
	const resource = "nexudus_webhook"
	imported, err := server.ImportResourceState(b.Context(), &tfprotov6.ImportResourceStateRequest{TypeName: resource, ID: fmt.Sprint(id)})
	if err != nil || len(imported.Diagnostics) > 0 {
		b.Fatal(err, imported)
	}
	one := imported.ImportedResources[0]
	read, err := server.ReadResource(b.Context(), &tfprotov6.ReadResourceRequest{
		TypeName: resource, CurrentState: one.State, CurrentIdentity: one.Identity, Private: one.Private,
	})
	if err != nil || len(read.Diagnostics) > 0 {
		b.Fatal(err, read)
	}
	return &tfprotov6.ReadResourceRequest{
		TypeName:        resource,
		CurrentState:    read.NewState,
		CurrentIdentity: read.NewIdentity,
		Private:         read.Private,
	}
}

// readThroughProtocol returns a function that validates and reads a data source
// with some arguments.
func readThroughProtocol(b *testing.B, baseURL, dataSource string, arguments map[string]tftypes.Value) (read func()) {
	b.Helper()
	server := configuredServer(b, baseURL)
	config := server.dynamicValue(server.schemas.DataSourceSchemas[dataSource], arguments)
	return func() {
		validate := &tfprotov6.ValidateDataResourceConfigRequest{TypeName: dataSource, Config: config}
		if _, err := server.ValidateDataResourceConfig(b.Context(), validate); err != nil {
			b.Fatal(err)
		}
		got, err := server.ReadDataSource(b.Context(), &tfprotov6.ReadDataSourceRequest{TypeName: dataSource, Config: config})
		if err != nil || len(got.Diagnostics) > 0 {
			b.Fatal(err, got)
		}
	}
}

// configuredServer returns a provider that is configured without pacing.
func configuredServer(b *testing.B, baseURL string) protocolServer {
	b.Helper()
	server := newProtocolServer(b)
	if diagnostics := server.configure(map[string]tftypes.Value{
		"base_url":                tftypes.NewValue(tftypes.String, baseURL),
		"username":                tftypes.NewValue(tftypes.String, "a@example.com"),
		"password":                tftypes.NewValue(tftypes.String, "p"),
		"auth_method":             tftypes.NewValue(tftypes.String, "basic"),
		"max_requests_per_second": tftypes.NewValue(tftypes.Number, 0),
	}); len(diagnostics) > 0 {
		b.Fatal(diagnostics)
	}
	return server
}
