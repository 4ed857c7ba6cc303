package provider

import (
	"context"
	"fmt"
	"math"
	"math/big"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// parseID returns an ID of Nexudus, and whether the text is one. IDs are strings in all schemas, as in other
// providers: the CLI then shows [id=101] in its progress lines, and not the name, which people can choose freely.
func parseID(text string) (id int64, ok bool) {
	id, err := strconv.ParseInt(text, 10, 64)
	return id, err == nil && id > 0 && strconv.FormatInt(id, 10) == text
}

func newID(id int64) types.String { return types.StringValue(strconv.FormatInt(id, 10)) }

// newIDPointer returns null for nil.
func newIDPointer(id *int64) types.String {
	if id == nil {
		return types.StringNull()
	}
	return newID(*id)
}

// idPointer returns nil for a value that is null, unknown or not an ID.
func idPointer(value types.String) *int64 {
	id, ok := parseID(value.ValueString())
	if !ok {
		return nil
	}
	return &id
}

// check is a validator of texts: it returns what is wrong with a value, or nothing.
type check func(attribute, value string) (summary, detail string)

var _ validator.String = check(nil)

func (check) Description(context.Context) string         { return "" } // nothing shows it
func (check) MarkdownDescription(context.Context) string { return "" }

func (c check) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if summary, detail := c(req.Path.String(), req.ConfigValue.ValueString()); summary != "" {
		resp.Diagnostics.AddAttributeError(req.Path, summary, detail)
	}
}

// isID checks an attribute for the ID of a record, such as a webhook.
func isID(kind string) check {
	return func(attribute, value string) (summary, detail string) {
		if _, ok := parseID(value); ok {
			return "", ""
		}
		return fmt.Sprintf("Invalid %q", attribute), noID(attribute, kind, value)
	}
}

// noID says that a value is not the ID of a record, and where to find the ID.
func noID(attribute, kind, value string) string {
	example, find := "101", "The data source nexudus_webhooks lists the IDs."
	if kind == "location" {
		example, find = "5001", findLocation
	}
	if value == "" {
		find = "Check that the variable is set. " + find
	}
	return fmt.Sprintf("%s must be the ID of a %s, such as %q; got %s.\n\n%s", attribute, kind, example, quote(value), find)
}

// wholeNumber is the validator of the numbers that people write: whole numbers of at least a minimum. They are not
// Int64 attributes, because the framework reports a fraction in one as an error in the provider.
type wholeNumber struct {
	minimum int64
	atMost  string // another attribute; its number must not be smaller
}

var (
	_ validator.Number                  = wholeNumber{}
	_ function.NumberParameterValidator = wholeNumber{}
)

func (v wholeNumber) Description(context.Context) string {
	return fmt.Sprintf("must be a whole number from %d to %d", v.minimum, int64(math.MaxInt64))
}

func (v wholeNumber) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v wholeNumber) ValidateNumber(ctx context.Context, req validator.NumberRequest, resp *validator.NumberResponse) {
	summary := fmt.Sprintf("Invalid %q", req.Path)
	if !v.accepts(req.ConfigValue) {
		resp.Diagnostics.AddAttributeError(req.Path, summary,
			fmt.Sprintf("%s %s; got %s.", req.Path, v.Description(ctx), digits(req.ConfigValue.ValueBigFloat())))
		return
	}
	if v.atMost == "" || req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	var most types.Number
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root(v.atMost), &most)...)
	if most.IsNull() || most.IsUnknown() || !v.accepts(most) {
		return // the other attribute reports it
	}
	if req.ConfigValue.ValueBigFloat().Cmp(most.ValueBigFloat()) > 0 {
		resp.Diagnostics.AddAttributeError(req.Path, summary, fmt.Sprintf("%s must not be greater than %s; got %s and %s.",
			req.Path, v.atMost, digits(req.ConfigValue.ValueBigFloat()), digits(most.ValueBigFloat())))
	}
}

func (v wholeNumber) ValidateParameterNumber(
	ctx context.Context, req function.NumberParameterValidatorRequest, resp *function.NumberParameterValidatorResponse,
) {
	if !v.accepts(req.Value) { // the CLI ends the message with a full stop
		resp.Error = function.NewArgumentFuncError(req.ArgumentPosition,
			fmt.Sprintf("The argument %s; got %s", v.Description(ctx), digits(req.Value.ValueBigFloat())))
	}
}

func (v wholeNumber) accepts(value types.Number) bool {
	if value.IsNull() || value.IsUnknown() {
		return true
	}
	number, accuracy := value.ValueBigFloat().Int64()
	return accuracy == big.Exact && number >= v.minimum
}

// int64Pointer returns nil for null and unknown.
func int64Pointer(value types.Number) *int64 {
	if value.IsNull() || value.IsUnknown() {
		return nil
	}
	number, _ := value.ValueBigFloat().Int64()
	return &number
}
