package icalendar

import (
	"strings"

	"convoke/internal/recur"
)

// Limits are what Validate holds an object against. A zero number means its default.
type Limits struct {
	Attendees int       // ATTENDEE of one instance; default 1,000
	Dates     int       // RDATE and EXDATE of one component; default 5,000
	Overrides int       // default 1,000
	Alarms    int       // VALARM of one component; default 50
	Zones     int       // VTIMEZONE; default 50
	Earliest  DateBound // of DTSTART, default 1900-01-01
	Latest    DateBound // of DTSTART, default 2200-01-01

	// Message lets METHOD pass: the object is an iTIP message.
	Message bool
	// Import is lenient about what other servers let in: zones nobody defines, which
	// are read as floating, overrides of a master that does not recur, two for one
	// instance, properties that stand twice, and ends of another form than the start.
	Import bool
}

// DateBound is a date; the zero value means the default.
type DateBound = recur.Date

const maxObservances = 1_000

func (l Limits) withDefaults() Limits {
	set := func(n *int, d int) {
		if *n == 0 {
			*n = d
		}
	}
	set(&l.Attendees, 1_000)
	set(&l.Dates, 5_000)
	set(&l.Overrides, 1_000)
	set(&l.Alarms, 50)
	set(&l.Zones, 50)
	if l.Earliest == (DateBound{}) {
		l.Earliest = DateBound{Year: 1900, Month: 1, Day: 1}
	}
	if l.Latest == (DateBound{}) {
		l.Latest = DateBound{Year: 2200, Month: 1, Day: 1}
	}
	return l
}

// Validate judges the object under the default limits.
func (o *Object) Validate() error { return o.ValidateWith(Limits{}) }

// ValidateWith tells whether the object may be stored: RFC 4791 §4.1, the shape of
// RFC 5545 as far as it must be right for the object to be listed and expanded, and
// the limits. BrokenBy names the precondition of the error.
func (o *Object) ValidateWith(limits Limits) error {
	v := validator{o: o, limits: limits.withDefaults(), zones: o.Zones()}
	for _, step := range [...]func() error{v.calendar, v.timezones, v.parts, v.recurrence} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

type validator struct {
	o      *Object
	limits Limits
	zones  *Zones
	kind   string
	uid    string
}

func (v *validator) calendar() error {
	c := v.o.Calendar
	if p := c.Prop("VERSION"); p != nil && strings.TrimSpace(p.Value) != "2.0" {
		return &SyntaxError{Line: p.Line(), Reason: "VERSION is not 2.0"}
	}
	if p := c.Prop("CALSCALE"); p != nil && !strings.EqualFold(strings.TrimSpace(p.Value), "GREGORIAN") {
		return &SyntaxError{Line: p.Line(), Reason: "CALSCALE is not GREGORIAN"}
	}
	if p := c.Prop("METHOD"); p != nil && !v.limits.Message {
		return &ObjectError{Line: p.Line(), Reason: "METHOD in a stored object"}
	}
	return nil
}

func (v *validator) timezones() error {
	n := 0
	for c := range v.o.Calendar.ChildrenNamed(TimeZone) {
		if n++; n > v.limits.Zones {
			return &LimitError{Line: c.line, What: "time zones", Limit: v.limits.Zones, Breaks: ValidData}
		}
		if len(c.Children) > maxObservances {
			return &LimitError{Line: c.line, What: "observances of a time zone", Limit: maxObservances, Breaks: ValidData}
		}
		if c.Prop("TZID") == nil {
			return &SyntaxError{Line: c.line, Reason: "VTIMEZONE without TZID"}
		}
	}
	return nil
}

// parts judges kinds and UIDs (RFC 4791 §4.1) and each component.
func (v *validator) parts() error {
	overrides := 0
	for c := range v.o.Parts() {
		uid := ""
		if p := c.Prop("UID"); p != nil {
			uid = strings.TrimSpace(p.Value)
		}
		switch {
		case uid == "":
			return &ObjectError{Line: c.line, Reason: c.Name + " without UID"}
		case v.kind == "":
			v.kind, v.uid = c.Name, uid
		case v.kind != c.Name:
			return &ObjectError{Line: c.line, Reason: "both " + v.kind + " and " + c.Name}
		case v.uid != uid:
			return &ObjectError{Line: c.line, Reason: "more than one UID"}
		}
		if c.Has("RECURRENCE-ID") {
			if overrides++; overrides > v.limits.Overrides {
				return &LimitError{Line: c.line, What: "overridden instances", Limit: v.limits.Overrides, Breaks: MaxInstances}
			}
		}
		if err := v.component(c); err != nil {
			return err
		}
	}
	if v.kind == "" {
		return &ObjectError{Reason: "no component but time zones"}
	}
	return nil
}

// once are the properties that must not stand twice, because which one counts
// would be anybody's guess. An import takes the first of all but two.
var once = [...]string{"UID", "DTSTART", "DTEND", "DUE", "DURATION", "RECURRENCE-ID", "ORGANIZER"}

func (v *validator) component(c *Component) error {
	attendees, dates := 0, 0
	var seen [len(once)]bool
	for _, p := range c.Props {
		switch p.Name {
		case "ATTENDEE":
			if attendees++; attendees > v.limits.Attendees {
				return &LimitError{Line: p.Line(), What: "attendees", Limit: v.limits.Attendees, Breaks: MaxAttendees}
			}
			continue
		case "RDATE", "EXDATE":
			if dates += strings.Count(p.Value, ",") + 1; dates > v.limits.Dates {
				return &LimitError{Line: p.Line(), What: "RDATE and EXDATE", Limit: v.limits.Dates, Breaks: MaxInstances}
			}
		}
		for i, name := range once {
			if p.Name == name {
				if seen[i] && (i < 2 || !v.limits.Import) {
					return &SyntaxError{Line: p.Line(), Reason: name + " twice in " + c.Name}
				}
				seen[i] = true
			}
		}
		if err := v.zoneKnown(p); err != nil {
			return err
		}
	}
	if err := v.dates(c); err != nil {
		return err
	}
	return v.alarms(c)
}

// zoneKnown judges that a TZID means something. RFC 4791 §4.1 asks for a VTIMEZONE;
// departs from it, as RFC 7809 §3.1.3 does: names of our own tables need none.
func (v *validator) zoneKnown(p *Property) error {
	if p.params == "" || v.limits.Import {
		return nil
	}
	tzid := p.Param("TZID")
	if tzid == "" || v.zones.Lookup(tzid) != nil || v.zones.defined(tzid) {
		return nil
	}
	return &ObjectError{Line: p.Line(), Reason: "TZID of no VTIMEZONE: " + clip(tzid)}
}

// dates judges DTSTART and what must fit to it.
func (v *validator) dates(c *Component) error {
	p := c.Prop("DTSTART")
	if p == nil {
		// RFC 5545 §3.6.1: required where there is no METHOD.
		if (c.Name == Event || c.Name == Available) && !v.limits.Message {
			return &SyntaxError{Line: c.line, Reason: c.Name + " without DTSTART"}
		}
		for _, name := range [...]string{"RRULE", "RDATE"} {
			if q := c.Prop(name); q != nil && c.Name != Todo {
				return &SyntaxError{Line: q.Line(), Reason: name + " without DTSTART"}
			}
		}
	} else if err := v.inBounds(p); err != nil {
		return err
	}
	for _, name := range [...]string{"DTEND", "DUE", "RECURRENCE-ID"} {
		if q := c.Prop(name); q != nil && (q.Value != "" || name == "RECURRENCE-ID") {
			end, err := q.Time(v.zones)
			if err != nil {
				return err
			}
			if p == nil || name != "DTEND" || v.limits.Import || v.limits.Message {
				continue
			}
			if err := v.fit(p, end); err != nil {
				return err
			}
		}
	}
	return nil
}

// fit judges DTEND by DTSTART: both are dates, or both times, and then both floating or neither
// (RFC 5545 §3.8.2.2). What mixes them lasts differently long in each zone. DUE may differ from
// DTSTART, though RFC 5545 §3.8.2.3 says the same of it: apps for tasks let people set a day for
// the one and a time for the other.
func (v *validator) fit(start *Property, end DateTime) error {
	begin, err := start.Time(v.zones)
	switch {
	case err != nil:
		return err
	case (begin.Form == Date) != (end.Form == Date):
		return &SyntaxError{Line: start.Line(), Reason: "DTSTART and DTEND are not both dates or both times"}
	case (begin.Form == Floating) != (end.Form == Floating):
		return &SyntaxError{Line: start.Line(), Reason: "only one of DTSTART and DTEND is a floating time"}
	}
	return nil
}

func (v *validator) inBounds(p *Property) error {
	d, err := p.Time(v.zones)
	switch {
	case err != nil:
		return err
	case d.Local.Date.Before(v.limits.Earliest):
		return &LimitError{Line: p.Line(), What: "DTSTART before " + v.limits.Earliest.String(), Breaks: MinDateTime}
	case d.Local.Date.After(v.limits.Latest):
		return &LimitError{Line: p.Line(), What: "DTSTART after " + v.limits.Latest.String(), Breaks: MaxDateTime}
	}
	return nil
}

// alarms judges the number of alarms; oddities of TRIGGER pass.
func (v *validator) alarms(c *Component) error {
	n := 0
	for a := range c.ChildrenNamed(Alarm) {
		if n++; n > v.limits.Alarms {
			return &LimitError{Line: a.line, What: "alarms of a component", Limit: v.limits.Alarms, Breaks: ValidData}
		}
		if p := a.Prop("REPEAT"); p != nil {
			if k, ok := p.Int(); ok && k > MaxRepeat {
				return &LimitError{Line: p.Line(), What: "repetitions of an alarm", Limit: MaxRepeat, Breaks: ValidData}
			}
		}
	}
	for _, k := range c.Children {
		if k.Name == Available {
			if err := v.component(k); err != nil {
				return err
			}
		}
	}
	return nil
}

// recurrence judges rules and overrides as a whole.
func (v *validator) recurrence() error {
	s, err := v.o.Series()
	if err != nil {
		return err
	}
	for c := range v.o.Parts() {
		if c.Name == Availability {
			if _, err := newSeries(Available, c.Children, v.zones); err != nil {
				return err
			}
		}
	}
	masters := 0
	for c := range v.o.Parts() {
		if !c.Has("RECURRENCE-ID") {
			if masters++; masters > 1 {
				return &ObjectError{Line: c.line, Reason: "two components with the same UID and no RECURRENCE-ID"}
			}
		}
	}
	for i, p := range s.overrides {
		if i > 0 && s.overrides[i-1].key == p.key && s.overrides[i-1].id.Form == p.id.Form && !v.limits.Import {
			return &ObjectError{Line: p.comp.line, Reason: "two components with the same RECURRENCE-ID"}
		}
	}
	if s.master == nil {
		return nil
	}
	if len(s.overrides) > 0 && !s.master.recurs() && !v.limits.Import && !v.limits.Message {
		return &ObjectError{Line: s.overrides[0].comp.line, Reason: "RECURRENCE-ID, but the master does not recur"}
	}
	for i := range s.master.rules {
		if err := v.fine(s.master, &s.master.rules[i]); err != nil {
			return err
		}
	}
	return nil
}

// fine judges a rule that steps by minutes or seconds.
func (v *validator) fine(m *part, r *rule) error {
	if r.Freq >= recur.Hourly {
		return nil
	}
	too := &LimitError{Line: m.comp.line, What: "instances of a rule finer than HOURLY", Limit: DefaultInstances, Breaks: MaxInstances}
	if r.Endless() {
		return too
	}
	it := m.iterator(r)
	for n := 0; ; n++ {
		if _, ok := it.Next(); !ok {
			if it.Exhausted() {
				return too
			}
			return nil
		}
		if n >= DefaultInstances {
			return too
		}
	}
}
