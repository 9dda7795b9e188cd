package caldav

import (
	"strings"
	"testing"

	"convoke/internal/icalendar"
	"convoke/storage"
)

const fedEvent = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:fed\r\nDTSTAMP:20060101T000000Z\r\nDTSTART:20060105T100000Z\r\n" +
	"CLASS:PRIVATE\r\nSUMMARY:Game\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"

// A calendar that the server fills is read, renamed and deleted by its owner like any other; nobody writes in it.
func TestFedCalendar(t *testing.T) {
	h := newHouse(t, Limits{})
	lisa := h.principal(t, "lisa")
	c := &storage.Collection{OwnerID: lisa.ID, Home: storage.Calendars, Kind: storage.KindCalendar, Name: "feed", Components: []string{"VEVENT"}, Source: storage.SourceFeed}
	err := h.store.Update(t.Context(), storage.Actor{}, func(tx *storage.Tx) error {
		if err := tx.CreateCollection(c); err != nil {
			return err
		}
		return tx.SetSubscription(&storage.Subscription{CollectionID: c.ID, URL: "https://a.test/x.ics"})
	})
	if err != nil {
		t.Fatal(err)
	}
	o, err := icalendar.Parse([]byte(fedEvent))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.sched.Mirror(t.Context(), storage.Actor{Door: "subscription"}, c, []*icalendar.Object{o}); err != nil {
		t.Fatal(err)
	}
	l, err := h.store.Listing(t.Context(), c.ID)
	if err != nil {
		t.Fatal(err)
	}
	var name string
	for m := range l.All() {
		name = m.Name
	}
	h.put(t, "lisa", "/dav/calendars/lisa/default/own.ics", strings.ReplaceAll(fedEvent, "UID:fed", "UID:own"))
	const feed = "/dav/calendars/lisa/feed/"
	for _, r := range []struct {
		method, path, body string
		status             int
		says               string
	}{
		{"GET", feed + name, "", 200, "SUMMARY:Game"},
		{"PUT", feed + "new.ics", strings.ReplaceAll(fedEvent, "UID:fed", "UID:new"), 403, "bind"},
		{"PUT", feed + name, fedEvent, 403, "write-content"},
		{"DELETE", feed + name, "", 403, "unbind"},
		{"PROPFIND", feed, `<propfind xmlns="DAV:"><prop><current-user-privilege-set/></prop></propfind>`, 207, "write-properties"},
		{"PROPPATCH", feed, `<propertyupdate xmlns="DAV:"><set><prop><displayname>Games</displayname></prop></set></propertyupdate>`, 207, "200"},
	} {
		status, body := h.sendDeep(t, "lisa", r.method, r.path, r.body, "0")
		if status != r.status || !strings.Contains(body, r.says) {
			t.Errorf("%s %s: %d %s, want %d and %s", r.method, r.path, status, body, r.status, r.says)
		}
		if r.method == "PROPFIND" && (strings.Contains(body, "write-content") || strings.Contains(body, "bind/>")) {
			t.Errorf("privileges:\n%s", body)
		}
	}
	facts, err := h.sched.Facts(t.Context(), c, []byte(strings.Replace(fedEvent, "SUMMARY", "ORGANIZER:mailto:lisa@example.com\r\nATTENDEE:mailto:x@example.net\r\nSUMMARY", 1)))
	if err != nil || facts.Role != "" {
		t.Errorf("role %q, %v: what is not scheduled has none", facts.Role, err)
	}
	// It is the calendar for nothing new, also where no other is left.
	if status, body := h.send(t, "lisa", "PROPPATCH", "/dav/calendars/lisa/inbox/", `<propertyupdate xmlns="DAV:"><set><prop>`+
		`<schedule-default-calendar-URL xmlns="urn:ietf:params:xml:ns:caldav"><href xmlns="DAV:">`+feed+`</href></schedule-default-calendar-URL></prop></set></propertyupdate>`); !strings.Contains(body, "403") {
		t.Errorf("as the default calendar: %d %s", status, body)
	}
	if status, body := h.send(t, "lisa", "DELETE", feed, ""); status != 204 {
		t.Errorf("DELETE: %d %s", status, body)
	}
	if _, err := h.store.Subscription(t.Context(), c.ID); err == nil {
		t.Error("the subscription outlives its calendar")
	}
}
