package api

import (
	"errors"
	"net/http"

	"convoke/scheduling"
	"convoke/server/dav"
	"convoke/server/tree"
	"convoke/storage"
)

// sentences say what a refusal of a door or of scheduling means to a person, by the name of its condition.
var sentences = map[string]string{
	"need-privileges":                            "You may not do this here.",
	"no-uid-conflict":                            "This is already here under another name.",
	"unique-scheduling-object-resource":          "This meeting is already in another of your calendars.",
	"valid-calendar-data":                        "This is not a calendar that can be read.",
	"valid-calendar-object-resource":             "This is not one event or task.",
	"valid-address-data":                         "This is not a contact that can be read.",
	"supported-calendar-component":               "This calendar does not keep things of this kind.",
	"max-resource-size":                          "This is too large.",
	"max-instances":                              "This repeats too often.",
	"max-attendees-per-instance":                 "There are too many people on the list.",
	"min-date-time":                              "This is too long ago.",
	"max-date-time":                              "This is too far in the future.",
	"quota-not-exceeded":                         "There is no room left in this account.",
	"sufficient-disk-space":                      "The server has no room left.",
	"resource-must-be-null":                      "There is something of this name already.",
	"lock-token-submitted":                       "Somebody has locked this.",
	"default-calendar-needed":                    "The default calendar cannot be deleted: choose another one first.",
	"same-organizer-in-all-components":           "All parts of a meeting have one organizer.",
	"allowed-organizer-scheduling-object-change": "An organizer may not change a meeting like this.",
	"allowed-attendee-scheduling-object-change":  "Only the organizer may change this about the meeting.",
	"schedule-send-invite":                       "You may not invite in the name of the owner of this calendar.",
	"schedule-send-reply":                        "You may not answer in the name of the owner of this calendar.",
}

// statuses say what a status without such a name means.
var statuses = map[int]struct{ code, sentence string }{
	http.StatusBadRequest:         {"bad-request", "This request cannot be read."},
	http.StatusForbidden:          {"forbidden", "You may not do this here."},
	http.StatusNotFound:           {"not-found", "This is not there, or no longer."},
	http.StatusMethodNotAllowed:   {"not-allowed", "This cannot be done with it."},
	http.StatusConflict:           {"conflict", "What it belongs in is not there."},
	http.StatusPreconditionFailed: {"changed", "It was changed meanwhile. Please look at it again."},
	http.StatusLocked:             {"locked", "Somebody has locked this."},
	http.StatusServiceUnavailable: {"busy", "The server is busy. Please try again in a moment."},
}

// understood makes a problem of a refusal of scheduling, the store, the tree or a door, as DAV has them; nil for other
// errors.
func understood(err error) *problem {
	var v *scheduling.Violation
	var limit *storage.LimitError
	switch {
	case errors.As(err, &v):
		return named(v.Status, v.Precondition, err)
	case errors.As(err, &limit) && !limit.Quota:
		return &problem{http.StatusForbidden, "too-many", "There are as many of these already as may be.", err}
	}
	c := dav.AsCondition(tree.Condition(err))
	if c.Status == http.StatusInternalServerError {
		return nil
	}
	return named(c.Status, c.Name.Local, err)
}

// named makes the problem of a condition.
func named(status int, name string, err error) *problem {
	if s := sentences[name]; s != "" {
		return &problem{status, name, s, err}
	}
	s, ok := statuses[status]
	if !ok {
		s.code, s.sentence = "refused", "This is not possible."
	}
	if name != "" {
		s.code = name
	}
	return &problem{status, s.code, s.sentence, err}
}
