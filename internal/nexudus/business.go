package nexudus

import (
	"cmp"
	"context"
	"net/url"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/rest"
)

// Business is a location. Locations form a network of up to four levels.
//
// A nil field was null or missing in the response. Texts and date-times are as
// sent. The operator's own billing data and mail texts are left out on purpose.
// See https://developers.nexudus.com/rest-api/sys/get-businesses-by-id.
type Business struct {
	ID                          int64    `json:"Id"`
	Name                        *string  `json:"Name"`           // empty in some old records
	WebAddress                  *string  `json:"WebAddress"`     // the slug of its public address
	RootLocationID              *int64   `json:"RootLocationId"` // the parent; nil at the top of a network
	UniqueID                    *string  `json:"UniqueId"`
	Suspended                   *bool    `json:"Suspended"`
	CurrencyCode                *string  `json:"CurrencyCode"`
	CountryName                 *string  `json:"CountryName"`
	SpaceWebsiteLanguageCulture *string  `json:"SpaceWebsiteLanguageCulture"`
	Address                     *string  `json:"Address"`
	TownCity                    *string  `json:"TownCity"`
	State                       *string  `json:"State"`
	PostalCode                  *string  `json:"PostalCode"`
	Phone                       *string  `json:"Phone"`
	EmailContact                *string  `json:"EmailContact"`
	WebContact                  *string  `json:"WebContact"`
	Latitude                    *float64 `json:"Latitude"`
	Longitude                   *float64 `json:"Longitude"`
	Tags                        *string  `json:"Tags"`      // separated by commas
	CreatedOn                   *string  `json:"CreatedOn"` // date-time
	UpdatedOn                   *string  `json:"UpdatedOn"` // date-time
	SystemID                    *string  `json:"SystemId"`
	ToStringText                *string  `json:"ToStringText"`
}

func newBusinesses(c *rest.Client) *records[Business] {
	return &records[Business]{
		rest: c, name: "location", path: "businesses", permission: "Business",
		id:        func(b *Business) int64 { return b.ID },
		normalize: func(b *Business) { b.RootLocationID = reference(b.RootLocationID) },
	}
}

// Business reads one location. It needs the permission Business-Read. The error of a
// location that certainly does not exist satisfies [rest.IsNotFound].
func (c *Client) Business(ctx context.Context, id int64) (*Business, error) {
	return c.businesses.get(ctx, id)
}

// Businesses lists the locations that a filter chooses and that the user may
// see, ordered by ID. It needs the permission Business-List.
func (c *Client) Businesses(ctx context.Context, filter BusinessFilter) ([]*Business, error) {
	return c.businesses.all(ctx, listing[Business]{query: filter.query(), matches: filter.chooses})
}

// BusinessFilter chooses locations. A nil field chooses all.
type BusinessFilter struct {
	Name           *string // exact, in any of its Unicode normal forms
	WebAddress     *string // exact, in any of its Unicode normal forms
	RootLocationID *int64  // the parent, not one further up
	Suspended      *bool   // a location without the field is not suspended
}

// query returns the filter as parameters of the API, which has none for
// Suspended.
func (f BusinessFilter) query() url.Values {
	query := make(url.Values)
	set(query, "Business_Name", ascii(f.Name))
	set(query, "Business_WebAddress", ascii(f.WebAddress))
	set(query, "Business_RootLocation", f.RootLocationID)
	return query
}

func (f BusinessFilter) chooses(b *Business) bool {
	return matches(normal(f.Name), normal(b.Name)) && matches(normal(f.WebAddress), normal(b.WebAddress)) &&
		matches(f.RootLocationID, b.RootLocationID) && matches(f.Suspended, cmp.Or(b.Suspended, new(false)))
}
