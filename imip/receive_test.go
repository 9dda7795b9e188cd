package imip

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"convoke/scheduling"
	"convoke/storage"
)

// town is a store with people, and an intake in front of it.
type town struct {
	t     testing.TB
	store *storage.Store
	sched *scheduling.Service
	*Intake
	now    time.Time
	people map[string]*storage.Principal
}

func newTown(t testing.TB, change ...func(*IntakeOptions)) *town {
	t.Helper()
	w := &town{t: t, now: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC), people: map[string]*storage.Principal{}}
	clock := func() time.Time { return w.now }
	store, err := storage.Open(t.Context(), t.TempDir(), storage.Options{Log: slog.New(slog.DiscardHandler), Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	w.store = store
	w.sched = scheduling.New(store, scheduling.Options{Clock: clock, Exclusive: []string{"example.org"}, MailOut: true, MailIn: true})
	for _, p := range []*storage.Principal{
		{Kind: storage.KindUser, Name: "alice", Addresses: []string{"mailto:alice@example.org", "mailto:chef@example.org"}},
		{Kind: storage.KindUser, Name: "bob", Addresses: []string{"mailto:bob@example.org"}},
		{Kind: storage.KindGroup, Name: "staff", Addresses: []string{"mailto:staff@example.org"}},
	} {
		w.update(func(tx *storage.Tx) error { return tx.CreatePrincipal(p) })
		w.people[p.Name] = p
	}
	w.update(func(tx *storage.Tx) error { return tx.SetMembers(w.people["staff"].ID, []int64{w.people["bob"].ID}) })
	o := IntakeOptions{Store: store, Scheduler: w.sched, Domains: []string{"example.org"}, AuthservIDs: []string{"mx.example.org"}, Verify: "header", Gateway: []string{"calendar@example.org"}}
	for _, f := range change {
		f(&o)
	}
	w.Intake = NewIntake(o)
	return w
}

func (w *town) update(fn func(*storage.Tx) error) {
	w.t.Helper()
	if err := w.store.Update(context.Background(), storage.Actor{Door: "cli"}, fn); err != nil {
		w.t.Fatal(err)
	}
}

// trusts makes somebody known to bob and alice.
func (w *town) trusts(addresses ...string) {
	w.t.Helper()
	for _, a := range addresses {
		w.update(func(tx *storage.Tx) error {
			if err := tx.Trust(w.people["alice"].ID, "mailto:"+a); err != nil {
				return err
			}
			return tx.Trust(w.people["bob"].ID, "mailto:"+a)
		})
	}
}

// event gives somebody's event of a UID, "" if there is none.
func (w *town) event(who, uid string) string {
	w.t.Helper()
	list, err := w.store.FindUID(context.Background(), w.people[who].ID, uid)
	if err != nil || len(list) > 1 {
		w.t.Fatal(len(list), err)
	}
	if len(list) == 0 {
		return ""
	}
	return strings.ReplaceAll(string(list[0].Data), "\r\n ", "")
}

// organize stores an event of alice's.
func (w *town) organize(uid, more string, attendees ...string) {
	w.t.Helper()
	c, err := w.store.CollectionAt(context.Background(), storage.Calendars, "alice", []string{"default"})
	if err != nil {
		w.t.Fatal(err)
	}
	body := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:" + uid + "\r\nDTSTAMP:20260301T120000Z\r\nDTSTART:20260310T120000Z\r\nDTEND:20260310T130000Z\r\nSUMMARY:Lunch\r\nORGANIZER:mailto:alice@example.org\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:alice@example.org\r\n" + more
	for _, a := range attendees {
		body += "ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:" + a + "\r\n"
	}
	body += "END:VEVENT\r\nEND:VCALENDAR\r\n"
	_, err = w.sched.Put(context.Background(), &scheduling.Put{Actor: storage.Actor{PrincipalID: w.people["alice"].ID, Door: "caldav"}, Who: w.people["alice"], Collection: c, Name: uid + ".ics", Data: []byte(body)})
	if err != nil {
		w.t.Fatal(err)
	}
}

// digest is what all calendars and inboxes hold.
func (w *town) digest() string {
	w.t.Helper()
	h := sha256.New()
	for _, name := range []string{"alice", "bob"} {
		all, err := w.store.CollectionsOf(context.Background(), w.people[name].ID)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, c := range all {
			l, err := w.store.Listing(context.Background(), c.ID)
			if err != nil {
				w.t.Fatal(err)
			}
			for m := range l.All() {
				fmt.Fprintf(h, "%d %s %s\n", c.ID, m.Name, m.ETag)
			}
		}
	}
	queue, err := w.store.Outbounds(context.Background(), "")
	if err != nil {
		w.t.Fatal(err)
	}
	fmt.Fprintf(h, "%d", len(queue))
	return fmt.Sprintf("%x", h.Sum(nil))
}

// trays gives what is held, as "METHOD kind reason".
func (w *town) trays() (list []storage.Held) {
	w.t.Helper()
	list, err := w.store.HeldMessages(context.Background(), 0)
	if err != nil {
		w.t.Fatal(err)
	}
	return list
}

func (w *town) take(e Envelope, raw string) Outcome {
	w.t.Helper()
	if e.Source == "" {
		e.Source = SourceLMTP
	}
	w.now = w.now.Add(time.Second)
	out, err := w.Receive(context.Background(), e, []byte(raw))
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

// note writes a mail as our server hands it over: with what it found out about the sender, "" for nothing.
type note struct {
	from, proof, method, event, headers string
}

var notes int

func (n note) String() string {
	notes++
	var b strings.Builder
	b.WriteString("Received: from outside by mx.example.org; Mon, 2 Mar 2026 08:00:00 +0000\n")
	if n.proof != "" {
		b.WriteString("Authentication-Results: mx.example.org; dmarc=pass header.from=" + n.proof + "\n")
	}
	fmt.Fprintf(&b, "Received: from laptop by outside; Mon, 2 Mar 2026 07:59:59 +0000\nFrom: %s\nTo: bob@example.org\nMessage-ID: <%d@outside.example>\n%sMIME-Version: 1.0\nContent-Type: text/calendar; charset=utf-8; method=%s\n\n", n.from, notes, n.headers, n.method)
	fmt.Fprintf(&b, "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Far//EN\nMETHOD:%s\n%sEND:VCALENDAR\n", n.method, n.event)
	return strings.ReplaceAll(b.String(), "\n", "\r\n")
}

// far is an event of somebody elsewhere, with bob.
func farEvent(sequence, second int, more string) string {
	return fmt.Sprintf("BEGIN:VEVENT\nUID:f\nSEQUENCE:%d\nDTSTAMP:20260301T1200%02dZ\nDTSTART:20260310T120000Z\nDTEND:20260310T130000Z\nSUMMARY:Far\nORGANIZER:mailto:far@example.net\nATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:bob@example.org\n%sEND:VEVENT\n", sequence, second, more)
}

// answer is a reply about alice's event.
func answer(who, partstat string, second int, more string) string {
	return fmt.Sprintf("BEGIN:VEVENT\nUID:u\nSEQUENCE:0\nDTSTAMP:20260302T0900%02dZ\nDTSTART:20260310T120000Z\nORGANIZER:mailto:alice@example.org\nATTENDEE;PARTSTAT=%s:mailto:%s\n%sEND:VEVENT\n", second, partstat, who, more)
}

var toBob = Envelope{Recipient: "bob@example.org", Sender: "far@example.net"}
var toAlice = Envelope{Recipient: "alice@example.org", Sender: "far@example.net"}

// has and lacks fail unless an event holds, or does not hold, each of the texts.
func (w *town) has(who, uid string, texts ...string) {
	w.t.Helper()
	data := w.event(who, uid)
	for _, s := range texts {
		if bad, no := strings.CutPrefix(s, "!"); no && strings.Contains(data, bad) || !no && !strings.Contains(data, s) {
			w.t.Errorf("%s of %s: %q in\n%s", uid, who, s, data)
		}
	}
}

// An invitation of somebody known is in the calendar with no client open (M1), without what an outsider may not
// bring along; its update and its cancellation follow (M7, M8).
func TestInvitation(t *testing.T) {
	w := newTown(t)
	w.trusts("far@example.net")
	more := "X-ALT-DESC:<b>x</b>\nATTACH;VALUE=BINARY;ENCODING=BASE64:eHh4\nATTACH:file:///etc/passwd\nATTACH:https://example.net/agenda.pdf\nBEGIN:VALARM\nACTION:DISPLAY\nDESCRIPTION:x\nTRIGGER:-PT5M\nEND:VALARM\n"
	ev := strings.Replace(farEvent(0, 0, more), "PARTSTAT=NEEDS-ACTION", "PARTSTAT=NEEDS-ACTION;X-NUM-GUESTS=0;SCHEDULE-AGENT=CLIENT", 1)
	first := note{from: "Far <far@example.net>", proof: "example.net", method: "REQUEST", event: ev}.String()
	if out := w.take(toBob, first); out.Action != Added || out.UID != "f" || out.Method != "REQUEST" {
		t.Fatalf("%+v", out)
	}
	w.has("bob", "f", "SUMMARY:Far", "NEEDS-ACTION", "agenda.pdf", "!X-", "!VALARM", "!BINARY", "!file:", "!SCHEDULE-AGENT", "!METHOD")
	before := w.digest()
	if out := w.take(toBob, first); out.Action != NoAction || out.Reason != "received before" || w.digest() != before {
		t.Errorf("again: %+v", out)
	}
	moved := strings.ReplaceAll(farEvent(1, 5, ""), "20260310T1", "20260311T1")
	if out := w.take(toBob, (note{from: "far@example.net", proof: "example.net", method: "REQUEST", event: moved}).String()); out.Action != Updated {
		t.Errorf("%+v", out)
	}
	w.has("bob", "f", "DTSTART:20260311T120000Z")
	if out := w.take(toBob, (note{from: "far@example.net", proof: "example.net", method: "REQUEST", event: farEvent(0, 1, "")}).String()); out.Action != NoAction {
		t.Errorf("an older one: %+v", out)
	}
	if out := w.take(toBob, (note{from: "far@example.net", proof: "example.net", method: "CANCEL", event: farEvent(2, 9, "STATUS:CANCELLED\n")}).String()); out.Action != Updated {
		t.Errorf("%+v", out)
	}
	w.has("bob", "f", "STATUS:CANCELLED")
}

// A message has one organizer (RFC 5546 §3.2): one who is proven does not bring along another in an instance, least of all
// somebody of this server.
func TestTwoOrganizers(t *testing.T) {
	series := farEvent(0, 0, "RRULE:FREQ=DAILY;COUNT=3\n")
	apart := farEvent(0, 0, "RECURRENCE-ID:20260311T120000Z\n")
	twice := strings.Replace(apart, "ORGANIZER:", "ORGANIZER:mailto:far@example.net\nORGANIZER:", 1)
	for name, other := range map[string]string{"of here": "alice@example.org", "of elsewhere": "mallory@example.com"} {
		for _, method := range []string{"REQUEST", "CANCEL"} {
			for _, override := range []string{apart, twice} {
				w := newTown(t)
				w.trusts("far@example.net")
				if method == "CANCEL" {
					w.take(toBob, (note{from: "far@example.net", proof: "example.net", method: "REQUEST", event: series}).String())
				}
				before := w.digest()
				last := strings.LastIndex(override, "mailto:far@example.net")
				event := strings.ReplaceAll(series+override[:last]+"mailto:"+other+override[last+len("mailto:far@example.net"):], "SEQUENCE:0", "SEQUENCE:1")
				out := w.take(toBob, (note{from: "far@example.net", proof: "example.net", method: method, event: event}).String())
				if w.digest() != before || out.Action != NoAction {
					t.Errorf("%s, %s: %+v\n%s", name, method, out, w.event("bob", "f"))
				}
			}
		}
	}
}

// The recipient's own answer is his: mail neither gives nor changes it.
func TestOwnAnswer(t *testing.T) {
	w := newTown(t)
	w.trusts("far@example.net")
	claim := func(e string) string { return strings.Replace(e, "NEEDS-ACTION", "ACCEPTED", 1) }
	w.take(toBob, (note{from: "far@example.net", proof: "example.net", method: "REQUEST", event: claim(farEvent(0, 0, ""))}).String())
	w.has("bob", "f", "PARTSTAT=NEEDS-ACTION", "!ACCEPTED")
	list, err := w.store.FindUID(t.Context(), w.people["bob"].ID, "f")
	if err != nil || len(list) != 1 {
		t.Fatal(err)
	}
	c, err := w.store.CollectionByID(t.Context(), list[0].CollectionID)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.sched.Put(t.Context(), &scheduling.Put{Actor: storage.Actor{Door: "caldav"}, Who: w.people["bob"], Collection: c, Name: list[0].Name, Data: []byte(strings.Replace(string(list[0].Data), "NEEDS-ACTION", "TENTATIVE", 1))})
	if err != nil {
		t.Fatal(err)
	}
	w.take(toBob, (note{from: "far@example.net", proof: "example.net", method: "REQUEST", event: strings.Replace(farEvent(0, 5, "LOCATION:Hall\n"), "NEEDS-ACTION", "DECLINED", 1)}).String())
	w.has("bob", "f", "PARTSTAT=TENTATIVE", "LOCATION:Hall")
	w.take(toBob, (note{from: "far@example.net", proof: "example.net", method: "REQUEST", event: claim(strings.ReplaceAll(farEvent(1, 9, "LOCATION:Hall\n"), "20260310T1", "20260311T1"))}).String())
	w.has("bob", "f", "PARTSTAT=NEEDS-ACTION", "20260311T120000Z")
}

// The rows of the trust table, as mails (M25 to M27, M31): what is not applied changes nothing.
func TestBelief(t *testing.T) {
	request := note{from: "far@example.net", proof: "example.net", method: "REQUEST", event: farEvent(0, 0, "")}
	with := func(change func(*note)) note { n := request; change(&n); return n }
	for _, tt := range []struct {
		name   string
		mail   note
		known  bool
		change func(*IntakeOptions)
		e      Envelope
		action string
		held   string // reason, in part
	}{
		{"known", request, true, nil, toBob, Added, ""},
		{"unknown", request, false, nil, toBob, NoAction, "does not know"},
		{"unknown, always welcome", request, false, func(o *IntakeOptions) { o.NewInvitations = "always" }, toBob, Added, ""},
		{"known, never welcome", request, true, func(o *IntakeOptions) { o.NewInvitations = "never" }, toBob, NoAction, "does not know"},
		{"in the address book", request, false, func(o *IntakeOptions) {
			o.Contact = func(_ context.Context, p *storage.Principal, a string) (bool, error) {
				return p.Name == "bob" && a == "far@example.net", nil
			}
		}, toBob, Added, ""},
		{"unverified", with(func(n *note) { n.proof = "" }), true, nil, toBob, NoAction, "nothing proves"},
		{"unverified, unwanted", with(func(n *note) { n.proof = "" }), true, func(o *IntakeOptions) { o.Unverified = "ignore" }, toBob, NoAction, ""},
		{"another domain is proven", with(func(n *note) { n.proof = "example.com" }), true, nil, toBob, NoAction, "nothing proves"},
		{"forwarded", with(func(n *note) { n.from, n.proof = "carol@example.com", "example.com" }), true, nil, toBob, NoAction, "far@example.net that came from carol@example.com"},
		{"for others", with(func(n *note) {
			n.event = strings.Replace(n.event, "bob@example.org", "list@example.net", 1)
		}), true, nil, toBob, NoAction, "to others"},
		{"for a group he is in", with(func(n *note) {
			n.event = strings.Replace(n.event, "bob@example.org", "staff@example.org", 1)
		}), true, nil, toBob, Added, ""},
		{"for an address that was told", with(func(n *note) {
			n.event = strings.Replace(n.event, "bob@example.org", "bob@elsewhere.example", 1)
		}), true, nil, Envelope{Recipient: "bob@example.org", Choices: Choices{Addresses: []string{"bob@elsewhere.example"}}}, Added, ""},
		{"in the name of one of ours", with(func(n *note) {
			n.event = strings.Replace(n.event, "far@example.net", "alice@example.org", 1)
			n.from, n.proof = "alice@example.org", "example.org"
		}), true, nil, toBob, NoAction, ""},
		{"in the name of nobody of ours", with(func(n *note) {
			n.event = strings.Replace(n.event, "far@example.net", "ghost@example.org", 1)
			n.from, n.proof = "ghost@example.org", "example.org"
		}), true, nil, toBob, NoAction, ""},
		{"spam", with(func(n *note) { n.headers = "X-Spam-Flag: YES\n" }), true, nil, toBob, NoAction, ""},
		{"by a null sender", request, true, nil, Envelope{Recipient: "bob@example.org", Sender: "<>"}, NoAction, ""},
		{"from the gateway", with(func(n *note) { n.headers = "X-Convoke-Gateway: calendar@example.org\n" }), true, nil, toBob, NoAction, ""},
		{"from another gateway", with(func(n *note) { n.headers = "X-Convoke-Gateway: calendar@example.net\nAuto-Submitted: auto-generated\n" }), true, nil, toBob, Added, ""},
		{"of too many hops", with(func(n *note) { n.headers = strings.Repeat("Received: from a by b; x\n", 50) }), true, nil, toBob, NoAction, ""},
		{"of another METHOD than its type", with(func(n *note) { n.event = n.event + "METHOD:CANCEL\n" }), true, nil, toBob, NoAction, ""},
		{"to nobody", request, true, nil, Envelope{Recipient: "nobody@example.org"}, NoAction, ""},
		{"to a subaddress", request, true, nil, Envelope{Recipient: "Bob+cal@Example.org"}, Added, ""},
		{"updates alone", request, true, nil, Envelope{Recipient: "bob@example.org", Choices: Choices{UpdatesOnly: true}}, NoAction, ""},
		{"another organizer", request, true, nil, Envelope{Recipient: "bob@example.org", Choices: Choices{Organizers: []string{"boss@example.net", "@example.com"}}}, NoAction, ""},
		{"a chosen organizer", request, true, nil, Envelope{Recipient: "bob@example.org", Choices: Choices{Organizers: []string{"@example.net"}}}, Added, ""},
		{"published", with(func(n *note) { n.method = "PUBLISH" }), true, nil, toBob, NoAction, ""},
		{"published, wanted", with(func(n *note) { n.method = "PUBLISH" }), true, nil, Envelope{Recipient: "bob@example.org", Choices: Choices{AllowPublic: true}}, Added, ""},
		{"cancelled before it came", with(func(n *note) { n.method = "CANCEL" }), true, nil, toBob, NoAction, ""},
		{"an endless rule of seconds", with(func(n *note) { n.event = farEvent(0, 0, "RRULE:FREQ=SECONDLY\n") }), true, nil, toBob, NoAction, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var change []func(*IntakeOptions)
			if tt.change != nil {
				change = append(change, tt.change)
			}
			w := newTown(t, change...)
			if tt.known {
				w.trusts("far@example.net", "carol@example.com")
			}
			before := w.digest()
			out := w.take(tt.e, tt.mail.String())
			if out.Action != tt.action {
				t.Errorf("%+v", out)
			}
			if changed := w.digest() != before; changed != (tt.action == Added) {
				t.Errorf("changed: %v, %+v", changed, out)
			}
			held := w.trays()
			if (len(held) > 0) != (tt.held != "") || len(held) > 0 && !strings.Contains(held[0].Reason, tt.held) || (out.Held != 0) != (tt.held != "") {
				t.Errorf("held: %v, outcome %+v", held, out)
			}
		})
	}
}

// Answers: what they may change is the PARTSTAT of who answers (M4, M5), whatever else they hold; others wait.
func TestAnswers(t *testing.T) {
	for _, tt := range []struct {
		name    string
		mail    note
		partial string // in alice's event afterwards
		held    string
	}{
		{"as invited", note{from: "far@example.net", proof: "example.net", method: "REPLY", event: answer("far@example.net", "ACCEPTED", 0, "SUMMARY:Forged\nLOCATION:Forged\n")}, "PARTSTAT=ACCEPTED", ""},
		{"without ORGANIZER, as Exchange writes", note{from: "far@example.net", proof: "example.net", method: "REPLY", event: strings.Replace(answer("far@example.net", "TENTATIVE", 0, ""), "ORGANIZER:mailto:alice@example.org\n", "", 1)}, "PARTSTAT=TENTATIVE", ""},
		{"from a subaddress", note{from: "far+cal@example.net", proof: "example.net", method: "REPLY", event: answer("far+cal@example.net", "DECLINED", 0, "")}, "PARTSTAT=DECLINED", ""},
		{"by a secretary of the same house", note{from: "secretary@example.net", proof: "example.net", method: "REPLY", event: strings.Replace(answer("far@example.net", "ACCEPTED", 0, ""), "ATTENDEE;", "ATTENDEE;SENT-BY=\"mailto:secretary@example.net\";", 1)}, "PARTSTAT=ACCEPTED", ""},
		{"by Google's notifier", note{from: "calendar-notification@google.com", headers: "Reply-To: far@example.net\n", method: "REPLY", event: answer("far@example.net", "ACCEPTED", 0, ""), proof: "google.com; dkim=pass header.d=google.com"}, "PARTSTAT=ACCEPTED", ""},
		{"unverified", note{from: "far@example.net", method: "REPLY", event: answer("far@example.net", "ACCEPTED", 0, "")}, "!PARTSTAT=ACCEPTED:mailto:far", "nothing proves"},
		{"of somebody else", note{from: "mallory@example.com", proof: "example.com", method: "REPLY", event: answer("far@example.net", "ACCEPTED", 0, "")}, "!PARTSTAT=ACCEPTED:mailto:far", "came from mallory@example.com"},
		{"of who was not invited", note{from: "mallory@example.com", proof: "example.com", method: "REPLY", event: answer("mallory@example.com", "ACCEPTED", 0, "")}, "!mallory", "not invited"},
		{"through a list that puts its own name", note{from: "list@lists.example.com", proof: "lists.example.com", method: "REPLY", event: answer("far@example.net", "ACCEPTED", 0, ""), headers: "Reply-To: far@example.net\n"}, "!PARTSTAT=ACCEPTED:mailto:far", "came from list@"},
		{"to another's event", note{from: "far@example.net", proof: "example.net", method: "REPLY", event: strings.ReplaceAll(answer("far@example.net", "ACCEPTED", 0, ""), "UID:u", "UID:none")}, "!PARTSTAT=ACCEPTED:mailto:far", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newTown(t)
			w.organize("u", "", "far@example.net")
			tag := w.event("alice", "u")
			before := w.digest()
			out := w.take(toAlice, tt.mail.String())
			w.has("alice", "u", tt.partial, "SUMMARY:Lunch", "!Forged", "DTSTART:20260310T120000Z")
			held := w.trays()
			if (len(held) > 0) != (tt.held != "") || len(held) > 0 && !strings.Contains(held[0].Reason, tt.held) {
				t.Errorf("held: %v, %+v", held, out)
			}
			if applied := !strings.HasPrefix(tt.partial, "!"); applied != (out.Action == Updated) || applied == (w.digest() == before) {
				t.Errorf("%+v\n%s", out, tag)
			}
		})
	}
}

// What is held is applied, rejected, or dropped when something newer came (M30).
func TestReview(t *testing.T) {
	w := newTown(t)
	by := storage.Actor{Door: "cli"}
	first := note{from: "far@example.net", proof: "example.net", method: "REQUEST", event: farEvent(0, 0, "")}
	id := w.take(toBob, first.String()).Held
	if id == 0 || w.event("bob", "f") != "" {
		t.Fatal("not held")
	}
	if again := w.take(toBob, first.String()); again.Held != 0 || len(w.trays()) != 1 {
		t.Errorf("held twice: %+v", again)
	}
	if out, err := w.Accept(t.Context(), by, id, false); err != nil || out.Action != Added || len(w.trays()) != 0 {
		t.Fatal(out, err)
	}
	w.has("bob", "f", "SUMMARY:Far", "!METHOD")
	// Who was accepted is known.
	second := strings.ReplaceAll(farEvent(0, 0, ""), "UID:f", "UID:g")
	if out := w.take(toBob, (note{from: "far@example.net", proof: "example.net", method: "REQUEST", event: second}).String()); out.Action != Added {
		t.Errorf("%+v", out)
	}
	// An unverified update waits; a real one that is newer overtakes it.
	id = w.take(toBob, (note{from: "far@example.net", method: "REQUEST", event: farEvent(1, 1, "LOCATION:Trap\n")}).String()).Held
	w.take(toBob, (note{from: "far@example.net", proof: "example.net", method: "REQUEST", event: farEvent(2, 2, "LOCATION:Real\n")}).String())
	if _, err := w.Accept(t.Context(), by, id, false); err == nil {
		t.Error("an older update was accepted")
	}
	w.has("bob", "f", "LOCATION:Real", "!Trap")
	id = w.take(toBob, (note{from: "mallory@example.com", proof: "example.com", method: "CANCEL", event: farEvent(3, 3, "STATUS:CANCELLED\n")}).String()).Held
	if err := w.Reject(t.Context(), by, id); err != nil || len(w.trays()) != 0 {
		t.Error(err)
	}
	w.has("bob", "f", "!CANCELLED")
	if err := w.Reject(t.Context(), by, id); err == nil {
		t.Error("rejected twice")
	}
}

// Who answers without being invited is invited by accepting, and his answer taken.
func TestGuest(t *testing.T) {
	w := newTown(t)
	w.organize("u", "RRULE:FREQ=DAILY;COUNT=3\r\n", "far@example.net")
	id := w.take(toAlice, (note{from: "guest@example.com", proof: "example.com", method: "REPLY", event: answer("guest@example.com", "ACCEPTED", 0, "")}).String()).Held
	if _, err := w.Accept(t.Context(), storage.Actor{Door: "cli"}, id, false); err != nil {
		t.Fatal(err)
	}
	w.has("alice", "u", "PARTSTAT=ACCEPTED", "mailto:guest@example.com")
	if list, err := w.store.Outbounds(t.Context(), ""); err != nil || len(list) < 2 || list[len(list)-1].Method != "REQUEST" {
		t.Errorf("nobody was told: %v %v", list, err)
	}
}

// COUNTER is shown in the inbox and waits; accepting makes a normal update, declining a DECLINECOUNTER (RFC 5546
// §3.2.7, §3.2.8).
func TestCounterProposal(t *testing.T) {
	proposal := func(second int) note {
		return note{from: "far@example.net", proof: "example.net", method: "COUNTER", event: strings.ReplaceAll(answer("far@example.net", "TENTATIVE", second, "DTEND:20260310T160000Z\nCOMMENT:Later?\n"), "DTSTART:20260310T12", "DTSTART:20260310T15")}
	}
	methods := func(w *town) (list []string) {
		queue, err := w.store.Outbounds(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range queue {
			list = append(list, o.Method)
		}
		return list
	}
	w := newTown(t)
	w.organize("u", "", "far@example.net")
	before := w.event("alice", "u")
	id := w.take(toAlice, proposal(0).String()).Held
	if id == 0 || w.event("alice", "u") != before {
		t.Fatal("applied, or lost")
	}
	if out, err := w.Accept(t.Context(), storage.Actor{Door: "cli"}, id, false); err != nil {
		t.Fatal(out, err)
	}
	w.has("alice", "u", "DTSTART:20260310T150000Z", "DTEND:20260310T160000Z", "!COMMENT")
	if got := fmt.Sprint(methods(w)); got != "[REQUEST REQUEST]" {
		t.Error(got)
	}
	w = newTown(t)
	w.organize("u", "", "far@example.net")
	id = w.take(toAlice, proposal(0).String()).Held
	if err := w.Reject(t.Context(), storage.Actor{Door: "cli"}, id); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(methods(w)); got != "[REQUEST DECLINECOUNTER]" || w.event("alice", "u") != before {
		t.Error(got)
	}
	// Of somebody who is not verified nobody is told anything.
	n := proposal(1)
	n.proof = ""
	id = w.take(toAlice, n.String()).Held
	if err := w.Reject(t.Context(), storage.Actor{Door: "cli"}, id); err != nil || len(methods(w)) != 2 {
		t.Error(err, methods(w))
	}
}

// REFRESH is answered to who is invited and verified, and to nobody else.
func TestRefresh(t *testing.T) {
	ask := func(n note) int {
		w := newTown(t)
		w.organize("u", "", "far@example.net")
		w.take(toAlice, n.String())
		list, err := w.store.Outbounds(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		return len(list) - 1
	}
	event := "BEGIN:VEVENT\nUID:u\nDTSTAMP:20260302T090000Z\nORGANIZER:mailto:alice@example.org\nATTENDEE:mailto:far@example.net\nEND:VEVENT\n"
	good := note{from: "far@example.net", proof: "example.net", method: "REFRESH", event: event}
	if ask(good) != 1 {
		t.Error("not answered")
	}
	bad := good
	bad.proof = ""
	if ask(bad) != 0 {
		t.Error("an unverified one is answered")
	}
	bad = good
	bad.event = strings.Replace(event, "far@example.net", "mallory@example.net", 1)
	bad.from = "mallory@example.net"
	if ask(bad) != 0 {
		t.Error("a stranger is told")
	}
	bad = good
	bad.headers = "Auto-Submitted: auto-replied\n"
	if ask(bad) != 0 {
		t.Error("a machine is answered")
	}
}

// The same answer by a calendar program and by mail is one change (M36, M65), whichever comes first.
func TestBothWays(t *testing.T) {
	for _, first := range []string{"calendar", "mail"} {
		w := newTown(t)
		w.organize("u", "", "bob@example.org")
		put := func() {
			list, err := w.store.FindUID(t.Context(), w.people["bob"].ID, "u")
			if err != nil || len(list) != 1 {
				t.Fatal(len(list), err)
			}
			c, err := w.store.CollectionByID(t.Context(), list[0].CollectionID)
			if err != nil {
				t.Fatal(err)
			}
			w.now = w.now.Add(2 * time.Hour)
			data := strings.Replace(strings.ReplaceAll(string(list[0].Data), "\r\n ", ""), "PARTSTAT=NEEDS-ACTION", "PARTSTAT=ACCEPTED", 1)
			_, err = w.sched.Put(t.Context(), &scheduling.Put{Actor: storage.Actor{Door: "caldav"}, Who: w.people["bob"], Collection: c, Name: list[0].Name, Data: []byte(data)})
			if err != nil {
				t.Fatal(err)
			}
		}
		mail := func() {
			w.take(toAlice, (note{from: "bob@example.org", proof: "example.org", method: "REPLY", event: answer("bob@example.org", "ACCEPTED", 0, "")}).String())
		}
		if first == "mail" {
			mail()
		}
		put()
		before := w.digest()
		mail()
		if w.digest() != before {
			t.Errorf("%s first: the mail changed something again", first)
		}
		w.has("alice", "u", "PARTSTAT=ACCEPTED")
		if n := strings.Count(w.event("alice", "u"), "bob@example.org"); n != 1 {
			t.Errorf("%d times bob", n)
		}
		if list, err := w.store.Outbounds(t.Context(), ""); err != nil || len(list) != 0 {
			t.Errorf("mailed: %v %v", list, err)
		}
	}
}

// A room that is invited by mail answers at once, to its organizer alone.
func TestRoomByMail(t *testing.T) {
	w := newTown(t, func(o *IntakeOptions) { o.NewInvitations = "always" })
	hall := &storage.Principal{Kind: storage.KindRoom, Name: "hall", Addresses: []string{"mailto:hall@example.org"}, Booking: &storage.Booking{AutoAccept: "automatic"}}
	w.update(func(tx *storage.Tx) error { return tx.CreatePrincipal(hall) })
	event := strings.Replace(farEvent(0, 0, ""), "bob@example.org", "hall@example.org", 1)
	if out := w.take(Envelope{Recipient: "hall@example.org"}, (note{from: "far@example.net", proof: "example.net", method: "REQUEST", event: event}).String()); out.Action != Added {
		t.Fatalf("%+v", out)
	}
	list, err := w.store.Outbounds(t.Context(), "")
	if err != nil || len(list) != 1 || list[0].Method != "REPLY" || list[0].Recipient != "mailto:far@example.net" || !strings.Contains(string(list[0].Data), "PARTSTAT=ACCEPTED") {
		t.Errorf("%v %v", list, err)
	}
}

// An answer to the gateway's own address is for the organizer whom it names; an invitation to it is for nobody.
func TestToTheGateway(t *testing.T) {
	w := newTown(t)
	w.organize("u", "", "far@example.net")
	reply := note{from: "far@example.net", proof: "example.net", method: "REPLY", event: answer("far@example.net", "ACCEPTED", 0, "")}
	if out := w.take(Envelope{Recipient: "Calendar+x@example.org"}, reply.String()); out.Action != Updated {
		t.Errorf("%+v", out)
	}
	w.has("alice", "u", "PARTSTAT=ACCEPTED;SCHEDULE-STATUS=2.0")
	before := w.digest()
	request := note{from: "far@example.net", proof: "example.net", method: "REQUEST", event: farEvent(0, 0, "")}
	if out := w.take(Envelope{Recipient: "calendar@example.org"}, request.String()); out.Action != NoAction || w.digest() != before {
		t.Errorf("%+v", out)
	}
}

// An answer of very many instances is left alone; one of as many as may be costs little.
func TestManyAnswers(t *testing.T) {
	w := newTown(t)
	w.organize("u", "RRULE:FREQ=DAILY\r\n", "far@example.net")
	var b strings.Builder
	day := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	for i := range maxAnswers + 1 {
		b.WriteString(answer("far@example.net", "ACCEPTED", 0, "RECURRENCE-ID:"+day.AddDate(0, 0, 7*i).Format("20060102T150405Z")+"\n"))
	}
	n := note{from: "far@example.net", proof: "example.net", method: "REPLY", event: b.String()}
	if out := w.take(toAlice, n.String()); out.Action != NoAction || !strings.Contains(out.Reason, "instances") {
		t.Errorf("%+v", out)
	}
	n.event = n.event[:strings.LastIndex(n.event, "BEGIN:VEVENT")]
	if out := w.take(toAlice, n.String()); out.Action != Updated {
		t.Errorf("%+v", out)
	}
}

// What waits is judged again when it is accepted (M30): whose organizer has become one of this server is not spoken for by mail.
func TestAcceptedTooLate(t *testing.T) {
	w := newTown(t, func(o *IntakeOptions) { o.Domains = nil })
	id := w.take(toBob, (note{from: "far@example.net", proof: "example.net", method: "REQUEST", event: farEvent(0, 0, "")}).String()).Held
	if id == 0 {
		t.Fatal("not held")
	}
	w.update(func(tx *storage.Tx) error {
		return tx.CreatePrincipal(&storage.Principal{Kind: storage.KindUser, Name: "far", Addresses: []string{"mailto:far@example.net"}})
	})
	before := w.digest()
	if out, err := w.Accept(t.Context(), storage.Actor{Door: "cli"}, id, true); err == nil || w.digest() != before || len(w.trays()) != 0 {
		t.Errorf("%+v, %v", out, err)
	}
}
