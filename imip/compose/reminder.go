package compose

import (
	"bytes"
	"fmt"
	"time"

	"convoke/internal/icalendar"
	"convoke/internal/timezone"

	"github.com/emersion/go-message"
	"github.com/emersion/go-message/mail"
)

// Reminder is what a mail says that reminds somebody of what is in their own calendar. It is kept in the queue as JSON, so
// that a mail that is sent again is the same mail.
type Reminder struct {
	Language string `json:"language"`
	Title    string `json:"title"`
	Day      string `json:"day"`  // when it begins, for the subject
	When     string `json:"when"` // all of its time
	Task     bool   `json:"task"` // When is when it is due
	Place    string `json:"place"`
	Link     string `json:"link"` // where it is in the browser; "" is unknown
}

// Occasion is when something takes place, for a Reminder.
type Occasion struct {
	Start, End time.Time      // no Start: at no time
	AllDay     bool           // the days of both are meant, the second exclusive
	Zone       *timezone.Zone // whose clock and days are told
}

// NewReminder puts an occasion into the words of the first language of a list that we speak.
func NewReminder(at Occasion, languages ...string) *Reminder {
	w := wordsOf(languages...)
	r := &Reminder{Language: w.tag}
	if at.Start.IsZero() {
		return r
	}
	on := func(t time.Time) icalendar.DateTime {
		if at.AllDay {
			return icalendar.FromDate(at.Zone.Local(t).Date)
		}
		return icalendar.DateTime{Local: at.Zone.Local(t), Form: icalendar.Zoned, TZID: at.Zone.Name(), Zone: at.Zone}
	}
	s := span{on(at.Start), on(at.End)}
	r.When, r.Day = w.when(s), w.day(s.from.Date)
	if !at.AllDay {
		r.Day += ", " + w.clockOf(s.from.Local)
	}
	return r
}

// RenderReminder writes the mail: text alone, no scheduling message, from From to To, as RFC 3834 §5 marks what no person
// wrote. An error tells of an address that cannot stand in a mail.
func RenderReminder(r *Reminder, in *Input) ([]byte, error) {
	w := wordsOf(r.Language, in.Language)
	var h mail.Header
	to, err := ParseAddress(in.To)
	if err != nil {
		return nil, fmt.Errorf("recipient: %w", err)
	}
	from, err := ParseAddress(in.From.Address)
	if err != nil {
		return nil, fmt.Errorf("sender: %w", err)
	}
	title := line(r.Title, maxName)
	if title == "" {
		title = w.untitled
	}
	subject := fmt.Sprintf(w.reminder, title)
	if day := line(r.Day, maxName); day != "" {
		subject += ", " + day
	}
	h.SetContentType("text/plain", map[string]string{"charset": "utf-8"})
	h.Set("Content-Transfer-Encoding", "quoted-printable")
	h.Add("MIME-Version", "1.0")
	h.Add("Content-Language", w.tag)
	h.Add(LoopHeader, line(in.Gateway, maxHeader))
	h.Add("Auto-Submitted", "auto-generated")
	h.Add("Message-ID", line(in.MessageID, maxHeader))
	h.Add("Subject", encode(subject))
	h.Add("To", (&mail.Address{Address: to}).String())
	h.Add("From", (&mail.Address{Name: line(in.From.Name, maxName), Address: from}).String())
	h.Add("Date", in.Date.Format(time.RFC1123Z))
	label := w.whenIs
	if r.Task {
		label = w.due
	}
	t := &text{w: w, lead: w.reminds, hint: w.hintReminder, link: line(r.Link, maxAddress)}
	t.add(w.title, title, "")
	t.add(label, line(r.When, maxHeader), "")
	t.add(w.where, line(r.Place, maxHeader), "")
	var b bytes.Buffer
	body, err := message.CreateWriter(&b, h.Header)
	if err != nil {
		return nil, fmt.Errorf("write the mail: %w", err)
	}
	if _, err := body.Write(t.plain()); err != nil {
		return nil, fmt.Errorf("write the mail: %w", err)
	}
	if err := body.Close(); err != nil {
		return nil, fmt.Errorf("write the mail: %w", err)
	}
	return b.Bytes(), nil
}
