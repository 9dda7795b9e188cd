package caldav

import (
	"strings"
	"testing"

	"convoke/server/davxml"
	"convoke/storage"
)

// TestExtendedQueries are tests of draft-daboo-caldav-extensions §3 over appendix B of RFC 4791.
func TestExtendedQueries(t *testing.T) {
	objects := appendixB(t)
	either := func(inner string) string {
		return `<C:comp-filter name="VCALENDAR" test="anyof">` + inner + `</C:comp-filter>`
	}
	uid := func(match, text string) string {
		return inCalendar(`<C:comp-filter name="*"><C:prop-filter name="UID"><C:text-match match-type="` + match + `">` + text + `</C:text-match></C:prop-filter></C:comp-filter>`)
	}
	tests := []struct{ name, filter, want string }{
		{"§3.4: events from a day on, or tasks to do", either(`<C:comp-filter name="VEVENT"><C:time-range start="20060106T160000Z"/></C:comp-filter>` +
			`<C:comp-filter name="VTODO" test="allof"><C:prop-filter name="COMPLETED"><C:is-not-defined/></C:prop-filter>` +
			`<C:prop-filter name="STATUS"><C:text-match negate-condition="yes" match-type="equals">CANCELLED</C:text-match></C:prop-filter></C:comp-filter>`), "abcd2 abcd4 abcd5"},
		{"§3.4: any component with an alarm", inCalendar(`<C:comp-filter name="*"><C:comp-filter name="VALARM"/></C:comp-filter>`), "abcd4 abcd5"},
		{"without test, all must match", inCalendar(`<C:comp-filter name="VEVENT"/><C:comp-filter name="VTODO"/>`), ""},
		{"either kind", either(`<C:comp-filter name="VEVENT"/><C:comp-filter name="VFREEBUSY"/>`), "abcd1 abcd2 abcd3 abcd8"},
		{"either property of one kind", inCalendar(`<C:comp-filter name="VEVENT" test="anyof"><C:prop-filter name="X-ABC-GUID"/><C:prop-filter name="RRULE"/></C:comp-filter>`), "abcd2 abcd3"},
		{"either parameter of one property", inCalendar(`<C:comp-filter name="VEVENT"><C:prop-filter name="ATTENDEE" test="anyof"><C:param-filter name="X-NONE"/><C:param-filter name="PARTSTAT"/></C:prop-filter></C:comp-filter>`), "abcd3"},
		{"a range and either property", inCalendar(`<C:comp-filter name="VEVENT"><C:time-range start="20060104T000000Z" end="20060105T000000Z"/><C:prop-filter name="X-NONE"/></C:comp-filter>`), ""},
		{"a range or a property", inCalendar(`<C:comp-filter name="VEVENT" test="anyof"><C:time-range start="20060104T120000Z" end="20060104T180000Z"/><C:prop-filter name="RRULE"/></C:comp-filter>`), "abcd2 abcd3"},
		{"equals", uid("equals", "dc6c50a017428c5216a2f1cd@example.com"), "abcd3"},
		{"equals is not contains", uid("equals", "DC6C50A0"), ""},
		{"starts-with", uid("starts-with", "DC6C"), "abcd3"},
		{"starts-with is not contains", uid("starts-with", "C6C5"), ""},
		{"ends-with", uid("ends-with", "A2F1CD@example.com"), "abcd3"},
		{"contains", uid("contains", "C6C5"), "abcd3"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f, err := parseFilter(filterNode(t, test.filter))
			if err != nil {
				t.Fatal(err)
			}
			m, p := &matcher{filter: f}, newPlan(f, true)
			var got []string
			for _, name := range strings.Fields("abcd1 abcd2 abcd3 abcd4 abcd5 abcd6 abcd7 abcd8") {
				o := objects[name]
				span := o.Span()
				member := &storage.Member{Facts: storage.Facts{UID: o.UID(), Component: o.Kind(), First: span.First, Last: span.Last, Recurring: span.Recurring, Floating: span.Floating}}
				matches := m.matches(o)
				if matches {
					got = append(got, name)
				}
				if v := p.judge(member); p.none && matches || v == no && matches || v == yes && !matches {
					t.Errorf("%s: the plan says %v, the filter %v", name, v, matches)
				}
				if matches && !(member.First < p.to && p.from <= member.Last) {
					t.Errorf("%s lies outside of the span of the plan", name)
				}
			}
			if s := strings.Join(got, " "); s != test.want {
				t.Errorf("got %s, want %s", s, test.want)
			}
		})
	}
}

func TestExtendedQueriesRefused(t *testing.T) {
	twice := `<C:prop-filter name="ATTENDEE" test="anyof"><C:param-filter name="A"/><C:param-filter name="B"/></C:prop-filter>`
	for _, test := range []struct {
		why, filter string
		want        string
	}{
		{"a test that is none", `<C:comp-filter name="VCALENDAR" test="some"/>`, davxml.ValidFilter.Local},
		{"a match-type that is none", inCalendar(`<C:comp-filter name="VEVENT"><C:prop-filter name="UID"><C:text-match match-type="like">a</C:text-match></C:prop-filter></C:comp-filter>`), davxml.ValidFilter.Local},
		{"no component holds a VEVENT", inCalendar(`<C:comp-filter name="*"><C:comp-filter name="VEVENT"/></C:comp-filter>`), davxml.ValidFilter.Local},
		{"more alternatives than we take", inCalendar(`<C:comp-filter name="VEVENT">` + strings.Repeat(twice, 7) + `</C:comp-filter>`), davxml.SupportedFilter.Local},
	} {
		_, err := parseFilter(filterNode(t, test.filter))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %s", test.why, err, test.want)
		}
	}
}
