package compose

import (
	"maps"
	"slices"
	"strings"
	"time"

	"convoke/internal/icalendar"
	"convoke/internal/timezone"
)

// mostInline is from what size on a calendar leaves without its inline attachments: many servers take no
// calendar part that is larger.
const mostInline = 1 << 20

// publish gives the calendar as it leaves the house. What scheduling made has been cleaned there; here is the border.
func publish(in *Input) []byte {
	o := in.Object.Clone()
	o.Calendar.RemoveFunc(func(p *icalendar.Property) bool { return strings.HasPrefix(p.Name, "X-") })
	big := len(o.Bytes()) > mostInline
	used := map[string]bool{}
	var list []*icalendar.Component
	for c := range o.Parts() {
		list = append(list, c)
	}
	for _, c := range list {
		in.clean(c, big)
		c.CollectZones(used)
	}
	addZones(o, used)
	return o.Bytes()
}

// clean takes out of a component what is nobody's business outside: alarms (RFC 5546 §3.2 has them ignored),
// private properties, parameters of the server (RFC 6638 §7), and names the outside cannot write to.
func (in *Input) clean(c *icalendar.Component, big bool) {
	c.RemoveChildren(func(k *icalendar.Component) bool { return k.Name == icalendar.Alarm })
	c.RemoveFunc(func(p *icalendar.Property) bool {
		return strings.HasPrefix(p.Name, "X-") && !icalendar.OfMeeting(p.Name) || big && p.Name == "ATTACH" && p.ParamIs("VALUE", "BINARY")
	})
	for _, p := range c.Props {
		if strings.HasPrefix(p.Name, "X-") {
			continue // what is left of them needs its parameters
		}
		var gone []string
		for param := range p.Params() {
			name := strings.ToUpper(param.Name)
			if strings.HasPrefix(name, "X-") || strings.HasPrefix(name, "SCHEDULE-") {
				gone = append(gone, param.Name)
			}
		}
		for _, name := range gone {
			p.RemoveParam(name)
		}
		if p.Name == "ATTENDEE" || p.Name == "ORGANIZER" {
			in.reach(p)
		}
	}
}

// reach writes a calendar user, and whom its parameters name, by addresses that mean something outside.
func (in *Input) reach(p *icalendar.Property) {
	if a := in.mailto(p.Value); a != "" && a != p.Value {
		p.Value = a
	}
	for _, name := range []string{"SENT-BY", "DELEGATED-TO", "DELEGATED-FROM", "MEMBER"} {
		if !p.HasParam(name) {
			continue
		}
		var kept []string
		changed := false
		for _, v := range p.ParamValues(name) {
			a := in.mailto(v)
			changed = changed || a != v
			if a != "" {
				kept = append(kept, a)
			}
		}
		if changed {
			p.SetParam(name, kept...)
		}
	}
}

// addZones gives the object a VTIMEZONE for each TZID that it uses (RFC 5545 §3.6.5), and none besides.
func addZones(o *icalendar.Object, used map[string]bool) {
	has := map[string]bool{}
	o.Calendar.RemoveChildren(func(k *icalendar.Component) bool {
		if k.Name != icalendar.TimeZone {
			return false
		}
		tzid := k.Text("TZID")
		again := has[tzid]
		has[tzid] = true
		return again || !used[tzid]
	})
	span := o.Span()
	from := time.Time{}
	if span.First != icalendar.Ever {
		from = time.Unix(span.First, 0).UTC()
	}
	for _, tzid := range slices.Sorted(maps.Keys(used)) {
		zone := timezone.Lookup(tzid)
		if has[tzid] || zone == nil {
			continue
		}
		text := "BEGIN:VCALENDAR\r\n" + string(timezone.VTimezone(zone, tzid, from, time.Time{})) + "END:VCALENDAR\r\n"
		if made, err := icalendar.ParseString(text); err == nil && len(made.Calendar.Children) > 0 {
			o.Calendar.InsertChild(0, made.Calendar.Children[0].Clone())
		}
	}
}
