package scheduling

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"convoke/internal/icalendar"
	"convoke/scheduling/itip"
	"convoke/storage"
)

// maxNamed is how many recipients a line of the journal names.
const maxNamed = 8

// maxComment bounds what a line of the journal keeps of a COMMENT, in bytes.
const maxComment = 200

// outcome is what became of one message of a write.
type outcome struct {
	method itip.Method
	to     itip.Address
	why    itip.Reason // of rehearsals
	delivery
}

// reached tells that the message is where its recipient will see it, or on its way there.
func (o *outcome) reached() bool {
	switch o.status {
	case delivered, success:
		return true
	case pending:
		return o.used
	}
	return false
}

// unreached says why a message did not arrive.
func (o *outcome) unreached() (code, words string) {
	switch o.status {
	case nobody:
		return "nobody", "nobody has this address"
	case denied:
		return "refused", "takes no messages of this person"
	case noWay:
		return "no-mail", "outside, and no mail is sent from here"
	case rejected:
		return "failed", "has another event of this UID"
	case untold:
		return "over", "not mailed, since it is long over"
	}
	return "failed", "could not be stored"
}

// account says in words who was told of a write, and who was not and why.
func (w *writing) account() string {
	var told, not []string
	n := 0
	for i := range w.outcomes {
		o := &w.outcomes[i]
		if !o.reached() {
			_, why := o.unreached()
			not = append(not, bare(o.to)+" ("+why+")")
			continue
		}
		n++
		name := bare(o.to)
		if o.answer != nil {
			name += " (answered at once: " + said(o.answer) + ")"
		} else if o.status == pending {
			name += " (by mail)"
		}
		told = append(told, name)
	}
	text := fmt.Sprintf("%d told", n)
	if n > 0 {
		text += ": " + named(told)
	}
	if len(not) > 0 {
		text += fmt.Sprintf("; %d not reached: %s", len(not), named(not))
	}
	return text
}

// named is a list in words, no longer than it is read.
func named(list []string) string {
	if len(list) > maxNamed {
		return strings.Join(list[:maxNamed], ", ") + fmt.Sprintf(" and %d more", len(list)-maxNamed)
	}
	return strings.Join(list, ", ")
}

// bare is an address without its scheme.
func bare(a itip.Address) string { return strings.TrimPrefix(string(a), "mailto:") }

// said is what an answer says: the participation status, and the reason where one is given.
func said(m *itip.Message) string {
	var states []string
	comment := ""
	for c := range m.Object.Parts() {
		for q := range c.All("ATTENDEE") {
			if itip.Normalize(q.Value) != m.Originator {
				continue
			}
			if s := strings.ToLower(itip.PartStat(q)); !slices.Contains(states, s) {
				states = append(states, s)
			}
		}
		if comment == "" {
			comment = c.Text("COMMENT")
		}
	}
	if len(states) == 0 {
		states = []string{"answered"}
	}
	return strings.Join(states, ", ") + quoted(comment)
}

// quoted is a comment behind what it is about, "" for none.
func quoted(comment string) string {
	if comment = strings.Join(strings.Fields(comment), " "); comment == "" {
		return ""
	}
	if len(comment) > maxComment {
		comment = strings.ToValidUTF8(comment[:maxComment], "") + "…"
	}
	return fmt.Sprintf(", saying %q", comment)
}

// displaced says from when to when the whole of an event went, "" if it stayed.
func displaced(former, now *icalendar.Object) string {
	from, to := begin(former), begin(now)
	if from == "" || to == "" || from == to {
		return ""
	}
	return fmt.Sprintf(", moved from %s to %s", from, to)
}

// begin is the start of the master in words.
func begin(o *icalendar.Object) string {
	if o == nil {
		return ""
	}
	for c := range o.Parts() {
		if c.Prop("RECURRENCE-ID") != nil {
			continue
		}
		q := c.Prop("DTSTART")
		if q == nil {
			return ""
		}
		zone := strings.TrimPrefix(q.Param("TZID"), "/")
		for layout, shown := range map[string]string{
			"20060102T150405Z": "2006-01-02 15:04 UTC", "20060102T150405": "2006-01-02 15:04", "20060102": "2006-01-02",
		} {
			if t, err := time.Parse(layout, q.Value); err == nil {
				return strings.TrimSpace(t.Format(shown) + " " + zone)
			}
		}
		return q.Value
	}
	return ""
}

// noteWrite is the line of the journal for a write of the owner of the object.
func (w *writing) noteWrite(p *Put, plan *itip.Plan, created bool, former, now *icalendar.Object) error {
	what := "change"
	switch {
	case p.Import:
		what = "import"
	case plan.Role == itip.Attendee && len(plan.Messages) > 0:
		what = "answer"
	case created:
		what = "create"
	}
	detail := fmt.Sprintf("%s's %q", plan.Role, p.Name)
	if plan.Role == itip.None {
		detail = fmt.Sprintf("%q", p.Name)
	}
	if p.Import {
		return w.note(now.UID(), what, detail+imported(p.Actor))
	}
	if what == "answer" {
		detail += ", " + said(&plan.Messages[0])
	} else {
		detail += displaced(former, now)
	}
	return w.note(now.UID(), what, detail+", "+w.account())
}

// imported says where an import comes from.
func imported(a storage.Actor) string {
	if a.Agent == "" {
		return ", imported"
	}
	return ", imported from " + a.Agent
}
