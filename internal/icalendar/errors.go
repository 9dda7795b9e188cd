package icalendar

import (
	"errors"
	"strconv"

	"convoke/internal/recur"
)

// Precondition is the local name of the CALDAV precondition that an error
// breaks (RFC 4791 §5.3.2.1, RFC 7529 §8).
type Precondition string

// The preconditions that this package judges.
const (
	ValidData      Precondition = "valid-calendar-data"
	ValidObject    Precondition = "valid-calendar-object-resource"
	MaxInstances   Precondition = "max-instances"
	MaxAttendees   Precondition = "max-attendees-per-instance"
	MinDateTime    Precondition = "min-date-time"
	MaxDateTime    Precondition = "max-date-time"
	SupportedScale Precondition = "supported-rscale"
)

// SyntaxError says that a text is no iCalendar data: valid-calendar-data.
type SyntaxError struct {
	Line   int // from 1; 0 if it is not about one line
	Reason string
}

func (e *SyntaxError) Error() string { return at(e.Line) + e.Reason }

// ObjectError says that valid iCalendar data is no calendar object that may be
// stored (RFC 4791 §4.1): valid-calendar-object-resource.
type ObjectError struct {
	Line   int
	Reason string
}

func (e *ObjectError) Error() string { return at(e.Line) + e.Reason }

// LimitError says that an object goes beyond a limit; Breaks names its precondition.
type LimitError struct {
	Line   int
	What   string // what there is too much of
	Limit  int    // 0 for dates
	Breaks Precondition
}

func (e *LimitError) Error() string {
	if e.Limit == 0 {
		return at(e.Line) + e.What
	}
	return at(e.Line) + "more than " + strconv.Itoa(e.Limit) + " " + e.What
}

// RScaleError says that a recurrence rule counts in a calendar we do not know:
// supported-rscale (RFC 7529 §8).
type RScaleError struct {
	Line int
	Err  *recur.RScaleError
}

func (e *RScaleError) Error() string { return at(e.Line) + e.Err.Error() }

// Unwrap gives the error of package recur.
func (e *RScaleError) Unwrap() error { return e.Err }

// BrokenBy names the precondition that err, from Parse, Validate or Series, breaks;
// "" if err is none of this package's.
func BrokenBy(err error) Precondition {
	var syntax *SyntaxError
	var object *ObjectError
	var limit *LimitError
	var scale *RScaleError
	switch {
	case errors.As(err, &syntax):
		return ValidData
	case errors.As(err, &object):
		return ValidObject
	case errors.As(err, &limit):
		return limit.Breaks
	case errors.As(err, &scale):
		return SupportedScale
	}
	return ""
}

func at(line int) string {
	if line == 0 {
		return ""
	}
	return "line " + strconv.Itoa(line) + ": "
}
