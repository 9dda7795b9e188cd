package icalendar

import (
	"iter"
	"strings"

	"convoke/internal/contentline"
)

// Item is one calendar object found in a file, or what is wrong with it.
type Item struct {
	Object *Object // nil if Err is not
	UID    string  // empty if there is none: the caller may give it one
	Kind   string  // component name
	Line   int     // where its first component begins; 0 if the file is none
	Err    error   // *SyntaxError or *LimitError
}

// Bounds of one file: its components, the time zones of a VCALENDAR, and the names
// of time zones that one component may use. What is beyond is not looked at.
const (
	maxItems = 1_000_000
	maxZones = 1_000
	maxNames = 100
)

// A time zone goes into each object that uses it, so what a file becomes may be many times the file: so much and so many times
// it at most. What is beyond is not read.
const (
	grownBytes = 64 << 20
	grownTimes = 32
)

// ParseStream cuts a file of any number of VCALENDARs with any number of
// components into calendar objects: one for each UID and kind of a VCALENDAR, with
// the time zones it needs, as RFC 4791 §4.1 wants it. METHOD and the properties of
// the calendar as a whole (X-WR-…, NAME…) are left out. What is broken costs only
// the component it stands in. Objects are not validated.
func ParseStream(data []byte) iter.Seq[Item] {
	return func(yield func(Item) bool) {
		p := splitter{most: grownBytes + grownTimes*len(data)}
		p.scan.Reset(string(data), contentline.Limits{Params: MaxParams})
		for p.more() {
			for _, group := range p.groups() { // one object at a time: all of them would be many times the file
				if !yield(p.item(group)) || p.made > p.most {
					return
				}
			}
		}
		if p.err != nil {
			yield(Item{Err: p.err})
		}
	}
}

// splitter reads one VCALENDAR at a time as texts of its components.
type splitter struct {
	scan  contentline.Scanner
	line  contentline.Line
	again bool // line was read but not taken
	head  strings.Builder
	zones []chunk
	parts []chunk
	count int
	made  int // bytes of objects
	most  int
	any   bool
	err   error // the first that no component is to blame for
}

// chunk is the text of one component and what is known of it.
type chunk struct {
	kind, uid string
	text      string
	line      int
	tzids     []string // used; for a VTIMEZONE its own
	err       error
}

// next reads a line. Broken is an error that costs the line; both are false at the end.
func (p *splitter) next() (ok bool, broken error) {
	if p.again {
		p.again = false
		return true, nil
	}
	if p.scan.Scan(&p.line) {
		return true, nil
	}
	if err := p.scan.Err(); err != nil && p.scan.Resume() {
		return false, lineError(err)
	}
	return false, nil
}

// more reads the next VCALENDAR; false at the end.
func (p *splitter) more() bool {
	p.head.Reset()
	p.zones, p.parts = nil, nil
	l, inside := &p.line, false
	for p.count < maxItems {
		ok, broken := p.next()
		if !ok && broken == nil {
			break
		}
		if broken != nil {
			if p.err == nil {
				p.err = broken
			}
			continue
		}
		name := ""
		if l.Name == "BEGIN" || l.Name == "END" {
			name = upper(strings.TrimSpace(l.Value))
		}
		switch {
		case l.Name == "BEGIN" && name == Calendar:
			inside, p.any = true, true
		case l.Name == "END" && name == Calendar:
			return true
		case l.Name == "BEGIN" && inside:
			p.chunk(name)
		case inside && (l.Name == "VERSION" || l.Name == "PRODID" || l.Name == "CALSCALE"):
			p.head.WriteString(l.Raw)
		}
	}
	if p.any {
		p.err = nil
	} else if p.err == nil {
		p.err = &SyntaxError{Reason: "no VCALENDAR"}
	}
	return len(p.parts) > 0
}

// topLevel tells whether a component stands in a VCALENDAR alone, so that inside
// another it shows that an END is missing.
func topLevel(name string) bool {
	switch name {
	case Calendar, Event, Todo, Journal, FreeBusy, Availability, TimeZone:
		return true
	}
	return false
}

// chunk reads a component up to its END, or to what shows that it has none.
func (p *splitter) chunk(kind string) {
	p.count++
	l := &p.line
	c := chunk{kind: kind, line: l.Number}
	var text strings.Builder
	text.WriteString(l.Raw)
	stack := []string{kind}
	for len(stack) > 0 {
		ok, broken := p.next()
		if !ok && broken == nil {
			c.fail(&SyntaxError{Line: c.line, Reason: "no END:" + kind})
			break
		}
		if broken != nil {
			c.fail(broken)
			continue
		}
		name := ""
		if l.Name == "BEGIN" || l.Name == "END" {
			name = upper(strings.TrimSpace(l.Value))
		}
		if l.Name == "BEGIN" && topLevel(name) || l.Name == "END" && name == Calendar {
			c.fail(&SyntaxError{Line: c.line, Reason: "no END:" + kind})
			p.again = true
			break
		}
		text.WriteString(l.Raw)
		stack = c.take(l, name, stack)
	}
	c.text = text.String()
	switch {
	case kind != TimeZone:
		p.parts = append(p.parts, c)
	case len(p.zones) < maxZones:
		p.zones = append(p.zones, c)
	}
}

// fail keeps the first thing that is wrong.
func (c *chunk) fail(err error) {
	if c.err == nil {
		c.err = err
	}
}

// take notes what one line of the component says.
func (c *chunk) take(l *contentline.Line, name string, stack []string) []string {
	switch l.Name {
	case "BEGIN":
		if len(stack) >= MaxDepth-1 {
			c.fail(&LimitError{Line: l.Number, What: "nested components", Limit: MaxDepth, Breaks: ValidData})
			return stack // and its END is one without BEGIN
		}
		return append(stack, name)
	case "END":
		for i := len(stack) - 1; i >= 0; i-- {
			if stack[i] != name {
				continue
			}
			if i != len(stack)-1 {
				c.fail(&SyntaxError{Line: l.Number, Reason: "no END:" + stack[len(stack)-1]})
			}
			return stack[:i]
		}
		c.fail(&SyntaxError{Line: l.Number, Reason: "END without BEGIN"})
		return stack
	case "UID":
		if len(stack) == 1 && c.uid == "" {
			c.uid = strings.TrimSpace(l.Value)
		}
	case "TZID":
		if c.kind == TimeZone && len(stack) == 1 {
			c.tzids = append(c.tzids, l.Value)
		}
	}
	if l.Params != "" {
		if tzid, ok := contentline.Lookup(l.Params, "TZID"); ok {
			c.tzids = appendNew(c.tzids, tzid)
		}
	}
	return stack
}

func appendNew(list []string, s string) []string {
	for _, t := range list {
		if t == s {
			return list
		}
	}
	if len(list) == maxNames {
		return list
	}
	return append(list, s)
}

// groups are the components of each object of the VCALENDAR just read, in the order in which their first ones stand.
func (p *splitter) groups() [][]*chunk {
	type id struct{ kind, uid string }
	groups := make(map[id]int)
	var parts [][]*chunk
	for i := range p.parts {
		c := &p.parts[i]
		key := id{c.kind, c.uid}
		if at, ok := groups[key]; ok && c.uid != "" && c.err == nil {
			parts[at] = append(parts[at], c)
			continue
		}
		if c.uid != "" && c.err == nil {
			groups[key] = len(parts)
		}
		parts = append(parts, []*chunk{c})
	}
	return parts
}

func (p *splitter) item(group []*chunk) Item {
	first := group[0]
	item := Item{UID: first.uid, Kind: first.kind, Line: first.line}
	if first.err != nil {
		item.Err = first.err
		return item
	}
	texts := []string{p.head.String()}
	for i := range p.zones {
		if z := &p.zones[i]; z.err == nil && z.usedBy(group) {
			texts = append(texts, z.text)
		}
	}
	for _, c := range group {
		texts = append(texts, c.text)
	}
	for _, text := range texts {
		p.made += len(text)
	}
	if p.made > p.most {
		item.Err = &LimitError{Line: first.line, What: "bytes of all objects with their time zones", Limit: p.most, Breaks: ValidData}
		return item
	}
	var b strings.Builder
	b.WriteString("BEGIN:VCALENDAR\r\n")
	for _, text := range texts {
		writeChunk(&b, text)
	}
	b.WriteString("END:VCALENDAR\r\n")
	o, err := ParseString(b.String())
	if err != nil {
		item.Err = &SyntaxError{Line: first.line, Reason: err.Error()}
		return item
	}
	item.Object, item.UID = o, o.UID()
	return item
}

// usedBy tells whether a component of the group names the time zone.
func (c *chunk) usedBy(group []*chunk) bool {
	for _, own := range c.tzids {
		for _, g := range group {
			for _, used := range g.tzids {
				if used == own || used == UnescapeText(own) {
					return true
				}
			}
		}
	}
	return false
}

// writeChunk writes text, which must end with a line end.
func writeChunk(b *strings.Builder, text string) {
	b.WriteString(text)
	if text != "" && text[len(text)-1] != '\n' && text[len(text)-1] != '\r' {
		b.WriteString("\r\n")
	}
}
