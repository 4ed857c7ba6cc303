package provider

import (
	"context"
	"fmt"
	"math"
	"math/big"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/attr/xattr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

var (
	_ basetypes.NumberTypable        = integerType{}
	_ basetypes.NumberValuable       = integerValue{}
	_ xattr.ValidateableAttribute    = integerValue{}
	_ function.ValidateableParameter = integerValue{}
)

// integerType is the type of all whole-number attributes. Its values validate
// themselves. The framework's own Int64Type reports a fraction in the
// configuration as an error in the provider.
type integerType struct {
	basetypes.NumberType

	minimum int64
	noun    string // what the number is, such as "A webhook's Id"
	remedy  string
}

// anyInteger is the type of attributes that Nexudus sets.
var anyInteger = integerType{minimum: math.MinInt64, noun: "The number"}

func (integerType) String() string { return "integer" }

// Equal ignores the allowed range: a value from the API fits all integer
// attributes.
func (integerType) Equal(other attr.Type) bool {
	_, ok := other.(integerType)
	return ok
}

func (t integerType) ValueFromNumber(_ context.Context, number basetypes.NumberValue) (basetypes.NumberValuable, diag.Diagnostics) {
	return integerValue{NumberValue: number, of: t}, nil
}

func (t integerType) ValueFromTerraform(ctx context.Context, raw tftypes.Value) (attr.Value, error) {
	value, err := t.NumberType.ValueFromTerraform(ctx, raw)
	if err != nil {
		return nil, err
	}
	number, ok := value.(basetypes.NumberValue)
	if !ok {
		return nil, fmt.Errorf("unexpected type %T of a number", value)
	}
	return integerValue{NumberValue: number, of: t}, nil
}

func (t integerType) ValueType(context.Context) attr.Value { return integerValue{of: t} }

// integerValue is null, unknown, or a whole number that fits in an int64.
type integerValue struct {
	basetypes.NumberValue

	of integerType
}

func newInteger(number int64) integerValue {
	return integerValue{NumberValue: basetypes.NewNumberValue(new(big.Float).SetInt64(number)), of: anyInteger}
}

// newIntegerPointer returns null for nil.
func newIntegerPointer[T ~int64](number *T) integerValue {
	if number == nil {
		return integerValue{NumberValue: basetypes.NewNumberNull(), of: anyInteger}
	}
	return newInteger(int64(*number))
}

func (v integerValue) Type(context.Context) attr.Type { return v.of }

func (v integerValue) Equal(other attr.Value) bool {
	o, ok := other.(integerValue)
	return ok && v.NumberValue.Equal(o.NumberValue)
}

// Int64Pointer returns nil for null and unknown.
func (v integerValue) Int64Pointer() *int64 {
	if v.IsNull() || v.IsUnknown() {
		return nil
	}
	number, _ := v.ValueBigFloat().Int64()
	return &number
}

func (v integerValue) ValidateAttribute(_ context.Context, req xattr.ValidateAttributeRequest, resp *xattr.ValidateAttributeResponse) {
	if problem := v.problem(); problem != "" {
		resp.Diagnostics.AddAttributeError(req.Path, fmt.Sprintf("Invalid %q", req.Path), problem+"\n\n"+v.of.remedy)
	}
}

func (v integerValue) ValidateParameter(
	_ context.Context, req function.ValidateParameterRequest, resp *function.ValidateParameterResponse,
) {
	if problem := v.problem(); problem != "" {
		// The CLI ends the message with a full stop.
		resp.Error = function.NewArgumentFuncError(req.Position, strings.TrimSuffix(problem, "."))
	}
}

// problem returns what is wrong with a value, or an empty string.
func (v integerValue) problem() string {
	if v.IsNull() || v.IsUnknown() {
		return ""
	}
	given := v.ValueBigFloat()
	number, accuracy := given.Int64()
	if accuracy == big.Exact && number >= v.of.minimum {
		return ""
	}
	bounds := fmt.Sprintf("of at least %d", v.of.minimum)
	if v.of.minimum == math.MinInt64 || given.Cmp(new(big.Float).SetInt64(math.MaxInt64)) > 0 {
		bounds = fmt.Sprintf("from %d to %d", v.of.minimum, int64(math.MaxInt64))
	}
	return fmt.Sprintf("%s must be a whole number %s; got %s.", v.of.noun, bounds, digits(given))
}
