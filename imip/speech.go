package imip

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"convoke/imip/trust"
	"convoke/internal/icalendar"
	"convoke/scheduling"
	"convoke/scheduling/itip"
	"convoke/storage"
)

// speech is a scheduling message as it came, without what an outsider may not bring along.
type speech struct {
	object    *icalendar.Object
	method    itip.Method
	uid       string
	organizer string // address without mailto; "" if the message names none
	// subject is for whom the message speaks, without mailto: its ORGANIZER, or the ATTENDEE who answers. sentBy is
	// who writes for him (RFC 5545 §3.2.18).
	subject, sentBy string
	listed          bool // the subject is an attendee of the stored event
}

// How many components one message may have: an answer speaks of few, and each is looked for while all writes wait.
const (
	maxAnswers = 200
	maxParts   = 1000
)

// hear reads the calendar of a mail. method is the parameter of its Content-Type, which must not contradict
// (RFC 6047 §2.4). With public, a calendar without METHOD is a published one. The error is in plain words.
func hear(data []byte, method string, public bool) (*speech, error) {
	o, err := icalendar.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("the calendar cannot be read: %w", err)
	}
	s := &speech{object: o.Clone(), method: itip.Method(o.Method()), uid: o.UID()}
	switch {
	case s.method == "" && public:
		s.method = itip.Publish
		s.object.Calendar.Set("METHOD", string(itip.Publish))
	case s.method == "":
		return nil, errors.New("the calendar has no METHOD")
	case count(s.object.Calendar, "METHOD") > 1, method != "" && method != string(s.method):
		return nil, errors.New("the calendar and its Content-Type differ in METHOD")
	}
	parts := 0
	for range s.object.Parts() {
		parts++
	}
	if parts > maxParts || parts > maxAnswers && !s.method.FromOrganizer() {
		return nil, fmt.Errorf("the calendar speaks of %d instances", parts)
	}
	cleanse(s.object)
	switch s.method {
	case itip.Request, itip.Add, itip.Publish, itip.Counter:
		// What is kept must be fit to be listed and expanded (RFC 4791 §4.1).
		if err := s.object.ValidateWith(icalendar.Limits{Message: true, Import: true}); err != nil {
			return nil, fmt.Errorf("the calendar cannot be kept: %w", err)
		}
	}
	for c := range s.object.Parts() {
		for p := range c.All("ORGANIZER") {
			if s.organizer == "" {
				s.organizer, s.sentBy = bare(p.Value), bare(p.Param("SENT-BY"))
			}
			if bare(p.Value) != s.organizer {
				return nil, errors.New("the calendar names several organizers")
			}
		}
	}
	if s.subject = s.organizer; !s.method.FromOrganizer() {
		s.subject, s.sentBy = "", ""
	}
	return s, nil
}

func count(c *icalendar.Component, name string) (n int) {
	for range c.All(name) {
		n++
	}
	return n
}

// bare is a calendar user address without its scheme.
func bare(address string) string {
	return strings.TrimPrefix(string(itip.Normalize(strings.Trim(address, `"`))), "mailto:")
}

// cleanse drops what an outsider may not put into a calendar (reliability.md §5): alarms, private properties, bytes
// within ATTACH, and the parameters by which servers steer scheduling (RFC 6638 §7).
func cleanse(o *icalendar.Object) { cleanseComponent(o.Calendar, 0) }

func cleanseComponent(c *icalendar.Component, depth int) {
	if depth > icalendar.MaxDepth {
		return
	}
	c.RemoveChildren(func(k *icalendar.Component) bool {
		return k.Name == icalendar.Alarm || strings.HasPrefix(k.Name, "X-")
	})
	c.RemoveFunc(func(p *icalendar.Property) bool {
		return strings.HasPrefix(p.Name, "X-") || inline(p)
	})
	for _, p := range c.Props {
		var gone []string
		for q := range p.Params() {
			if name := strings.ToUpper(q.Name); strings.HasPrefix(name, "X-") || strings.HasPrefix(name, "SCHEDULE-") {
				gone = append(gone, q.Name)
			}
		}
		for _, name := range gone {
			p.RemoveParam(name)
		}
	}
	for _, k := range c.Children {
		cleanseComponent(k, depth+1)
	}
}

// inline tells a property that carries bytes of a file, or that only a client on the same machine could open.
func inline(p *icalendar.Property) bool {
	if p.Name != "ATTACH" && p.Name != "IMAGE" {
		return false
	}
	v := strings.ToLower(strings.TrimSpace(p.Value))
	return p.ParamIs("VALUE", "BINARY") || p.HasParam("ENCODING") || !strings.HasPrefix(v, "https:") && !strings.HasPrefix(v, "http:")
}

// choose finds who answers: of the attendees that an answer names, the one that the mail speaks for.
func (s *speech) choose(speaker string) {
	if s.method.FromOrganizer() {
		return
	}
	for c := range s.object.Parts() {
		for p := range c.All("ATTENDEE") {
			a, sentBy := bare(p.Value), bare(p.Param("SENT-BY"))
			if s.subject == "" || !trust.SpeaksFor(speaker, s.subject, s.sentBy) && trust.SpeaksFor(speaker, a, sentBy) {
				s.subject, s.sentBy = a, sentBy
			}
		}
	}
}

// message makes the scheduling message for a recipient. Exchange leaves ORGANIZER out of answers: it is whose
// mailbox they come to.
func (s *speech) message(p *storage.Principal) (*itip.Message, error) {
	o := s.object
	if !s.method.FromOrganizer() {
		for c := range o.Parts() {
			if !c.Has("ORGANIZER") && c.Name != icalendar.TimeZone {
				c.Add(icalendar.NewProperty("ORGANIZER", scheduling.Address(p)))
			}
		}
	}
	m, err := itip.Read(o, itip.Normalize(s.address()), itip.Normalize(scheduling.Address(p)))
	if err != nil {
		return nil, fmt.Errorf("no scheduling message: %w", err)
	}
	return m, nil
}

// find looks for the subject among the attendees of the stored event, and gives the address by which scheduling knows
// him. One who is listed by another spelling of his mailbox is named by the one that is listed.
func (s *speech) find(ctx context.Context, sched *scheduling.Service, p *storage.Principal, v *scheduling.View) itip.Address {
	who := sched.Canonical(ctx, s.address())
	if s.method.FromOrganizer() {
		s.unanswer(ctx, sched, p, v)
		return who
	}
	if s.listed = slices.Contains(v.Attendees, who); s.listed {
		return who
	}
	for _, a := range v.Attendees {
		if trust.Mailbox(string(a)) != trust.Mailbox(s.subject) {
			continue
		}
		for c := range s.object.Parts() {
			for p := range c.All("ATTENDEE") {
				if bare(p.Value) == s.subject {
					p.Value = string(a)
				}
			}
		}
		s.subject, s.listed = bare(string(a)), true
		return a
	}
	return who
}

// unanswer takes away the answer of the recipient that an organizer's message brings along: he gives it himself. That he
// declined what he no longer has is no news, and stays: it keeps the event away (scheduling.md §2.9).
func (s *speech) unanswer(ctx context.Context, sched *scheduling.Service, p *storage.Principal, v *scheduling.View) {
	self := itip.Normalize(scheduling.Address(p))
	for c := range s.object.Parts() {
		for q := range c.All("ATTENDEE") {
			if sched.Canonical(ctx, q.Value) == self && (v.Stored || itip.PartStat(q) != itip.Declined) && q.HasParam("PARTSTAT") {
				q.SetParam("PARTSTAT", itip.NeedsAction)
			}
		}
	}
}

// address is the subject as a calendar user address.
func (s *speech) address() string {
	if s.subject == "" || strings.Contains(s.subject, ":") || strings.HasPrefix(s.subject, "/") {
		return s.subject
	}
	return "mailto:" + s.subject
}

// names tells whether a message invites one of these addresses.
func (s *speech) names(addresses []string) bool {
	for c := range s.object.Parts() {
		for p := range c.All("ATTENDEE") {
			for _, a := range addresses {
				if bare(a) == bare(p.Value) {
					return true
				}
			}
		}
	}
	return false
}

// step is the identity of a step of a meeting: UID, RECURRENCE-ID, METHOD, SEQUENCE, DTSTAMP and sender (M28).
func (s *speech) step(sender string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n%s", s.method, s.uid, sender)
	for c := range s.object.Parts() {
		if c.Name == icalendar.TimeZone {
			continue
		}
		b.WriteByte('\n')
		for _, name := range []string{"RECURRENCE-ID", "SEQUENCE", "DTSTAMP"} {
			b.WriteByte('/')
			if p := c.Prop(name); p != nil {
				b.WriteString(strings.TrimSpace(p.Value))
			}
		}
	}
	return b.String()
}
