package compose

import (
	"fmt"
	"html"
	"strings"

	"convoke/internal/icalendar"
)

// What a text shows at most; the calendar beside it has all.
const (
	maxShown       = 20    // attendees, and dates of a series that differ
	maxDescription = 8_000 // characters
	maxAddress     = 2_000 // characters of a link
)

// fact is one line of the description; was is what it was before, if that is another.
type fact struct{ label, value, was string }

// text is what both the plain and the HTML part say.
type text struct {
	w                 *words
	lead, about, hint string
	answer            string // address at which to answer; "" is none
	link              string // address at which it stands in the calendar; "" is none
	facts             []fact
	struck            bool // it does not take place
}

// describe puts the message into words.
func (w *words) describe(in *Input) *text {
	c := principal(in.Object)
	method := in.Object.Method()
	t := &text{w: w, lead: w.lead(in, in.speaker()), struck: method == "CANCEL"}
	if method == "REQUEST" {
		t.hint = w.hint
		if t.answer = line(in.Answer, maxAddress); t.answer != "" {
			t.hint = w.hintHere
		}
	}
	before := in.before(c)
	zones := in.Object.Zones()
	t.add(w.title, title(w, c), old(before, func(f *former) string { return title(w, f.part) }))
	when, label := w.time(c, zones)
	t.add(label, when, old(before, func(f *former) string { return f.when(w, c) }))
	t.add(w.repeats, w.recurrence(c), old(before, func(f *former) string { return w.recurrence(f.rule(c)) }))
	t.add(w.where, line(c.Text("LOCATION"), maxHeader), old(before, func(f *former) string { return line(f.part.Text("LOCATION"), maxHeader) }))
	if u := c.Prop("URL"); u != nil {
		t.add(w.link, line(u.Value, maxHeader), "")
	}
	if c.Has("RECURRENCE-ID") && in.Object.Master() == nil {
		t.about = w.one
	}
	t.add(w.dates, w.differing(in.Object, c, zones), "")
	if method != "REPLY" {
		if p := c.Prop("ORGANIZER"); p != nil {
			t.add(w.organizer, display(p), "")
		}
		if method == "REQUEST" || method == "ADD" {
			t.add(w.attendees, w.people(c), "")
		}
		t.add(w.aboutIs, block(c.Text("DESCRIPTION"), maxDescription), "")
	}
	t.add(w.comment, block(c.Text("COMMENT"), maxDescription), "")
	return t
}

// add puts a fact on the list if there is anything to say.
func (t *text) add(label, value, was string) {
	if value == was {
		was = ""
	}
	if value != "" || was != "" {
		t.facts = append(t.facts, fact{label, value, was})
	}
}

func old(f *former, say func(*former) string) string {
	if f == nil {
		return ""
	}
	return say(f)
}

// speaker is who sends the message: the organizer, or the attendee who answers.
func (in *Input) speaker() string {
	c := principal(in.Object)
	name := "ORGANIZER"
	switch in.Object.Method() {
	case "REPLY", "COUNTER", "REFRESH":
		name = "ATTENDEE"
	}
	if in.From.Name != "" && name == "ATTENDEE" {
		return line(in.From.Name, maxName)
	}
	if p := c.Prop(name); p != nil {
		return display(p)
	}
	return line(in.From.Address, maxName)
}

// former is the version of a component that the recipient has.
type former struct {
	part  *icalendar.Component // the component itself, or the master that it was an instance of
	zones *icalendar.Zones
	whole bool // part is the master, and what we compare is one of its instances
}

// before looks for what the recipient knows of a component. Nothing is compared where nothing is changed for him: in
// what is cancelled, and in answers.
func (in *Input) before(c *icalendar.Component) *former {
	id := c.Prop("RECURRENCE-ID")
	if m := in.Object.Method(); m != "REQUEST" && m != "ADD" {
		return nil
	}
	for _, o := range in.Former {
		zones := o.Zones()
		for d := range o.Parts() {
			r := d.Prop("RECURRENCE-ID")
			if (id == nil) == (r == nil) && (id == nil || sameTime(id, in.Object.Zones(), r, zones)) {
				return &former{part: d, zones: zones}
			}
		}
		if m := o.Master(); id != nil && m != nil {
			return &former{part: m, zones: zones, whole: true}
		}
	}
	return nil
}

func sameTime(p *icalendar.Property, pz *icalendar.Zones, q *icalendar.Property, qz *icalendar.Zones) bool {
	a, err := p.Time(pz)
	if err != nil {
		return false
	}
	b, err := q.Time(qz)
	return err == nil && a.Instant(nil).Equal(b.Instant(nil))
}

// when is when the component took place in the former version.
func (f *former) when(w *words, now *icalendar.Component) string {
	if !f.whole {
		s, _ := w.time(f.part, f.zones)
		return s
	}
	s, ok := spanOf(f.part, f.zones)
	id, err := now.Prop("RECURRENCE-ID").Time(f.zones)
	if !ok || err != nil || id.Form != s.from.Form || id.TZID != s.from.TZID {
		return ""
	}
	return w.when(s.at(id))
}

// rule is the component whose recurrence is compared: an instance has none.
func (f *former) rule(now *icalendar.Component) *icalendar.Component {
	if f.whole {
		return now
	}
	return f.part
}

func title(w *words, c *icalendar.Component) string {
	if s := line(c.Text("SUMMARY"), maxHeader); s != "" {
		return s
	}
	return w.untitled
}

// time writes when a component takes place, and what to call that.
func (w *words) time(c *icalendar.Component, z *icalendar.Zones) (when, label string) {
	if s, ok := spanOf(c, z); ok {
		return w.when(s), w.whenIs
	}
	if p := c.Prop("DUE"); p != nil {
		if due, err := p.Time(z); err == nil && due.Valid() {
			return w.when(span{from: due}), w.due
		}
	}
	return "", w.whenIs
}

// differing lists the dates of a series that are apart from it, one a line.
func (w *words) differing(o *icalendar.Object, main *icalendar.Component, z *icalendar.Zones) string {
	var list []string
	more := 0
	for c := range o.Overrides() {
		if c == main {
			continue
		}
		if len(list) == maxShown {
			more++
			continue
		}
		id, err := c.Prop("RECURRENCE-ID").Time(z)
		if err != nil || !id.Valid() {
			continue
		}
		s := w.when(span{from: id})
		switch now, ok := spanOf(c, z); {
		case strings.EqualFold(c.Text("STATUS"), "CANCELLED") || o.Method() == "CANCEL":
			s += ": " + w.off
		case ok:
			s += " → " + w.when(now)
			if place := line(c.Text("LOCATION"), maxName); place != "" && place != line(main.Text("LOCATION"), maxName) {
				s += ", " + place
			}
		}
		list = append(list, s)
	}
	if more > 0 {
		list = append(list, fmt.Sprintf(w.more, more))
	}
	return strings.Join(list, "\n")
}

// people lists who is invited, with their answers.
func (w *words) people(c *icalendar.Component) string {
	var list []string
	more := 0
	for p := range c.All("ATTENDEE") {
		if len(list) == maxShown {
			more++
			continue
		}
		s := display(p)
		if answer := w.partstat[strings.ToUpper(p.Param("PARTSTAT"))]; answer != "" {
			s += " (" + answer + ")"
		}
		list = append(list, s)
	}
	if more > 0 {
		list = append(list, fmt.Sprintf(w.more, more))
	}
	return strings.Join(list, "\n")
}

// block keeps the lines of a longer text and nothing else that controls anything.
func block(s string, most int) string {
	var lines []string
	n := 0
	for l := range strings.SplitSeq(strings.ReplaceAll(s, "\r\n", "\n"), "\n") {
		l = line(l, most)
		if n += len(l); n > 4*most || len(lines) > most/8 {
			lines = append(lines, "…")
			break
		}
		lines = append(lines, l)
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

// plain is the text part.
func (t *text) plain() []byte {
	var b strings.Builder
	b.WriteString(t.lead + "\n\n")
	if t.about != "" {
		b.WriteString(t.about + "\n\n")
	}
	for _, f := range t.facts {
		label := f.label
		if f.was != "" {
			label += " (" + t.w.changed + ")"
		}
		value := strings.ReplaceAll(f.value, "\n", "\n    ")
		if strings.Contains(f.value, "\n") || f.was != "" {
			value = "\n    " + value
		} else {
			value = " " + value
		}
		b.WriteString(label + ":" + strings.TrimRight(value, " ") + "\n")
		if f.was != "" {
			b.WriteString("    " + t.w.was + ": " + strings.ReplaceAll(f.was, "\n", "\n    ") + "\n")
		}
	}
	if t.answer != "" {
		b.WriteString("\n" + t.w.answerHere + ":\n" + t.answer + "\n")
	}
	if t.link != "" {
		b.WriteString("\n" + t.w.open + ":\n" + t.link + "\n")
	}
	if t.hint != "" {
		b.WriteString("\n" + t.hint + "\n")
	}
	return []byte(strings.ReplaceAll(b.String(), "\n", "\r\n"))
}

// html is the HTML part: no script, no picture, nothing from elsewhere.
func (t *text) html() []byte {
	var b strings.Builder
	esc := func(s string) string { return strings.ReplaceAll(html.EscapeString(s), "\n", "<br>\n") }
	fmt.Fprintf(&b, "<!DOCTYPE html>\n<html lang=\"%s\">\n<head><meta charset=\"utf-8\"><title>%s</title></head>\n", t.w.tag, esc(t.lead))
	b.WriteString("<body style=\"font-family:sans-serif;line-height:1.4\">\n")
	fmt.Fprintf(&b, "<p>%s</p>\n", esc(t.lead))
	if t.about != "" {
		fmt.Fprintf(&b, "<p>%s</p>\n", esc(t.about))
	}
	b.WriteString("<table cellpadding=\"4\" style=\"border-collapse:collapse\">\n")
	for i, f := range t.facts {
		value := esc(f.value)
		switch {
		case i == 0 && t.struck:
			value = "<s>" + value + "</s>"
		case i == 0:
			value = "<strong>" + value + "</strong>"
		}
		if f.was != "" {
			value = fmt.Sprintf("<strong style=\"background:#fff3b0\">%s</strong><br>\n<small>%s: <s>%s</s></small>", esc(f.value), esc(t.w.was), esc(f.was))
		}
		fmt.Fprintf(&b, "<tr><th align=\"left\" valign=\"top\">%s</th><td>%s</td></tr>\n", esc(f.label), value)
	}
	b.WriteString("</table>\n")
	if t.answer != "" {
		fmt.Fprintf(&b, "<p><a href=\"%s\" style=\"display:inline-block;padding:10px 20px;background:#2f5fd0;color:#ffffff;text-decoration:none;border-radius:8px\">%s</a></p>\n", html.EscapeString(t.answer), esc(t.w.answerHere))
	}
	if t.hint != "" {
		fmt.Fprintf(&b, "<p><small>%s</small></p>\n", esc(t.hint))
	}
	b.WriteString("</body>\n</html>\n")
	return []byte(strings.ReplaceAll(b.String(), "\n", "\r\n"))
}
