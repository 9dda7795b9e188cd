// Package icalendar reads, edits, judges and expands calendar objects
// (RFC 5545, RFC 6868, RFC 7953, RFC 9073), as CalDAV stores and asks for them
// (RFC 4791 §4.1, §9.6, §9.9).
//
// Invariants:
//   - What is not edited comes back byte for byte: line ends, odd folds, blank lines,
//     unknown components, properties and parameters included.
//   - An edit re-renders the property it touches and nothing else.
//   - Nothing panics on input, and every loop over input is bounded by a limit that has a name.
//   - A frozen Object is never changed again and is safe for concurrent readers.
//   - A time zone known by name is read from our own tables; the VTIMEZONE that was sent
//     counts for names we do not know (RFC 5545 §3.8.3.1).
//   - What Instances gives for a range lies inside what Span says.
package icalendar

import (
	"iter"
	"sync"
)

// The names of components.
const (
	Calendar     = "VCALENDAR"
	Event        = "VEVENT"
	Todo         = "VTODO"
	Journal      = "VJOURNAL"
	FreeBusy     = "VFREEBUSY"
	Availability = "VAVAILABILITY"
	Available    = "AVAILABLE"
	Alarm        = "VALARM"
	TimeZone     = "VTIMEZONE"
)

// Object is one calendar object: a VCALENDAR and what it holds.
type Object struct {
	Calendar *Component

	frozen bool
	once   sync.Once
	series *Series
	err    error
}

// New makes an object with an empty VCALENDAR of VERSION:2.0 and the PRODID given.
func New(prodid string) *Object {
	c := NewComponent(Calendar)
	c.Set("VERSION", "2.0")
	c.SetText("PRODID", prodid)
	return &Object{Calendar: c}
}

// Freeze promises that o is not edited any more, so that what is computed from
// it once may be kept. It returns o. Clone gives an object that can be edited.
func (o *Object) Freeze() *Object {
	o.frozen = true
	return o
}

// Clone gives a deep copy that may be edited.
func (o *Object) Clone() *Object { return &Object{Calendar: o.Calendar.Clone()} }

// Bytes writes the object: exact bytes where it was not edited.
func (o *Object) Bytes() []byte {
	return o.Calendar.AppendTo(make([]byte, 0, o.Calendar.size()))
}

// Parts are the components that are neither time zones nor inside another.
func (o *Object) Parts() iter.Seq[*Component] {
	return func(yield func(*Component) bool) {
		for _, c := range o.Calendar.Children {
			if c.Name != TimeZone && !yield(c) {
				return
			}
		}
	}
}

// UID is that of the first part; empty if it has none.
func (o *Object) UID() string {
	for c := range o.Parts() {
		return c.Text("UID")
	}
	return ""
}

// Kind is the component name of the first part, such as VEVENT; empty if there is none.
func (o *Object) Kind() string {
	for c := range o.Parts() {
		return c.Name
	}
	return ""
}

// Method is the METHOD of an iTIP message, upper-cased; empty for a stored object.
func (o *Object) Method() string { return upper(o.Calendar.Text("METHOD")) }

// Master is the part without RECURRENCE-ID; nil if there are only overrides.
func (o *Object) Master() *Component {
	for c := range o.Parts() {
		if c.Prop("RECURRENCE-ID") == nil {
			return c
		}
	}
	return nil
}

// Overrides are the parts with a RECURRENCE-ID, in their order.
func (o *Object) Overrides() iter.Seq[*Component] {
	return func(yield func(*Component) bool) {
		for c := range o.Parts() {
			if c.Prop("RECURRENCE-ID") != nil && !yield(c) {
				return
			}
		}
	}
}

// Footprint is about how many bytes of memory the parsed object takes, its text
// included; for caches.
func (o *Object) Footprint() int { return 1024 + o.Calendar.footprint() }
