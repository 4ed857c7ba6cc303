package provider

import (
	"context"
	"sync/atomic"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// frameworkServer is what the framework's protocol server implements. The CLI lists
// resources only if the server has the interface for it.
type frameworkServer = tfprotov6.ProviderServerWithListResource //nolint:staticcheck // deprecated, but still needed

// server is the framework's protocol server, but it forgets each call. The
// framework keeps the contexts of all calls until the process ends, with their
// loggers: about 50 KiB for each managed resource.
type server struct {
	frameworkServer
}

// NewServer returns a constructor of the provider's protocol server.
func NewServer(version string) func() tfprotov6.ProviderServer {
	return func() tfprotov6.ProviderServer {
		framework := providerserver.NewProtocol6(New(version)())()
		return server{framework.(frameworkServer)} //nolint:forcetypeassert // the framework lists resources
	}
}

func (s server) ValidateResourceConfig(
	ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest,
) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return call(ctx, s.frameworkServer.ValidateResourceConfig, req)
}

func (s server) UpgradeResourceState(
	ctx context.Context, req *tfprotov6.UpgradeResourceStateRequest,
) (*tfprotov6.UpgradeResourceStateResponse, error) {
	return call(ctx, s.frameworkServer.UpgradeResourceState, req)
}

func (s server) UpgradeResourceIdentity(
	ctx context.Context, req *tfprotov6.UpgradeResourceIdentityRequest,
) (*tfprotov6.UpgradeResourceIdentityResponse, error) {
	return call(ctx, s.frameworkServer.UpgradeResourceIdentity, req)
}

func (s server) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	return call(ctx, s.frameworkServer.ReadResource, req)
}

func (s server) PlanResourceChange(
	ctx context.Context, req *tfprotov6.PlanResourceChangeRequest,
) (*tfprotov6.PlanResourceChangeResponse, error) {
	return call(ctx, s.frameworkServer.PlanResourceChange, req)
}

func (s server) ApplyResourceChange(
	ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest,
) (*tfprotov6.ApplyResourceChangeResponse, error) {
	return call(ctx, s.frameworkServer.ApplyResourceChange, req)
}

func (s server) ImportResourceState(
	ctx context.Context, req *tfprotov6.ImportResourceStateRequest,
) (*tfprotov6.ImportResourceStateResponse, error) {
	return call(ctx, s.frameworkServer.ImportResourceState, req)
}

func (s server) ValidateDataResourceConfig(
	ctx context.Context, req *tfprotov6.ValidateDataResourceConfigRequest,
) (*tfprotov6.ValidateDataResourceConfigResponse, error) {
	return call(ctx, s.frameworkServer.ValidateDataResourceConfig, req)
}

func (s server) ReadDataSource(ctx context.Context, req *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	return call(ctx, s.frameworkServer.ReadDataSource, req)
}

func (s server) CallFunction(ctx context.Context, req *tfprotov6.CallFunctionRequest) (*tfprotov6.CallFunctionResponse, error) {
	return call(ctx, s.frameworkServer.CallFunction, req)
}

func call[Req, Resp any](ctx context.Context, rpc func(context.Context, Req) (Resp, error), req Req) (Resp, error) {
	c := newCallContext(ctx)
	defer c.end()
	return rpc(c, req)
}

// callContext is the context of a call, which can be kept after the call without
// keeping its values.
type callContext struct {
	context.Context // cancelled with the call's own context, and when the call ends

	parent atomic.Pointer[context.Context]
	end    func()
}

func newCallContext(parent context.Context) *callContext {
	ctx, cancel := context.WithCancelCause(context.Background())
	c := &callContext{Context: ctx}
	c.parent.Store(&parent)
	stop := context.AfterFunc(parent, func() { cancel(context.Cause(parent)) })
	c.end = func() {
		stop()
		cancel(nil)
		c.parent.Store(nil)
		c.end = nil // it refers to the parent
	}
	return c
}

func (c *callContext) Value(key any) any {
	// The own context first, so that a child attaches to it and not to the parent.
	if value := c.Context.Value(key); value != nil {
		return value
	}
	if parent := c.parent.Load(); parent != nil {
		return (*parent).Value(key)
	}
	return nil
}
