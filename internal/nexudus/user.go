package nexudus

import (
	"context"
	"net/http"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/rest"
)

// User is the user that the credentials belong to. A nil
// field was null or missing in the response.
//
// The response also contains a live access token, which must not be kept: this
// type leaves it out on purpose.
type User struct {
	ID                int64   `json:"Id"`
	FullName          *string `json:"FullName"`
	Email             *string `json:"Email"`
	DefaultBusinessID *int64  `json:"DefaultBusinessId"`
	BusinessIDs       []int64 `json:"Businesses"` // the locations that the user may act in
	IsAdmin           *bool   `json:"IsAdmin"`
	APIAccess         *bool   `json:"APIAccess"`
	TimeZone          *string `json:"DefaultSimpleTimeZoneNameIana"`
}

func newUsers(c *rest.Client) *records[User] {
	return &records[User]{
		rest: c, name: "user",
		id:        func(u *User) int64 { return u.ID },
		normalize: func(u *User) { u.DefaultBusinessID = reference(u.DefaultBusinessID) },
	}
}

// CurrentUser reads the signed-in user. No permission is documented for it.
func (c *Client) CurrentUser(ctx context.Context) (*User, error) {
	resp, err := c.rest.Get(ctx, &rest.Request{
		Verb: rest.VerbGet, Record: c.users.name, Method: http.MethodGet, Path: "auth/me",
	})
	if err != nil {
		return nil, err
	}
	return c.users.decode(resp)
}
