package nexudus

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/rest"
)

// get reads one record.
func (s *records[T]) get(ctx context.Context, id int64) (*T, error) {
	record, _, err := s.read(ctx, id)
	if err == nil {
		s.seen.Store(id, true)
	}
	return record, err
}

// read is like get, but also returns the response.
//
// A record is not found only if the list does not have it either: a single 404 may come from a
// wrong address, or from a part of the service that has not seen the record yet. If the user
// may not list, the API's own "Not found" is accepted.
func (s *records[T]) read(ctx context.Context, id int64) (*T, rest.Response, error) {
	record, resp, err := s.readOnce(ctx, id)
	if err == nil || resp.Status != http.StatusNotFound {
		return record, resp, err
	}
	query := url.Values{"Id": {strconv.FormatInt(id, 10)}}
	listed, listErr := s.all(ctx, listing[T]{query: query, matches: func(record *T) bool { return s.id(record) == id }, strict: true})
	switch {
	case rest.Is(listErr, rest.KindUnauthorized, rest.KindPermission):
		return nil, resp, err
	case listErr != nil:
		return nil, resp, listErr
	case len(listed) == 0:
		return nil, resp, resp.Error(rest.KindNotFound, "")
	}
	record, resp, err = s.readOnce(ctx, id)
	if rest.IsNotFound(err) {
		err = resp.Error(rest.KindUnexpected, `"Not found", although it is in the list`)
	}
	return record, resp, err
}

// readOnce reads one record without asking the list.
func (s *records[T]) readOnce(ctx context.Context, id int64) (*T, rest.Response, error) {
	if err := s.checkID(id); err != nil {
		return nil, rest.Response{}, err
	}
	resp, err := s.rest.Get(ctx, s.request(rest.VerbGet, http.MethodGet, "Read", id))
	if err != nil {
		return nil, resp, err
	}
	record, err := s.decode(resp)
	return record, resp, err
}

// secondLook is how long a write that does not show yet is given before it is read again.
const secondLook = 3 * time.Second

// update changes fields of a record and returns it as it is afterwards. A PUT
// clears what it leaves out, so the fields overlay the whole record as the service has it,
// including fields unknown to this package. Changes that others make to those are not
// lost, except between the read and the PUT, because the API has no
// record versions. A PUT that is sent again starts with a new read.
// See https://developers.nexudus.com/rest-api/sys/put-webhooks.
//
// A record whose UniqueId is not the expected one is not changed. differs returns the names of the
// fields in which a record differs from what was sent. The record is also returned
// with a KindNotApplied error.
func (s *records[T]) update(ctx context.Context, id int64, uniqueID string, fields any, differs func(*T) []string) (*T, error) {
	overlay, err := encode(fields)
	if err != nil {
		return nil, err
	}
	r := s.request(rest.VerbUpdate, http.MethodPut, "Edit", id)
	r.Prepare = func(ctx context.Context) error {
		before, resp, err := s.read(ctx, id)
		if err != nil {
			return err
		}
		if found := s.uniqueID(before); uniqueID != "" && found != nil && !strings.EqualFold(*found, uniqueID) {
			return resp.Error(rest.KindOtherRecord, "")
		}
		r.Addresses = s.addresses(before, overlay)
		var record map[string]json.RawMessage
		for _, object := range [][]byte{resp.Body, overlay} {
			if err := json.Unmarshal(object, &record); err != nil {
				return err
			}
		}
		r.Body, err = encode(record)
		return err
	}
	_, err = s.rest.Write(ctx, r)
	switch {
	case rest.IsNotFound(err):
		if _, _, err = s.read(ctx, id); err == nil {
			err = r.Error(rest.KindUnexpected, `"Not found", although the record can be read`)
		}
		return nil, err
	case err != nil && outcome(err) == rest.NotProcessed:
		return nil, err
	}
	return s.readBack(ctx, r, err, differs)
}

// readBack reads a record that an update may have changed, and once more if it does not show the change yet.
func (s *records[T]) readBack(ctx context.Context, r *rest.Request, err error, differs func(*T) []string) (*T, error) {
	after, readErr := s.get(ctx, r.ID)
	if readErr != nil && !rest.IsNotFound(readErr) || readErr == nil && len(differs(after)) > 0 {
		if readErr = rest.Sleep(ctx, secondLook); readErr == nil {
			after, readErr = s.get(ctx, r.ID)
		}
	}
	switch {
	case rest.IsNotFound(readErr):
		return nil, readErr
	case readErr != nil && err != nil:
		return nil, withCause(r, rest.KindUnknown, err)
	case readErr != nil:
		return nil, withCause(r, rest.KindUnverified, readErr)
	}
	switch wrong := differs(after); {
	case len(wrong) == 0: // done, whatever the response was
		return after, nil
	case err == nil:
		return after, notApplied(r, wrong)
	case outcome(err) == rest.Pending:
		return after, withCause(r, rest.KindUnknown, err)
	}
	return after, err
}

// delete deletes a record. It is not an error if the record no longer exists.
func (s *records[T]) delete(ctx context.Context, id int64) error {
	if err := s.checkID(id); err != nil {
		return err
	}
	s.seen.Store(id, true)
	r := s.request(rest.VerbDelete, http.MethodDelete, "Delete", id)
	resp, err := s.rest.Write(ctx, r)
	known := outcome(err)
	if err != nil && known == rest.NotProcessed && resp.Status != http.StatusNotFound && !rest.Is(err, rest.KindRejected) {
		return err
	}
	// Regardless of the response, only whether the record still exists matters. After a delete that the API
	// confirms, a list may still show it.
	read := s.readOnce
	if err != nil && !rest.IsNotFound(err) {
		read = s.read
	}
	_, _, readErr := read(ctx, id)
	if !rest.IsNotFound(readErr) && !rest.Is(err, rest.KindRejected) {
		if sleepErr := rest.Sleep(ctx, secondLook); sleepErr == nil {
			_, _, readErr = read(ctx, id)
		}
	}
	switch {
	case rest.IsNotFound(readErr):
		return nil
	case readErr == nil && (err == nil || rest.IsNotFound(err)):
		return r.Error(rest.KindNotApplied, "the record still exists")
	case err == nil || rest.IsNotFound(err):
		return withCause(r, rest.KindUnknown, readErr)
	case known == rest.Pending, readErr != nil && known == rest.Ended:
		return withCause(r, rest.KindUnknown, err)
	}
	return err
}
