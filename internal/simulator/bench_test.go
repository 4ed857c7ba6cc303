package simulator_test

import (
	"fmt"
	"testing"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

// BenchmarkServer measures what a simulation of many short schedules does most.
func BenchmarkServer(b *testing.B) {
	b.Run("new", func(b *testing.B) {
		for b.Loop() {
			server := &simulator.Server{LimitFactor: -1}
			server.AddUser(simulator.User{Username: "u", Password: "p"})
			c := client{b, server, nil}
			c.header = header("Bearer " + server.IssueToken("u"))
			c.want(404, "GET", "/api/sys/webhooks/1", "")
		}
	})
	server := simulator.Demo()
	server.LimitFactor = -1
	c := client{b, server, header("Bearer " + server.IssueToken("demo@example.com"))}
	const record = `{"Id":102,"BusinessId":5001,"Name":"n","Action":2,"URL":"https://example.com"}`
	for _, call := range []struct{ name, method, target, body string }{
		{name: "get", method: "GET", target: "/api/sys/webhooks/101"},
		{name: "list", method: "GET", target: "/api/sys/webhooks?size=1000"},
		{name: "update", method: "PUT", target: "/api/sys/webhooks", body: record},
	} {
		b.Run(call.name, func(b *testing.B) {
			for b.Loop() {
				c.want(200, call.method, call.target, call.body)
			}
		})
	}
	large := &simulator.Server{LimitFactor: -1}
	large.AddUser(simulator.User{Username: "u", Password: "p"})
	for i := range 1000 {
		large.AddWebhook(simulator.Webhook{BusinessID: 5001, Name: fmt.Sprint("webhook ", i), Action: 6, URL: "https://example.com"})
	}
	c = client{b, large, header("Bearer " + large.IssueToken("u"))}
	b.Run("list of 1000", func(b *testing.B) {
		for b.Loop() {
			c.want(200, "GET", "/api/sys/webhooks?size=1000", "")
		}
	})
}
