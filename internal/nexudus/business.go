package nexudus

import (
	"cmp"
	"context"
	"net/url"
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

var businesses = noun[Business]{name: "location", path: "businesses", role: "Business", id: func(b *Business) int64 { return b.ID }}

// Business reads one location. It needs the role Business-Read. The error of a
// location that certainly does not exist satisfies [IsNotFound].
func (c *Client) Business(ctx context.Context, id int64) (*Business, error) {
	return businesses.get(ctx, c, id)
}

// Businesses lists the locations that a filter chooses and that the user may
// see, ordered by Id. It needs the role Business-List.
func (c *Client) Businesses(ctx context.Context, filter BusinessFilter) ([]*Business, error) {
	return businesses.list(ctx, c, filter.query(), filter.matches)
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

func (f BusinessFilter) matches(b *Business) bool {
	return holds(normal(f.Name), normal(b.Name)) && holds(normal(f.WebAddress), normal(b.WebAddress)) &&
		holds(f.RootLocationID, b.RootLocationID) && holds(f.Suspended, cmp.Or(b.Suspended, new(false)))
}
