package caldav

import (
	"encoding/xml"
	"errors"
	"strings"
	"testing"

	"convoke/server/dav"
	"convoke/server/davxml"
)

// filterNode parses a CALDAV:filter given without its root element.
func filterNode(t testing.TB, inner string) *davxml.Node {
	t.Helper()
	n, err := davxml.Parse([]byte(`<C:filter xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:X="urn:x">` + inner + `</C:filter>`))
	if err != nil {
		t.Fatalf("parse %s: %v", inner, err)
	}
	return n
}

// inCalendar wraps tests of a filter into the comp-filter of the root.
func inCalendar(inner string) string {
	return `<C:comp-filter name="VCALENDAR">` + inner + `</C:comp-filter>`
}

func TestParseFilterRefuses(t *testing.T) {
	event := func(inner string) string {
		return inCalendar(`<C:comp-filter name="VEVENT">` + inner + `</C:comp-filter>`)
	}
	deep := inCalendar(strings.Repeat(`<C:comp-filter name="X-A">`, maxFilterDepth) + strings.Repeat(`</C:comp-filter>`, maxFilterDepth))
	tests := []struct {
		name   string
		filter string
		want   xml.Name
		status int
	}{
		{"RFC 4791 §9.7: a filter holds one comp-filter", ``, davxml.ValidFilter, 403},
		{"RFC 4791 §9.7: not two", inCalendar("") + inCalendar(""), davxml.ValidFilter, 403},
		{"RFC 4791 §9.7.1: the scope of the first is the calendar object", `<C:comp-filter name="VEVENT"/>`, davxml.ValidFilter, 403},
		{"RFC 4791 §7.8: VEVENT cannot nest in VTODO", inCalendar(`<C:comp-filter name="VTODO"><C:comp-filter name="VEVENT"/></C:comp-filter>`), davxml.ValidFilter, 403},
		{"RFC 5545 §3.6.6: VALARM stands in an event or to-do", inCalendar(`<C:comp-filter name="VALARM"/>`), davxml.ValidFilter, 403},
		{"RFC 5545 §3.6.6: not in a journal", inCalendar(`<C:comp-filter name="VJOURNAL"><C:comp-filter name="VALARM"/></C:comp-filter>`), davxml.ValidFilter, 403},
		{"RFC 4791 §7.8: no time-range in SUMMARY", event(`<C:prop-filter name="SUMMARY"><C:time-range start="20060104T000000Z"/></C:prop-filter>`), davxml.ValidFilter, 403},
		{"RFC 4791 §9.9: no time-range in VCALENDAR", inCalendar(`<C:time-range start="20060104T000000Z"/>`), davxml.ValidFilter, 403},
		{"RFC 4791 §9.9: no time-range in VTIMEZONE", inCalendar(`<C:comp-filter name="VTIMEZONE"><C:time-range start="20060104T000000Z"/></C:comp-filter>`), davxml.ValidFilter, 403},
		{"RFC 4791 §9.9: at least one attribute", event(`<C:time-range/>`), davxml.ValidFilter, 403},
		{"RFC 4791 §9.9: end greater than start", event(`<C:time-range start="20060105T000000Z" end="20060104T000000Z"/>`), davxml.ValidFilter, 403},
		{"RFC 4791 §9.9: end not equal to start", event(`<C:time-range start="20060105T000000Z" end="20060105T000000Z"/>`), davxml.ValidFilter, 403},
		{"RFC 4791 §9.9: date with UTC time, not floating", event(`<C:time-range start="20060104T000000"/>`), davxml.ValidFilter, 403},
		{"RFC 4791 §9.9: date with UTC time, not a date", event(`<C:time-range start="20060104"/>`), davxml.ValidFilter, 403},
		{"RFC 4791 §9.9: no thirteenth month", event(`<C:time-range start="20061304T000000Z"/>`), davxml.ValidFilter, 403},
		{"RFC 4791 §9.7.1: name is required", inCalendar(`<C:comp-filter/>`), davxml.ValidFilter, 403},
		{"RFC 4791 §9.7.2: name is required", event(`<C:prop-filter/>`), davxml.ValidFilter, 403},
		{"RFC 4791 §9.7.3: name is required", event(`<C:prop-filter name="ATTENDEE"><C:param-filter/></C:prop-filter>`), davxml.ValidFilter, 403},
		{"RFC 4791 §9.7.1: is-not-defined stands alone", inCalendar(`<C:comp-filter name="VEVENT"><C:is-not-defined/><C:prop-filter name="UID"/></C:comp-filter>`), davxml.ValidFilter, 403},
		{"RFC 4791 §9.7.2: is-not-defined stands alone", event(`<C:prop-filter name="UID"><C:is-not-defined/><C:text-match>a</C:text-match></C:prop-filter>`), davxml.ValidFilter, 403},
		{"RFC 4791 §9.7.3: is-not-defined stands alone", event(`<C:prop-filter name="UID"><C:param-filter name="X"><C:is-not-defined/><C:text-match>a</C:text-match></C:param-filter></C:prop-filter>`), davxml.ValidFilter, 403},
		{"RFC 4791 §9.7.2: time-range or text-match", event(`<C:prop-filter name="DTSTART"><C:time-range start="20060104T000000Z"/><C:text-match>a</C:text-match></C:prop-filter>`), davxml.ValidFilter, 403},
		{"RFC 4791 §9.7.5: negate-condition is yes or no", event(`<C:prop-filter name="UID"><C:text-match negate-condition="true">a</C:text-match></C:prop-filter>`), davxml.ValidFilter, 403},
		{"an element that would widen the answer unseen", event(`<C:text-match>a</C:text-match>`), davxml.ValidFilter, 403},
		{"RFC 4791 §7.5: unknown collation", event(`<C:prop-filter name="UID"><C:text-match collation="i;nonsense">a</C:text-match></C:prop-filter>`), davxml.SupportedCollation, 403},
		{"RFC 4791 §7.5: no wildcards in collations", event(`<C:prop-filter name="UID"><C:text-match collation="i;*">a</C:text-match></C:prop-filter>`), davxml.SupportedCollation, 403},
		{"reliability.md §2: nesting", deep, davxml.SupportedFilter, 403},
		{"reliability.md §2: text-match length", event(`<C:prop-filter name="UID"><C:text-match>` + strings.Repeat("a", maxTextMatchBytes+1) + `</C:text-match></C:prop-filter>`), xml.Name{}, 400},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := parseFilter(filterNode(t, test.filter))
			var c *dav.Condition
			if !errors.As(err, &c) {
				t.Fatalf("got %v, want a condition", err)
			}
			if c.Name != test.want || c.Status != test.status {
				t.Errorf("got %d %v, want %d %v", c.Status, c.Name, test.status, test.want)
			}
		})
	}
}

func TestParseFilterTakes(t *testing.T) {
	tests := []struct{ name, filter string }{
		{"names in any case", `<C:comp-filter name="vcalendar"><C:comp-filter name="vevent"/></C:comp-filter>`},
		{"foreign elements, RFC 4918 §17", inCalendar(`<X:thing/><C:comp-filter name="VEVENT"><X:other/></C:comp-filter>`)},
		{"is-defined of the drafts", inCalendar(`<C:comp-filter name="VTODO"><C:is-defined/></C:comp-filter>`)},
		{"non-standard names, RFC 4791 §7.7", inCalendar(`<C:comp-filter name="X-THING"><C:comp-filter name="X-PART"><C:prop-filter name="X-ABC-GUID"/></C:comp-filter></C:comp-filter>`)},
		{"the default collation by name, RFC 4791 §7.5", inCalendar(`<C:comp-filter name="VEVENT"><C:prop-filter name="UID"><C:text-match collation="default">a</C:text-match></C:prop-filter></C:comp-filter>`)},
		{"ranges outside of what objects may hold", inCalendar(`<C:comp-filter name="VEVENT"><C:time-range start="00010101T000000Z" end="99991231T235959Z"/></C:comp-filter>`)},
		{"VCALENDAR alone", inCalendar("")},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := parseFilter(filterNode(t, test.filter)); err != nil {
				t.Error(err)
			}
		})
	}
}
