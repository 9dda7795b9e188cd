package imip

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"convoke/imip/compose"
	"convoke/imip/message"
	"convoke/imip/trust"
	"convoke/internal/icalendar"
	"convoke/scheduling"
	"convoke/scheduling/itip"
	"convoke/storage"
)

// maxReceived is from how many hops on a mail goes in circles.
const maxReceived = 50

// arrival is one mail on its way to a decision.
type arrival struct {
	in        *Intake
	e         Envelope
	m         *message.Message
	recipient *storage.Principal
	calendar  []byte // as it came, in UTF-8
	speech    *speech
	evidence  trust.Evidence
	speaker   string // for whom the mail speaks: an address without mailto
	known     bool
	loop      string
	into      *storage.Collection
}

// Receive decides what becomes of one mail for one recipient, and commits it. The same mail may be given any
// number of times. An error is a fault of ours: the mail has to come again. Nothing is ever answered but REFRESH.
func (in *Intake) Receive(ctx context.Context, e Envelope, raw []byte) (Outcome, error) {
	m, err := message.Parse(raw, message.Limits{Bytes: in.o.Limits.MailBytes, Calendar: in.o.Limits.CalendarBytes})
	if err != nil {
		return refused(err.Error()), nil
	}
	if m.Report != nil {
		return in.report(ctx, e, m)
	}
	a := &arrival{in: in, e: e, m: m}
	if why := a.read(); why != "" {
		return refused(why), nil
	}
	if a.speech == nil {
		return Outcome{Action: NoAction}, nil
	}
	out := Outcome{Action: NoAction, Method: string(a.speech.method), UID: a.speech.uid}
	if a.recipient = in.recipient(ctx, e.Recipient, a.speech); a.recipient == nil {
		out.Reason = "nobody of that address keeps a calendar here"
		return out, nil
	}
	if err := a.ask(ctx, raw); err != nil {
		return out, err
	}
	if why, err := a.choose(ctx); why != "" || err != nil {
		out.Reason = why
		return out, err
	}
	err = in.o.Store.Update(ctx, a.actor(), func(tx *storage.Tx) error {
		return a.decide(ctx, tx, &out)
	})
	if err != nil {
		return Outcome{}, fmt.Errorf("receive mail: %w", err)
	}
	return out, nil
}

// refused is the outcome of a mail that nothing can be made of.
func refused(why string) Outcome { return Outcome{Action: NoAction, Reason: why} }

// read finds the scheduling message of a mail. It tells why there is none that counts; a nil speech without a
// reason is a mail that has nothing to do with calendars.
func (a *arrival) read() (why string) {
	c, agree := a.m.Calendar()
	switch {
	case c == nil && len(a.m.Strange) > 0:
		return strings.Join(a.m.Strange, ", ") + " is not understood"
	case c == nil:
		return ""
	case !agree:
		return "the message has several calendars that differ"
	}
	a.calendar = c.Data
	var err error
	if a.speech, err = hear(c.Data, c.Method, a.e.AllowPublic); err != nil {
		return err.Error()
	}
	return ""
}

// recipient finds whose calendars a mail is about. What was sent to the gateway itself is for the organizer whom the
// answer names.
func (in *Intake) recipient(ctx context.Context, address string, s *speech) *storage.Principal {
	address = strings.Trim(strings.TrimSpace(address), "<>")
	if in.gateway[trust.Mailbox(address)] && !s.method.FromOrganizer() {
		address = s.organizer
	}
	p, standing := in.o.Scheduler.Resolve(ctx, string(itip.Normalize(address)))
	if standing != scheduling.Local || p.Kind == storage.KindGroup {
		return nil
	}
	return p
}

// ask finds out who wrote the mail, before any transaction: keys may be looked up for it.
func (a *arrival) ask(ctx context.Context, raw []byte) error {
	in, s := a.in, a.speech
	lookup, cancel := context.WithTimeout(ctx, lookupTime)
	defer cancel()
	a.evidence = in.verifier.Verify(lookup, a.m, raw)
	a.speaker = a.evidence.Speaker(a.m, string(s.method))
	s.choose(a.speaker)
	var err error
	if a.loop, err = a.loops(ctx); err != nil {
		return err
	}
	if a.evidence.Authenticated {
		a.known, err = in.knows(ctx, a.recipient, a.speaker)
	}
	return err
}

// loops tells why a mail must not be acted on by a machine (RFC 3834 §2, reliability.md §5), or "".
func (a *arrival) loops(ctx context.Context) (string, error) {
	in, m := a.in, a.m
	null := a.e.Sender == "<>" || a.e.Sender == "" && m.ReturnPath == "<>"
	for _, v := range m.Values(compose.LoopHeader) {
		if in.gateway[strings.ToLower(strings.TrimSpace(v))] {
			return "the message is one of ours", nil
		}
	}
	switch {
	case in.gateway[a.evidence.From]:
		return "the message is one of ours", nil
	case m.Received > maxReceived:
		return fmt.Sprintf("the message passed %d servers", m.Received), nil
	case null && a.speech.method == itip.Request:
		return "an invitation without a return address", nil
	case m.AutoSubmitted == "auto-replied" && (a.speech.method == itip.Counter || a.speech.method == itip.Refresh):
		return "an automatic answer", nil
	}
	if m.MessageID == "" {
		return "", nil
	}
	_, err := in.o.Store.OutboundByToken(ctx, m.MessageID)
	if errors.Is(err, storage.ErrNotFound) {
		return "", nil
	}
	return "the message is one of ours", err
}

// knows tells whether a principal knows an address: a neighbour, a contact, somebody written to or accepted before.
func (in *Intake) knows(ctx context.Context, p *storage.Principal, address string) (bool, error) {
	if address == "" {
		return false, nil
	}
	if in.own[domainOf(address)] {
		return true, nil
	}
	yes, err := in.o.Store.Knows(ctx, p.ID, "mailto:"+address)
	if yes || err != nil || in.o.Contact == nil {
		return yes, err
	}
	return in.o.Contact(ctx, p, address)
}

// domainOf is the domain of a mail address or calendar user address.
func domainOf(address string) string {
	return strings.ToLower(address[strings.LastIndexByte(address, '@')+1:])
}

// choose obeys the arguments of RFC 9671 §4 that are about the message or the calendar. It tells what they refuse.
func (a *arrival) choose(ctx context.Context) (string, error) {
	s := a.speech
	if a.e.Organizers != nil && s.method.FromOrganizer() && !listed(a.e.Organizers, s.organizer) {
		return "the organizer is not one of the chosen ones", nil
	}
	if a.e.Calendar == "" {
		return "", nil
	}
	c, err := a.in.o.Store.CollectionAt(ctx, storage.Calendars, a.recipient.Name, []string{a.e.Calendar})
	if errors.Is(err, storage.ErrNotFound) || err == nil && (c.Kind != storage.KindCalendar || c.Source != "") {
		return "", nil // an unknown one is the default one, RFC 9671 §4.4
	}
	a.into = c
	return "", err
}

// listed tells an organizer of a list of addresses and domains.
func listed(list []string, organizer string) bool {
	return slices.ContainsFunc(list, func(one string) bool {
		if domain, ok := strings.CutPrefix(strings.ToLower(one), "@"); ok {
			return domain == domainOf(organizer)
		}
		return trust.Mailbox(one) == trust.Mailbox(organizer)
	})
}

// actor is who changes calendars: the mail, on behalf of its recipient.
func (a *arrival) actor() storage.Actor {
	return storage.Actor{Door: "mail", Agent: a.m.MessageID, OnBehalf: a.recipient.ID}
}

// received is what makes a mail the same as another (M28).
func (a *arrival) received() storage.Received {
	h := sha256.New()
	h.Write([]byte(a.speaker + "\n"))
	h.Write(a.calendar)
	return storage.Received{
		PrincipalID: a.recipient.ID, Sender: a.speaker, Domain: domainOf(a.speaker), MessageID: a.m.MessageID,
		Digest: h.Sum(nil), Step: a.speech.step(a.speaker), Method: string(a.speech.method), UID: a.speech.uid,
	}
}

// facts gathers what the table of trust asks for. What is stored is looked at inside the transaction.
func (a *arrival) facts(v *scheduling.View, local bool) trust.Facts {
	s, o := a.speech, &a.in.o
	f := trust.Facts{
		Method: string(s.method), Flagged: a.m.Flagged, Loop: a.loop, From: a.speaker, Subject: s.subject,
		Authenticated: a.evidence.Authenticated, Believed: a.evidence.Believed,
		Match: trust.SpeaksFor(a.speaker, s.subject, s.sentBy) || s.method == itip.Publish && s.subject == "" && a.speaker != "",
		Known: a.known, Local: local, Named: v.Named || s.names(a.e.Addresses), Stored: v.Stored, Same: v.Same, Ours: v.Ours, Newer: v.Newer,
		Listed: s.listed, Unverified: o.Unverified != "ignore", Public: a.e.AllowPublic,
	}
	f.Welcome = o.NewInvitations == "always" || o.NewInvitations != "never" && a.known
	return f
}

// decide is the transaction: repetition, facts, decision, rates, effect, journal.
func (a *arrival) decide(ctx context.Context, tx *storage.Tx, out *Outcome) error {
	*out = Outcome{Action: NoAction, Method: out.Method, UID: out.UID}
	rec := a.received()
	seen, err := tx.Seen(rec)
	if err != nil {
		return err
	}
	if seen.Applied {
		out.Reason = "received before"
		return nil
	}
	msg, err := a.speech.message(a.recipient)
	if err != nil {
		out.Reason = err.Error()
		return nil
	}
	view, err := a.in.o.Scheduler.Look(ctx, tx, a.recipient, msg, a.evidence.Authenticated)
	if err != nil {
		return err
	}
	msg.Originator = a.speech.find(ctx, a.in.o.Scheduler, a.recipient, &view)
	d := trust.Decide(a.facts(&view, a.in.local(ctx, a.speech)))
	if d.Action == trust.Apply && !view.Stored && a.e.UpdatesOnly && (msg.Method == itip.Request || msg.Method == itip.Publish) {
		d.Action, d.Reason = trust.Ignore, "updates alone are wanted"
	}
	if d.Action != trust.Apply && seen.Action != "" {
		out.Reason = "decided before: " + d.Reason
		return nil
	}
	rates, err := tx.Rates(rec)
	if err != nil {
		return err
	}
	a.limit(&d, rates)
	if day := a.in.o.Limits.PerDay; rates.Day >= day && d.Action != trust.Ignore || rates.Ignored >= day && d.Action == trust.Ignore {
		out.Reason = "too many messages today; " + d.Reason
		return nil // nothing is written any more
	}
	return a.act(ctx, tx, d, rec, msg, out)
}

// local tells an organizer whom mail cannot speak for: one of this server, or of a domain that is wholly ours.
func (in *Intake) local(ctx context.Context, s *speech) bool {
	organizer := itip.Normalize(s.organizer)
	_, standing := in.o.Scheduler.Resolve(ctx, string(organizer))
	return standing == scheduling.Local || standing == scheduling.Unknown && organizer.Domain() != ""
}

// limit holds what comes too often, and leaves as mail what the tray has no room for (M29).
func (a *arrival) limit(d *trust.Decision, n storage.Rates) {
	l := &a.in.o.Limits
	if d.Action == trust.Apply && (n.SenderHour >= l.SenderPerHour || n.DomainHour >= l.DomainPerHour && !a.in.own[domainOf(a.speaker)]) {
		d.Action, d.Why, d.Reason = trust.Hold, trust.TooMany, "too many messages of this sender; "+d.Reason
		if a.speech.method == itip.Refresh {
			d.Action = trust.Ignore
		}
	}
	if d.Action == trust.Hold && (n.Held >= l.Waiting || n.HeldHour >= l.SenderPerHour) {
		d.Action, d.Why, d.Reason = trust.Ignore, "", "too many messages wait; "+d.Reason
	}
}

// act does what was decided, and writes it down.
func (a *arrival) act(ctx context.Context, tx *storage.Tx, d trust.Decision, rec storage.Received, msg *itip.Message, out *Outcome) error {
	out.Reason = d.Reason
	rec.Action = string(d.Action)
	if d.Action == trust.Apply || d.Shown {
		got, err := a.in.o.Scheduler.Receive(ctx, tx, a.actor(), &scheduling.Arrival{
			Recipient: a.recipient, Message: msg, Into: a.into, DropCancelled: a.e.DeleteCancelled,
		}, scheduling.Decision{Apply: true, Reason: d.Reason})
		if err != nil {
			return err
		}
		if d.Action == trust.Apply {
			*out = a.applied(got, d, out)
			if out.Action == Failed {
				rec.Action = "failed"
			}
			if msg.Method.FromOrganizer() {
				if err := tx.UnholdAll(a.recipient.ID, msg.UID, a.speaker); err != nil {
					return err
				}
			}
		}
	}
	if d.Action == trust.Hold {
		id, err := a.hold(tx, d, msg)
		if err != nil {
			return err
		}
		out.Held = id
	}
	rec.Reason, rec.Believed = out.Reason, d.Believed
	if err := tx.Receive(rec); err != nil {
		return err
	}
	return tx.Journal(storage.Entry{UID: msg.UID, PrincipalID: a.recipient.ID, What: "mail " + string(d.Action),
		Detail: fmt.Sprintf("%s of %s: %s (believed: %s)", msg.Method, a.speaker, out.Reason, d.Believed)})
}

// applied puts what scheduling did into the words of RFC 9671 §4.7.
func (a *arrival) applied(got *scheduling.Outcome, d trust.Decision, out *Outcome) Outcome {
	o := Outcome{Action: Updated, Reason: d.Reason, UID: out.UID, Method: out.Method}
	switch {
	case !got.Applied && strings.HasPrefix(got.Status, "5"):
		o.Action, o.Reason = Failed, got.Reason
	case !got.Applied:
		o.Action, o.Reason = NoAction, got.Reason
	case got.Created:
		o.Action = Added
	case a.speech.method == itip.Refresh || a.speech.method == itip.DeclineCounter:
		o.Action = NoAction // no calendar was changed
	}
	return o
}

// hold puts a message into the tray.
func (a *arrival) hold(tx *storage.Tx, d trust.Decision, msg *itip.Message) (int64, error) {
	decision, err := json.Marshal(heldDecision{Decision: d, Verified: a.evidence.Authenticated && trust.SpeaksFor(a.speaker, a.speech.subject, a.speech.sentBy), Calendar: a.e.Calendar, DropCancelled: a.e.DeleteCancelled})
	if err != nil {
		return 0, fmt.Errorf("write a decision: %w", err)
	}
	h := &storage.Held{
		PrincipalID: a.recipient.ID, Recipient: strings.ToLower(a.e.Recipient), Sender: a.speaker, Kind: heldKind(msg.Method, a.speech.listed),
		UID: msg.UID, Method: string(msg.Method), MessageID: a.m.MessageID, Summary: summary(msg.Object), Reason: d.Reason, Decision: decision, Data: a.calendar,
	}
	return h.ID, tx.Hold(h)
}

// summary is the title of what a message is about, on one line.
func summary(o *icalendar.Object) string {
	for c := range o.Parts() {
		if s := strings.Join(strings.Fields(c.Text("SUMMARY")), " "); s != "" {
			return short(s, 200)
		}
	}
	return ""
}

// short cuts a text after so many characters.
func short(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

// report hands the parts of a delivery status notification on.
func (in *Intake) report(ctx context.Context, e Envelope, m *message.Message) (Outcome, error) {
	out := refused("a report")
	if in.o.Bounce == nil {
		return out, nil
	}
	for _, f := range m.Report.Recipients {
		ours, err := in.o.Bounce(ctx, &Bounce{
			Envelope: strings.ToLower(e.Recipient), MessageID: m.Report.MessageID, EnvelopeID: m.Report.EnvelopeID,
			Recipient: f.Recipient, Action: f.Action, Status: f.Status, Diagnostic: f.Diagnostic,
		})
		if err != nil {
			return out, fmt.Errorf("take a report: %w", err)
		}
		if ours {
			out.Reason = "a report about a message of ours"
		}
	}
	return out, nil
}
