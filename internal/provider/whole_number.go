package provider

import (
	"context"
	"fmt"
	"math"
	"math/big"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// wholeNumber validates an attribute that holds an integer. Such attributes are
// of the wide number type, since the framework calls a fraction in an integer
// an error of the provider.
type wholeNumber struct {
	from   int64
	noun   string // "A webhook's Id"
	remedy string
}

var _ validator.Number = wholeNumber{}

func (v wholeNumber) Description(context.Context) string {
	return fmt.Sprintf("must be a whole number, %d or more", v.from)
}

func (v wholeNumber) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v wholeNumber) ValidateNumber(_ context.Context, req validator.NumberRequest, resp *validator.NumberResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	number, accuracy := req.ConfigValue.ValueBigFloat().Int64()
	if accuracy == big.Exact && number >= v.from {
		return
	}
	bounds := fmt.Sprintf("from %d upwards", v.from)
	if req.ConfigValue.ValueBigFloat().Cmp(new(big.Float).SetInt64(math.MaxInt64)) > 0 {
		bounds = fmt.Sprintf("from %d to %d", v.from, int64(math.MaxInt64))
	}
	resp.Diagnostics.AddAttributeError(req.Path, fmt.Sprintf("Invalid %q", req.Path),
		fmt.Sprintf("%s is a whole number %s, and this one is %s.\n\n%s", v.noun, bounds, digits(req.ConfigValue.ValueBigFloat()), v.remedy))
}

// int64Pointer returns what a validated number holds, or nil for null.
func int64Pointer(value types.Number) *int64 {
	if value.IsNull() {
		return nil
	}
	number, _ := value.ValueBigFloat().Int64()
	return &number
}
