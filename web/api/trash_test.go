package api

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"convoke/server/dav"
	"convoke/server/tree"
	"convoke/storage"
)

// readWrite is what a sharee who may edit holds.
const readWrite = uint32(dav.Read | dav.Write | tree.ReadFreeBusy)

type trashPageOf struct {
	Items []trashed
	Next  string
}

// trashOf is what somebody sees in the trash.
func (f *fixture) trashOf(who, query string) trashPageOf {
	f.t.Helper()
	var page trashPageOf
	f.ask(who, "GET", "/api/trash"+query, nil).into(http.StatusOK, &page)
	return page
}

// drop deletes an object as its owner's client would.
func (f *fixture) drop(home, owner, collection, name string) {
	f.t.Helper()
	c := f.collection(home, owner, collection)
	actor := storage.Actor{PrincipalID: f.people[owner].ID, Door: "caldav", Agent: "Client/1"}
	if err := f.store.Update(bg, actor, func(tx *storage.Tx) error { return tx.DeleteObject(c.ID, name) }); err != nil {
		f.t.Fatal(err)
	}
}

func TestTrash(t *testing.T) {
	f := newFixture(t, nil)
	f.put("alice", "default", "a.ics", vevent("a", monday, "SUMMARY:Lunch"))
	f.card("alice", "default", "ada.vcf", "BEGIN:VCARD\nVERSION:4.0\nUID:ada\nFN:Ada Lovelace\nEND:VCARD\n")
	f.drop(storage.Calendars, "alice", "default", "a.ics")
	f.advance(time.Second)
	f.drop(storage.AddressBooks, "alice", "default", "ada.vcf")
	f.advance(time.Second)
	cal := &storage.Collection{OwnerID: f.people["alice"].ID, Home: storage.Calendars, Kind: storage.KindCalendar, Name: "old", DisplayName: "Old things"}
	f.update(func(tx *storage.Tx) error { return tx.CreateCollection(cal) })
	f.put("alice", "old", "b.ics", vevent("b", monday, "SUMMARY:Dinner"))
	f.update(func(tx *storage.Tx) error { return tx.TrashCollection(cal.ID) })

	page := f.trashOf("alice", "")
	var got []string
	for _, i := range page.Items {
		got = append(got, fmt.Sprintf("%s %q %s %d %q", i.Kind, i.Title, i.Collection, i.Members, i.By))
	}
	want := []string{
		`calendar "Old things"  1 ""`, `contact "Ada Lovelace" /dav/addressbooks/alice/default/ 0 "Alice"`, `event "Lunch" /dav/calendars/alice/default/ 0 "Alice"`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Fatalf("the trash:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	// By pages it is the same.
	var paged []string
	for next := "?limit=1"; next != ""; {
		p := f.trashOf("alice", next)
		paged = append(paged, p.Items[0].ID)
		next = ""
		if p.Next != "" {
			next = "?limit=1&before=" + p.Next
		}
	}
	if len(paged) != 3 || paged[0] != page.Items[0].ID || paged[2] != page.Items[2].ID {
		t.Errorf("by pages: %v", paged)
	}
	if n := len(f.trashOf("bob", "").Items); n != 0 {
		t.Errorf("bob sees %d things of hers", n)
	}
	for _, i := range page.Items {
		f.ask("bob", "POST", "/api/trash/"+i.ID+"/restore", nil).refused(http.StatusNotFound, "not-found")
		f.ask("bob", "DELETE", "/api/trash/"+i.ID, nil).refused(http.StatusNotFound, "not-found")
	}
	for i, href := range []string{"/dav/calendars/alice/old/", "/dav/addressbooks/alice/default/ada.vcf", "/dav/calendars/alice/default/a.ics"} {
		var out struct{ Href string }
		f.ask("alice", "POST", "/api/trash/"+page.Items[i].ID+"/restore", nil).into(http.StatusOK, &out)
		if out.Href != href {
			t.Errorf("restored at %s, want %s", out.Href, href)
		}
	}
	if o, err := f.store.Object(bg, cal.ID, "b.ics"); err != nil || !strings.Contains(string(o.Data), "Dinner") {
		t.Errorf("in the calendar: %v", err)
	}
	if n := len(f.trashOf("alice", "").Items); n != 0 {
		t.Errorf("%d left", n)
	}
}

// What is taken meanwhile stays: the restored object gets another name, and a UID that lives elsewhere is told.
func TestTrashConflicts(t *testing.T) {
	f := newFixture(t, nil)
	f.put("alice", "default", "a.ics", vevent("a", monday, "SUMMARY:Old"))
	f.drop(storage.Calendars, "alice", "default", "a.ics")
	f.put("alice", "default", "a.ics", vevent("other", monday, "SUMMARY:New"))
	// The name is taken, so it is not in the list; its history is.
	versions, err := f.store.HistoryOf(bg, "a")
	if err != nil || len(versions) != 1 {
		t.Fatal(versions, err)
	}
	var out struct{ Href string }
	f.ask("alice", "POST", "/api/history/"+versionID(versions[0].ID)+"/restore", nil).into(http.StatusOK, &out)
	if want := fmt.Sprintf("/dav/calendars/alice/default/a-%d.ics", versions[0].ID); out.Href != want {
		t.Errorf("restored at %s, want %s", out.Href, want)
	}
	f.put("alice", "default", "m.ics", meeting(monday, "SUMMARY:Plans"))
	f.drop(storage.Calendars, "alice", "default", "m.ics")
	id := f.trashOf("alice", "").Items[0].ID
	second := &storage.Collection{OwnerID: f.people["alice"].ID, Home: storage.Calendars, Kind: storage.KindCalendar, Name: "second"}
	f.update(func(tx *storage.Tx) error { return tx.CreateCollection(second) })
	f.put("alice", "second", "m.ics", meeting(monday, "SUMMARY:Other plans"))
	f.ask("alice", "POST", "/api/trash/"+id+"/restore", nil).refused(http.StatusForbidden, "unique-scheduling-object-resource")
	f.ask("alice", "DELETE", "/api/trash/"+id, nil).into(http.StatusNoContent, nil)
	f.ask("alice", "POST", "/api/trash/"+id+"/restore", nil).refused(http.StatusNotFound, "not-found")
}

// Who had not answered when a calendar was deleted is asked again when it is back.
func TestRestoreAsksAgain(t *testing.T) {
	f := newFixture(t, nil)
	bob := f.people["bob"].ID
	for home, at := range map[string]string{storage.Calendars: "/dav/calendars/alice/lent/", storage.AddressBooks: "/dav/addressbooks/alice/lent/"} {
		kind := map[string]string{storage.Calendars: storage.KindCalendar, storage.AddressBooks: storage.KindAddressBook}[home]
		lent := &storage.Collection{OwnerID: f.people["alice"].ID, Home: home, Kind: kind, Name: "lent"}
		f.update(func(tx *storage.Tx) error {
			if err := tx.CreateCollection(lent); err != nil {
				return err
			}
			if err := tx.SetGrants(lent.ID, []storage.Grant{{PrincipalID: bob, Privileges: uint32(dav.Read)}}); err != nil {
				return err
			}
			return errors.Join(tx.SetShare(storage.Share{CollectionID: lent.ID, PrincipalID: bob, State: storage.ShareInvited}), tx.TrashCollection(lent.ID))
		})
		f.ask("alice", "POST", "/api/trash/"+f.trashOf("alice", "").Items[0].ID+"/restore", nil).into(http.StatusOK, nil)
		into, err := f.store.CollectionAt(bg, storage.Calendars, "bob", []string{"notification"})
		if err != nil {
			t.Fatal(err)
		}
		o, err := f.store.Object(bg, into.ID, f.store.InviteUID(lent.ID, bob))
		if err != nil || !strings.Contains(string(o.Data), "invite-noresponse") || !strings.Contains(string(o.Data), strings.TrimSuffix(at, "/")) {
			t.Errorf("%s: %v %v", home, o, err)
		}
	}
}

// A calendar that comes back brings its meetings: people are invited again.
func TestRestoreCalendarWithMeetings(t *testing.T) {
	f := newFixture(t, nil)
	f.update(func(tx *storage.Tx) error {
		return tx.CreateCollection(&storage.Collection{OwnerID: f.people["alice"].ID, Home: storage.Calendars, Kind: storage.KindCalendar, Name: "work"})
	})
	f.put("alice", "work", "m.ics", meeting(monday, "SUMMARY:Plans"))
	f.put("alice", "work", "past.ics", strings.ReplaceAll(meeting("DTSTART:20261102T090000Z\nDTEND:20261102T100000Z"), "UID:m", "UID:past"))
	bobs := func() string {
		list, err := f.store.FindUID(bg, f.people["bob"].ID, "m")
		if err != nil || len(list) != 1 {
			t.Fatalf("bob's copy: %v %v", list, err)
		}
		return string(list[0].Data)
	}
	r := dav.Removal{If: dav.Expect("", ""), Header: http.Header{}}
	ctx := f.as("alice")
	work, err := f.tree.Find(ctx, dav.Path{Segments: []string{"dav", "calendars", "alice", "work"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := work.(dav.Deleter).Delete(ctx, &r); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(bobs(), "STATUS:CANCELLED") {
		t.Fatalf("not cancelled: %s", bobs())
	}
	f.advance(time.Minute)
	var out struct {
		Href string
		Left int
	}
	f.ask("alice", "POST", "/api/trash/"+f.trashOf("alice", "").Items[0].ID+"/restore", nil).into(http.StatusOK, &out)
	if out.Href != "/dav/calendars/alice/work/" || out.Left != 0 {
		t.Errorf("%+v", out)
	}
	if got := bobs(); strings.Contains(got, "STATUS:CANCELLED") {
		t.Errorf("still cancelled for bob: %s", got)
	}
	c := f.calendar("alice", "work")
	if c.Len() != 2 {
		t.Errorf("%d objects", c.Len())
	}
}

type historyOf struct{ Items []passage }

func TestHistory(t *testing.T) {
	f := newFixture(t, nil)
	f.put("alice", "default", "a.ics", vevent("a", monday, "SUMMARY:Lunch", "LOCATION:Here"))
	f.advance(time.Minute)
	f.put("alice", "default", "a.ics", vevent("a", "DTSTART:20261130T110000Z\nDTEND:20261130T120000Z", "SUMMARY:Late lunch", "LOCATION:Here"))
	f.advance(time.Minute)
	f.put("alice", "default", "a.ics", vevent("a", "DTSTART:20261130T110000Z\nDTEND:20261130T120000Z", "SUMMARY:Late lunch", "LOCATION:Here",
		"ORGANIZER:mailto:alice@example.org", "ATTENDEE:mailto:bob@example.org"))
	var h historyOf
	f.ask("alice", "GET", "/api/history?href=/dav/calendars/alice/default/a.ics", nil).into(http.StatusOK, &h)
	if len(h.Items) != 3 || h.Items[2].What != "created" || h.Items[0].Who != "Alice" || h.Items[0].Door != "caldav" || h.Items[0].Agent != "Client/1" {
		t.Fatalf("%+v", h.Items)
	}
	if got, want := fmt.Sprint(h.Items[1].Summary), `[{start  2026-11-30T09:00:00Z 2026-11-30T11:00:00Z} {end  2026-11-30T10:00:00Z 2026-11-30T12:00:00Z} {title  Lunch Late lunch}]`; got != want {
		t.Errorf("the first change: %s\nwant %s", got, want)
	}
	if got, want := fmt.Sprint(h.Items[0].Summary), `[{guest   bob@example.org}]`; got != want {
		t.Errorf("the second change: %s\nwant %s", got, want)
	}
	var out struct{ Href string }
	f.ask("alice", "POST", "/api/history/"+h.Items[1].ID+"/restore", nil).into(http.StatusOK, &out)
	o, err := f.store.Object(bg, f.calendar("alice", "default").ID, "a.ics")
	if err != nil || !strings.Contains(string(o.Data), "SUMMARY:Lunch\r\n") || out.Href != "/dav/calendars/alice/default/a.ics" {
		t.Errorf("restored %s: %v %s", out.Href, err, o.Data)
	}
	f.drop(storage.Calendars, "alice", "default", "a.ics")
	f.ask("alice", "GET", "/api/history?href=/dav/calendars/alice/default/a.ics", nil).into(http.StatusOK, &h)
	if h.Items[0].What != "deleted" {
		t.Errorf("of what is gone: %+v", h.Items)
	}
	f.ask("alice", "GET", "/api/history?href=/dav/calendars/alice/default/never.ics", nil).refused(http.StatusNotFound, "not-found")
	f.ask("bob", "GET", "/api/history?href=/dav/calendars/alice/default/a.ics", nil).refused(http.StatusForbidden, "need-privileges")
}

// Who reads a shared calendar sees of private events that they changed, and nothing of what is in them.
func TestHistoryOfPrivateEvents(t *testing.T) {
	f := newFixture(t, nil)
	f.share(f.calendar("alice", "default"), "bob", read)
	f.put("alice", "default", "p.ics", vevent("p", monday, "CLASS:PRIVATE", "SUMMARY:Surgery"))
	f.put("alice", "default", "p.ics", vevent("p", monday, "CLASS:PRIVATE", "SUMMARY:Surgery again"))
	a := f.ask("bob", "GET", "/api/history?href=/dav/calendars/bob/alice~default/p.ics", nil)
	var h historyOf
	a.into(http.StatusOK, &h)
	if len(h.Items) != 2 || strings.Contains(string(a.Body), "Surgery") {
		t.Errorf("bob sees %s", a.Body)
	}
	f.ask("bob", "POST", "/api/history/"+h.Items[0].ID+"/restore", nil).refused(http.StatusForbidden, "need-privileges")
	f.drop(storage.Calendars, "alice", "default", "p.ics")
	page := f.ask("bob", "GET", "/api/trash", nil)
	var seen trashPageOf
	page.into(http.StatusOK, &seen)
	if len(seen.Items) != 1 || seen.Items[0].Writable || strings.Contains(string(page.Body), "Surgery") {
		t.Errorf("bob's trash: %s", page.Body)
	}
	f.ask("bob", "POST", "/api/trash/"+seen.Items[0].ID+"/restore", nil).refused(http.StatusForbidden, "need-privileges")
	f.ask("bob", "DELETE", "/api/trash/"+seen.Items[0].ID, nil).refused(http.StatusForbidden, "need-privileges")
	f.share(f.calendar("alice", "default"), "bob", readWrite)
	f.ask("bob", "POST", "/api/trash/"+seen.Items[0].ID+"/restore", nil).into(http.StatusOK, nil)
}

// What an event said before its owner made it private is as private as what it says now.
func TestHistoryOfWhatBecamePrivate(t *testing.T) {
	f := newFixture(t, nil)
	f.share(f.calendar("alice", "default"), "bob", read)
	f.put("alice", "default", "p.ics", vevent("p", monday, "SUMMARY:Surgery", "ATTENDEE:mailto:doctor@example.net"))
	f.put("alice", "default", "p.ics", vevent("p", monday, "CLASS:PRIVATE", "SUMMARY:Nothing"))
	ask := func() {
		t.Helper()
		a := f.ask("bob", "GET", "/api/history?href=/dav/calendars/bob/alice~default/p.ics", nil)
		var h historyOf
		a.into(http.StatusOK, &h)
		if len(h.Items) < 2 || strings.Contains(string(a.Body), "Surgery") || strings.Contains(string(a.Body), "doctor") {
			t.Errorf("bob sees %s", a.Body)
		}
	}
	ask()
	f.drop(storage.Calendars, "alice", "default", "p.ics")
	ask()
}

// Who may know busy times alone is not told who changes what, and when.
func TestHistoryOfBusyTimes(t *testing.T) {
	f := newFixture(t, nil)
	f.share(f.calendar("alice", "default"), "bob", uint32(tree.ReadFreeBusy))
	f.put("alice", "default", "a.ics", vevent("a", monday, "SUMMARY:Lunch"))
	f.put("alice", "default", "a.ics", vevent("a", monday, "SUMMARY:Late lunch"))
	f.ask("bob", "GET", "/api/history?href=/dav/calendars/bob/alice~default/a.ics", nil).refused(http.StatusNotFound, "not-found")
}

// Who may write in somebody else's calendar cannot delete for good what is in its trash: who manages it can.
func TestPurgeOfOthers(t *testing.T) {
	f := newFixture(t, nil)
	f.share(f.calendar("alice", "default"), "bob", readWrite)
	f.put("alice", "default", "a.ics", vevent("a", monday, "SUMMARY:Lunch"))
	f.drop(storage.Calendars, "alice", "default", "a.ics")
	id := f.trashOf("bob", "").Items[0].ID
	f.ask("bob", "DELETE", "/api/trash/"+id, nil).refused(http.StatusForbidden, "need-privileges")
	f.share(f.calendar("alice", "default"), "bob", uint32(tree.LevelManage.Privileges(storage.Calendars)))
	f.ask("bob", "DELETE", "/api/trash/"+id, nil).into(http.StatusNoContent, nil)
}

func TestCardDifferences(t *testing.T) {
	card := func(lines string) []byte {
		return crlf("BEGIN:VCARD\nVERSION:4.0\nUID:a\n" + lines + "\nEND:VCARD\n")
	}
	got := fmt.Sprint(differences(card("FN:Ada\nEMAIL:a@example.org\nPHOTO:data:a"), card("FN:Ada L\nEMAIL:a@example.org\nEMAIL:b@example.org\nPHOTO:data:b")))
	want := `[{name  Ada Ada L} {email  a@example.org a@example.org; b@example.org} {photo   }]`
	if got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}
