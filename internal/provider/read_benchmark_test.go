package provider

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
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

// readThroughProtocol returns a function that validates and reads a data source
// with some arguments.
func readThroughProtocol(b *testing.B, baseURL, dataSource string, arguments map[string]tftypes.Value) (read func()) {
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
