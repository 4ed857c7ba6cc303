package simulator

import (
	"encoding/json"
	"slices"
)

// Business is a location on the wire, with the fields that clients may want and
// a few of the operator's own that they must not show.
// See https://developers.nexudus.com/rest-api/sys/get-businesses-by-id.
type Business struct {
	ID                          int64    `json:"Id"`
	Name                        string   `json:"Name"`           // empty in some old records
	WebAddress                  *string  `json:"WebAddress"`     // the slug of its public address
	RootLocationID              *int64   `json:"RootLocationId"` // the parent; null at the top of a network
	Suspended                   bool     `json:"Suspended"`
	CurrencyCode                *string  `json:"CurrencyCode"`
	CountryName                 *string  `json:"CountryName"`
	SpaceWebsiteLanguageCulture *string  `json:"SpaceWebsiteLanguageCulture"`
	SimpleTimeZoneID            *int64   `json:"SimpleTimeZoneId"`
	Address                     *string  `json:"Address"`
	TownCity                    *string  `json:"TownCity"`
	State                       *string  `json:"State"`
	PostalCode                  *string  `json:"PostalCode"`
	Phone                       *string  `json:"Phone"`
	EmailContact                *string  `json:"EmailContact"`
	WebContact                  *string  `json:"WebContact"`
	Latitude                    *float64 `json:"Latitude"`
	Longitude                   *float64 `json:"Longitude"`
	Tags                        *string  `json:"Tags"` // separated by commas
	CreatedOn                   string   `json:"CreatedOn"`
	UpdatedOn                   string   `json:"UpdatedOn"`
	UpdatedBy                   string   `json:"UpdatedBy"`
	UniqueID                    string   `json:"UniqueId"`
	IsNew                       bool     `json:"IsNew"`
	SystemID                    *string  `json:"SystemId"`
	ToStringText                string   `json:"ToStringText"`

	// The operator's own, which clients must not show.
	Last4Digits  *string `json:"Last4Digits"`
	WelcomeEmail *string `json:"WelcomeEmail"`

	// Extra holds fields that are not named above.
	Extra map[string]json.RawMessage `json:"-"`
}

// businesses can only be read. Lists contain all of the fields above, as seen in public
// client code.
var businesses = &kind{
	path: "businesses", prefix: "Business",
	blank: newRecord(Business{}, nil),
	filters: []string{
		"Name", "WebAddress", "RootLocation", "Suspended", "Currency_Code", "Country_Name", "SpaceWebsiteLanguage_Culture",
		"SimpleTimeZone", "Address", "TownCity", "State", "PostalCode", "Phone", "EmailContact", "WebContact", "Latitude",
		"Longitude", "Tags", "SystemId", "Last4Digits", "WelcomeEmail",
	},
	ranges:   []string{"CreatedOn", "UpdatedOn"},
	optional: []string{"RootLocationId", "SimpleTimeZoneId"},
	visible:  func(u *user, id int64) bool { return u.Businesses == nil || slices.Contains(u.Businesses, id) },
}

// AddBusiness adds a location or replaces the one with its Id, and returns the Id. Zero
// fields that the service itself sets are filled.
func (s *Server) AddBusiness(b Business) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.put(businesses, newRecord(b, b.Extra)).id
}
