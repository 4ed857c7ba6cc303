package provider

import (
	"reflect"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/nexudus"
)

func TestBusinessModel_fromAPI(t *testing.T) {
	var got businessModel
	got.fromAPI(&nexudus.Business{
		ID: 1<<63 - 1, Name: new("a"), WebAddress: new("b"), RootLocationID: new(int64(9007199254740993)), UniqueID: new("c"), Suspended: new(true),
		CurrencyCode: new(
			"d",
		), CountryName: new("e"), SpaceWebsiteLanguageCulture: new("f"), Address: new("g"), TownCity: new("h"), State: new("i"),
		PostalCode: new(
			"j",
		), Phone: new("k"), EmailContact: new("l"), WebContact: new("m"), Latitude: new(48.1242), Longitude: new(-11.6058),
		Tags: new(
			"n,o",
		), CreatedOn: new("2025-01-15T10:30:00"), UpdatedOn: new("0001-01-01T00:00:00"), SystemID: new("p"), ToStringText: new("q"),
	})
	text := types.StringValue
	want := businessModel{
		ID: newInteger(
			1<<63 - 1,
		), Name: text("a"), WebAddress: text("b"), RootLocationID: newInteger(9007199254740993), UniqueID: text("c"),
		Suspended: types.BoolValue(
			true,
		), CurrencyCode: text("d"), CountryName: text("e"), SpaceWebsiteLanguageCulture: text("f"), Address: text("g"),
		TownCity: text("h"), State: text("i"), PostalCode: text("j"), Phone: text("k"), EmailContact: text("l"), WebContact: text("m"),
		Latitude: types.Float64Value(
			48.1242,
		), Longitude: types.Float64Value(-11.6058), Tags: text("n,o"), CreatedOn: text("2025-01-15T10:30:00Z"),
		UpdatedOn: types.StringNull(), SystemID: text("p"), ToStringText: text("q"),
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("model = %+v,\nwant    %+v", got, want)
	}
}

func TestBusinessModel_nulls(t *testing.T) {
	var got businessModel
	got.fromAPI(&nexudus.Business{ID: 1})
	fields := reflect.ValueOf(got)
	for i := range fields.NumField() {
		null, ok := fields.Field(i).Interface().(interface{ IsNull() bool })
		if name := fields.Type().Field(i).Name; name != "ID" && (!ok || !null.IsNull()) {
			t.Errorf("%s = %v, want null", name, fields.Field(i))
		}
	}
}
