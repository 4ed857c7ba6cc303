package provider

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"weak"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

type contextKey struct{}

// The server keeps nothing of a call that has ended.
func TestServer_forgetsCalls(t *testing.T) {
	s := newProtocolServer(t)
	schema := s.schemas.ResourceSchemas["nexudus_webhook"]
	config := s.dynamicValue(schema, nil)
	const resource = "nexudus_webhook"
	calls := map[string]func(context.Context) error{
		"PlanResourceChange": func(ctx context.Context) error {
			_, err := s.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{
				TypeName: resource, Config: config, PriorState: config, ProposedNewState: config,
			})
			return err
		},
		"ValidateResourceConfig": func(ctx context.Context) error {
			_, err := s.ValidateResourceConfig(ctx, &tfprotov6.ValidateResourceConfigRequest{TypeName: resource, Config: config})
			return err
		},
		"UpgradeResourceState": func(ctx context.Context) error {
			_, err := s.UpgradeResourceState(ctx, &tfprotov6.UpgradeResourceStateRequest{
				TypeName: resource, RawState: &tfprotov6.RawState{JSON: []byte(`{}`)},
			})
			return err
		},
		"ReadResource": func(ctx context.Context) error {
			_, err := s.ReadResource(ctx, &tfprotov6.ReadResourceRequest{TypeName: "none"})
			return err
		},
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			kept := func() weak.Pointer[[1024]byte] {
				value := new([1024]byte)
				if err := call(context.WithValue(t.Context(), contextKey{}, value)); err != nil {
					t.Fatal(err)
				}
				return weak.Make(value)
			}()
			runtime.GC()
			if kept.Value() != nil {
				t.Error("the context of the call is still there")
			}
		})
	}
	runtime.KeepAlive(s)
}

// A call ends early with the context of the CLI's call, and for the same reason.
func TestServer_cancelsCalls(t *testing.T) {
	errStopped := errors.New("stopped")
	parent, stop := context.WithCancelCause(t.Context())
	got, err := call(parent, func(ctx context.Context, _ int) (error, error) {
		stop(errStopped)
		<-ctx.Done()
		return context.Cause(ctx), nil
	}, 0)
	if !errors.Is(got, errStopped) || err != nil {
		t.Errorf("cause = %v, %v, want %v", got, err, errStopped)
	}

	// What the framework keeps ends with the call too.
	kept, _ := call(t.Context(), func(ctx context.Context, _ int) (context.Context, error) { return ctx, ctx.Err() }, 0)
	if !errors.Is(kept.Err(), context.Canceled) {
		t.Errorf("Err after the call = %v, want %v", kept.Err(), context.Canceled)
	}
}

// Logs need the values of the context, so that a server with logs keeps them.
func TestServer_logs(t *testing.T) {
	if _, ok := NewServer("test", true)().(server); ok {
		t.Error("a server with logs drops them")
	}
	if _, ok := NewServer("test", false)().(server); !ok {
		t.Error("a server without logs keeps the contexts of its calls")
	}
}
