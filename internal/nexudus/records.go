package nexudus

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/rest"
)

// records reads and writes the records of one kind; T is its type.
type records[T any] struct {
	rest       *rest.Client
	name       string // "webhook"
	path       string // "webhooks", below /sys
	permission string // "WebHook", before "-Read" and the like

	id        func(*T) int64
	uniqueID  func(*T) *string
	address   func(*T) *string // optional: an address whose secret parts no message may repeat
	normalize func(*T)         // optional: completes the decoding of a record

	seen    sync.Map // IDs of the records that this process has read, created or deleted
	list    snapshots[T]
	creates creates[T]
}

// request returns a request; an ID of 0 means no particular record.
func (s *records[T]) request(verb rest.Verb, method, permission string, id int64) *rest.Request {
	r := &rest.Request{
		Verb: verb, Record: s.name, ID: id, Method: method, Path: "sys/" + s.path, Permission: s.permission + "-" + permission,
	}
	if id != 0 && method != http.MethodPut {
		r.Path += "/" + strconv.FormatInt(id, 10)
	}
	return r
}

// checkID keeps requests without an ID from asking for, or deleting, the whole collection.
func (s *records[T]) checkID(id int64) error {
	if id < 1 {
		return fmt.Errorf("the ID of a %s must be at least 1; got %d", s.name, id)
	}
	return nil
}

// decode returns the record in a successful response, or an error if it is not the one
// that was asked for. A request without an ID accepts any record.
func (s *records[T]) decode(resp rest.Response) (*T, error) {
	record := new(T)
	if err := resp.Decode(record); err != nil {
		return nil, err
	}
	switch id := s.id(record); {
	case id == 0:
		return nil, resp.Error(rest.KindUnexpected, resp.Describe()+" without an Id")
	case resp.Request.ID != 0 && id != resp.Request.ID:
		return nil, resp.Error(rest.KindUnexpected, fmt.Sprintf("%s %d", s.name, id))
	}
	if s.normalize != nil {
		s.normalize(record)
	}
	return record, nil
}

// addresses returns the addresses of a record and of the fields that are sent for it.
func (s *records[T]) addresses(before *T, fields []byte) (addresses []string) {
	sent := new(T)
	if s.address == nil || json.Unmarshal(fields, sent) != nil {
		return nil
	}
	for _, record := range []*T{before, sent} {
		if record != nil && s.address(record) != nil {
			addresses = append(addresses, *s.address(record))
		}
	}
	return addresses
}

// outcome returns what is known about the work of a write that failed.
func outcome(err error) rest.Outcome {
	if failure, ok := errors.AsType[*rest.Error](err); ok {
		return failure.Outcome
	}
	return rest.NotProcessed // the context ended before it was sent
}

// withCause returns the error of a write whose outcome is unknown, or whose record could not be read back.
func withCause(r *rest.Request, kind rest.Kind, cause error) *rest.Error {
	failure := r.Error(kind, "")
	failure.Cause = cause
	return failure
}

func notApplied(r *rest.Request, fields []string) *rest.Error {
	failure := r.Error(rest.KindNotApplied, "the record differs in "+strings.Join(fields, ", "))
	for _, field := range fields {
		failure.Fields = append(failure.Fields, rest.FieldError{Field: field, Message: "was not changed"})
	}
	return failure
}

// encode is like json.Marshal, but leaves raw JSON inside the value unchanged.
func encode(value any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return b.Bytes(), err
}
