package nexudus

import (
	"context"
	"errors"
	"net/http"
)

// User is the person or API application that the credentials belong to. A nil
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

var users = noun[User]{name: "user", id: func(u *User) int64 { return u.ID }}

// CurrentUser reads the signed-in user. It needs no role.
func (c *Client) CurrentUser(ctx context.Context) (*User, error) {
	r := &request{verb: VerbGet, noun: users.name, method: http.MethodGet, path: []string{"auth", "me"}}
	resp, err := c.read(ctx, r)
	var user *User
	if err == nil {
		user, err = users.decode(c, r, resp)
	}
	if failure, ok := errors.AsType[*Error](err); ok && failure.Verb == VerbGet {
		// The messages in this response may contain the token.
		err = failure.with(func(e *Error) { e.Messages, e.Fields = nil, nil })
	}
	return user, err
}
