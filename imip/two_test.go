package imip

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"convoke/internal/icalendar"
	"convoke/scheduling"
	"convoke/storage"
)

// manor is a whole server for one domain with one person: its store, what it sends and what it takes in.
type manor struct {
	t      *testing.T
	domain string
	store  *storage.Store
	sched  *scheduling.Service
	in     *Intake
	out    *Outgoing
	who    *storage.Principal
}

// road is the mail between two servers, and their clock.
type road struct {
	now  time.Time
	bags []Mail
}

func (r *road) Send(_ context.Context, m *Mail) (string, error) {
	r.bags = append(r.bags, *m)
	return "2.0.0 Ok", nil
}

func newManor(t *testing.T, r *road, name, domain string) *manor {
	t.Helper()
	clock := func() time.Time { return r.now }
	store, err := storage.Open(t.Context(), t.TempDir(), storage.Options{Log: slog.New(slog.DiscardHandler), Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	m := &manor{t: t, domain: domain, store: store, who: &storage.Principal{Kind: storage.KindUser, Name: name, Addresses: []string{"mailto:" + name + "@" + domain}}}
	m.sched = scheduling.New(store, scheduling.Options{Clock: clock, MailOut: true, MailIn: true, Exclusive: []string{domain}})
	gateway := "calendar@" + domain
	m.out = NewOutgoing(OutgoingOptions{Store: store, Scheduler: m.sched, Sender: r, Clock: clock, Gateway: gateway, Domains: []string{domain}, Parallel: 1})
	m.in = NewIntake(IntakeOptions{Store: store, Scheduler: m.sched, Domains: []string{domain}, AuthservIDs: []string{"mx." + domain}, Verify: "header", NewInvitations: "always", Gateway: []string{gateway}})
	if err := store.Update(t.Context(), actor, func(tx *storage.Tx) error { return tx.CreatePrincipal(m.who) }); err != nil {
		t.Fatal(err)
	}
	return m
}

// put stores an event of this person's.
func (m *manor) put(data string) {
	m.t.Helper()
	c, err := m.store.CollectionAt(m.t.Context(), storage.Calendars, m.who.Name, []string{"default"})
	if err != nil {
		m.t.Fatal(err)
	}
	name := "x.ics"
	if list, err := m.store.FindUID(m.t.Context(), m.who.ID, "x"); err == nil && len(list) > 0 {
		name = list[0].Name
	}
	_, err = m.sched.Put(m.t.Context(), &scheduling.Put{Actor: storage.Actor{PrincipalID: m.who.ID, Door: "caldav"}, Who: m.who, Collection: c, Name: name, Data: []byte(data), ETagMatched: true})
	if err != nil {
		m.t.Fatal(err)
	}
}

// event is what is stored, unfolded.
func (m *manor) event() string {
	m.t.Helper()
	list, err := m.store.FindUID(m.t.Context(), m.who.ID, "x")
	if err != nil || len(list) != 1 {
		m.t.Fatalf("%s has %d events: %v", m.who.Name, len(list), err)
	}
	return strings.ReplaceAll(string(list[0].Data), "\r\n ", "")
}

// take brings a mail in as the mail server of this domain hands it over.
func (m *manor) take(mail *Mail) Outcome {
	m.t.Helper()
	from := field(mail.Data, "From")
	domain := strings.TrimRight(from[strings.LastIndexByte(from, '@')+1:], "> ")
	raw := "Received: from out by mx." + m.domain + "; Mon, 2 Mar 2026 08:00:00 +0000\r\nAuthentication-Results: mx." + m.domain + "; dmarc=pass header.from=" + domain + "\r\n" + string(mail.Data)
	out, err := m.in.Receive(m.t.Context(), Envelope{Recipient: mail.To, Sender: mail.From, Source: SourceLMTP}, []byte(raw))
	if err != nil {
		m.t.Fatal(err)
	}
	return out
}

// Two servers live the life of a meeting by mail alone: invite, accept, reschedule, propose, take the proposal, cancel
// an instance, cancel all. Mail comes late, twice and in any order within each step; both agree after each.
func TestTwoHouses(t *testing.T) {
	r := &road{now: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)}
	anna, ben := newManor(t, r, "anna", "example.org"), newManor(t, r, "ben", "example.net")
	dice := rand.New(rand.NewPCG(1, 2))
	// carry lets both work until no mail is on its way.
	carry := func() {
		t.Helper()
		for range 20 {
			r.now = r.now.Add(2 * time.Minute)
			for _, m := range []*manor{anna, ben} {
				if _, err := m.out.Round(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			bags := append(r.bags, r.bags...) // each twice
			if r.bags = nil; len(bags) == 0 {
				return
			}
			dice.Shuffle(len(bags), func(i, j int) { bags[i], bags[j] = bags[j], bags[i] })
			for i := range bags {
				to := anna
				if strings.HasSuffix(bags[i].To, "@"+ben.domain) {
					to = ben
				}
				to.take(&bags[i])
			}
		}
		t.Fatal("the mail does not end")
	}
	both := func(texts ...string) {
		t.Helper()
		for _, m := range []*manor{anna, ben} {
			data := m.event()
			for _, s := range texts {
				if bad, no := strings.CutPrefix(s, "!"); no && strings.Contains(data, bad) || !no && !strings.Contains(data, s) {
					t.Errorf("%s: %q in\n%s", m.who.Name, s, data)
				}
			}
		}
	}
	anna.put(strings.ReplaceAll("BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nBEGIN:VEVENT\nUID:x\nDTSTAMP:20260301T120000Z\nDTSTART:20260310T120000Z\nDTEND:20260310T130000Z\nRRULE:FREQ=WEEKLY;COUNT=4\nSUMMARY:Jour fixe\nORGANIZER:mailto:anna@example.org\nATTENDEE;PARTSTAT=ACCEPTED:mailto:anna@example.org\nATTENDEE;RSVP=TRUE:mailto:ben@example.net\nEND:VEVENT\nEND:VCALENDAR\n", "\n", "\r\n"))
	carry()
	both("SUMMARY:Jour fixe", "DTSTART:20260310T120000Z")

	answer := func(partstat string) {
		t.Helper()
		o, err := icalendar.ParseString(ben.event())
		if err != nil {
			t.Fatal(err)
		}
		for c := range o.Parts() {
			for p := range c.All("ATTENDEE") {
				if strings.Contains(p.Value, "ben@") {
					p.SetParam("PARTSTAT", partstat)
				}
			}
		}
		ben.put(string(o.Bytes()))
	}
	answer("ACCEPTED")
	carry()
	if n := strings.Count(anna.event(), "PARTSTAT=ACCEPTED"); n != 2 {
		t.Errorf("anna does not know that ben accepted\n%s", anna.event())
	}

	anna.put(strings.NewReplacer("DTSTART:20260310T12", "DTSTART:20260310T14", "DTEND:20260310T13", "DTEND:20260310T15").Replace(anna.event()))
	carry()
	both("DTSTART:20260310T140000Z", "PARTSTAT=NEEDS-ACTION")

	proposal := strings.ReplaceAll("BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nMETHOD:COUNTER\nBEGIN:VEVENT\nUID:x\nSEQUENCE:1\nDTSTAMP:20260302T100000Z\nDTSTART:20260310T160000Z\nDTEND:20260310T170000Z\nORGANIZER:mailto:anna@example.org\nATTENDEE;PARTSTAT=TENTATIVE:mailto:ben@example.net\nCOMMENT:Later?\nEND:VEVENT\nEND:VCALENDAR\n", "\n", "\r\n")
	if _, err := ben.sched.Post(t.Context(), actor, &scheduling.BusyRequest{Owner: ben.who, Data: []byte(proposal)}, nil); err != nil {
		t.Fatal(err)
	}
	carry()
	held, err := anna.store.HeldMessages(t.Context(), anna.who.ID)
	if err != nil || len(held) != 1 || held[0].Kind != kindCounter {
		t.Fatalf("%v %v", held, err)
	}
	if _, err := anna.in.Accept(t.Context(), actor, held[0].ID, false); err != nil {
		t.Fatal(err)
	}
	carry()
	both("DTSTART:20260310T160000Z", "DTEND:20260310T170000Z", "!COMMENT")
	answer("ACCEPTED")
	carry()

	anna.put(strings.Replace(anna.event(), "RRULE:", "EXDATE:20260317T160000Z\r\nRRULE:", 1))
	carry()
	if data := ben.event(); !strings.Contains(data, "20260317T160000Z") {
		t.Errorf("ben does not know that an instance is off\n%s", data)
	}
	c, err := anna.store.CollectionAt(t.Context(), storage.Calendars, "anna", []string{"default"})
	if err != nil {
		t.Fatal(err)
	}
	if err := anna.sched.Delete(t.Context(), &scheduling.Removal{Actor: actor, Who: anna.who, Collection: c, Name: "x.ics"}); err != nil {
		t.Fatal(err)
	}
	carry()
	if data := ben.event(); !strings.Contains(data, "STATUS:CANCELLED") {
		t.Errorf("ben does not know that all is off\n%s", data)
	}
	for _, m := range []*manor{anna, ben} {
		if held, err := m.store.HeldMessages(t.Context(), 0); err != nil || len(held) != 0 {
			t.Errorf("%s holds %v %v", m.who.Name, held, err)
		}
	}
}
