package itip

import (
	"slices"
	"strings"

	"convoke/internal/icalendar"
	"convoke/internal/recur"
)

// change tells how a component differs from its former self.
type change struct {
	rescheduled bool // existing instances moved or new ones appeared: RFC 6638 §3.2.8
	revised     bool // a property changed that raises SEQUENCE: RFC 5546 §2.1.4
	content     bool // anything else that people should know
	status      bool // STATUS changed
}

// any tells whether there is something to tell.
func (d change) any() bool { return d.rescheduled || d.revised || d.content || d.status }

// compareComponents compares parsed values, not text: another spelling of the same is no change.
// The components may stem from different objects.
func compareComponents(os *set, old *icalendar.Component, ns *set, now *icalendar.Component) change {
	var d change
	oldFrom, oldTo := os.span(old)
	nowFrom, nowTo := ns.span(now)
	if oldFrom != nowFrom || oldTo != nowTo || os.time(old, "DUE") != ns.time(now, "DUE") {
		d.rescheduled, d.revised = true, true
	}
	switch compareRules(os, old, ns, now) {
	case wider:
		d.rescheduled, d.revised = true, true
	case narrower:
		d.revised = true
	}
	added, removed := differ(os.rdates(old), ns.rdates(now))
	d.rescheduled = d.rescheduled || added
	d.revised = d.revised || added || removed
	added, removed = differ(os.exdates(old), ns.exdates(now))
	d.rescheduled = d.rescheduled || removed && reappears(os.exdates(old), ns, now)
	d.revised = d.revised || added || removed
	d.status = upperValue(old, "STATUS") != upperValue(now, "STATUS")
	d.revised = d.revised || d.status
	d.content = !sameContent(old, now)
	return d
}

// maxReappearing bounds the exclusions looked at one by one.
const maxReappearing = 100

// reappears tells whether an exclusion that is gone was of an instance that there is now. One that went with its
// instance, as when a series is cut short, brings nothing back.
func reappears(before map[instance]bool, ns *set, now *icalendar.Component) bool {
	if now != ns.master {
		return true
	}
	left, kept := maxReappearing, ns.exdates(now)
	for k := range before {
		if kept[k] {
			continue
		}
		if left--; left < 0 || ns.isInstance(k, true) {
			return true
		}
	}
	return false
}

// span gives start and effective end (DTEND, or DTSTART and DURATION) of a component.
func (s *set) span(c *icalendar.Component) (from, to instance) {
	p := c.Prop("DTSTART")
	if p == nil {
		return instance{}, instance{}
	}
	start, err := p.Time(s.zones)
	if err != nil {
		return instance{}, instance{}
	}
	from = instanceAt(start)
	switch {
	case c.Has("DTEND"):
		return from, s.time(c, "DTEND")
	case c.Has("DURATION"):
		if d, err := c.Prop("DURATION").Duration(); err == nil {
			return from, instanceAt(start.Add(d, nil))
		}
	case start.Form == icalendar.Date && c.Name == icalendar.Event:
		return from, instanceAt(start.Add(icalendar.Duration{Days: 1}, nil)) // RFC 5545 §3.6.1
	}
	return from, from
}

// time reads a property with one time; absent is the zero instance.
func (s *set) time(c *icalendar.Component, name string) instance {
	if p := c.Prop(name); p != nil {
		return s.instanceOf(p)
	}
	return instance{}
}

// rdates gives the added instances of a component.
func (s *set) rdates(c *icalendar.Component) map[instance]bool {
	out := map[instance]bool{}
	for p := range c.All("RDATE") {
		times, _ := p.Times(s.zones)
		for _, t := range times {
			out[instanceAt(t)] = true
		}
	}
	return out
}

// differ tells whether now has what old lacks, and the other way round.
func differ(old, now map[instance]bool) (added, removed bool) {
	for k := range now {
		added = added || !old[k]
	}
	for k := range old {
		removed = removed || !now[k]
	}
	return added, removed
}

// How one recurrence rule relates to another.
type relation int

const (
	equal    relation = iota
	narrower          // no instance that was not there before
	wider             // some are new or moved
)

// maxCompared bounds the instances looked at to tell a truncation from a reschedule.
const maxCompared = 3000

func compareRules(os *set, old *icalendar.Component, ns *set, now *icalendar.Component) relation {
	a, b := rules(old), rules(now)
	if slices.Equal(a, b) {
		return equal
	}
	if len(b) == 0 && len(ns.rdates(now)) == 0 {
		return wider // no series any more: its instances "are impacted", RFC 6638 §3.2.8
	}
	if len(b) == 0 {
		return narrower
	}
	if len(a) != 1 || len(b) != 1 {
		return wider
	}
	was, err1 := recur.Parse(a[0])
	is, err2 := recur.Parse(b[0])
	if err1 != nil || err2 != nil || is.Endless() {
		return wider
	}
	p, q := old.Prop("DTSTART"), now.Prop("DTSTART")
	if p == nil || q == nil {
		return wider
	}
	from, err1 := p.Time(os.zones)
	to, err2 := q.Time(ns.zones)
	if err1 != nil || err2 != nil || instanceAt(from) != instanceAt(to) {
		return wider
	}
	return contained(walk(was, from), walk(is, to))
}

// walk is the iterator of a rule from DTSTART, an UNTIL in UTC carried into its zone.
func walk(r *recur.Rule, start icalendar.DateTime) *recur.Iterator {
	if r.UntilKind == recur.UntilUTC && start.Form == icalendar.Zoned && start.Zone != nil {
		end := icalendar.DateTime{Local: r.Until, Form: icalendar.UTC}
		return r.IteratorUntil(start.Local, start.Zone.Local(end.Instant(nil))).IncludeStart()
	}
	return r.Iterator(start.Local).IncludeStart()
}

// contained tells whether every instance of is was one of was; both walk in order.
func contained(was, is *recur.Iterator) relation {
	former, more := was.Next()
	for range maxCompared {
		l, ok := is.Next()
		if !ok {
			return narrower
		}
		for more && former.Compare(l) < 0 {
			former, more = was.Next()
		}
		if !more || former != l {
			return wider
		}
	}
	return wider
}

// rules gives the recurrence rules of a component in one spelling, sorted.
func rules(c *icalendar.Component) []string {
	var list []string
	for p := range c.All("RRULE") {
		if r, err := recur.Parse(p.Value); err == nil {
			list = append(list, r.String())
		} else {
			list = append(list, strings.ToUpper(strings.TrimSpace(p.Value)))
		}
	}
	slices.Sort(list)
	return list
}

// silent names the properties whose change tells nobody anything, or which are compared
// by their meaning elsewhere (scheduling.md §1.2).
var silent = map[string]bool{
	"DTSTAMP": true, "CREATED": true, "LAST-MODIFIED": true, "SEQUENCE": true, "UID": true,
	"RECURRENCE-ID": true, "DTSTART": true, "DTEND": true, "DURATION": true, "DUE": true, "RRULE": true,
	"RDATE": true, "EXDATE": true, "STATUS": true, "REQUEST-STATUS": true, "PERCENT-COMPLETE": true, "COMPLETED": true,
	"ATTENDEE": true, "TRANSP": true,
}

// sameContent compares everything people see: texts and the list of attendees.
func sameContent(old, now *icalendar.Component) bool {
	return slices.Equal(contentOf(old), contentOf(now))
}

// contentOf lists the telling properties of a component in one order and spelling.
func contentOf(c *icalendar.Component) []string {
	list := make([]string, 0, len(c.Props))
	organizer := Address("")
	if p := c.Prop("ORGANIZER"); p != nil {
		organizer = Normalize(p.Value)
	}
	for _, p := range c.Props {
		switch {
		case p.Name == "ATTENDEE":
			if Normalize(p.Value) == organizer {
				list = append(list, "PARTSTAT:"+PartStat(p)) // whether he comes himself, he alone can tell
			}
			list = append(list, "ATTENDEE:"+string(Normalize(p.Value))+";"+strings.ToUpper(p.Param("ROLE"))+
				";"+p.Param("DELEGATED-TO")+";"+p.Param("DELEGATED-FROM"))
		case p.Name == "ORGANIZER":
			list = append(list, "ORGANIZER:"+string(Normalize(p.Value))) // SENT-BY says who wrote, and is no news
		case p.Name == "RECURRENCE-ID" && p.HasParam("RANGE"):
			list = append(list, "RANGE:"+strings.ToUpper(p.Param("RANGE")))
		case silent[p.Name], strings.HasPrefix(p.Name, "X-"):
		case p.Name == "CLASS" && strings.EqualFold(p.Value, "PUBLIC"), p.Name == "PRIORITY" && p.Value == "0":
			// the defaults of RFC 5545 §3.8.1.3, §3.8.1.9
		default:
			list = append(list, p.Name+":"+strings.TrimSpace(p.Text()))
		}
	}
	slices.Sort(list)
	return list
}
