package simulator

import "net/http"

// WriteValue says what the Value of a successful write is.
type WriteValue int

// ValueID is what the documentation shows. The others were seen in public
// client code.
const (
	ValueID     WriteValue = iota // {"Id":…}
	ValueRecord                   // the whole record, and null after a DELETE
	ValueNull                     // null
)

// success is the body of the response to a write.
// See https://developers.nexudus.com/rest-api/sys/post-webhooks.
type success struct {
	Status        int
	Message       string
	Value         any
	OpenInDialog  bool
	OpenInWindow  bool
	RedirectURL   *string
	JavaScript    *string
	UpdatedOn     string
	UpdatedBy     string
	Errors        []FieldError
	WasSuccessful bool
}

// failure is the body of the response to a write that was refused.
type failure struct {
	Status        int
	Message       string
	Value         any
	Errors        []FieldError
	WasSuccessful bool
}

// FieldError is what the service says about one field of a record.
type FieldError struct {
	AttemptedValue any
	Message        string
	PropertyName   string
}

// Fail answers with a write's failure, for hooks. It is documented under status
// 400, and under 500 for a DELETE, and has been seen under 200.
func Fail(w http.ResponseWriter, status int, message string, errors ...FieldError) {
	response{status, failed(message, errors...)}.writeTo(w)
}

// failed makes a failure. Documented: its own Status is 500, also under status 400.
func failed(message string, errors ...FieldError) failure {
	return failure{Status: http.StatusInternalServerError, Message: message, Errors: errors}
}

// Ooops answers with the internal error that the service was seen to send, for hooks.
// It is not known whether the service has then done the work, so a hook may call
// [Server.Handle] first or not.
func Ooops(w http.ResponseWriter) {
	Fail(w, http.StatusInternalServerError, "Ooops! There was a problem while running this action. Please try again.")
}

// succeed makes the response to a write.
func (s *Server) succeed(n *kind, verb string, r *row, by change) response {
	body := success{
		Status: http.StatusOK, Message: n.prefix + " was successfully " + verb + ".",
		UpdatedOn: by.on, UpdatedBy: by.user, WasSuccessful: true,
	}
	switch {
	case s.Value == ValueID:
		body.Value = map[string]int64{"Id": r.id}
	case s.Value == ValueRecord && verb != "deleted":
		body.Value = r.full
	}
	return response{http.StatusOK, body}
}
