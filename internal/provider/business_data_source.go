package provider

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/nexudus"
)

func newBusinessDataSource() datasource.DataSource {
	attributes := businessAttributes()
	for name, validators := range map[string][]validator.String{
		"id": {
			isID("location"), stringvalidator.ExactlyOneOf(path.MatchRoot("id"), path.MatchRoot("name"), path.MatchRoot("web_address")),
		},
		"name":        {stringvalidator.LengthAtLeast(1)},
		"web_address": {stringvalidator.LengthAtLeast(1)},
	} {
		attributes[name] = schema.StringAttribute{
			Optional: true, Computed: true, Validators: validators,
			MarkdownDescription: attributes[name].GetMarkdownDescription() + " Exactly one of `id`, `name` and `web_address` is required.",
		}
	}
	return &dataSource[businessModel]{name: "business", read: readBusiness, schema: schema.Schema{
		MarkdownDescription: "Reads one location, which the API calls a business, by its ID, name or web address. " +
			"See [the API's page](https://developers.nexudus.com/rest-api/sys/get-businesses-by-id).\n\n" +
			"Requires [the permission](../guides/authentication.md#permissions) `Business-List`, or `Business-Read` if the location is given by its ID. " +
			"Names and web addresses must match exactly, including case. " +
			"Reading fails if no location matches, or if several do; the error then lists candidates.",
		Attributes: attributes,
	}}
}

func readBusiness(ctx context.Context, client *nexudus.Client, m *businessModel, diags *diag.Diagnostics) error {
	var business *nexudus.Business
	var err error
	if id := idPointer(m.ID); id != nil {
		business, err = client.Business(ctx, *id)
	} else {
		business, err = findBusiness(ctx, client, m, diags)
	}
	if business != nil {
		m.fromAPI(business)
	}
	return err
}

// findBusiness returns the location with the configured name or web address, or
// reports why there is not exactly one and returns nil.
func findBusiness(ctx context.Context, client *nexudus.Client, config *businessModel, diags *diag.Diagnostics) (*nexudus.Business, error) {
	by, others := "name", `"id" or "web_address"`
	wanted, value := config.Name.ValueString(), func(b *nexudus.Business) string { return *cmp.Or(b.Name, new(string)) }
	if config.Name.IsNull() {
		by, others = "web_address", `"id"`
		wanted, value = config.WebAddress.ValueString(), func(b *nexudus.Business) string { return *cmp.Or(b.WebAddress, new(string)) }
	}
	words := strings.ReplaceAll(by, "_", " ")
	found, err := client.Businesses(ctx, nexudus.BusinessFilter{
		Name: config.Name.ValueStringPointer(), WebAddress: config.WebAddress.ValueStringPointer(),
	})
	switch {
	case err != nil:
		return nil, err
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		diags.AddAttributeError(path.Root(by), "Several locations match", fmt.Sprintf(
			"%d locations have the %s %s.\n\nSelect one of them by %s.\n\nCandidates (ID, name, web address):%s",
			len(found), words, quote(wanted), others, candidates(client, found)))
		return nil, nil
	}
	all, err := client.Businesses(ctx, nexudus.BusinessFilter{})
	if err != nil {
		return nil, err
	}
	text := fmt.Sprintf("No location has the %s %s, or the user does not have access to it.\n\n", words, quote(wanted))
	visible := len(all)
	similar := slices.DeleteFunc(all, func(b *nexudus.Business) bool { return !isSimilar(wanted, value(b)) })
	switch {
	case visible == 0:
		text += "The user cannot see any location: check in Nexudus which ones the user has access to."
	case len(similar) == 0:
		text += "The data source nexudus_businesses lists the locations that the user can see."
	default:
		slices.SortStableFunc(similar, func(a, b *nexudus.Business) int {
			return cmp.Compare(distance(wanted, value(a)), distance(wanted, value(b)))
		})
		text += "Did you mean one of these (ID, name, web address)?" + candidates(client, similar)
	}
	diags.AddAttributeError(path.Root(by), "Location not found", text)
	return nil, nil
}

// candidates lists locations with the attributes that select them, one per line.
func candidates(client *nexudus.Client, all []*nexudus.Business) string {
	lines := mapped(all, func(b *nexudus.Business) string {
		line := fmt.Sprint(b.ID)
		for _, text := range []*string{b.Name, b.WebAddress} {
			if text != nil && *text != "" {
				line += " " + quote(client.Sanitize(*text))
			}
		}
		return line
	})
	return "\n  - " + strings.Join(atMostTen(lines), "\n  - ")
}
