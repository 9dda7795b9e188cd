package icalendar

import (
	"slices"
	"strings"
)

// Publication says how an object is shown to people who have no account.
type Publication struct {
	Full  bool                // what takes place, too; else only when
	Known bool                // whoever looks is invited: private matter is shown
	Busy  string              // title of a time of which no more is said
	Alias func(string) string // stands for the UID of such a time
}

// timeProps are what says when something takes place, and what an object cannot be without.
var timeProps = []string{"UID", "DTSTAMP", "DTSTART", "DTEND", "DURATION", "RECURRENCE-ID", "RRULE", "RDATE", "EXRULE", "EXDATE"}

// openProps are what is said of an event besides. What is not among them is not for everybody: who comes, alarms,
// attachments, comments, and all that programs keep for themselves.
var openProps = []string{"SUMMARY", "LOCATION", "DESCRIPTION", "URL", "GEO", "CATEGORIES", "COLOR", "STATUS", "TRANSP", "SEQUENCE", "CREATED", "LAST-MODIFIED", "CLASS"}

// openParams are the parameters that times and texts need.
var openParams = []string{"VALUE", "TZID", "RANGE", "LANGUAGE"}

// Published gives the object as p shows it, nil if there is nothing to show: no event, or none that takes time where only
// times are shown. Private and confidential events (RFC 5545 §3.8.1.3) are but times, in the whole series if the series is.
func (o *Object) Published(p Publication) *Object {
	if o.Kind() != Event {
		return nil
	}
	master := o.Master()
	closed := !p.Full || !p.Known && master != nil && !isPublic(master)
	out := o.Clone()
	out.Calendar.RemoveFunc(func(q *Property) bool { return !slices.Contains([]string{"VERSION", "PRODID", "CALSCALE"}, q.Name) })
	if closed {
		return out.timesOnly(p)
	}
	for c := range out.Parts() {
		if p.Known || isPublic(c) {
			keep(c, timeProps, openProps)
			continue
		}
		keep(c, timeProps, nil)
		c.SetText("SUMMARY", p.Busy)
	}
	return out.Freeze()
}

// timesOnly leaves of an object when it takes time.
func (o *Object) timesOnly(p Publication) *Object {
	master, left := o.Master(), 0
	var free []*Component
	for c := range o.Parts() {
		if BusyType(c) == Free {
			free = append(free, c)
			continue
		}
		left++
	}
	if left == 0 {
		return nil
	}
	for _, c := range free {
		id := c.Prop("RECURRENCE-ID")
		if c != master && id != nil && master != nil {
			// The instance takes no time: the series leaves it out.
			not := NewProperty("EXDATE", id.Value)
			for _, name := range []string{"VALUE", "TZID"} {
				if id.HasParam(name) {
					not.SetParam(name, id.Param(name))
				}
			}
			master.Add(not)
		}
	}
	o.Calendar.RemoveChildren(func(c *Component) bool { return slices.Contains(free, c) })
	for c := range o.Parts() {
		keep(c, timeProps, nil)
		c.SetText("UID", p.Alias(c.Text("UID")))
		c.SetText("SUMMARY", p.Busy)
	}
	return o.Freeze()
}

// isPublic reads CLASS: a value that is not known counts as private.
func isPublic(c *Component) bool {
	class := c.Prop("CLASS")
	return class == nil || strings.EqualFold(strings.TrimSpace(class.Value), "PUBLIC")
}

// keep leaves the properties of two lists, with the parameters that they need, and nothing inside.
func keep(c *Component, one, other []string) {
	c.RemoveFunc(func(p *Property) bool { return !slices.Contains(one, p.Name) && !slices.Contains(other, p.Name) })
	c.RemoveChildren(func(*Component) bool { return true })
	for i, p := range c.Props {
		var odd []string
		for param := range p.Params() {
			if !slices.Contains(openParams, upper(param.Name)) {
				odd = append(odd, param.Name)
			}
		}
		if len(odd) == 0 {
			continue
		}
		q := p.Clone()
		for _, name := range odd {
			q.RemoveParam(name)
		}
		c.Props[i] = q
	}
}
