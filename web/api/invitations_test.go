package api

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"convoke/scheduling"
	"convoke/storage"
)

// tray is a Review that remembers what it was told.
type tray struct{ said string }

func (r *tray) Accept(_ context.Context, _ storage.Actor, id int64, trust bool) error {
	r.said = "accept"
	if trust {
		return errors.Join(ErrStale, errors.New("older"))
	}
	return nil
}

func (r *tray) Reject(context.Context, storage.Actor, int64) error { r.said = "reject"; return nil }

type waitingList struct {
	Items []waiting
	Count int
}

func (f *fixture) invitationsOf(who string) waitingList {
	f.t.Helper()
	var l waitingList
	f.ask(who, "GET", "/api/invitations", nil).into(http.StatusOK, &l)
	return l
}

func TestInvitations(t *testing.T) {
	f := newFixture(t, nil)
	f.put("bob", "default", "busy.ics", vevent("busy", "DTSTART:20261130T093000Z", "DTEND:20261130T103000Z", "SUMMARY:Dentist"))
	f.put("bob", "default", "free.ics", vevent("free", "DTSTART:20261130T093000Z", "DTEND:20261130T103000Z", "SUMMARY:Birthday", "TRANSP:TRANSPARENT"))
	f.put("alice", "default", "m.ics", meeting(monday, "SUMMARY:Plans", "LOCATION:Room 1"))
	f.put("alice", "default", "past.ics", strings.ReplaceAll(meeting("DTSTART:20261102T090000Z\nDTEND:20261102T100000Z"), "UID:m", "UID:past"))
	l := f.invitationsOf("bob")
	var ask *waiting
	for i := range l.Items {
		if l.Items[i].Kind == "invitation" {
			ask = &l.Items[i]
		}
	}
	if l.Count != 1 || ask == nil || ask.Title != "Plans" || ask.Start != "2026-11-30T09:00:00Z" || ask.Location != "Room 1" ||
		ask.Organizer != (party{"Alice", "alice@example.org"}) || ask.MyStatus != "NEEDS-ACTION" {
		t.Fatalf("%+v", l)
	}
	for _, state := range []string{storage.ShareInvited, storage.ShareAccepted, storage.ShareDeclined} {
		want := 1
		if state == storage.ShareInvited {
			want = 2
		}
		f.update(func(tx *storage.Tx) error {
			return tx.SetShare(storage.Share{CollectionID: f.calendar("alice", "default").ID, PrincipalID: f.people["bob"].ID, State: state})
		})
		if got := f.invitationsOf("bob"); got.Count != want || len(got.Items) != len(l.Items) {
			t.Errorf("with a share that is %s: %d wait for a decision among %d items, not %d among %d", state, got.Count, len(got.Items), want, len(l.Items))
		}
	}
	if len(ask.Conflicts) != 1 || ask.Conflicts[0].Title != "Dentist" || ask.Conflicts[0].Href != "/dav/calendars/bob/default/busy.ics" {
		t.Errorf("conflicts: %+v", ask.Conflicts)
	}
	// Bob answers by DAV, at the href that the list gives.
	copies, err := f.store.FindUID(bg, f.people["bob"].ID, "m")
	if err != nil || len(copies) != 1 || ask.Href != "/dav/calendars/bob/default/"+copies[0].Name {
		t.Fatalf("%s: %v %v", ask.Href, copies, err)
	}
	yes := strings.ReplaceAll(string(copies[0].Data), "ATTENDEE;CN=Bobby", "ATTENDEE;PARTSTAT=ACCEPTED;CN=Bobby")
	yes = strings.ReplaceAll(yes, ";PARTSTAT=NEEDS-ACTION", "")
	_, err = f.sched.Put(bg, &scheduling.Put{Collection: f.calendar("bob", "default"), Name: copies[0].Name, Data: []byte(yes)})
	if err != nil {
		t.Fatal(err)
	}
	if l := f.invitationsOf("bob"); l.Count != 0 || len(l.Items) != 0 { // nor is what he answered told of as a change
		t.Errorf("after the answer: %+v", l)
	}
	var reply *waiting
	for _, i := range f.invitationsOf("alice").Items {
		if i.Kind == "reply" {
			reply = &i
		}
	}
	if reply == nil || reply.From == nil || reply.From.Address != "bob@example.org" || reply.MyStatus != "ACCEPTED" {
		t.Fatalf("alice sees %+v", reply)
	}
	f.ask("bob", "POST", "/api/invitations/"+reply.ID+"/dismiss", nil).refused(http.StatusNotFound, "not-found")
	f.ask("alice", "POST", "/api/invitations/"+reply.ID+"/dismiss", nil).into(http.StatusNoContent, nil)
	for _, i := range f.invitationsOf("alice").Items {
		if i.ID == reply.ID {
			t.Error("dismissed and still there")
		}
	}
}

func TestReview(t *testing.T) {
	r := &tray{}
	f := newFixture(t, func(f *fixture) { f.options.Review = r })
	f.update(func(tx *storage.Tx) error {
		return tx.Hold(&storage.Held{PrincipalID: f.people["bob"].ID, Sender: "x@example.net", UID: "x", Method: "REQUEST", Reason: "the sender is not known", Decision: []byte(`{"why":"unknown"}`),
			Data: crlf(vevent("x", monday, "SUMMARY:Offer", "ORGANIZER:mailto:x@example.net", "ATTENDEE:mailto:bob@example.org"))})
	})
	l := f.invitationsOf("bob")
	if l.Count != 1 || l.Items[0].Kind != "review" || l.Items[0].Title != "Offer" || l.Items[0].Reason != "the sender is not known" || l.Items[0].Why != "unknown" || l.Items[0].ReviewID == "" {
		t.Fatalf("%+v", l)
	}
	at := "/api/review/" + l.Items[0].ReviewID
	f.ask("alice", "POST", at, map[string]any{"action": "accept"}).refused(http.StatusNotFound, "not-found")
	f.ask("bob", "POST", at, map[string]any{"action": "keep"}).refused(http.StatusBadRequest, "bad-request")
	f.ask("bob", "POST", at, map[string]any{"action": "reject"}).into(http.StatusNoContent, nil)
	if r.said != "reject" {
		t.Errorf("said %q", r.said)
	}
	f.ask("bob", "POST", at, map[string]any{"action": "accept", "trustSender": true}).refused(http.StatusConflict, "stale")
	f.ask("bob", "POST", "/api/review/999", map[string]any{"action": "accept"}).refused(http.StatusNotFound, "not-found")
}

// A proposal of another time changes the meeting when its organizer takes it.
func TestProposal(t *testing.T) {
	f := newFixture(t, nil)
	f.put("alice", "default", "m.ics", meeting(monday, "SUMMARY:Plans"))
	counter := strings.Replace(meeting("DTSTART:20261130T140000Z\nDTEND:20261130T150000Z", "SUMMARY:Plans"), "VERSION:2.0", "VERSION:2.0\nMETHOD:COUNTER", 1)
	counter = strings.ReplaceAll(counter, "ATTENDEE:mailto:alice@example.org\n", "")
	counter = strings.ReplaceAll(counter, "ATTENDEE;CN=Dan Outside:mailto:dan@example.net\n", "")
	_, err := f.sched.Post(bg, storage.Actor{}, &scheduling.BusyRequest{Owner: f.people["bob"], Data: crlf(counter)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	l := f.invitationsOf("alice")
	if l.Count != 1 || l.Items[0].Kind != "proposal" || l.Items[0].Start != "2026-11-30T14:00:00Z" || l.Items[0].From.Address != "bob@example.org" {
		t.Fatalf("%+v", l)
	}
	f.ask("alice", "POST", "/api/review/"+l.Items[0].ReviewID, map[string]any{"action": "accept"}).into(http.StatusNoContent, nil)
	o, err := f.store.Object(bg, f.calendar("alice", "default").ID, "m.ics")
	if err != nil || !strings.Contains(string(o.Data), "20261130T140000Z") {
		t.Errorf("%v %s", err, o.Data)
	}
	if l := f.invitationsOf("alice"); l.Count != 0 {
		t.Errorf("still there: %+v", l)
	}
}
