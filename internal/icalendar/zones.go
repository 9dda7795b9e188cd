package icalendar

import "convoke/internal/timezone"

// Zones finds time zones by the names one object uses. It remembers what it
// found and is not safe for concurrent use; nil knows our own tables only.
type Zones struct {
	calendar *Component
	names    []string
	zones    []*timezone.Zone
}

// Zones gives the time zones of the object.
func (o *Object) Zones() *Zones { return &Zones{calendar: o.Calendar} }

// Lookup gives the zone of that name: from our tables, else from the VTIMEZONE of
// the object; nil if neither knows it.
func (z *Zones) Lookup(tzid string) *timezone.Zone {
	if z == nil {
		return timezone.Lookup(tzid)
	}
	for i, name := range z.names {
		if name == tzid {
			return z.zones[i]
		}
	}
	zone := timezone.Lookup(tzid)
	if zone == nil {
		zone = z.sent(tzid)
	}
	z.names, z.zones = append(z.names, tzid), append(z.zones, zone)
	return zone
}

// sent reads the VTIMEZONE for that name; nil if there is none or it is broken.
func (z *Zones) sent(tzid string) *timezone.Zone {
	for c := range z.calendar.ChildrenNamed(TimeZone) {
		if p := c.Prop("TZID"); p != nil && (p.Text() == tzid || p.Value == tzid) {
			if zone, err := timezone.FromComponent(tzid, observances(c)); err == nil && zone != nil {
				return zone
			}
		}
	}
	return nil
}

// defined tells whether the object has a VTIMEZONE of that name, be it readable or not.
func (z *Zones) defined(tzid string) bool {
	for c := range z.calendar.ChildrenNamed(TimeZone) {
		if p := c.Prop("TZID"); p != nil && (p.Text() == tzid || p.Value == tzid) {
			return true
		}
	}
	return false
}

// observances gives the STANDARD and DAYLIGHT components of a VTIMEZONE.
func observances(c *Component) []timezone.Observance {
	var list []timezone.Observance
	for _, k := range c.Children {
		if (k.Name != "STANDARD" && k.Name != "DAYLIGHT") || len(list) == maxObservances {
			continue
		}
		o := timezone.Observance{Daylight: k.Name == "DAYLIGHT", Lines: make([]timezone.Line, 0, len(k.Props))}
		for _, p := range k.Props {
			o.Lines = append(o.Lines, timezone.Line{Name: p.Name, Value: p.Value})
		}
		list = append(list, o)
	}
	return list
}

// ReadZone gives the zone that a VTIMEZONE text defines, such as the value of
// CALDAV:calendar-timezone, or that its TZID names; nil if it is neither.
func ReadZone(text string) *timezone.Zone {
	o, err := ParseString(text)
	if err != nil {
		return nil
	}
	for c := range o.Calendar.ChildrenNamed(TimeZone) {
		return o.Zones().Lookup(c.Text("TZID"))
	}
	return nil
}
