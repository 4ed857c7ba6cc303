package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// frameworkServer is what the framework's protocol server implements. terraform query
// works only if server also has the methods for list resources.
type frameworkServer = tfprotov6.ProviderServerWithListResource //nolint:staticcheck // deprecated, but still needed

// server is the framework's protocol server without logs. The framework appends the context of each call to a
// list, to cancel it when the CLI asks for a stop, and removes it only then (registerContext in
// internal/proto6server/serve.go, also in its version 1.19.0). With their loggers, that is more than 100 KiB for
// each managed resource and 50 KiB for each data source, for each of which a plan makes the calls below. Preparing
// log lines that nobody asked for also takes time.
type server struct {
	frameworkServer
}

// NewServer returns a constructor of the provider's protocol server, which writes
// logs only if asked to. Logs cost memory, since the framework then keeps the contexts.
func NewServer(version string, logs bool) func() tfprotov6.ProviderServer {
	return func() tfprotov6.ProviderServer {
		framework := providerserver.NewProtocol6(New(version)())()
		if logs {
			return framework
		}
		return server{framework.(frameworkServer)} //nolint:forcetypeassert // the framework lists resources
	}
}

func (s server) ValidateResourceConfig(ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return call(ctx, s.frameworkServer.ValidateResourceConfig, req)
}

func (s server) UpgradeResourceState(ctx context.Context, req *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	return call(ctx, s.frameworkServer.UpgradeResourceState, req)
}

func (s server) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	return call(ctx, s.frameworkServer.ReadResource, req)
}

func (s server) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	return call(ctx, s.frameworkServer.PlanResourceChange, req)
}

func (s server) ValidateDataResourceConfig(
	ctx context.Context, req *tfprotov6.ValidateDataResourceConfigRequest,
) (*tfprotov6.ValidateDataResourceConfigResponse, error) {
	return call(ctx, s.frameworkServer.ValidateDataResourceConfig, req)
}

func (s server) ReadDataSource(ctx context.Context, req *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	return call(ctx, s.frameworkServer.ReadDataSource, req)
}

// call makes a call with a context without loggers, which ends with the CLI's context and with the call.
func call[Req, Resp any](ctx context.Context, rpc func(context.Context, Req) (Resp, error), req Req) (Resp, error) {
	own, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	defer context.AfterFunc(ctx, func() { cancel(context.Cause(ctx)) })()
	return rpc(own, req)
}
