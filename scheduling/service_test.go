package scheduling

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"convoke/internal/icalendar"
	"convoke/storage"
)

// town is a store with people and rooms, and a clock that moves on by hand.
type town struct {
	t     testing.TB
	store *storage.Store
	*Service
	now    time.Time
	people map[string]*storage.Principal
}

func newTown(t testing.TB, o Options) *town {
	t.Helper()
	return newTownWithin(t, o, storage.Limits{})
}

func newTownWithin(t testing.TB, o Options, limits storage.Limits) *town {
	t.Helper()
	ctx := context.Background()
	store, err := storage.Open(ctx, t.TempDir(), storage.Options{Log: slog.New(slog.DiscardHandler), Limits: limits})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	w := &town{t: t, store: store, now: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC), people: map[string]*storage.Principal{}}
	o.Clock = func() time.Time { return w.now }
	o.Exclusive = []string{"example.org"}
	w.Service = New(store, o)
	for _, p := range []*storage.Principal{
		{Kind: storage.KindUser, Name: "alice", Addresses: []string{"mailto:alice@example.org", "mailto:chef@example.org"}},
		{Kind: storage.KindUser, Name: "bob", Addresses: []string{"mailto:bob@example.org"}},
		{Kind: storage.KindUser, Name: "carol", Addresses: []string{"mailto:carol@example.org"}},
		{Kind: storage.KindRoom, Name: "hall", Addresses: []string{"mailto:hall@example.org"}, Booking: &storage.Booking{AutoAccept: "automatic", Capacity: 3}},
		{Kind: storage.KindGroup, Name: "staff", Addresses: []string{"mailto:staff@example.org"}},
	} {
		err := store.Update(ctx, storage.Actor{Door: "cli"}, func(tx *storage.Tx) error { return tx.CreatePrincipal(p) })
		if err != nil {
			t.Fatal(err)
		}
		w.people[p.Name] = p
	}
	err = store.Update(ctx, storage.Actor{Door: "cli"}, func(tx *storage.Tx) error {
		return tx.SetMembers(w.people["staff"].ID, []int64{w.people["bob"].ID, w.people["carol"].ID})
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *town) collection(who, name string) *storage.Collection {
	w.t.Helper()
	c, err := w.store.CollectionAt(context.Background(), storage.Calendars, who, []string{name})
	if err != nil {
		w.t.Fatalf("%s/%s: %v", who, name, err)
	}
	return c
}

// put stores an object in somebody's default calendar.
func (w *town) put(who, name, data string, change ...func(*Put)) (*Result, error) {
	p := &Put{Actor: storage.Actor{PrincipalID: w.people[who].ID, Door: "caldav"}, Who: w.people[who], Collection: w.collection(who, "default"), Name: name, Data: []byte(data)}
	for _, f := range change {
		f(p)
	}
	w.now = w.now.Add(time.Second)
	return w.Put(context.Background(), p)
}

func (w *town) mustPut(who, name, data string, change ...func(*Put)) *Result {
	w.t.Helper()
	r, err := w.put(who, name, data, change...)
	if err != nil {
		w.t.Fatalf("put of %s: %v", who, err)
	}
	return r
}

func (w *town) delete(who, name string, change ...func(*Removal)) {
	w.t.Helper()
	r := &Removal{Actor: storage.Actor{PrincipalID: w.people[who].ID, Door: "caldav"}, Collection: w.collection(who, "default"), Name: name}
	for _, f := range change {
		f(r)
	}
	w.now = w.now.Add(time.Second)
	if err := w.Delete(context.Background(), r); err != nil {
		w.t.Fatalf("delete of %s: %v", who, err)
	}
}

// event gives somebody's object with the UID, nil if there is none.
func (w *town) event(who, uid string) *storage.Object {
	w.t.Helper()
	list, err := w.store.FindUID(context.Background(), w.people[who].ID, uid)
	if err != nil {
		w.t.Fatal(err)
	}
	switch len(list) {
	case 0:
		return nil
	case 1:
		return list[0]
	}
	w.t.Fatalf("%s has %d objects of %s", who, len(list), uid)
	return nil
}

// inbox lists the methods of the messages in an inbox, oldest first, and empties it.
func (w *town) inbox(who string) string {
	w.t.Helper()
	ctx := context.Background()
	c := w.collection(who, "inbox")
	l, err := w.store.Listing(ctx, c.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	var out, names []string
	for m := range l.All() {
		o, err := w.store.Object(ctx, c.ID, m.Name)
		if err != nil {
			w.t.Fatal(err)
		}
		object, err := icalendar.Parse(o.Data)
		if err != nil {
			w.t.Fatal(err)
		}
		out, names = append(out, object.Method()), append(names, m.Name)
	}
	err = w.store.Update(ctx, storage.Actor{}, func(tx *storage.Tx) error {
		for _, n := range names {
			if err := tx.DeleteObject(c.ID, n); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return strings.Join(out, " ")
}

// says checks that an object contains lines, unfolded; those that begin with "!" it must not.
func (w *town) says(who, uid string, lines ...string) {
	w.t.Helper()
	o := w.event(who, uid)
	if o == nil {
		w.t.Fatalf("%s has no %s", who, uid)
	}
	text := strings.ReplaceAll(string(o.Data), "\r\n ", "")
	for _, line := range lines {
		want := !strings.HasPrefix(line, "!")
		if strings.Contains(text, strings.TrimPrefix(line, "!")) != want {
			w.t.Errorf("%s: %q expected %v in\n%s", who, line, want, text)
		}
	}
}

// invitation writes an event of alice's with attendees and more lines.
func invitation(uid, more string, attendees ...string) string {
	s := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//EN\r\nBEGIN:VEVENT\r\nUID:" + uid + "\r\nDTSTAMP:20260301T120000Z\r\n" +
		"ORGANIZER:mailto:alice@example.org\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:alice@example.org\r\nSUMMARY:Lunch\r\n"
	for _, a := range attendees {
		s += "ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:" + a + "\r\n"
	}
	if !strings.Contains(more, "DTSTART") {
		s += "DTSTART:20260310T120000Z\r\nDTEND:20260310T130000Z\r\n"
	}
	if more != "" {
		s += strings.ReplaceAll(more, "\n", "\r\n") + "\r\n"
	}
	return s + "END:VEVENT\r\nEND:VCALENDAR\r\n"
}

const bobMail, carolMail, hallMail = "mailto:bob@example.org", "mailto:carol@example.org", "mailto:hall@example.org"

// answer takes somebody's copy and puts it back with another PARTSTAT.
func (w *town) answer(who, uid, partstat string, change ...func(*Put)) *Result {
	w.t.Helper()
	o := w.event(who, uid)
	if o == nil {
		w.t.Fatalf("%s has no %s", who, uid)
	}
	object, err := icalendar.Parse(o.Data)
	if err != nil {
		w.t.Fatal(err)
	}
	for c := range object.Parts() {
		for p := range c.All("ATTENDEE") {
			if p.Value == w.people[who].Addresses[0] {
				p.SetParam("PARTSTAT", partstat)
			}
		}
	}
	return w.mustPut(who, o.Name, string(object.Bytes()), change...)
}

func TestFirstThread(t *testing.T) {
	w := newTown(t, Options{})
	everybody := []string{bobMail, "mailto:nobody@example.org", "mailto:x@elsewhere.net"}
	r := w.mustPut("alice", "lunch.ics", invitation("u1", "", everybody...))
	if !r.Created || !r.Altered || r.Object.ScheduleTag == "" || r.Messages != 3 {
		t.Errorf("result %+v", r)
	}
	w.says("alice", "u1", "SCHEDULE-STATUS=1.2:mailto:bob@", "SCHEDULE-STATUS=3.7:mailto:nobody@", "SCHEDULE-STATUS=5.2:mailto:x@", "!ACCEPTED;SCHEDULE-STATUS")
	w.says("bob", "u1", "SUMMARY:Lunch", "!SCHEDULE-STATUS", "!METHOD")
	if got := w.inbox("bob"); got != "REQUEST" {
		t.Errorf("bob's inbox: %s", got)
	}
	if c, _ := w.store.CollectionByID(context.Background(), w.event("bob", "u1").CollectionID); c.Name != "default" {
		t.Errorf("in %s", c.Name)
	}

	tag := w.event("alice", "u1").ScheduleTag
	before := w.event("bob", "u1").ScheduleTag
	w.answer("bob", "u1", "ACCEPTED")
	w.says("alice", "u1", "PARTSTAT=ACCEPTED", "SCHEDULE-STATUS=2.0")
	w.says("bob", "u1", "ORGANIZER;SCHEDULE-STATUS=1.2:mailto:alice@")
	if w.event("alice", "u1").ScheduleTag != tag {
		t.Error("a reply changed the organizer's Schedule-Tag, RFC 6638 §3.2.10")
	}
	if w.event("bob", "u1").ScheduleTag == before {
		t.Error("bob's PUT kept his Schedule-Tag")
	}
	if got := w.inbox("alice"); got != "REPLY" {
		t.Errorf("alice's inbox: %s", got)
	}

	// A stale PUT of alice's does not cost bob his answer; a new time does.
	w.mustPut("alice", "lunch.ics", invitation("u1", "LOCATION:Roof", everybody...))
	w.says("bob", "u1", "LOCATION:Roof", "PARTSTAT=ACCEPTED:mailto:alice", ":mailto:bob@example.org")
	w.says("alice", "u1", "ATTENDEE;PARTSTAT=ACCEPTED;SCHEDULE-STATUS=1.2")
	w.mustPut("alice", "lunch.ics", invitation("u1", "DTSTART:20260310T140000Z\nDTEND:20260310T150000Z", everybody...))
	w.says("alice", "u1", "PARTSTAT=NEEDS-ACTION", "SEQUENCE:1")
	w.says("bob", "u1", "PARTSTAT=NEEDS-ACTION", "SEQUENCE:1", "DTSTART:20260310T140000Z")
	if got := w.inbox("bob"); got != "REQUEST REQUEST" {
		t.Errorf("bob's inbox: %s", got)
	}

	w.delete("alice", "lunch.ics")
	w.says("bob", "u1", "STATUS:CANCELLED", "SEQUENCE:2")
	if got := w.inbox("bob"); got != "CANCEL" {
		t.Errorf("bob's inbox: %s", got)
	}
	w.delete("bob", w.event("bob", "u1").Name)
	if got := w.inbox("alice"); got != "" {
		t.Errorf("deleting what was cancelled told the organizer: %s", got)
	}

	// The same UID again must outrank the CANCEL.
	w.mustPut("alice", "again.ics", invitation("u1", "", bobMail))
	w.says("bob", "u1", "!STATUS:CANCELLED")
}

func TestRecreatedUIDOutranksItsCancel(t *testing.T) {
	w := newTown(t, Options{})
	w.mustPut("alice", "a.ics", invitation("u1", "", bobMail))
	w.delete("alice", "a.ics")
	w.says("bob", "u1", "STATUS:CANCELLED")
	w.mustPut("alice", "b.ics", invitation("u1", "", bobMail))
	w.says("bob", "u1", "!STATUS:CANCELLED")
}

func TestOthersSeeAnswers(t *testing.T) {
	w := newTown(t, Options{})
	w.mustPut("alice", "a.ics", invitation("u1", "", bobMail, carolMail))
	w.inbox("carol")
	tag := w.event("carol", "u1").ScheduleTag
	w.answer("bob", "u1", "TENTATIVE")
	w.says("carol", "u1", "PARTSTAT=TENTATIVE:mailto:bob@")
	if w.event("carol", "u1").ScheduleTag != tag || w.inbox("carol") != "" {
		t.Error("a refresh is inconsequential, RFC 6638 §3.2.10")
	}
	// Carol's stale copy does not undo what bob said.
	w.answer("carol", "u1", "ACCEPTED")
	w.says("alice", "u1", "PARTSTAT=TENTATIVE", "PARTSTAT=ACCEPTED;SCHEDULE-STATUS=2.0")
}

func TestAttendeeDeletes(t *testing.T) {
	w := newTown(t, Options{})
	w.mustPut("alice", "a.ics", invitation("u1", "", bobMail, carolMail))
	w.delete("bob", w.event("bob", "u1").Name)
	w.says("alice", "u1", "PARTSTAT=DECLINED")
	w.delete("carol", w.event("carol", "u1").Name, func(r *Removal) { r.NoReply = true })
	w.says("alice", "u1", "PARTSTAT=NEEDS-ACTION")
	w.mustPut("alice", "a.ics", invitation("u1", "LOCATION:Roof", bobMail, carolMail))
	if w.event("bob", "u1") != nil {
		t.Error("a content update brought back what bob declined and deleted")
	}
	w.mustPut("alice", "a.ics", invitation("u1", "DTSTART:20260311T140000Z\nDTEND:20260311T150000Z", bobMail, carolMail))
	if w.event("bob", "u1") == nil {
		t.Error("a reschedule did not invite again")
	}
}

func TestRemovedAttendee(t *testing.T) {
	w := newTown(t, Options{})
	w.mustPut("alice", "a.ics", invitation("u1", "", bobMail, carolMail))
	w.mustPut("alice", "a.ics", invitation("u1", "", carolMail))
	w.says("bob", "u1", "STATUS:CANCELLED")
	w.says("carol", "u1", "!STATUS:CANCELLED", "!mailto:bob@")
	w.mustPut("alice", "a.ics", invitation("u1", "", bobMail, carolMail))
	w.says("bob", "u1", "!STATUS:CANCELLED")
}

func TestViolations(t *testing.T) {
	w := newTown(t, Options{})
	ctx := context.Background()
	w.mustPut("alice", "a.ics", invitation("u1", "", bobMail))
	work := &storage.Collection{OwnerID: w.people["alice"].ID, Home: storage.Calendars, Kind: storage.KindCalendar, Name: "work", Components: []string{"VEVENT"}}
	if err := w.store.Update(ctx, storage.Actor{}, func(tx *storage.Tx) error { return tx.CreateCollection(work) }); err != nil {
		t.Fatal(err)
	}
	inWork := func(p *Put) { p.Collection = w.collection("alice", "work") }
	bobs := w.event("bob", "u1")
	for _, row := range []struct {
		name, who, object, data, want string
		change                        func(*Put)
	}{
		{"RFC 4791 §5.3.2.1", "alice", "b.ics", invitation("u1", "", bobMail), "no-uid-conflict", nil},
		{"another UID over it", "alice", "a.ics", invitation("u2", "", bobMail), "no-uid-conflict", nil},
		{"RFC 6638 §3.2.4.1", "alice", "b.ics", invitation("u1", "LOCATION:Roof", bobMail), "unique-scheduling-object-resource", inWork},
		{"RFC 6638 §3.2.4.4", "bob", bobs.Name, strings.Replace(string(bobs.Data), "SUMMARY:Lunch", "SUMMARY:Party", 1), "allowed-attendee-scheduling-object-change", nil},
		{"an event among to-dos", "alice", "c.ics", invitation("u3", ""), "supported-calendar-component", func(p *Put) { p.Collection = w.collection("alice", "tasks") }},
		{"no calendar", "alice", "c.ics", "hello", "valid-calendar-data", nil},
		{"METHOD", "alice", "c.ics", strings.Replace(invitation("u3", ""), "VERSION", "METHOD:REQUEST\r\nVERSION", 1), "valid-calendar-object-resource", nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			var change []func(*Put)
			if row.change != nil {
				change = append(change, row.change)
			}
			_, err := w.put(row.who, row.object, row.data, change...)
			var v *Violation
			if !errors.As(err, &v) || v.Precondition != row.want {
				t.Errorf("got %v, want %s", err, row.want)
			}
		})
	}
}

// A guest of two instances, whose client sends the first as if it were a series.
func TestInstanceThatLostItsName(t *testing.T) {
	w := newTown(t, Options{})
	instance := func(day, more string) string {
		return "BEGIN:VEVENT\r\nUID:u1\r\nDTSTAMP:20260301T120000Z\r\nRECURRENCE-ID:202603" + day + "T120000Z\r\nDTSTART:202603" + day + "T120000Z\r\nDTEND:202603" + day + "T130000Z\r\n" +
			"SUMMARY:Lunch\r\nORGANIZER:mailto:alice@example.org\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:alice@example.org\r\n" + more + "END:VEVENT\r\n"
	}
	bob := "ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:bob@example.org\r\n"
	w.mustPut("alice", "a.ics", strings.Replace(invitation("u1", "RRULE:FREQ=DAILY;COUNT=3"), "END:VCALENDAR", instance("11", bob)+instance("12", bob)+"END:VCALENDAR", 1))
	mine := w.event("bob", "u1")
	said := strings.ReplaceAll(string(mine.Data), "NEEDS-ACTION", "ACCEPTED")
	w.mustPut("bob", mine.Name, strings.Replace(said, "RECURRENCE-ID:20260311T120000Z\r\n", "", 1))
	w.says("bob", "u1", "RECURRENCE-ID:20260311T120000Z")
	if n := strings.Count(string(w.event("alice", "u1").Data), "PARTSTAT=ACCEPTED;SCHEDULE-STATUS=2.0"); n != 2 {
		t.Errorf("%d answers in\n%s", n, w.event("alice", "u1").Data)
	}
	_, err := w.put("bob", mine.Name, strings.Replace(strings.Replace(said, "RECURRENCE-ID:20260311T120000Z\r\n", "", 1), "DTSTART:20260311T12", "DTSTART:20260311T11", 1))
	var v *Violation
	if !errors.As(err, &v) || v.Precondition != "valid-calendar-object-resource" {
		t.Errorf("another time: %v", err)
	}
}

// RFC 6638 §4.1: what somebody keeps of an organizer's event that he is not invited to becomes the invitation once he
// is, whatever SCHEDULE-AGENT he wrote on it; the organizer is the same, and so is the event.
func TestInvitedToWhatOneKeeps(t *testing.T) {
	for _, agent := range []string{"", ";SCHEDULE-AGENT=NONE"} {
		w := newTown(t, Options{})
		w.mustPut("bob", "own.ics", plainEvent("u1", "ORGANIZER"+agent+":mailto:alice@example.org\r\n"))
		w.mustPut("alice", "a.ics", invitation("u1", "", bobMail))
		w.says("alice", "u1", "SCHEDULE-STATUS=1.2")
		w.says("bob", "u1", "SUMMARY:Lunch", "!Dentist", "!SCHEDULE-AGENT")
		w.answer("bob", "u1", "ACCEPTED")
		w.says("alice", "u1", "PARTSTAT=ACCEPTED;SCHEDULE-STATUS=2.0")
		if got := w.event("bob", "u1").Name; got != "own.ics" {
			t.Errorf("at %s", got)
		}
	}
}

// RFC 6638 §3.2.2.2, §3.2.4.4: an attendee cannot invent a meeting of somebody here.
func TestAttendeeStoresAMeeting(t *testing.T) {
	ofAlice := func(more string) string {
		return strings.Replace(invitation("u1", more, bobMail), "ORGANIZER", "ORGANIZER;X-A=1", 1)
	}
	for _, row := range []struct{ name, data, want string }{
		{"that the organizer does not have", ofAlice(""), "allowed-attendee-scheduling-object-change"},
		{"that another agent schedules", strings.Replace(ofAlice(""), "X-A=1", "SCHEDULE-AGENT=CLIENT", 1), ""},
		{"that is over", ofAlice("DTSTART:20250310T140000Z\nDTEND:20250310T150000Z"), ""},
		{"of an organizer elsewhere", strings.ReplaceAll(ofAlice(""), "mailto:alice@example.org", "mailto:x@elsewhere.net"), ""},
	} {
		w := newTown(t, Options{})
		_, err := w.put("bob", "b.ics", row.data)
		var v *Violation
		if got := ""; errors.As(err, &v) {
			if got = v.Precondition; got != row.want {
				t.Errorf("%s: %v", row.name, err)
			}
		} else if err != nil || row.want != "" {
			t.Errorf("%s: %v, want %q", row.name, err, row.want)
		}
	}
	w := newTown(t, Options{})
	w.mustPut("alice", "a.ics", invitation("u1", "", bobMail))
	w.delete("bob", w.event("bob", "u1").Name)
	w.mustPut("bob", "again.ics", strings.Replace(string(w.event("alice", "u1").Data), "DECLINED", "ACCEPTED", 1))
	w.says("alice", "u1", "PARTSTAT=ACCEPTED;")
}

func TestPutThenDeleteIsAMove(t *testing.T) {
	w := newTown(t, Options{})
	ctx := context.Background()
	work := &storage.Collection{OwnerID: w.people["alice"].ID, Home: storage.Calendars, Kind: storage.KindCalendar, Name: "work"}
	if err := w.store.Update(ctx, storage.Actor{}, func(tx *storage.Tx) error { return tx.CreateCollection(work) }); err != nil {
		t.Fatal(err)
	}
	w.mustPut("alice", "a.ics", invitation("u1", "", bobMail))
	w.inbox("bob")
	same := string(w.event("alice", "u1").Data)
	r := w.mustPut("alice", "a.ics", same, func(p *Put) { p.Collection = w.collection("alice", "work") })
	if !r.Created || w.event("alice", "u1").CollectionID != w.collection("alice", "work").ID || w.inbox("bob") != "" {
		t.Errorf("not taken as a move: %+v", r)
	}
}

func TestMoveAndCopy(t *testing.T) {
	w := newTown(t, Options{})
	ctx := context.Background()
	work := &storage.Collection{OwnerID: w.people["alice"].ID, Home: storage.Calendars, Kind: storage.KindCalendar, Name: "work"}
	if err := w.store.Update(ctx, storage.Actor{}, func(tx *storage.Tx) error { return tx.CreateCollection(work) }); err != nil {
		t.Fatal(err)
	}
	r := w.mustPut("alice", "a.ics", invitation("u1", "", bobMail))
	w.inbox("bob")
	transfer := &Transfer{From: w.collection("alice", "default"), Name: "a.ics", To: w.collection("alice", "work"), NewName: "b.ics"}
	var v *Violation
	w.mustPut("alice", "other.ics", invitation("u2", ""))
	over := &Transfer{From: transfer.From, Name: "a.ics", To: transfer.From, NewName: "other.ics", Overwrite: true}
	if _, err := w.Move(ctx, over); !errors.As(err, &v) || v.Precondition != "no-uid-conflict" || v.Name != "other.ics" {
		t.Errorf("move over another UID (RFC 4791 §5.3.2.1): %v", err)
	}
	if _, err := w.Copy(ctx, transfer); !errors.As(err, &v) || v.Precondition != "unique-scheduling-object-resource" {
		t.Errorf("copy: %v", err)
	}
	moved, err := w.Move(ctx, transfer)
	if err != nil {
		t.Fatal(err)
	}
	if !moved.Created || moved.Object.ScheduleTag == r.Object.ScheduleTag || moved.Object.Role != "organizer" || w.inbox("bob") != "" {
		t.Errorf("moved to %+v", moved.Object.Member)
	}
	if err := w.DeleteCollection(ctx, &Removal{Collection: w.collection("alice", "work")}); err != nil {
		t.Fatal(err)
	}
	w.says("bob", "u1", "STATUS:CANCELLED")
	if err := w.DeleteCollection(ctx, &Removal{Collection: w.collection("alice", "default")}); !errors.As(err, &v) || v.Precondition != "default-calendar-needed" {
		t.Errorf("default calendar: %v", err)
	}
}

func TestRooms(t *testing.T) {
	w := newTown(t, Options{})
	w.mustPut("alice", "a.ics", invitation("u1", "", hallMail, bobMail))
	w.says("alice", "u1", "ATTENDEE;PARTSTAT=ACCEPTED;SCHEDULE-STATUS=2.0")
	w.says("hall", "u1", "PARTSTAT=ACCEPTED:mailto:alice", "ORGANIZER")
	w.says("bob", "u1", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:hall@")
	if got := w.inbox("hall") + w.inbox("alice"); got != "" {
		t.Errorf("inbox items for what was processed: %s", got)
	}
	w.mustPut("alice", "b.ics", invitation("u2", "", hallMail))
	w.says("alice", "u2", "PARTSTAT=DECLINED")
	// Moved out of the way it is free.
	w.mustPut("alice", "b.ics", invitation("u2", "DTSTART:20260310T130000Z\nDTEND:20260310T140000Z", hallMail))
	w.says("alice", "u2", "!PARTSTAT=DECLINED")
	// A daily series meets one booking: that instance alone is declined.
	w.mustPut("alice", "c.ics", invitation("u3", "DTSTART:20260309T120000Z\nDTEND:20260309T123000Z\nRRULE:FREQ=DAILY;COUNT=4", hallMail))
	w.says("alice", "u3", "PARTSTAT=ACCEPTED;SCHEDULE-STATUS=2.0", "RECURRENCE-ID:20260310T120000Z", "PARTSTAT=DECLINED")
	// Too many people.
	w.mustPut("alice", "d.ics", invitation("u4", "DTSTART:20260320T120000Z\nDTEND:20260320T123000Z", hallMail, bobMail, carolMail, "mailto:x@elsewhere.net"))
	w.says("alice", "u4", "PARTSTAT=DECLINED")
	// Cancelled, the room is free again.
	w.delete("alice", "a.ics")
	w.mustPut("alice", "e.ics", invitation("u5", "DTSTART:20260310T123000Z\nDTEND:20260310T130000Z", hallMail))
	w.says("alice", "u5", "!PARTSTAT=DECLINED")
}

func TestGroups(t *testing.T) {
	w := newTown(t, Options{})
	w.mustPut("alice", "a.ics", invitation("u1", "", "mailto:staff@example.org"))
	w.says("alice", "u1", "MEMBER=\"mailto:staff@example.org\"", "mailto:bob@", "mailto:carol@")
	w.says("bob", "u1", "SUMMARY:Lunch")
	w.answer("bob", "u1", "ACCEPTED")
	w.mustPut("alice", "a.ics", invitation("u1", "LOCATION:Roof", "mailto:staff@example.org"))
	w.says("alice", "u1", "mailto:bob@", "PARTSTAT=ACCEPTED;MEMBER")
	w.says("carol", "u1", "LOCATION:Roof", "!STATUS:CANCELLED")
}

func TestAliasIsTheSamePerson(t *testing.T) {
	w := newTown(t, Options{})
	r := w.mustPut("alice", "a.ics", strings.ReplaceAll(invitation("u1", "", "MAILTO:Bob%40example.org"), "ORGANIZER:mailto:alice", "ORGANIZER:mailto:chef"))
	if r.Object.Role != "organizer" || r.Messages != 1 || w.event("bob", "u1") == nil {
		t.Errorf("%+v", r)
	}
}

func TestPlainEventsStayAsTheyAre(t *testing.T) {
	w := newTown(t, Options{})
	data := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:p\r\nDTSTAMP:20260301T120000Z\r\nDTSTART:20260310T120000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	r := w.mustPut("alice", "p.ics", data)
	if r.Altered || r.Object.ScheduleTag != "" || string(w.event("alice", "p").Data) != data {
		t.Errorf("%+v", r)
	}
	r = w.mustPut("alice", "q.ics", invitation("q", "", bobMail), func(p *Put) { p.Import = true })
	if r.Altered || r.Object.Role != "organizer" || w.event("bob", "q") != nil {
		t.Errorf("import told somebody: %+v", r)
	}
}

func TestBusyTime(t *testing.T) {
	w := newTown(t, Options{})
	ctx := context.Background()
	w.mustPut("alice", "a.ics", invitation("u1", "", bobMail, carolMail))
	ask := func(mask string) string {
		t.Helper()
		body := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nMETHOD:REQUEST\r\nBEGIN:VFREEBUSY\r\nUID:f\r\nDTSTAMP:20260301T120000Z\r\n" +
			"DTSTART:20260310T000000Z\r\nDTEND:20260311T000000Z\r\nORGANIZER:mailto:alice@example.org\r\n" + mask +
			"ATTENDEE:mailto:bob@example.org\r\nATTENDEE:mailto:nobody@example.org\r\nATTENDEE:mailto:x@elsewhere.net\r\nEND:VFREEBUSY\r\nEND:VCALENDAR\r\n"
		answers, err := w.Busy(ctx, &BusyRequest{Owner: w.people["alice"], Data: []byte(body)})
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, a := range answers {
			code, _, _ := strings.Cut(a.Status, ";")
			for _, line := range strings.Split(string(a.Data), "\r\n") {
				if strings.HasPrefix(line, "FREEBUSY") {
					code += " " + line
				}
			}
			out = append(out, code)
		}
		return strings.Join(out, "|")
	}
	const period = ":20260310T120000Z/20260310T130000Z"
	for _, row := range []struct{ name, answer, mask, want string }{
		{"unanswered, from one of ours", "", "", "2.0 FREEBUSY;FBTYPE=BUSY-TENTATIVE" + period + "|3.7|5.3"},
		{"accepted", "ACCEPTED", "", "2.0 FREEBUSY" + period + "|3.7|5.3"},
		{"declined", "DECLINED", "", "2.0|3.7|5.3"},
		{"accepted, but masked", "ACCEPTED", "X-CALENDARSERVER-MASK-UID:u1\r\n", "2.0|3.7|5.3"},
	} {
		if row.answer != "" {
			w.answer("bob", "u1", row.answer)
		}
		if got := strings.ReplaceAll(ask(row.mask), ";FBTYPE=BUSY:", ":"); got != row.want {
			t.Errorf("%s: %s", row.name, got)
		}
	}
}

func TestQueueForOutside(t *testing.T) {
	w := newTown(t, Options{MailOut: true, MailIn: true})
	w.mustPut("alice", "a.ics", invitation("u1", "", "mailto:x@elsewhere.net"))
	w.says("alice", "u1", "SCHEDULE-STATUS=1.0")
	rows, err := w.store.Outbounds(context.Background(), storage.OutboundWaiting)
	if err != nil || len(rows) != 1 || rows[0].Method != "REQUEST" || rows[0].Recipient != "mailto:x@elsewhere.net" || rows[0].PrincipalID != w.people["alice"].ID {
		t.Errorf("%v %+v", err, rows)
	}
}

func TestManyAttendeesInOneTransaction(t *testing.T) {
	w := newTown(t, Options{})
	ctx := context.Background()
	var mails []string
	err := w.store.Update(ctx, storage.Actor{}, func(tx *storage.Tx) error {
		for i := range 30 {
			mail := fmt.Sprintf("mailto:p%d@example.org", i)
			mails = append(mails, mail)
			if err := tx.CreatePrincipal(&storage.Principal{Kind: storage.KindUser, Name: fmt.Sprintf("p%d", i), Addresses: []string{mail}}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	r := w.mustPut("alice", "a.ics", invitation("u1", "", mails...))
	if n := strings.Count(string(r.Object.Data), "SCHEDULE-STATUS=1.2"); n != 30 {
		t.Errorf("%d delivered", n)
	}
}

// RFC 6638 §5 has two preconditions; that nobody asks in the name of others comes first.
func TestBusyTimeIsAskedByTheOwner(t *testing.T) {
	w := newTown(t, Options{})
	for organizer, want := range map[string]string{"alice": "valid-scheduling-message", "bob": "valid-organizer"} {
		body := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:f\r\nDTSTAMP:20260301T120000Z\r\n" +
			"DTSTART:20260310T000000Z\r\nORGANIZER:mailto:" + organizer + "@example.org\r\nATTENDEE:mailto:bob@example.org\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
		_, err := w.Busy(context.Background(), &BusyRequest{Owner: w.people["alice"], Data: []byte(body)})
		var v *Violation
		if !errors.As(err, &v) || v.Precondition != want {
			t.Errorf("ORGANIZER %s: %v, want %s", organizer, err, want)
		}
	}
}

// The answer to a busy time request is bounded as a whole, and the request waits for its turn (reliability.md §2).
func TestBusyTimeIsBounded(t *testing.T) {
	w := newTown(t, Options{Limits: Limits{BusyBytes: 700}})
	body := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nMETHOD:REQUEST\r\nBEGIN:VFREEBUSY\r\nUID:f\r\nDTSTAMP:20260301T120000Z\r\n" +
		"DTSTART:20260310T000000Z\r\nDTEND:20260311T000000Z\r\nORGANIZER:mailto:alice@example.org\r\nATTENDEE:mailto:bob@example.org\r\n" +
		"ATTENDEE:mailto:carol@example.org\r\nATTENDEE:mailto:hall@example.org\r\nEND:VFREEBUSY\r\nEND:VCALENDAR\r\n"
	r := &BusyRequest{Owner: w.people["alice"], Data: []byte(body)}
	answers, err := w.Busy(context.Background(), r)
	if err != nil || len(answers) != 3 {
		t.Fatal(answers, err)
	}
	size := 0
	for i, a := range answers {
		if full := i < 2; full != strings.HasPrefix(a.Status, "2.0") || full != (a.Data != nil) {
			t.Errorf("%s: %s, %d bytes", a.Recipient, a.Status, len(a.Data))
		}
		size += len(a.Data)
	}
	if size > 700 || answers[2].Status != "5.1;Service unavailable" {
		t.Errorf("%d bytes in all, then %s", size, answers[2].Status)
	}
	busy := errors.New("busy")
	r.Begin = func() error { return busy }
	if _, err := w.Busy(context.Background(), r); err != busy {
		t.Errorf("%v instead of the refusal", err)
	}
}

// What is indexed of a copy is what its bytes say, also where an answer alone was written: even an answer to the one
// instance of an event that does not repeat, which sets it apart.
func TestFactsAfterAnswers(t *testing.T) {
	w := newTown(t, Options{})
	w.mustPut("alice", "a.ics", invitation("u1", "DTSTART:20260310T120000Z\nDTEND:20260310T130000Z\nRRULE:FREQ=WEEKLY;COUNT=3", bobMail, carolMail))
	w.mustPut("alice", "b.ics", invitation("u2", "", bobMail, carolMail))
	w.answer("bob", "u1", "ACCEPTED")
	for _, uid := range []string{"u1", "u2"} {
		w.mailed(bobMail, "alice", "REPLY", "BEGIN:VEVENT\nUID:"+uid+"\nDTSTAMP:20260305T120000Z\nRECURRENCE-ID:20260310T120000Z\n"+
			"ORGANIZER:mailto:alice@example.org\nATTENDEE;PARTSTAT=DECLINED:"+bobMail+"\nEND:VEVENT\n")
		w.says("alice", uid, "RECURRENCE-ID:20260310T120000Z")
		for _, who := range []string{"alice", "bob", "carol"} {
			o := w.event(who, uid)
			c, err := w.store.CollectionByID(context.Background(), o.CollectionID)
			if err != nil {
				t.Fatal(err)
			}
			if f, err := w.Facts(context.Background(), c, o.Data); err != nil || f != o.Facts {
				t.Errorf("%s, %s: %+v, not %+v: %v", who, uid, o.Facts, f, err)
			}
		}
	}
}
