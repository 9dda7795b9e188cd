package caldav

import (
	"slices"
	"strings"

	"convoke/internal/icalendar"
	"convoke/storage"
)

// The server's rule for CLASS (reliability.md §1.13): who neither owns a calendar nor may write in it sees
// of a private or confidential component its time and nothing of its matter. What is shown is made from
// the object each time and is not what the object's own ETag names, so such readers get ETags of their own, which tell
// nothing of the stored bytes: tree.Collection.ETag. All objects get one, since CLASS is not known before the object
// is read.

// shroud gives the object as a stranger may see it: o itself if there is nothing to hide.
func shroud(o *icalendar.Object) *icalendar.Object {
	all, any := false, false
	for c := range o.Parts() {
		if isPrivate(c) {
			any = true
			// An override is private with its series, even if it lacks CLASS.
			all = all || !c.Has("RECURRENCE-ID")
		}
	}
	if !any {
		return o
	}
	hidden := o.Clone()
	hidden.Calendar.RemoveFunc(func(p *icalendar.Property) bool { return !slices.Contains(frameProps, p.Name) })
	for c := range hidden.Parts() {
		if all || isPrivate(c) {
			strip(c)
		}
	}
	return hidden.Freeze()
}

// shroudAll gives the object as those see it who may know of busy times only: a block, private or not. Its title is
// ours, since some clients show none as a new event.
func shroudAll(o *icalendar.Object) *icalendar.Object {
	hidden := o.Clone()
	hidden.Calendar.RemoveFunc(func(p *icalendar.Property) bool { return !slices.Contains(frameProps, p.Name) })
	for c := range hidden.Parts() {
		strip(c)
		c.RemoveFunc(func(p *icalendar.Property) bool { return p.Name == "CLASS" })
		if c.Name == icalendar.Event {
			c.SetText("SUMMARY", "Busy")
		}
	}
	return hidden.Freeze()
}

// silent gives the object without alarms, as it is shown in the home of somebody who may read it: those that the owner set
// go off for the owner (caldav-sharing §7: "Alarms set by the sharer SHOULD NOT be propagated to sharees").
func silent(o *icalendar.Object) *icalendar.Object {
	alarm := func(c *icalendar.Component) bool { return c.Name == icalendar.Alarm }
	loud := false
	for c := range o.Parts() {
		loud = loud || slices.ContainsFunc(c.Children, alarm)
	}
	if !loud {
		return o
	}
	quiet := o.Clone()
	for c := range quiet.Parts() {
		c.RemoveChildren(alarm)
	}
	return quiet.Freeze()
}

// secret tells whether strangers are shown less than what is stored. What can't be read counts as secret.
func secret(stored *storage.Object) bool {
	o, err := parse(stored)
	return err != nil || shroud(o) != o
}

// isPrivate reads CLASS: a value we don't know counts as PRIVATE (RFC 5545 §3.8.1.3).
func isPrivate(c *icalendar.Component) bool {
	class := c.Prop("CLASS")
	return class != nil && !strings.EqualFold(strings.TrimSpace(class.Value), "PUBLIC")
}

// frameProps are the properties of a VCALENDAR that say nothing of its content.
var frameProps = []string{"VERSION", "PRODID", "CALSCALE", "METHOD"}

// blockProps are what makes a busy block.
var blockProps = []string{
	"UID", "DTSTAMP", "SEQUENCE", "CLASS", "DTSTART", "DTEND", "DURATION", "DUE", "COMPLETED", "RECURRENCE-ID",
	"RRULE", "RDATE", "EXRULE", "EXDATE", "TRANSP", "STATUS", "FREEBUSY", "BUSYTYPE",
}

// blockParams are the parameters that a time needs.
var blockParams = []string{"VALUE", "TZID", "RANGE", "FBTYPE"}

// strip leaves a busy block of a component: time, TRANSP, STATUS and UID.
func strip(c *icalendar.Component) {
	c.RemoveFunc(func(p *icalendar.Property) bool { return !slices.Contains(blockProps, p.Name) })
	c.RemoveChildren(func(*icalendar.Component) bool { return true })
	for _, p := range c.Props {
		var odd []string
		for param := range p.Params() {
			if !slices.Contains(blockParams, strings.ToUpper(param.Name)) {
				odd = append(odd, param.Name)
			}
		}
		for _, name := range odd {
			p.RemoveParam(name)
		}
	}
}
