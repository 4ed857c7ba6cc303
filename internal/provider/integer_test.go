package provider

import (
	"math"
	"math/big"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr/xattr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// parse returns the value that an attribute of a type has when the configuration
// says text.
func parse(t *testing.T, of integerType, text string) integerValue {
	t.Helper()
	raw := tftypes.NewValue(tftypes.Number, nil)
	switch text {
	case "null":
	case "(unknown)":
		raw = tftypes.NewValue(tftypes.Number, tftypes.UnknownValue)
	default:
		number, _, err := big.ParseFloat(text, 10, 512, big.ToNearestEven)
		if err != nil {
			t.Fatal(err)
		}
		raw = tftypes.NewValue(tftypes.Number, number)
	}
	value, err := of.ValueFromTerraform(t.Context(), raw)
	if err != nil {
		t.Fatal(err)
	}
	return value.(integerValue)
}

func TestInteger_validate(t *testing.T) {
	id := integerType{minimum: 1, noun: "A webhook's Id", remedy: "Look it up."}
	tests := []struct {
		name string
		of   integerType
		text string
		want string
	}{
		{name: "smallest", of: id, text: "1"},
		{name: "largest", of: id, text: "9223372036854775807"},
		{name: "null", of: id, text: "null"},
		{name: "unknown", of: id, text: "(unknown)"},
		{name: "below the minimum", of: id, text: "0", want: "A webhook's Id must be a whole number of at least 1; got 0."},
		{name: "negative", of: id, text: "-1", want: "A webhook's Id must be a whole number of at least 1; got -1."},
		{name: "fraction", of: id, text: "1.5", want: "A webhook's Id must be a whole number of at least 1; got 1.5."},
		{
			name: "above int64", of: id, text: "9223372036854775808",
			want: "A webhook's Id must be a whole number from 1 to 9223372036854775807; got 9223372036854775808.",
		},
		{
			name: "huge", of: id, text: "1e100000",
			want: "A webhook's Id must be a whole number from 1 to 9223372036854775807; got 1e+100000.",
		},
		{name: "smallest int64 from the API", of: anyInteger, text: "-9223372036854775808"},
		{
			name: "fraction from the API", of: anyInteger, text: "0.5",
			want: "The number must be a whole number from -9223372036854775808 to 9223372036854775807; got 0.5.",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			value := parse(t, test.of, test.text)
			var attribute xattr.ValidateAttributeResponse
			value.ValidateAttribute(t.Context(), xattr.ValidateAttributeRequest{Path: path.Root("id")}, &attribute)
			var parameter function.ValidateParameterResponse
			value.ValidateParameter(t.Context(), function.ValidateParameterRequest{Position: 2}, &parameter)
			if test.want == "" {
				if len(attribute.Diagnostics) > 0 || parameter.Error != nil {
					t.Errorf("said %v and %v, want nothing", attribute.Diagnostics, parameter.Error)
				}
				return
			}
			if d := attribute.Diagnostics; len(d) != 1 || d[0].Summary() != `Invalid "id"` || d[0].Detail() != test.want+"\n\n"+test.of.remedy {
				t.Errorf("diagnostics = %v, want %s", d, test.want)
			}
			if e := parameter.Error; e == nil || e.Text+"." != test.want || *e.FunctionArgument != 2 {
				t.Errorf("error = %v, want %s for argument 2", e, test.want)
			}
		})
	}
}

func TestInteger_int64Pointer(t *testing.T) {
	for text, want := range map[string]*int64{
		"null": nil, "(unknown)": nil, "0": new(int64(0)),
		"9007199254740993": new(int64(9007199254740993)), "9223372036854775807": new(int64(math.MaxInt64)),
	} {
		got := parse(t, anyInteger, text).Int64Pointer()
		if (got == nil) != (want == nil) || got != nil && *got != *want {
			t.Errorf("Int64Pointer of %s = %v, want %v", text, got, want)
		}
		// A value from the API equals the one that the state holds.
		if want != nil && !newInteger(*want).Equal(parse(t, integerType{minimum: 1}, text)) {
			t.Errorf("newInteger(%d) does not equal its own text", *want)
		}
	}
	if got := newIntegerPointer[int64](nil); !got.IsNull() {
		t.Errorf("newIntegerPointer(nil) = %s, want null", got)
	}
	if got := newIntegerPointer(new(int64(7))); !got.Equal(newInteger(7)) || got.Equal(newInteger(8)) {
		t.Errorf("newIntegerPointer(7) = %s, want 7 and nothing else", got)
	}
	if got := (integerValue{}).Int64Pointer(); got != nil {
		t.Errorf("Int64Pointer of the zero value = %d, want nil", *got)
	}
}
