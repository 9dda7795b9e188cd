package imip

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"convoke/scheduling"
	"convoke/storage"
)

var bg = context.Background()

// office is a store with one person who invites others, a clock that moves by hand, and an Outgoing.
type office struct {
	t     testing.TB
	now   time.Time
	store *storage.Store
	sched *scheduling.Service
	anna  *storage.Principal
	out   *Outgoing
	post  *post
}

// post is a Sender that keeps what it is given.
type post struct {
	mu    sync.Mutex
	mails []Mail
	say   func(m *Mail) error // nil: all is well
}

func (p *post) Send(_ context.Context, m *Mail) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.say != nil {
		if err := p.say(m); err != nil {
			return "", err
		}
	}
	p.mails = append(p.mails, *m)
	return "2.0.0 Ok", nil
}

func newOffice(t testing.TB, change ...func(*OutgoingOptions)) *office {
	t.Helper()
	o := &office{t: t, now: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC), post: &post{}}
	clock := func() time.Time { return o.now }
	var err error
	o.store, err = storage.Open(bg, t.TempDir(), storage.Options{Log: slog.New(slog.DiscardHandler), Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { o.store.Close() })
	o.sched = scheduling.New(o.store, scheduling.Options{Clock: clock, MailOut: true, MailIn: true, MergePause: 30 * time.Second, Exclusive: []string{"example.org"}})
	o.anna = &storage.Principal{Kind: storage.KindUser, Name: "anna", DisplayName: "Anna Berg", Addresses: []string{"mailto:anna@example.org"}}
	if err := o.store.Update(bg, actor, func(tx *storage.Tx) error { return tx.CreatePrincipal(o.anna) }); err != nil {
		t.Fatal(err)
	}
	opt := OutgoingOptions{Store: o.store, Scheduler: o.sched, Sender: o.post, Clock: clock, Gateway: "calendar@example.org",
		Domains: []string{"example.org"}, Language: "en", Parallel: 1}
	for _, f := range change {
		f(&opt)
	}
	o.out = NewOutgoing(opt)
	o.out.jitter = func() float64 { return 0 }
	return o
}

const lunchTime = "DTSTART:20260310T120000Z\nDTEND:20260310T130000Z\n"

func meeting(uid, lines string, guests ...string) string {
	s := "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Example//EN\nBEGIN:VEVENT\nUID:" + uid + "\nDTSTAMP:20260301T120000Z\n" +
		"ORGANIZER;CN=Anna:mailto:anna@example.org\nATTENDEE;PARTSTAT=ACCEPTED:mailto:anna@example.org\n"
	for _, g := range guests {
		s += "ATTENDEE;CN=Guest;RSVP=TRUE:mailto:" + g + "\n"
	}
	return strings.ReplaceAll(s+lines+"END:VEVENT\nEND:VCALENDAR\n", "\n", "\r\n")
}

func (o *office) calendar() *storage.Collection {
	o.t.Helper()
	c, err := o.store.CollectionAt(bg, storage.Calendars, "anna", []string{"default"})
	if err != nil {
		o.t.Fatal(err)
	}
	return c
}

func (o *office) put(uid, lines string, guests ...string) {
	o.t.Helper()
	o.now = o.now.Add(time.Second)
	_, err := o.sched.Put(bg, &scheduling.Put{Actor: storage.Actor{PrincipalID: o.anna.ID, Door: "caldav"}, Who: o.anna,
		Collection: o.calendar(), Name: uid + ".ics", Data: []byte(meeting(uid, lines, guests...))})
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) delete(uid string) {
	o.t.Helper()
	o.now = o.now.Add(time.Second)
	err := o.sched.Delete(bg, &scheduling.Removal{Actor: storage.Actor{PrincipalID: o.anna.ID, Door: "caldav"}, Who: o.anna, Collection: o.calendar(), Name: uid + ".ics"})
	if err != nil {
		o.t.Fatal(err)
	}
}

// later moves the clock and works until nothing is due.
func (o *office) later(d time.Duration) {
	o.t.Helper()
	o.now = o.now.Add(d)
	for {
		n, err := o.out.Round(bg)
		if err != nil {
			o.t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

// subjects are those of the mails sent since the last time, with their recipients.
func (o *office) subjects() []string {
	o.t.Helper()
	var list []string
	for _, m := range o.post.mails {
		list = append(list, field(m.Data, "Subject")+" > "+m.To)
	}
	o.post.mails = nil
	slices.Sort(list)
	return list
}

func field(data []byte, name string) string {
	for l := range strings.SplitSeq(string(data), "\r\n") {
		if v, ok := strings.CutPrefix(strings.ToLower(l), strings.ToLower(name)+": "); ok {
			return l[len(l)-len(v):]
		}
		if l == "" {
			break
		}
	}
	return ""
}

func (o *office) expect(want ...string) {
	o.t.Helper()
	slices.Sort(want) // lines of one moment have no order among themselves
	if got := o.subjects(); !slices.Equal(got, want) {
		o.t.Errorf("mails:\n %q\nwant\n %q", got, want)
	}
}

// status is the SCHEDULE-STATUS of a guest in the organizer's copy.
func (o *office) status(uid, guest string) string {
	o.t.Helper()
	object, err := o.store.Object(bg, o.calendar().ID, uid+".ics")
	if err != nil {
		o.t.Fatal(err)
	}
	text := strings.ReplaceAll(string(object.Data), "\r\n ", "")
	for l := range strings.SplitSeq(text, "\r\n") {
		if strings.HasSuffix(l, "mailto:"+guest) && strings.HasPrefix(l, "ATTENDEE") {
			_, s, _ := strings.Cut(l, "SCHEDULE-STATUS=")
			s, _, _ = strings.Cut(s, ":")
			s, _, _ = strings.Cut(s, ";")
			return s
		}
	}
	return "none"
}

func (o *office) rows(state string) []storage.Outbound {
	o.t.Helper()
	list, err := o.store.Outbounds(bg, state)
	if err != nil {
		o.t.Fatal(err)
	}
	return list
}

const zoe, max1 = "zoe@example.net", "max@example.com"

func TestInvitationLeaves(t *testing.T) {
	o := newOffice(t)
	o.put("u", "SUMMARY:Lunch\n"+lunchTime, zoe, max1)
	o.later(0)
	o.expect() // it may still change
	o.later(30 * time.Second)
	m, row := o.post.mails[0], o.rows("sent")[0]
	if m.Token != row.Token {
		m = o.post.mails[1]
	}
	o.expect("Invitation: Lunch > "+zoe, "Invitation: Lunch > "+max1)
	if m.From != "calendar+"+row.Token+"@example.org" || m.Token != row.Token || field(m.Data, "Message-Id") != row.MessageID ||
		field(m.Data, "From") != `"Anna" <anna@example.org>` || m.UTF8 {
		t.Errorf("%s\n%s", m.From, m.Data)
	}
	if s := o.status("u", zoe); s != "1.1" {
		t.Errorf("status %s", s)
	}
	journal, err := o.store.JournalFor(bg, "u")
	if err != nil || !slices.ContainsFunc(journal, func(e storage.Entry) bool { return e.What == "mail" && strings.Contains(e.Detail, zoe) }) {
		t.Errorf("%v %v", journal, err)
	}
	o.later(time.Hour)
	o.expect()
}

// An invitation carries the address at which its one recipient may answer; an update the same one.
func TestAnswerAddress(t *testing.T) {
	var asked []string
	o := newOffice(t, func(opt *OutgoingOptions) {
		opt.Answer = func(row *storage.Outbound) string {
			asked = append(asked, row.Method+" "+row.UID+" "+row.Recipient)
			return "https://x.example/guest/here"
		}
	})
	o.put("u", "SUMMARY:Lunch\n"+lunchTime, zoe)
	o.later(time.Minute)
	o.delete("u")
	o.later(time.Minute)
	if got := strings.Join(asked, ","); got != "REQUEST u mailto:"+strings.TrimPrefix(zoe, "mailto:") {
		t.Errorf("asked for %s", got)
	}
	if mails := o.post.mails; len(mails) != 2 || !strings.Contains(string(mails[0].Data), "/guest/here") || strings.Contains(string(mails[1].Data), "/guest/here") {
		t.Errorf("%d mails", len(mails))
	}
}

// Several changes within the pause are one mail; what was never told is never taken back.
func TestMerge(t *testing.T) {
	for name, story := range map[string]struct {
		do   func(o *office)
		want []string
	}{
		"two changes": {func(o *office) {
			o.put("u", "SUMMARY:One\n"+lunchTime, zoe)
			o.put("u", "SUMMARY:Two\n"+lunchTime, zoe)
		}, []string{"Invitation: Two > " + zoe}},
		"made and deleted": {func(o *office) {
			o.put("u", "SUMMARY:One\n"+lunchTime, zoe)
			o.delete("u")
		}, nil},
		"told, then changed and deleted": {func(o *office) {
			o.put("u", "SUMMARY:One\n"+lunchTime, zoe)
			o.later(time.Minute)
			o.put("u", "SUMMARY:Two\n"+lunchTime, zoe)
			o.delete("u")
		}, []string{"Invitation: One > " + zoe, "Cancelled: Two > " + zoe}},
		"uninvited and invited again": {func(o *office) {
			o.put("u", "SUMMARY:One\n"+lunchTime, zoe, max1)
			o.later(time.Minute)
			o.put("u", "SUMMARY:One\n"+lunchTime, max1)
			o.put("u", "SUMMARY:One\n"+lunchTime, zoe, max1)
		}, []string{"Invitation: One > " + zoe, "Invitation: One > " + max1, "Updated: One > " + max1, "Updated: One > " + zoe}},
		"two dates of a series": {func(o *office) {
			o.put("u", "SUMMARY:One\nRRULE:FREQ=DAILY;COUNT=5\n"+lunchTime, zoe)
			o.later(time.Minute)
			o.put("u", "SUMMARY:One\nRRULE:FREQ=DAILY;COUNT=5\nEXDATE:20260311T120000Z\n"+lunchTime, zoe)
			o.put("u", "SUMMARY:One\nRRULE:FREQ=DAILY;COUNT=5\nEXDATE:20260311T120000Z,20260312T120000Z\n"+lunchTime, zoe)
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			story.do(o)
			o.later(time.Minute)
			if name == "two dates of a series" { // one mail or two, but nothing is lost
				all := strings.Join(o.subjects(), "|")
				if n := strings.Count(all, ">"); n < 2 || n > 3 {
					t.Errorf("%s", all)
				}
			} else {
				o.expect(story.want...)
			}
			if left := o.rows("waiting"); len(left) > 0 {
				t.Errorf("left: %+v", left)
			}
		})
	}
}

// An answer of 4xx is tried again by the plan, one of 5xx is not; the status says how it ended.
func TestFailures(t *testing.T) {
	for name, row := range map[string]struct {
		f    *Failure
		want string
	}{
		"no such mailbox": {&Failure{Permanent: true, Code: "5.1.1", Text: "550 no"}, "5.2"},
		"policy":          {&Failure{Permanent: true, Code: "5.7.1", Text: "550 no"}, "5.3"},
		"greylisted":      {&Failure{Code: "4.7.1", Text: "451 later"}, "1.0"},
		"not reachable":   {&Failure{Session: true, Code: "4.4.1", Text: "refused"}, "1.0"},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.post.say = func(*Mail) error { return row.f }
			o.put("u", "SUMMARY:Lunch\n"+lunchTime, zoe)
			o.later(time.Minute)
			if s := o.status("u", zoe); s != row.want {
				t.Errorf("status %s, want %s", s, row.want)
			}
			if row.f.Permanent {
				o.later(72 * time.Hour)
				if list := o.rows("failed"); len(list) != 1 || list[0].Attempts != 1 || list[0].Status != row.f.Error() {
					t.Errorf("%+v", list)
				}
				return
			}
			for i, wait := range []time.Duration{1, 5, 15, 60, 60} {
				r := o.rows("waiting")[0]
				if got := r.Next.Sub(o.now); got != wait*time.Minute || r.Attempts != i+1 {
					t.Fatalf("attempt %d: again in %v, want %v min", r.Attempts, got, int(wait))
				}
				o.later(wait * time.Minute)
			}
			for range 60 {
				o.later(time.Hour)
			}
			if s := o.status("u", zoe); s != "5.1" || len(o.rows("failed")) != 1 {
				t.Errorf("at last: status %s", s)
			}
		})
	}
}

func TestTemporaryThenSent(t *testing.T) {
	o := newOffice(t)
	tries := 0
	o.post.say = func(*Mail) error {
		if tries++; tries < 3 {
			return &Failure{Code: "4.2.1", Text: "450 later"}
		}
		return nil
	}
	o.put("u", "SUMMARY:Lunch\n"+lunchTime, zoe)
	for range 3 {
		o.later(10 * time.Minute)
	}
	o.expect("Invitation: Lunch > " + zoe)
	if s := o.status("u", zoe); s != "1.1" {
		t.Errorf("status %s", s)
	}
}

// Nothing overtakes what waits for the same person and event; others are not held up.
func TestOrder(t *testing.T) {
	o := newOffice(t)
	var seen []string
	o.post.say = func(m *Mail) error {
		if m.To == zoe && len(seen) == 0 {
			seen = append(seen, "x")
			return &Failure{Code: "4.2.1", Text: "450 later"}
		}
		return nil
	}
	o.put("u", "SUMMARY:One\n"+lunchTime, zoe, max1)
	o.later(time.Minute)
	o.expect("Invitation: One > " + max1)
	o.put("u", "SUMMARY:Two\n"+lunchTime, zoe, max1) // within the wait of zoe's first
	o.later(40 * time.Second)
	o.expect("Updated: Two > " + max1)
	o.later(5 * time.Minute)
	// Never told of One, but it was tried: what she gets is the newest, once.
	o.expect("Invitation: Two > " + zoe)
}

// A crash between the server's 250 and our mark: the same mail goes out again, with the same Message-ID.
func TestCrashBetweenSendAndMark(t *testing.T) {
	o := newOffice(t)
	o.put("u", "SUMMARY:Lunch\n"+lunchTime, zoe)
	o.now = o.now.Add(time.Minute)
	var lines [][]storage.Outbound
	err := o.store.Update(bg, actor, func(tx *storage.Tx) (err error) {
		lines, err = tx.LeaseOutbound(10, leaseFor)
		return err
	})
	if err != nil || len(lines) != 1 {
		t.Fatal(lines, err)
	}
	jobs, _, err := o.out.prepare(bg, lines)
	if err != nil {
		t.Fatal(err)
	}
	o.out.deliver(bg, jobs[0]) // and nobody settles it
	o.later(time.Minute)
	if len(o.post.mails) != 1 {
		t.Fatal("sent within the lease of another")
	}
	o.later(leaseFor)
	if len(o.post.mails) != 2 || string(o.post.mails[0].Data) != string(o.post.mails[1].Data) || o.post.mails[0].From != o.post.mails[1].From {
		t.Errorf("%d mails, or they differ", len(o.post.mails))
	}
	// A worker that begins takes over at once.
	o.put("v", "SUMMARY:Tea\n"+lunchTime, zoe)
	o.now = o.now.Add(time.Minute)
	_ = o.store.Update(bg, actor, func(tx *storage.Tx) error { _, err := tx.LeaseOutbound(10, leaseFor); return err })
	o.post.mails = nil
	ctx, stop := context.WithCancel(bg)
	o.post.say = func(*Mail) error { stop(); return nil }
	if err := o.out.Run(ctx); err != nil {
		t.Fatal(err)
	}
	o.expect("Invitation: Tea > " + zoe)
	if len(o.rows("waiting")) != 0 {
		t.Error("what was sent when it had to stop is not settled")
	}
	if err := o.out.Run(ctx); err != nil {
		t.Errorf("told to stop before it began: %v", err)
	}
}

// What went out before a crash, and was taken back before anybody knew whether it went, is taken back by mail: who was sent
// the invitation may have it (reliability.md §5, RFC 5546 §3.2.5).
func TestTakenBackAfterACrash(t *testing.T) {
	for _, restart := range []bool{false, true} {
		o := newOffice(t)
		o.put("u", "SUMMARY:Lunch\n"+lunchTime, zoe)
		o.now = o.now.Add(time.Minute)
		var lines [][]storage.Outbound
		err := o.store.Update(bg, actor, func(tx *storage.Tx) (err error) {
			lines, err = tx.LeaseOutbound(10, leaseFor)
			return err
		})
		if err != nil || len(lines) != 1 {
			t.Fatal(lines, err)
		}
		jobs, _, err := o.out.prepare(bg, lines)
		if err != nil {
			t.Fatal(err)
		}
		o.out.deliver(bg, jobs[0]) // and nobody settles it
		o.expect("Invitation: Lunch > " + zoe)
		o.delete("u")
		if restart {
			if err := o.store.Update(bg, actor, func(tx *storage.Tx) error { return tx.FreeOutbound() }); err != nil {
				t.Fatal(err)
			}
		}
		o.later(leaseFor + time.Minute)
		o.expect("Cancelled: Lunch > " + zoe)
	}
}

// What differs is pointed out, and the thread holds together.
func TestUpdateShowsTheChange(t *testing.T) {
	o := newOffice(t)
	o.put("u", "SUMMARY:Lunch\nLOCATION:Canteen\n"+lunchTime, zoe)
	o.later(time.Minute)
	first := o.post.mails[0]
	o.put("u", "SUMMARY:Lunch\nLOCATION:Roof\n"+lunchTime, zoe)
	o.later(time.Minute)
	second := o.post.mails[1]
	text := string(second.Data)
	if !strings.Contains(text, "Where (changed):\r\n    Roof\r\n    before: Canteen") {
		t.Errorf("the change does not show:\n%s", text)
	}
	if field(second.Data, "In-Reply-To") != field(first.Data, "Message-Id") ||
		!strings.HasPrefix(field(second.Data, "References"), field(first.Data, "References")) {
		t.Errorf("the thread is broken")
	}
}

func TestFromTheGateway(t *testing.T) {
	for name, change := range map[string]func(*OutgoingOptions){
		"by setting":         func(o *OutgoingOptions) { o.FromGateway = true; o.GatewayName = "Convoke" },
		"domain of somebody": func(o *OutgoingOptions) { o.Domains = []string{"elsewhere.example"}; o.GatewayName = "Convoke" },
	} {
		o := newOffice(t, change, func(o *OutgoingOptions) { o.OneBounceAddress = true })
		o.put("u", "SUMMARY:Lunch\n"+lunchTime, zoe)
		o.later(time.Minute)
		m := o.post.mails[0]
		if field(m.Data, "From") != `"Anna (Convoke)" <calendar@example.org>` || field(m.Data, "Reply-To") != `"Anna" <anna@example.org>` || m.From != "calendar@example.org" {
			t.Errorf("%s: %s, %s, %s", name, field(m.Data, "From"), field(m.Data, "Reply-To"), m.From)
		}
	}
}

// Limits keep rows waiting, and the queue says why (reliability.md §2).
func TestLimits(t *testing.T) {
	guests := func(n int) (list []string) {
		for i := range n {
			list = append(list, fmt.Sprintf("g%d@example.net", i))
		}
		return list
	}
	t.Run("one change", func(t *testing.T) {
		o := newOffice(t, func(o *OutgoingOptions) { o.Limits.Recipients = 3 })
		o.put("u", "SUMMARY:Lunch\n"+lunchTime, guests(4)...)
		o.later(time.Minute)
		o.expect()
		held := o.rows("held")
		if len(held) != 4 || !strings.Contains(held[0].Status, "4 people") || o.status("u", "g0@example.net") != "1.0" {
			t.Fatalf("%+v", held)
		}
		for _, r := range held {
			if ok, err := o.out.Retry(bg, storage.Actor{Door: "cli"}, r.ID); !ok || err != nil {
				t.Fatal(ok, err)
			}
		}
		o.later(0)
		if n := len(o.subjects()); n != 4 {
			t.Errorf("%d let go", n)
		}
	})
	for name, set := range map[string]func(*OutgoingLimits){
		"an hour": func(l *OutgoingLimits) { l.PerHour = 3 },
		"a day":   func(l *OutgoingLimits) { l.PerDay = 3 },
		"new":     func(l *OutgoingLimits) { l.NewPerDay = 3 },
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t, func(o *OutgoingOptions) { set(&o.Limits) })
			o.put("u", "SUMMARY:Lunch\n"+lunchTime, guests(5)...)
			o.later(time.Minute)
			if n := len(o.subjects()); n != 3 {
				t.Fatalf("%d sent", n)
			}
			if w := o.rows("waiting"); len(w) != 2 || !strings.HasPrefix(w[0].Status, "waits: 3 ") || w[0].Attempts != 0 {
				t.Errorf("%+v", w)
			}
			o.later(25 * time.Hour)
			if n := len(o.subjects()); n != 2 {
				t.Errorf("%d sent a day later", n)
			}
		})
	}
	t.Run("a domain", func(t *testing.T) {
		o := newOffice(t, func(o *OutgoingOptions) { o.Limits.DomainPerMinute = 8 })
		o.put("u", "SUMMARY:Lunch\n"+lunchTime, append(guests(4), "x@example.com")...)
		o.later(time.Minute)
		if n := len(o.subjects()); n != 3 { // two at once, and the other domain
			t.Errorf("%d sent", n)
		}
		o.later(time.Minute)
		if n := len(o.subjects()); n != 2 {
			t.Errorf("%d sent a minute later", n)
		}
	})
}

// RFC 3464: what comes back later finds its mail.
func TestBounce(t *testing.T) {
	o := newOffice(t)
	o.put("u", "SUMMARY:Lunch\n"+lunchTime, zoe)
	o.later(time.Minute)
	row := o.rows("sent")[0]
	bounce := func(b Bounce) bool {
		t.Helper()
		ours, err := o.out.Bounce(bg, &b)
		if err != nil {
			t.Fatal(err)
		}
		return ours
	}
	for name, b := range map[string]Bounce{
		"nothing known":    {Action: "failed", Status: "5.1.1"},
		"a guess":          {Envelope: "calendar+" + strings.Repeat("0", 32) + "@example.org", Action: "failed", Status: "5.1.1"},
		"of somebody else": {MessageID: row.MessageID, Recipient: max1, Action: "failed", Status: "5.1.1"},
	} {
		if bounce(b) || o.status("u", zoe) != "1.1" {
			t.Errorf("%s was believed", name)
		}
	}
	address := "Calendar+" + strings.ToUpper(row.Token) + "@example.org"
	if !bounce(Bounce{Envelope: address, Action: "delayed", Status: "4.4.1"}) || o.status("u", zoe) != "1.1" {
		t.Error("a delay")
	}
	if !bounce(Bounce{MessageID: row.MessageID, Recipient: zoe, Action: "delivered", Status: "2.1.5"}) || o.status("u", zoe) != "1.2" {
		t.Error("an arrival")
	}
	if !bounce(Bounce{EnvelopeID: row.Token, Action: "failed", Status: "5.1.1", Diagnostic: "smtp; 550 nobody\r\nhere"}) || o.status("u", zoe) != "5.2" {
		t.Error("a failure")
	}
	failed := o.rows("failed")
	if len(failed) != 1 || failed[0].Status != "5.1.1 smtp; 550 nobody here" || !bounce(Bounce{Envelope: address, Action: "failed", Status: "5.7.1"}) || o.status("u", zoe) != "5.2" {
		t.Errorf("%+v", failed)
	}
}

// A report may be there before we have written down that its mail left (RFC 3464 §1.2). Neither is lost: nothing is sent
// again, and a failure stays one.
func TestBounceBeforeTheMark(t *testing.T) {
	for _, tt := range []struct{ action, status, code string }{{"delayed", "4.4.1", "1.1"}, {"delivered", "2.1.5", "1.2"}, {"failed", "5.1.1", "5.2"}} {
		for _, marked := range []bool{false, true} {
			o := newOffice(t)
			o.put("u", "SUMMARY:Lunch\n"+lunchTime, zoe)
			o.now = o.now.Add(time.Minute)
			var lines [][]storage.Outbound
			err := o.store.Update(bg, actor, func(tx *storage.Tx) (err error) {
				lines, err = tx.LeaseOutbound(10, leaseFor)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			jobs, _, err := o.out.prepare(bg, lines)
			if err != nil {
				t.Fatal(err)
			}
			sent := o.out.deliver(bg, jobs[0])
			if ours, err := o.out.Bounce(bg, &Bounce{EnvelopeID: lines[0][0].Token, Action: tt.action, Status: tt.status}); !ours || err != nil {
				t.Fatal(ours, err)
			}
			if marked {
				if err := o.sched.Mailed(bg, actor, sent); err != nil {
					t.Fatal(err)
				}
			}
			o.later(2 * leaseFor)
			if n := len(o.post.mails); n != 1 || o.status("u", zoe) != tt.code {
				t.Errorf("%s, marked %v: %d mails, status %s, want %s", tt.action, marked, n, o.status("u", zoe), tt.code)
			}
		}
	}
}

// The classes of RFC 3463, and who is at fault.
func TestStatusOf(t *testing.T) {
	for code, want := range map[string]string{"5.1.1": "5.2", "5.7.1": "5.3", "5.2.2": "5.2", "5.0.0": "5.2"} {
		if got := statusOf(code); got != want {
			t.Errorf("%s: %s, want %s", code, got, want)
		}
	}
}

func TestQueueCommands(t *testing.T) {
	o := newOffice(t)
	o.post.say = func(*Mail) error { return &Failure{Permanent: true, Code: "5.1.1", Text: "550"} }
	o.put("u", "SUMMARY:Lunch\n"+lunchTime, zoe)
	o.later(time.Minute)
	id := o.rows("failed")[0].ID
	o.post.say = nil
	if ok, err := o.out.Retry(bg, storage.Actor{Door: "cli"}, id); !ok || err != nil {
		t.Fatal(ok, err)
	}
	o.later(0)
	o.expect("Invitation: Lunch > " + zoe)
	if s := o.status("u", zoe); s != "1.1" {
		t.Errorf("status %s", s)
	}
	if ok, err := o.out.Retry(bg, storage.Actor{Door: "cli"}, id); ok || err != nil {
		t.Errorf("what was sent is sent again: %v", err)
	}
	o.put("u", "SUMMARY:Tea\n"+lunchTime, zoe)
	for _, r := range o.rows("waiting") {
		if ok, err := o.out.Drop(bg, storage.Actor{Door: "cli"}, r.ID); !ok || err != nil {
			t.Fatal(ok, err)
		}
	}
	o.later(time.Minute)
	o.expect()
	if s := o.status("u", zoe); s != "5.3" {
		t.Errorf("dropped: status %s", s)
	}
	if _, err := o.out.Drop(bg, storage.Actor{Door: "cli"}, 4711); !errors.Is(err, storage.ErrNotFound) {
		t.Error(err)
	}
}

// M2: an answer goes out from the address that was invited, and keeps what picky receivers look for.
func TestAnswerLeaves(t *testing.T) {
	o := newOffice(t)
	anna := *o.anna
	anna.Addresses = append(slices.Clone(anna.Addresses), "mailto:a.berg@example.org")
	if err := o.store.Update(bg, actor, func(tx *storage.Tx) error { return tx.UpdatePrincipal(&anna) }); err != nil {
		t.Fatal(err)
	}
	put := func(partstat string, imported bool) {
		t.Helper()
		data := strings.ReplaceAll("BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Far//EN\nBEGIN:VEVENT\nUID:far\nDTSTAMP:20260301T120000Z\nSEQUENCE:3\nSUMMARY:Tea\n"+
			lunchTime+"ORGANIZER;CN=Zoe;LANGUAGE=de:mailto:"+zoe+"\nATTENDEE;PARTSTAT="+partstat+":mailto:a.berg@example.org\nATTENDEE:mailto:"+max1+"\nEND:VEVENT\nEND:VCALENDAR\n", "\n", "\r\n")
		_, err := o.sched.Put(bg, &scheduling.Put{Actor: storage.Actor{PrincipalID: anna.ID, Door: "caldav"}, Who: &anna, Collection: o.calendar(),
			Name: "far.ics", Data: []byte(data), Import: imported})
		if err != nil {
			t.Fatal(err)
		}
	}
	put("NEEDS-ACTION", true)
	put("TENTATIVE", false)
	put("ACCEPTED", false) // she made up her mind within the pause
	o.later(time.Minute)
	if len(o.post.mails) != 1 {
		t.Fatalf("%d mails", len(o.post.mails))
	}
	m := o.post.mails[0]
	if m.To != zoe || field(m.Data, "From") != `"Anna Berg" <a.berg@example.org>` || field(m.Data, "Subject") != "Zugesagt: Tea" ||
		!strings.Contains(string(m.Data), "method=REPLY") {
		t.Errorf("to %s:\n%s", m.To, m.Data)
	}
	row := o.rows("sent")[0]
	for _, kept := range []string{"UID:far", "SEQUENCE:3", "SUMMARY:Tea", "DTSTART:20260310T120000Z", "DTEND:20260310T130000Z", "PARTSTAT=ACCEPTED"} {
		if !strings.Contains(string(row.Data), kept) {
			t.Errorf("the REPLY lacks %s:\n%s", kept, row.Data)
		}
	}
	if strings.Contains(string(row.Data), max1) {
		t.Error("the REPLY names another attendee")
	}
	object, err := o.store.Object(bg, o.calendar().ID, "far.ics")
	if err != nil || !strings.Contains(string(object.Data), "ORGANIZER;CN=Zoe;LANGUAGE=de;SCHEDULE-STATUS=1.1") {
		t.Errorf("%v\n%s", err, object.Data)
	}
}

// SCHEDULE-AGENT=CLIENT: the client sends, and we send nothing (M33).
func TestClientSends(t *testing.T) {
	o := newOffice(t)
	data := strings.Replace(meeting("u", "SUMMARY:Lunch\n"+lunchTime, zoe), "ATTENDEE;CN=Guest", "ATTENDEE;SCHEDULE-AGENT=CLIENT;CN=Guest", 1)
	_, err := o.sched.Put(bg, &scheduling.Put{Actor: storage.Actor{PrincipalID: o.anna.ID, Door: "caldav"}, Who: o.anna, Collection: o.calendar(), Name: "u.ics", Data: []byte(data)})
	if err != nil {
		t.Fatal(err)
	}
	o.later(time.Hour)
	o.expect()
}
