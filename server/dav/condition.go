package dav

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"

	"convoke/server/davxml"
)

// ErrNoProperty is what a row's Get gives when this resource has no such property: 404 in a propstat.
var ErrNoProperty = errors.New("dav: no such property")

// ErrNotFound is what Tree.Find gives for a path that names nothing, or nothing the asker may know of.
var ErrNotFound = &Condition{Status: http.StatusNotFound}

// Condition is a failure as the client sees it: a status and, if Name is set, a DAV:error body with that
// pre- or postcondition (RFC 4918 §16). It is an error; doors return it from any ability.
type Condition struct {
	Status int
	Name   xml.Name             // zero: no condition element
	Href   string               // stands as DAV:href within the condition element; "" is none
	Extra  func(*davxml.Writer) // writes further content of the condition element
	Err    error                // logged, never sent
}

func (c *Condition) Error() string {
	s := http.StatusText(c.Status)
	if c.Name.Local != "" {
		s = fmt.Sprintf("%s (%s)", s, c.Name.Local)
	}
	if c.Err != nil {
		s += ": " + c.Err.Error()
	}
	return s
}

// Unwrap gives the cause.
func (c *Condition) Unwrap() error { return c.Err }

// Is lets errors.Is find a condition of the same status and name.
func (c *Condition) Is(target error) bool {
	t, ok := target.(*Condition)
	return ok && t.Status == c.Status && t.Name == c.Name
}

// Status makes a condition without an element; err may be nil.
func Status(code int, err error) *Condition { return &Condition{Status: code, Err: err} }

// Forbid is a 403 with a condition element, the form of most conditions.
func Forbid(name xml.Name, err error) *Condition {
	return &Condition{Status: http.StatusForbidden, Name: name, Err: err}
}

// NeedPrivileges is the 403 for a missing privilege on the resource at href, RFC 3744 §7.1.1.
func NeedPrivileges(href string, privilege xml.Name) *Condition {
	return &Condition{Status: http.StatusForbidden, Name: davxml.NeedPrivileges, Extra: func(w *davxml.Writer) {
		w.Start(davxml.Resource)
		w.Href(href)
		w.Start(davxml.Privilege)
		w.Empty(privilege)
		w.End()
		w.End()
	}}
}

// AsCondition gives the condition within err. A request that ran out of its time met a busy server: 503. What is
// neither is our fault: 500.
func AsCondition(err error) *Condition {
	var c *Condition
	if errors.As(err, &c) {
		return c
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return &Condition{Status: http.StatusServiceUnavailable, Err: err}
	}
	return &Condition{Status: http.StatusInternalServerError, Err: err}
}

// body writes the content of a DAV:error element.
func (c *Condition) body(w *davxml.Writer) {
	w.Start(c.Name)
	if c.Href != "" {
		w.Href(c.Href)
	}
	if c.Extra != nil {
		c.Extra(w)
	}
	w.End()
}
