package provider

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/nexudus"
)

var (
	_ function.Function = webhookActionNameFunction{}
	_ function.Function = webhookActionCodeFunction{}
	_ function.Function = webhookActionCodesFunction{}
)

// worksOffline ends each function's description.
const worksOffline = "Works offline and without credentials. Requires Terraform 1.8 or OpenTofu 1.7, or newer."

// webhookActionNameFunction implements webhook_action_name, which returns
// "BookingCreate" for 6.
type webhookActionNameFunction struct{}

func newWebhookActionNameFunction() function.Function { return webhookActionNameFunction{} }

func (webhookActionNameFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "webhook_action_name"
}

func (webhookActionNameFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary:             "Name of a webhook action",
		MarkdownDescription: "Returns the name of the webhook action (`eWebhookAction` in the API) with the given code. " + worksOffline,
		Parameters: []function.Parameter{function.NumberParameter{
			Name:                "code",
			MarkdownDescription: "Code of the action, such as `6`.",
			CustomType:          integerType{minimum: 1, noun: "The code of a webhook action"},
		}},
		Return: function.StringReturn{},
	}
}

func (webhookActionNameFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var argument integerValue
	resp.Error = req.Arguments.Get(ctx, &argument)
	if resp.Error != nil {
		return
	}
	code := *argument.Int64Pointer()
	name, known := nexudus.Action(code).Name()
	if !known {
		resp.Error = function.NewArgumentFuncError(0, fmt.Sprintf(
			"This version of the provider knows the webhook actions 1 to %d; got %d", len(nexudus.ActionNames()), code))
		return
	}
	resp.Error = resp.Result.Set(ctx, name)
}

// webhookActionCodeFunction implements webhook_action_code, which returns 6 for
// "BookingCreate".
type webhookActionCodeFunction struct{}

func newWebhookActionCodeFunction() function.Function { return webhookActionCodeFunction{} }

func (webhookActionCodeFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "webhook_action_code"
}

func (webhookActionCodeFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Code of a webhook action",
		MarkdownDescription: "Returns the code of the webhook action (`eWebhookAction` in the API) with the given name. " +
			"Names are case-sensitive. " + worksOffline,
		Parameters: []function.Parameter{function.StringParameter{
			Name:                "name",
			MarkdownDescription: "Name of the action, such as `BookingCreate`.",
		}},
		Return: function.Int64Return{},
	}
}

func (webhookActionCodeFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var name string
	resp.Error = req.Arguments.Get(ctx, &name)
	if resp.Error != nil {
		return
	}
	action, known := nexudus.ActionByName(name)
	if !known {
		resp.Error = function.NewArgumentFuncError(0, unknownActionName(name))
		return
	}
	resp.Error = resp.Result.Set(ctx, int64(action))
}

// webhookActionCodesFunction implements webhook_action_codes, which returns a map
// from names to codes.
type webhookActionCodesFunction struct{}

func newWebhookActionCodesFunction() function.Function { return webhookActionCodesFunction{} }

func (webhookActionCodesFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "webhook_action_codes"
}

func (webhookActionCodesFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Codes of all webhook actions",
		MarkdownDescription: "Returns a map from names to codes of all webhook actions (`eWebhookAction` in the API) " +
			"that this version of the provider knows. " + worksOffline,
		Return: function.MapReturn{ElementType: types.Int64Type},
	}
}

func (webhookActionCodesFunction) Run(ctx context.Context, _ function.RunRequest, resp *function.RunResponse) {
	codes := make(map[string]int64)
	for i, name := range nexudus.ActionNames() {
		codes[name] = int64(i + 1)
	}
	resp.Error = resp.Result.Set(ctx, codes)
}

// unknownActionName does not end in a full stop: the CLI adds one to the error of a
// function.
func unknownActionName(name string) string {
	nearest := slices.MinFunc(nexudus.ActionNames(), func(a, b string) int {
		return cmp.Compare(distance(name, a), distance(name, b))
	})
	text := fmt.Sprintf("This version of the provider knows no webhook action with the name %s", quote(name))
	if distance(name, nearest) > len(nearest)/3 {
		return text
	}
	return fmt.Sprintf("%s. The nearest is %q; names are case-sensitive", text, nearest)
}

// distance is the number of edits between two names. It ignores case, so that a
// name that is wrong only in case is the nearest.
func distance(a, b string) int {
	return levenshtein.Distance(strings.ToLower(a), strings.ToLower(b), nil)
}
