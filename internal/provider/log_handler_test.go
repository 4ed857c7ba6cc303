package provider

import (
	"bytes"
	"fmt"
	"log/slog"
	"testing"

	"github.com/hashicorp/terraform-plugin-log/tflogtest"
)

// The client's log keeps its levels and attributes in the CLI's log.
func TestLogHandler(t *testing.T) {
	var output bytes.Buffer
	ctx := tflogtest.RootLogger(t.Context(), &output)
	logger := slog.New(logHandler{})
	logger.DebugContext(ctx, "request", "status", 200)
	logger.InfoContext(ctx, "wait", "reason", "throttled")
	lines, err := tflogtest.MultilineJSONDecode(&output)
	if err != nil || len(lines) != 2 {
		t.Fatalf("log = %v, %v, want 2 lines", lines, err)
	}
	for i, want := range []string{"debug request 200", "info wait throttled"} {
		line := lines[i]
		value := line["status"]
		if value == nil {
			value = line["reason"]
		}
		if got := fmt.Sprint(line["@level"], " ", line["@message"], " ", value); got != want {
			t.Errorf("line %d = %s, want %s", i+1, got, want)
		}
	}
}
