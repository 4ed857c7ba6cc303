package nexudus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// noun describes one kind of record; T is its type. The service handles all kinds of
// records in the same way, so this is all that the verbs need to know.
type noun[T any] struct {
	name  string // "webhook"
	path  string // "webhooks", below /sys
	role  string // "WebHook", before "-Read" and the like
	id    func(*T) int64
	stamp func(*T, time.Time) // optional: is told the service's time of a full read
}

// request returns a request for the noun; an id of 0 means no particular record.
func (n noun[T]) request(verb Verb, method, role string, id int64) *request {
	r := &request{verb: verb, noun: n.name, id: id, method: method, path: []string{"sys", n.path}, role: n.role + "-" + role}
	if id != 0 && method != http.MethodPut {
		r.path = append(r.path, strconv.FormatInt(id, 10))
	}
	return r
}

// get reads one record.
func (n noun[T]) get(ctx context.Context, c *Client, id int64) (*T, error) {
	record, _, err := n.read(ctx, c, id)
	return record, err
}

// read is like get, but also returns the response.
//
// Only the API's own "Not found" means that the record does not exist. Any other
// 404 may come from a wrong address, so the list decides.
func (n noun[T]) read(ctx context.Context, c *Client, id int64) (*T, response, error) {
	r := n.request(VerbGet, http.MethodGet, "Read", id)
	resp, err := c.read(ctx, r)
	if failure, ok := errors.AsType[*Error](err); ok && failure.Status == http.StatusNotFound && failure.Kind == KindUnexpected {
		query := url.Values{"Id": {strconv.FormatInt(id, 10)}}
		all, listErr := n.certain(ctx, c, query, func(record *T) bool { return n.id(record) == id })
		if listErr == nil && len(all) == 0 {
			err = failure.with(func(e *Error) { e.Kind, e.Reason = KindNotFound, "" })
		}
	}
	if err != nil {
		return nil, response{}, err
	}
	record, err := n.decode(c, r, resp)
	if date := resp.date(); err == nil && n.stamp != nil && !date.IsZero() {
		n.stamp(record, date.Add(-resp.took)) // the service cannot have read the record earlier
	}
	return record, resp, err
}

// decode returns the record in a successful response, or an error if it is not the one
// that was asked for. A request without an Id accepts any record.
func (n noun[T]) decode(c *Client, r *request, resp response) (*T, error) {
	var head verdict
	_ = json.Unmarshal(resp.body, &head) // errors are reported by the full decode below
	if head.refused() {
		return nil, c.rejected(r, resp)
	}
	record := new(T)
	err := json.Unmarshal(resp.body, record)
	switch id := n.id(record); {
	case err != nil:
		return nil, c.unexpected(r, resp, mismatch(resp, err))
	case id == 0:
		return nil, c.unexpected(r, resp, describe(resp)+" without an Id")
	case r.id != 0 && id != r.id:
		return nil, c.unexpected(r, resp, fmt.Sprintf("%s %d", n.name, id))
	}
	return record, nil
}

// update changes fields of a record and returns it as it is afterwards. A PUT
// clears what it leaves out, so the fields overlay all that the record holds,
// including fields unknown to this package. Changes that others make to those are not
// lost, except between the read and the PUT, because the API has no
// record versions. A PUT that is sent again starts with a new read.
// See https://developers.nexudus.com/rest-api/sys/put-webhooks.
//
// differs returns the names of the fields in which a record differs from what was sent.
// The record is also returned with a KindNotApplied error.
func (n noun[T]) update(ctx context.Context, c *Client, id int64, fields any, differs func(*T) []string) (*T, error) {
	overlay, err := encode(fields)
	if err != nil {
		return nil, err
	}
	r := n.request(VerbUpdate, http.MethodPut, "Edit", id)
	r.renew = func(ctx context.Context) error {
		_, resp, err := n.read(ctx, c, id)
		if err != nil {
			return err
		}
		var record map[string]json.RawMessage
		for _, object := range [][]byte{resp.body, overlay} {
			if err := json.Unmarshal(object, &record); err != nil {
				return err
			}
		}
		body, err := encode(record)
		r.setJSON(body)
		return err
	}
	_, err = c.write(ctx, r, nil)
	failure, ok := errors.AsType[*Error](err)
	if err != nil && (!ok || failure.outcome == notProcessed) {
		return nil, err
	}
	c.settle(ctx)
	after, readErr := n.get(ctx, c, id)
	switch {
	case IsNotFound(readErr):
		return nil, readErr
	case readErr != nil && err != nil:
		return nil, failure.with(func(e *Error) { e.Unknown = true })
	case readErr != nil:
		failure = c.failure(r, KindUnverified, readErr.Error())
		failure.Status, failure.Cause = http.StatusOK, readErr
		return nil, failure
	}
	wrong := differs(after)
	switch {
	case len(wrong) == 0: // done, whatever the response said
		return after, nil
	case err != nil:
		return after, failure.with(func(e *Error) { e.Unknown = e.outcome == maybePending })
	}
	failure = c.failure(r, KindNotApplied, "the record still differs in "+strings.Join(wrong, ", "))
	failure.Status = http.StatusOK
	for _, field := range wrong {
		failure.Fields = append(failure.Fields, FieldError{field, "was not changed"})
	}
	return after, failure
}

// delete deletes a record. It is not an error if the record no longer exists.
func (n noun[T]) delete(ctx context.Context, c *Client, id int64) error {
	_, err := c.write(ctx, n.request(VerbDelete, http.MethodDelete, "Delete", id), nil)
	failure, ok := errors.AsType[*Error](err)
	if !ok || failure.outcome == notProcessed && failure.Status != http.StatusNotFound && failure.Kind != KindRejected {
		return err
	}
	// Regardless of the failure, only whether the record still exists matters.
	_, readErr := n.get(ctx, c, id)
	switch {
	case IsNotFound(readErr):
		return nil
	case readErr != nil && failure.outcome != notProcessed, failure.outcome == maybePending:
		return failure.with(func(e *Error) { e.Unknown = true })
	}
	return failure
}
