package itip

import (
	"strconv"
	"strings"
	"time"

	"convoke/internal/icalendar"
)

// instance identifies a component within an object: the master is the zero value, an
// override is known by the instant of its RECURRENCE-ID, however that is spelled
// (organizers' and attendees' products use different zones for the same instance).
type instance struct {
	form byte // 0 master, 'D' date, 'F' floating, 'T' instant
	at   int64
}

// isMaster tells whether it is the component without RECURRENCE-ID.
func (i instance) isMaster() bool { return i.form == 0 }

// set is an object seen as a recurrence set: its scheduling components by instance.
type set struct {
	object *icalendar.Object
	zones  *icalendar.Zones
	comps  []*icalendar.Component
	by     map[instance]*icalendar.Component
	master *icalendar.Component
}

// setOf looks at an object; a nil object is an empty set.
func setOf(o *icalendar.Object) *set {
	s := &set{object: o, by: map[instance]*icalendar.Component{}}
	if o == nil {
		return s
	}
	s.zones = o.Zones()
	for _, c := range o.Calendar.Children {
		if !schedulable(c) {
			continue
		}
		s.comps = append(s.comps, c)
		k := s.key(c)
		if _, twice := s.by[k]; !twice {
			s.by[k] = c
		}
		if k.isMaster() && s.master == nil {
			s.master = c
		}
	}
	return s
}

// schedulable tells the components that take part in scheduling (RFC 6638 §1, RFC 5546 §3).
func schedulable(c *icalendar.Component) bool {
	switch c.Name {
	case icalendar.Event, icalendar.Todo, icalendar.Journal, icalendar.FreeBusy:
		return true
	}
	return false
}

// key tells which instance a component of the set's object is.
func (s *set) key(c *icalendar.Component) instance {
	p := c.Prop("RECURRENCE-ID")
	if p == nil {
		return instance{}
	}
	return s.instanceOf(p)
}

// instanceOf reads a property with one time as an instance.
func (s *set) instanceOf(p *icalendar.Property) instance {
	t, err := p.Time(s.zones)
	if err != nil {
		// Unreadable: still one fixed key, so that it stays apart from the master.
		return instance{'F', int64(len(p.Value))}
	}
	return instanceAt(t)
}

// instanceAt is the instance that starts, by the rule, at t.
func instanceAt(t icalendar.DateTime) instance {
	switch {
	case t.Form == icalendar.Date:
		return instance{'D', t.Local.Seconds()}
	case t.Form == icalendar.Floating, t.Form == icalendar.Zoned && t.Zone == nil:
		return instance{'F', t.Local.Seconds()}
	}
	return instance{'T', t.Instant(nil).Unix()}
}

// exdates gives the excluded instances of a component.
func (s *set) exdates(c *icalendar.Component) map[instance]bool {
	out := map[instance]bool{}
	if c == nil {
		return out
	}
	for p := range c.All("EXDATE") {
		times, _ := p.Times(s.zones)
		for _, t := range times {
			out[instanceAt(t)] = true
		}
	}
	return out
}

// sequence reads SEQUENCE; absent or unreadable is 0 (RFC 5545 §3.8.7.4).
func sequence(c *icalendar.Component) int {
	p := c.Prop("SEQUENCE")
	if p == nil {
		return 0
	}
	n, err := strconv.Atoi(strings.TrimSpace(p.Value))
	if err != nil || n < 0 || n > maxSequence {
		return 0
	}
	return n
}

// maxSequence is the largest INTEGER of RFC 5545 §3.3.8 less room to raise it.
const maxSequence = 1<<31 - 1025

func setSequence(c *icalendar.Component, n int) {
	if sequence(c) != n {
		c.Set("SEQUENCE", strconv.Itoa(n))
	}
}

const utcForm = "20060102T150405Z"

// stamp reads DTSTAMP; absent or unreadable is the zero time.
func stamp(c *icalendar.Component) time.Time {
	p := c.Prop("DTSTAMP")
	if p == nil {
		return time.Time{}
	}
	t, err := time.Parse(utcForm, strings.TrimSpace(p.Value))
	if err != nil {
		return time.Time{}
	}
	return t
}

func setStamp(c *icalendar.Component, t time.Time) { c.Set("DTSTAMP", t.UTC().Format(utcForm)) }

// version is what orders the revisions of a component, RFC 5546 §2.1.5.
type version struct {
	sequence int
	stamp    time.Time
}

func versionOf(c *icalendar.Component) version { return version{sequence(c), stamp(c)} }

// compare gives -1, 0 or +1: SEQUENCE first, then DTSTAMP.
func (v version) compare(o version) int {
	switch {
	case v.sequence != o.sequence:
		if v.sequence < o.sequence {
			return -1
		}
		return 1
	case v.stamp.Equal(o.stamp):
		return 0
	case v.stamp.Before(o.stamp):
		return -1
	}
	return 1
}

// nextStamp is a DTSTAMP later than every one in the object, so that two messages within
// one second, or a clock that steps back, never make the later message look stale.
func nextStamp(now time.Time, objects ...*icalendar.Object) time.Time {
	now = now.UTC().Truncate(time.Second)
	for _, o := range objects {
		for _, c := range setOf(o).comps {
			if t := stamp(c); !t.Before(now) {
				now = t.Add(time.Second)
			}
		}
	}
	return now
}

// upperValue gives the value of a property of the component, trimmed, upper-cased; "" if absent.
func upperValue(c *icalendar.Component, name string) string {
	if p := c.Prop(name); p != nil {
		return strings.ToUpper(strings.TrimSpace(p.Value))
	}
	return ""
}

// cancelled tells STATUS:CANCELLED.
func cancelled(c *icalendar.Component) bool { return upperValue(c, "STATUS") == "CANCELLED" }
