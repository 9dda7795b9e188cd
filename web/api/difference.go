package api

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"convoke/internal/icalendar"
	"convoke/internal/vcard"
	"convoke/scheduling/itip"
)

// maxShown bounds a text in a summary, in bytes.
const maxShown = 200

// different is one thing in which two versions differ. Texts are cut; times are ISO 8601 or, for whole days, dates.
type different struct {
	Field string `json:"field"`
	Who   string `json:"who,omitempty"` // whose answer
	From  string `json:"from,omitempty"`
	To    string `json:"to,omitempty"`
}

// eventFields are the properties of an event or task by what people call them.
var eventFields = []struct{ field, property string }{
	{"title", "SUMMARY"}, {"place", "LOCATION"}, {"description", "DESCRIPTION"}, {"status", "STATUS"}, {"repeats", "RRULE"},
	{"due", "DUE"}, {"completed", "COMPLETED"}, {"progress", "PERCENT-COMPLETE"}, {"priority", "PRIORITY"}, {"categories", "CATEGORIES"},
	{"link", "URL"}, {"privacy", "CLASS"}, {"busy", "TRANSP"}, {"color", "COLOR"}, {"skipped", "EXDATE"}, {"extra", "RDATE"},
}

// cardFields are those of a contact.
var cardFields = []struct{ field, property string }{
	{"name", "FN"}, {"nickname", "NICKNAME"}, {"email", "EMAIL"}, {"phone", "TEL"}, {"address", "ADR"}, {"organization", "ORG"},
	{"jobTitle", "TITLE"}, {"birthday", "BDAY"}, {"anniversary", "ANNIVERSARY"}, {"link", "URL"}, {"note", "NOTE"}, {"categories", "CATEGORIES"}, {"members", "MEMBER"},
}

// differences tells in what two versions of an object differ.
func differences(before, after []byte) []different {
	list := []different{}
	if isCard(before) || isCard(after) {
		a, err1 := vcard.Parse(before)
		b, err2 := vcard.Parse(after)
		if err1 == nil && err2 == nil {
			list = cardDifferences(a, b)
		}
		return list
	}
	a, err1 := icalendar.Parse(before)
	b, err2 := icalendar.Parse(after)
	if err1 != nil || err2 != nil {
		return list
	}
	was, is := byInstance(a), byInstance(b)
	if x, y := was[""], is[""]; x != nil && y != nil {
		list = append(list, eventDifferences(a, x, b, y)...)
	}
	for _, at := range slices.Sorted(maps.Keys(was)) {
		x, y := was[at], is[at]
		switch {
		case at == "":
		case y == nil:
			list = append(list, different{Field: "date", From: at})
		case len(eventDifferences(a, x, b, y)) > 0:
			list = append(list, different{Field: "date", From: at, To: at})
		}
	}
	for _, at := range slices.Sorted(maps.Keys(is)) {
		if at != "" && was[at] == nil {
			list = append(list, different{Field: "date", To: at})
		}
	}
	return list
}

func isCard(data []byte) bool {
	return len(data) > 11 && bytes.EqualFold(data[:11], []byte("BEGIN:VCARD"))
}

// byInstance gives the components of an object by the time of their instance, "" is all of it.
func byInstance(o *icalendar.Object) map[string]*icalendar.Component {
	list := map[string]*icalendar.Component{}
	for c := range o.Parts() {
		if c.Name != icalendar.TimeZone {
			list[timeOf(o, c, "RECURRENCE-ID")] = c
		}
	}
	return list
}

// timeOf spells a time of a component.
func timeOf(o *icalendar.Object, c *icalendar.Component, name string) string {
	p := c.Prop(name)
	if p == nil {
		return ""
	}
	t, err := p.Time(o.Zones())
	if err != nil {
		return p.Value
	}
	return spelled(t)
}

// spelled is a time as the API writes it.
func spelled(t icalendar.DateTime) string {
	switch {
	case t.Form == icalendar.Date:
		return t.Instant(nil).Format("2006-01-02")
	case t.Form == icalendar.Floating:
		return t.Instant(nil).Format("2006-01-02T15:04:05")
	}
	return t.Instant(nil).UTC().Format(time.RFC3339)
}

// eventDifferences compares two components as people see them.
func eventDifferences(a *icalendar.Object, x *icalendar.Component, b *icalendar.Object, y *icalendar.Component) (list []different) {
	for _, name := range []struct{ field, property string }{{"start", "DTSTART"}, {"end", "DTEND"}} {
		list = appendDifferent(list, name.field, timeOf(a, x, name.property), timeOf(b, y, name.property))
	}
	list = appendDifferent(list, "duration", x.Text("DURATION"), y.Text("DURATION"))
	for _, f := range eventFields {
		list = appendDifferent(list, f.field, valuesOf(x, f.property), valuesOf(y, f.property))
	}
	was, is := guests(x), guests(y)
	for _, who := range slices.Sorted(maps.Keys(was)) {
		if _, still := is[who]; !still {
			list = append(list, different{Field: "guest", From: bare(string(who))})
		} else if was[who] != is[who] {
			list = append(list, different{Field: "answer", Who: bare(string(who)), From: was[who], To: is[who]})
		}
	}
	for _, who := range slices.Sorted(maps.Keys(is)) {
		if _, before := was[who]; !before {
			list = append(list, different{Field: "guest", To: bare(string(who))})
		}
	}
	return appendDifferent(list, "reminders", alarms(x), alarms(y))
}

func appendDifferent(list []different, field, from, to string) []different {
	if from == to {
		return list
	}
	return append(list, different{Field: field, From: clip(from), To: clip(to)})
}

// clip cuts a text for a summary.
func clip(s string) string {
	if len(s) <= maxShown {
		return s
	}
	cut := maxShown
	for !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}

// valuesOf are the values of a property, in one order.
func valuesOf(c *icalendar.Component, name string) string {
	var list []string
	for p := range c.All(name) {
		list = append(list, p.Text())
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

// guests are those on the list with their answers.
func guests(c *icalendar.Component) map[itip.Address]string {
	list := map[itip.Address]string{}
	for p := range c.All("ATTENDEE") {
		list[itip.Normalize(p.Value)] = strings.ToLower(cmp.Or(p.Param("PARTSTAT"), "NEEDS-ACTION"))
	}
	return list
}

// alarms are when reminders go off.
func alarms(c *icalendar.Component) string {
	var list []string
	for a := range c.ChildrenNamed("VALARM") {
		list = append(list, a.Text("TRIGGER"))
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

func cardDifferences(a, b *vcard.Card) []different {
	list := []different{}
	for _, f := range cardFields {
		list = appendDifferent(list, f.field, cardTexts(a, f.property), cardTexts(b, f.property))
	}
	if cardTexts(a, "PHOTO") != cardTexts(b, "PHOTO") {
		list = append(list, different{Field: "photo"})
	}
	return list
}

// cardTexts are the values of a property of a card, in one order.
func cardTexts(c *vcard.Card, name string) string {
	var list []string
	for p := range c.Named(name) {
		text := p.Text()
		if parts := p.Components(); len(parts) > 1 {
			text = strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), ", ")
		}
		list = append(list, text)
	}
	slices.Sort(list)
	return strings.Join(list, "; ")
}

// summary is what a list shows of an object.
type summary struct{ kind, title, start string }

// summaryOf reads what a list shows of an object's text.
func summaryOf(data []byte) summary {
	if isCard(data) {
		s := summary{kind: "contact"}
		if card, err := vcard.Parse(data); err == nil {
			s.title = card.FormattedName()
		}
		return s
	}
	o, err := icalendar.Parse(data)
	if err != nil {
		return summary{kind: "file"}
	}
	c := o.Master()
	if c == nil {
		for part := range o.Parts() {
			if part.Name != icalendar.TimeZone && c == nil {
				c = part
			}
		}
	}
	if c == nil {
		return summary{kind: "file"}
	}
	return summary{kindOf(c.Name), clip(c.Text("SUMMARY")), timeOf(o, c, "DTSTART")}
}

// kindOf is what people call a component.
func kindOf(component string) string {
	switch component {
	case icalendar.Event:
		return "event"
	case icalendar.Todo:
		return "task"
	case icalendar.Journal:
		return "note"
	}
	return strings.ToLower(component)
}
