package main

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"convoke/internal/icalendar"
	"convoke/internal/vcard"
	"convoke/storage"
)

// comparedInstances bounds how many instances of a series are compared, from its first one.
const comparedInstances = 1000

// differences tells in which respects two objects differ, in sentences; objects of equal bytes differ in none. What
// programs alone see (time stamps, product names, zone definitions) is not compared.
func differences(kind string, data []byte, hereKind string, here []byte) []string {
	if bytes.Equal(data, here) {
		return nil
	}
	if kind != hereKind {
		return []string{fmt.Sprintf("a different kind: %s in the source, %s here", words(kind), words(hereKind))}
	}
	theirs, ours := factsOf(kind, data), factsOf(kind, here)
	if theirs == nil || ours == nil {
		return []string{"it cannot be read and is not the same byte for byte"}
	}
	names := slices.Collect(maps.Keys(theirs))
	for name := range ours {
		if _, ok := theirs[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var list []string
	for _, name := range names {
		lost, added := minus(theirs[name], ours[name]), minus(ours[name], theirs[name])
		var parts []string
		if len(lost) > 0 {
			parts = append(parts, "only in the source "+some(lost))
		}
		if len(added) > 0 {
			parts = append(parts, "only here "+some(added))
		}
		if len(parts) > 0 {
			list = append(list, name+": "+strings.Join(parts, "; "))
		}
	}
	return list
}

// minus gives what is in a and not in b, each as often as it is there more often.
func minus(a, b []string) []string {
	left := map[string]int{}
	for _, s := range b {
		left[s]++
	}
	var list []string
	for _, s := range a {
		if left[s]--; left[s] < 0 {
			list = append(list, s)
		}
	}
	return list
}

// some shows the first of a list.
func some(list []string) string {
	const shown = 3
	text := strings.Join(list[:min(len(list), shown)], ", ")
	if more := len(list) - shown; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// factsOf are the values of what is compared of an object, by what they are; nil if it cannot be read.
func factsOf(kind string, data []byte) map[string][]string {
	if kind == "VCARD" {
		return cardFacts(data)
	}
	return calendarFacts(data)
}

// calendarFacts are when it happens, who takes part, and what people wrote.
func calendarFacts(data []byte) map[string][]string {
	o, err := icalendar.Parse(data)
	if err != nil {
		return nil
	}
	facts := map[string][]string{}
	add := func(name, value string) { facts[name] = append(facts[name], value) }
	instances, truncated, err := o.Instances(time.Time{}, time.Time{}, icalendar.Options{Max: comparedInstances})
	if err != nil {
		add("times", "unknown")
	}
	for i := range instances {
		add("times", instanceText(&instances[i]))
	}
	if truncated { // what follows is told by the rules
		for part := range o.Parts() {
			for _, name := range []string{"RRULE", "RDATE", "EXDATE"} {
				for p := range part.All(name) {
					add("recurrence", p.Value)
				}
			}
		}
	}
	for part := range o.Parts() {
		where := ""
		if id := part.Prop("RECURRENCE-ID"); id != nil {
			where = " at " + timeText(id, o)
		}
		partFacts(o, part, func(name, value string) { add(name, value+where) })
	}
	return facts
}

// instanceText spells the time of an instance.
func instanceText(i *icalendar.Instance) string {
	switch {
	case i.Start.IsZero():
		return "undated"
	case i.AllDay():
		return i.Start.Format(time.DateOnly) + " to " + i.End.Format(time.DateOnly)
	}
	return i.Start.Format("2006-01-02T15:04:05Z") + " to " + i.End.Format("2006-01-02T15:04:05Z")
}

// timeText spells a property's time in UTC.
func timeText(p *icalendar.Property, o *icalendar.Object) string {
	at, err := p.Time(o.Zones())
	if err != nil {
		return p.Value
	}
	if at.Form == icalendar.Date {
		return at.Instant(nil).Format(time.DateOnly)
	}
	return at.Instant(nil).UTC().Format("2006-01-02T15:04:05Z")
}

// partFacts adds those of one component.
func partFacts(o *icalendar.Object, part *icalendar.Component, add func(name, value string)) {
	for p := range part.All("ATTENDEE") {
		add("attendees", fmt.Sprintf("%s (%s)", bare(p.Value), strings.ToLower(cmp.Or(p.Param("PARTSTAT"), "NEEDS-ACTION"))))
	}
	if p := part.Prop("ORGANIZER"); p != nil {
		add("organizer", bare(p.Value))
	}
	for _, name := range []string{"SUMMARY", "LOCATION", "DESCRIPTION", "STATUS", "PERCENT-COMPLETE", "PRIORITY"} {
		if p := part.Prop(name); p != nil && strings.TrimSpace(p.Text()) != "" {
			add(strings.ToLower(name), fmt.Sprintf("%q", shorten(strings.TrimSpace(p.Text()))))
		}
	}
	for _, name := range []string{"DUE", "COMPLETED"} {
		if p := part.Prop(name); p != nil {
			add(strings.ToLower(name), timeText(p, o))
		}
	}
	if part.Name == icalendar.Todo {
		for p := range part.All("RRULE") {
			add("recurrence", p.Value)
		}
	}
}

// bare is a calendar user address as people write it.
func bare(address string) string {
	return strings.TrimPrefix(storage.NormalizeAddress(address), "mailto:")
}

// shorten keeps long texts apart without showing all of them.
func shorten(s string) string {
	const shown = 60
	if len(s) <= shown {
		return s
	}
	sum := sha256.Sum256([]byte(s))
	return fmt.Sprintf("%s… %x", strings.ToValidUTF8(s[:shown], ""), sum[:4])
}

// cardFacts are all properties but those that programs keep for themselves.
func cardFacts(data []byte) map[string][]string {
	card, err := vcard.Parse(data)
	if err != nil {
		return nil
	}
	facts := map[string][]string{}
	for p := range card.All() {
		name, known := cardWords[p.Name]
		switch {
		case known && name == "":
			continue
		case !known:
			name = strings.ToLower(p.Name)
		}
		value := strings.TrimSpace(p.Text())
		if parts := p.Components(); len(parts) > 1 {
			value = strings.Trim(strings.Join(parts, ";"), ";")
		}
		if value == "" {
			continue
		}
		if types := cardTypes(p); types != "" {
			value += " (" + types + ")"
		}
		facts[name] = append(facts[name], shorten(value))
	}
	return facts
}

// cardTypes are the types of a property that tell it from others, sorted.
func cardTypes(p *vcard.Property) string {
	var list []string
	for _, t := range p.Types() {
		if t = strings.ToLower(t); t != "pref" && t != "internet" && t != "voice" && !slices.Contains(list, t) {
			list = append(list, t)
		}
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

// cardWords are properties for people; those with "" are not compared.
var cardWords = map[string]string{
	"FN": "name", "N": "parts of the name", "EMAIL": "mail", "TEL": "phone", "ADR": "address", "NOTE": "note",
	"ORG": "organisation", "BDAY": "birthday", "MEMBER": "members", "X-ADDRESSBOOKSERVER-MEMBER": "members",
	"VERSION": "", "UID": "", "REV": "", "PRODID": "",
}
