package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/nexudus"
)

// actionFunction is a function about the actions of webhooks. Its arguments and results
// come from the provider's own table.
type actionFunction struct {
	name       string
	definition function.Definition
	run        func(context.Context, function.ArgumentsData) (result any, failure *function.FuncError)
}

var _ function.Function = actionFunction{}

func (f actionFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = f.name
}

func (f actionFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = f.definition
	resp.Definition.MarkdownDescription += " Works offline and without credentials. Requires Terraform 1.8 or OpenTofu 1.7, or newer."
}

func (f actionFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	result, failure := f.run(ctx, req.Arguments)
	if failure == nil {
		failure = resp.Result.Set(ctx, result)
	}
	resp.Error = failure
}

// newWebhookActionNameFunction returns "BookingCreate" for 6.
func newWebhookActionNameFunction() function.Function {
	return actionFunction{"webhook_action_name", function.Definition{
		Summary:             "Name of an event",
		MarkdownDescription: "Returns the name of the event with the given code (`eWebhookAction` in the API).",
		Parameters: []function.Parameter{function.NumberParameter{
			Name: "code", MarkdownDescription: "Code of the event, such as `6`.", Validators: []function.NumberParameterValidator{wholeNumber{}},
		}},
		Return: function.StringReturn{},
	}, func(ctx context.Context, arguments function.ArgumentsData) (any, *function.FuncError) {
		var argument types.Number
		if err := arguments.Get(ctx, &argument); err != nil {
			return nil, err
		}
		code := *int64Pointer(argument)
		name, known := nexudus.Action(code).Name()
		if !known {
			return nil, function.NewArgumentFuncError(0, fmt.Sprintf(
				"This version of the provider knows the codes 1 to %d of webhook events; got %d", len(nexudus.ActionNames()), code))
		}
		return name, nil
	}}
}

// newWebhookActionCodeFunction returns 6 for "BookingCreate".
func newWebhookActionCodeFunction() function.Function {
	return actionFunction{"webhook_action_code", function.Definition{
		Summary: "Code of an event",
		MarkdownDescription: "Returns the code of the event with the given name (`eWebhookAction` in the API). " +
			"Names are case-sensitive.",
		Parameters: []function.Parameter{function.StringParameter{
			Name: "name", MarkdownDescription: "Name of the event, such as `BookingCreate`.",
		}},
		Return: function.Int64Return{},
	}, func(ctx context.Context, arguments function.ArgumentsData) (any, *function.FuncError) {
		var name string
		if err := arguments.Get(ctx, &name); err != nil {
			return nil, err
		}
		action, known := nexudus.ActionByName(name)
		if !known { // the CLI ends the message with a full stop
			return nil, function.NewArgumentFuncError(0, strings.TrimSuffix(unknownActionName(name, "; the closest is %q"), "."))
		}
		return int64(action), nil
	}}
}

// newWebhookActionCodesFunction returns a map from names to codes.
func newWebhookActionCodesFunction() function.Function {
	return actionFunction{"webhook_action_codes", function.Definition{
		Summary: "Codes of all events",
		MarkdownDescription: "Returns a map from names to codes of all events (`eWebhookAction` in the API) " +
			"that this version of the provider knows.",
		Return: function.MapReturn{ElementType: types.Int64Type},
	}, func(context.Context, function.ArgumentsData) (any, *function.FuncError) {
		codes := make(map[string]int64)
		for i, name := range nexudus.ActionNames() {
			codes[name] = int64(i + 1)
		}
		return codes, nil
	}}
}
