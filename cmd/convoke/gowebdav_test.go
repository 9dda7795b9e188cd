package main

import (
	"context"
	"io"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-ical"
	"github.com/emersion/go-vcard"
	"github.com/emersion/go-webdav"
	"github.com/emersion/go-webdav/caldav"
	"github.com/emersion/go-webdav/carddav"
	"github.com/google/go-cmp/cmp"
)

// goWebdav serves the whole house and gives what a client of go-webdav needs.
func goWebdav(t *testing.T) (webdav.HTTPClient, string) {
	t.Helper()
	server := httptest.NewServer(clientsHouse(t))
	t.Cleanup(server.Close)
	return webdav.HTTPClientWithBasicAuth(server.Client(), "alice", clientsPassword), server.URL
}

// goEvent makes an event as go-ical writes it.
func goEvent(uid, summary string, start time.Time) *ical.Calendar {
	event := ical.NewEvent()
	event.Props.SetText(ical.PropUID, uid)
	event.Props.SetText(ical.PropSummary, summary)
	event.Props.SetDateTime(ical.PropDateTimeStamp, time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))
	event.Props.SetDateTime(ical.PropDateTimeStart, start)
	event.Props.SetDateTime(ical.PropDateTimeEnd, start.Add(time.Hour))
	cal := ical.NewCalendar()
	cal.Props.SetText(ical.PropVersion, "2.0")
	cal.Props.SetText(ical.PropProductID, "-//Convoke//interop//EN")
	cal.Children = append(cal.Children, event.Component)
	return cal
}

// The CalDAV client of go-webdav finds, queries, fetches and stores.
func TestGoWebdavCalendars(t *testing.T) {
	ctx := t.Context()
	http, url := goWebdav(t)
	client, err := caldav.NewClient(http, url)
	if err != nil {
		t.Fatal(err)
	}
	principal, err := client.FindCurrentUserPrincipal(ctx)
	if err != nil || principal != "/dav/principals/users/alice/" {
		t.Fatalf("principal %q, %v", principal, err)
	}
	home, err := client.FindCalendarHomeSet(ctx, principal)
	if err != nil || home != "/dav/calendars/alice/" {
		t.Fatalf("home %q, %v", home, err)
	}
	calendars, err := client.FindCalendars(ctx, home)
	if err != nil {
		t.Fatal(err)
	}
	components := map[string][]string{}
	for _, c := range calendars {
		components[c.Path] = c.SupportedComponentSet
	}
	want := map[string][]string{home + "default/": {"VEVENT"}, home + "tasks/": {"VTODO"}}
	if diff := cmp.Diff(want, components); diff != "" {
		t.Fatal(diff)
	}

	first := time.Date(2026, 3, 9, 9, 0, 0, 0, time.UTC)
	for i, name := range []string{"one", "two", "näch ste"} {
		stored, err := client.PutCalendarObject(ctx, home+"default/"+name+".ics", goEvent(name, "Event "+name, first.AddDate(0, 0, i)))
		if err != nil {
			t.Fatal(err)
		}
		if stored.ETag == "" {
			t.Errorf("%s: what is stored as sent has an ETag", name)
		}
	}
	found, err := client.QueryCalendar(ctx, home+"default/", &caldav.CalendarQuery{
		CompRequest: caldav.CalendarCompRequest{Name: "VCALENDAR", AllProps: true, AllComps: true},
		CompFilter: caldav.CompFilter{Name: "VCALENDAR", Comps: []caldav.CompFilter{
			{Name: "VEVENT", Start: first.AddDate(0, 0, 1), End: first.AddDate(0, 0, 3)},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	wantPaths(t, objectPaths(found), home+"default/two.ics", home+"default/näch ste.ics")
	found, err = client.QueryCalendar(ctx, home+"default/", &caldav.CalendarQuery{
		CompRequest: caldav.CalendarCompRequest{Name: "VCALENDAR", Comps: []caldav.CalendarCompRequest{
			{Name: "VEVENT", Props: []string{"SUMMARY", "UID", "DTSTART", "DTSTAMP"}},
		}},
		CompFilter: caldav.CompFilter{Name: "VCALENDAR", Comps: []caldav.CompFilter{
			{Name: "VEVENT", Start: first.AddDate(0, 0, 1), End: first.AddDate(0, 0, 1).Add(time.Minute)},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	wantPaths(t, objectPaths(found), home+"default/two.ics")
	if len(found) == 1 {
		if end := found[0].Data.Events()[0].Props.Get(ical.PropDateTimeEnd); end != nil {
			t.Error("DTEND was not asked for")
		}
	}
	found, err = client.MultiGetCalendar(ctx, home+"default/", &caldav.CalendarMultiGet{
		Paths:       []string{home + "default/one.ics", home + "default/näch ste.ics"},
		CompRequest: caldav.CalendarCompRequest{Name: "VCALENDAR", AllProps: true, AllComps: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	wantPaths(t, objectPaths(found), home+"default/one.ics", home+"default/näch ste.ics")
	one, err := client.GetCalendarObject(ctx, home+"default/one.ics")
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := one.Data.Events()[0].Props.Text(ical.PropSummary); got != "Event one" {
		t.Errorf("summary %q", got)
	}
	if err := client.RemoveAll(ctx, home+"default/one.ics"); err != nil {
		t.Error(err)
	}
	if _, err := client.GetCalendarObject(ctx, home+"default/one.ics"); err == nil {
		t.Error("what was removed is still there")
	}
}

func objectPaths(objects []caldav.CalendarObject) []string {
	var paths []string
	for _, o := range objects {
		paths = append(paths, o.Path)
	}
	return paths
}

func wantPaths(t *testing.T, got []string, want ...string) {
	t.Helper()
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// The CardDAV client of go-webdav finds, queries, fetches, stores and syncs.
func TestGoWebdavCards(t *testing.T) {
	ctx := t.Context()
	http, url := goWebdav(t)
	client, err := carddav.NewClient(http, url+"/dav/")
	if err != nil {
		t.Fatal(err)
	}
	principal, err := client.FindCurrentUserPrincipal(ctx)
	if err != nil {
		t.Fatal(err)
	}
	home, err := client.FindAddressBookHomeSet(ctx, principal)
	if err != nil || home != "/dav/addressbooks/alice/" {
		t.Fatalf("home %q, %v", home, err)
	}
	books, err := client.FindAddressBooks(ctx, home)
	if err != nil || len(books) == 0 || books[0].Path != home+"default/" {
		t.Fatalf("books %v, %v", books, err)
	}
	if !books[0].SupportsAddressData("text/vcard", "4.0") {
		t.Errorf("supported: %v", books[0].SupportedAddressData)
	}
	book, err := carddav.NewClient(http, url+books[0].Path)
	if err != nil {
		t.Fatal(err)
	}
	if err := book.HasSupport(ctx); err != nil {
		t.Error(err)
	}
	start, err := client.SyncCollection(ctx, books[0].Path, &carddav.SyncQuery{})
	if err != nil || start.SyncToken == "" || len(start.Updated) != 0 {
		t.Fatalf("%+v, %v", start, err)
	}
	putGoCards(t, client, books[0].Path)
	found, err := client.QueryAddressBook(ctx, books[0].Path, &carddav.AddressBookQuery{
		DataRequest: carddav.AddressDataRequest{AllProp: true},
		PropFilters: []carddav.PropFilter{{Name: vcard.FieldFormattedName,
			TextMatches: []carddav.TextMatch{{Text: "person b", MatchType: carddav.MatchEquals}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	wantPaths(t, addressPaths(found), books[0].Path+"b.vcf")
	found, err = client.MultiGetAddressBook(ctx, books[0].Path, &carddav.AddressBookMultiGet{
		Paths: []string{books[0].Path + "a.vcf", books[0].Path + "c.vcf"},
	})
	if err != nil {
		t.Fatal(err)
	}
	wantPaths(t, addressPaths(found), books[0].Path+"a.vcf", books[0].Path+"c.vcf")
	all, err := client.SyncCollection(ctx, books[0].Path, &carddav.SyncQuery{SyncToken: start.SyncToken})
	if err != nil {
		t.Fatal(err)
	}
	wantPaths(t, addressPaths(all.Updated), books[0].Path+"a.vcf", books[0].Path+"b.vcf", books[0].Path+"c.vcf")
	if err := client.RemoveAll(ctx, books[0].Path+"b.vcf"); err != nil {
		t.Fatal(err)
	}
	less, err := client.SyncCollection(ctx, books[0].Path, &carddav.SyncQuery{SyncToken: all.SyncToken})
	if err != nil || len(less.Updated) != 0 {
		t.Fatalf("%+v, %v", less, err)
	}
	wantPaths(t, less.Deleted, books[0].Path+"b.vcf")
}

// putGoCards stores three cards as go-vcard writes them.
func putGoCards(t *testing.T, client *carddav.Client, book string) {
	t.Helper()
	for _, name := range []string{"a", "b", "c"} {
		card := vcard.Card{}
		card.SetValue(vcard.FieldVersion, "4.0")
		card.SetValue(vcard.FieldUID, "urn:uuid:00000000-0000-4000-8000-00000000000"+name)
		card.SetValue(vcard.FieldFormattedName, "Person "+strings.ToUpper(name))
		if _, err := client.PutAddressObject(t.Context(), book+name+".vcf", card); err != nil {
			t.Fatal(err)
		}
		got, err := client.GetAddressObject(t.Context(), book+name+".vcf")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(card, got.Card); diff != "" {
			t.Error(diff)
		}
	}
}

func addressPaths(objects []carddav.AddressObject) []string {
	var paths []string
	for _, o := range objects {
		paths = append(paths, o.Path)
	}
	return paths
}

// The WebDAV client of go-webdav works with files in a plain collection.
func TestGoWebdavFiles(t *testing.T) {
	ctx := t.Context()
	http, url := goWebdav(t)
	client, err := webdav.NewClient(http, url+"/dav/calendars/alice/")
	if err != nil {
		t.Fatal(err)
	}
	home := "/dav/calendars/alice/"
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(client.Mkdir(ctx, home+"files"))
	must(client.Mkdir(ctx, home+"files/deeper"))
	write(ctx, t, client, home+"files/note.txt", "a note")
	if got := read(ctx, t, client, home+"files/note.txt"); got != "a note" {
		t.Errorf("got %q", got)
	}
	must(client.Copy(ctx, home+"files/note.txt", home+"files/deeper/copy.txt", nil))
	must(client.Move(ctx, home+"files/note.txt", home+"files/moved.txt", nil))
	if err := client.Move(ctx, home+"files/moved.txt", home+"files/deeper/copy.txt", &webdav.MoveOptions{NoOverwrite: true}); err == nil {
		t.Error("Overwrite: F was not kept")
	}
	info, err := client.Stat(ctx, home+"files/moved.txt")
	must(err)
	if info.Size != 6 || info.IsDir || info.ETag == "" || info.ModTime.IsZero() {
		t.Errorf("%+v", info)
	}
	list, err := client.ReadDir(ctx, home+"files", false)
	must(err)
	var paths []string
	for _, i := range list {
		paths = append(paths, i.Path)
	}
	wantPaths(t, paths, home+"files/", home+"files/deeper/", home+"files/moved.txt")
	must(client.RemoveAll(ctx, home+"files"))
	if _, err := client.Stat(ctx, home+"files/moved.txt"); err == nil {
		t.Error("what was removed is still there")
	}
}

func write(ctx context.Context, t *testing.T, client *webdav.Client, name, text string) {
	t.Helper()
	w, err := client.Create(ctx, name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func read(ctx context.Context, t *testing.T, client *webdav.Client, name string) string {
	t.Helper()
	r, err := client.Open(ctx, name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
