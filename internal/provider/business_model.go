package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/nexudus"
)

// businessModel is the state of a location.
type businessModel struct {
	ID                          types.String  `tfsdk:"id"`
	Name                        types.String  `tfsdk:"name"`
	WebAddress                  types.String  `tfsdk:"web_address"`
	RootLocationID              types.String  `tfsdk:"root_location_id"`
	UniqueID                    types.String  `tfsdk:"unique_id"`
	Suspended                   types.Bool    `tfsdk:"suspended"`
	CurrencyCode                types.String  `tfsdk:"currency_code"`
	CountryName                 types.String  `tfsdk:"country_name"`
	SpaceWebsiteLanguageCulture types.String  `tfsdk:"space_website_language_culture"`
	Address                     types.String  `tfsdk:"address"`
	TownCity                    types.String  `tfsdk:"town_city"`
	State                       types.String  `tfsdk:"state"`
	PostalCode                  types.String  `tfsdk:"postal_code"`
	Phone                       types.String  `tfsdk:"phone"`
	EmailContact                types.String  `tfsdk:"email_contact"`
	WebContact                  types.String  `tfsdk:"web_contact"`
	Latitude                    types.Float64 `tfsdk:"latitude"`
	Longitude                   types.Float64 `tfsdk:"longitude"`
	Tags                        types.String  `tfsdk:"tags"`
	CreatedOn                   types.String  `tfsdk:"created_on"`
	UpdatedOn                   types.String  `tfsdk:"updated_on"`
	SystemID                    types.String  `tfsdk:"system_id"`
	ToStringText                types.String  `tfsdk:"to_string_text"`
}

// businessAttributes returns the attributes of a location, all of which Nexudus sets.
func businessAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":                             text("`Id` of the location in Nexudus."),
		"name":                           text("Display name. It may be empty for an old location, which then has only `to_string_text`."),
		"web_address":                    text("Short name in the location's public web address."),
		"root_location_id":               text("ID of the parent location. Null if there is none."),
		"unique_id":                      text("UUID of the location."),
		"suspended":                      flag("Whether the location is suspended."),
		"currency_code":                  text("Code of the currency, such as `EUR`."),
		"country_name":                   text("Name of the country."),
		"space_website_language_culture": text("Language and region of the location's website, such as `de-DE`."),
		"address":                        text("Street address."),
		"town_city":                      text("Town or city."),
		"state":                          text("State or region."),
		"postal_code":                    text("Postal code."),
		"phone":                          text("Telephone number."),
		"email_contact":                  text("Email address for enquiries."),
		"web_contact":                    text("Address of the location's own website."),
		"latitude":                       schema.Float64Attribute{Computed: true, MarkdownDescription: "Latitude in degrees."},
		"longitude":                      schema.Float64Attribute{Computed: true, MarkdownDescription: "Longitude in degrees."},
		"tags":                           text("Tags, separated by commas."),
		"created_on":                     text("Time at which the location was created, in RFC 3339 format."),
		"updated_on":                     text("Time at which the location was last changed, in RFC 3339 format."),
		"system_id":                      text("Free text for API clients. Nexudus does not display it."),
		"to_string_text":                 text("Text that Nexudus displays for the record."),
	}
}

func (m *businessModel) fromAPI(b *nexudus.Business) {
	m.ID = newID(b.ID)
	m.Name = types.StringPointerValue(b.Name)
	m.WebAddress = types.StringPointerValue(b.WebAddress)
	m.RootLocationID = newIDPointer(b.RootLocationID)
	m.UniqueID = types.StringPointerValue(b.UniqueID)
	m.Suspended = types.BoolPointerValue(b.Suspended)
	m.CurrencyCode = types.StringPointerValue(b.CurrencyCode)
	m.CountryName = types.StringPointerValue(b.CountryName)
	m.SpaceWebsiteLanguageCulture = types.StringPointerValue(b.SpaceWebsiteLanguageCulture)
	m.Address = types.StringPointerValue(b.Address)
	m.TownCity = types.StringPointerValue(b.TownCity)
	m.State = types.StringPointerValue(b.State)
	m.PostalCode = types.StringPointerValue(b.PostalCode)
	m.Phone = types.StringPointerValue(b.Phone)
	m.EmailContact = types.StringPointerValue(b.EmailContact)
	m.WebContact = types.StringPointerValue(b.WebContact)
	m.Latitude = types.Float64PointerValue(b.Latitude)
	m.Longitude = types.Float64PointerValue(b.Longitude)
	m.Tags = types.StringPointerValue(b.Tags)
	m.CreatedOn = dateTime(b.CreatedOn)
	m.UpdatedOn = dateTime(b.UpdatedOn)
	m.SystemID = types.StringPointerValue(b.SystemID)
	m.ToStringText = types.StringPointerValue(b.ToStringText)
}
