package main

import (
	"bytes"
	"context"
	"image"
	"io"
	"log/slog"
	"maps"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"convoke/internal/icalendar"
	"convoke/server"
	"convoke/storage"
)

// newHouse opens a house on an empty folder with the given people, whose passwords
// are their names.
func newHouse(t testing.TB, names ...string) *house {
	t.Helper()
	conf, err := loadConfig("", nil)
	if err != nil {
		t.Fatal(err)
	}
	conf.Limits.Work, conf.Limits.Stall, conf.Limits.ReadHeader = time.Hour, time.Hour, time.Hour // no machine is too slow
	h, err := openHouse(t.Context(), t.TempDir(), conf, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, name := range names {
		p := person{Kind: storage.KindUser, Name: name, Addresses: []string{name + "@example.org"}, Password: name}
		if _, err := createPrincipal(t.Context(), h, p); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

// quiet is where commands speak in tests.
func quiet() *globals {
	return &globals{out: io.Discard, errout: io.Discard, in: strings.NewReader("")}
}

// The demo's month holds together: rooms have answered, and what was answered has
// reached the organizer.
func TestDemo(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	for _, now := range []time.Time{
		time.Date(2026, 3, 25, 12, 0, 0, 0, time.UTC), // the week before summer time in Berlin
	} {
		if err := h.furnish(ctx, now); err != nil {
			t.Fatal(err)
		}
	}
	for _, e := range demoEvents {
		owner, err := h.store.PrincipalByName(ctx, e.owner)
		if err != nil {
			t.Fatal(err)
		}
		found, err := h.store.FindUID(ctx, owner.ID, e.uid())
		if err != nil || len(found) != 1 {
			t.Errorf("%s: %d objects, %v", e.title, len(found), err)
			continue
		}
		o, err := icalendar.Parse(found[0].Data)
		if err != nil {
			t.Errorf("%s: %v", e.title, err)
			continue
		}
		for a := range o.Master().All("ATTENDEE") {
			name := strings.TrimSuffix(strings.TrimPrefix(a.Value, "mailto:"), "@"+demoDomain)
			want := e.answers[name]
			switch {
			case name == e.owner || strings.HasPrefix(name, "room-"):
				want = yes
			case want == "":
				want = "NEEDS-ACTION"
			}
			if got := a.Param("PARTSTAT"); got != want {
				t.Errorf("%s: %s has answered %s, want %s", e.title, name, got, want)
			}
		}
	}
	for _, s := range demoShares {
		c, err := h.store.CollectionAt(ctx, storage.Calendars, s.owner, []string{s.name})
		if err != nil {
			t.Fatal(err)
		}
		whom, err := h.store.PrincipalByName(ctx, s.whom)
		if err != nil {
			t.Fatal(err)
		}
		want := storage.ShareInvited
		if s.accepted {
			want = storage.ShareAccepted
		}
		if got, err := h.store.Share(ctx, c.ID, whom.ID); err != nil || got.State != want {
			t.Errorf("%s of %s to %s: %q, want %q, %v", s.name, s.owner, s.whom, got.State, want, err)
		}
	}
	anna, err := h.store.PrincipalByName(ctx, "anna")
	if err != nil {
		t.Fatal(err)
	}
	reached, err := h.ground().Reach(server.WithPrincipal(ctx, anna), anna)
	colors := map[string]string{}
	for _, r := range reached {
		if r.Shared(anna) || r.Color != "" {
			colors[r.Name] = r.Color
		}
	}
	want := map[string]string{"Calendar": "#3267d6", "Family": "#2f8f5b", "Travel": "#d98e04", "Ben travels": "#7a4fc4", "Birthdays": "#c2459a"}
	if err != nil || !maps.Equal(colors, want) {
		t.Errorf("Anna's calendars are %v, %v", colors, err)
	}
	for i, g := range demoGroups {
		text, err := g.text(i)
		if err != nil || strings.Count(string(text), "X-ADDRESSBOOKSERVER-MEMBER:") != len(g.members) {
			t.Errorf("the group %s lacks members: %v\n%s", g.name, err, text)
		}
	}
	for i, task := range demoTasks {
		if text := string(task.text(i, time.Now())); task.of != "" && !strings.Contains(text, "RELATED-TO:") {
			t.Errorf("%s is a part of nothing", task.title)
		}
	}
	r, err := checkStore(ctx, h, checkArgs{})
	if err != nil || len(r.Problems) > 0 || r.Objects < 50 {
		t.Errorf("check: %+v, %v", r, err)
	}
}

// A portrait is an image that programs can show, and small.
func TestPortrait(t *testing.T) {
	data, err := portrait(0x2f7d6b)
	if err != nil {
		t.Fatal(err)
	}
	if _, format, err := image.DecodeConfig(bytes.NewReader(data)); err != nil || format != "png" || len(data) > 1000 {
		t.Errorf("%d bytes of %q, %v", len(data), format, err)
	}
}

// Another server's account is read with go-webdav's clients, from its base URL, and
// every object arrives byte for byte.
func TestImportAccount(t *testing.T) {
	from := newHouse(t, "alice")
	ctx := t.Context()
	event := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nX-KEPT:yes\r\nBEGIN:VEVENT\r\nUID:u1\r\n" +
		"DTSTAMP:20260101T000000Z\r\nDTSTART:20260105T090000Z\r\nSUMMARY:über\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	card := "BEGIN:VCARD\r\nVERSION:4.0\r\nUID:c1\r\nFN:Ann\r\nX-KEPT:yes\r\nEND:VCARD\r\n"
	for _, o := range []struct{ home, slug, name, data string }{
		{storage.Calendars, "default", "one.ics", event},
		{storage.AddressBooks, "default", "ann.vcf", card},
	} {
		if err := from.keep(ctx, "alice", o.home, o.slug, o.name, []byte(o.data)); err != nil {
			t.Fatal(err)
		}
	}
	srv, err := from.doors()
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(srv.Handler())
	defer web.Close()

	read, err := readAccount(ctx, quiet(), web.Client(), newReading(0), web.URL+"/", "alice", "alice")
	if err != nil {
		t.Fatal(err)
	}
	to := newHouse(t, "bob")
	report, err := importAll(ctx, quiet(), &localDesk{to}, "bob", read)
	// The directory of people is that server's own, and stays there.
	if err != nil || report.Created != 2 || len(report.Failed) > 0 {
		t.Fatalf("%+v, %v", report, err)
	}
	for _, o := range []struct{ home, name, data string }{
		{storage.Calendars, "one.ics", event}, {storage.AddressBooks, "ann.vcf", card},
	} {
		c, err := to.store.CollectionAt(ctx, o.home, "bob", []string{"default"})
		if err != nil {
			t.Fatal(err)
		}
		got, err := to.store.Object(ctx, c.ID, o.name)
		if err != nil || !bytes.Equal(got.Data, []byte(o.data)) {
			t.Errorf("%s: %v", o.name, err)
		}
	}
	if _, err := readAccount(ctx, quiet(), web.Client(), newReading(0), web.URL+"/", "alice", "wrong"); err == nil {
		t.Error("a wrong password reads an account")
	}
}

// What is wrong in one item costs that item; the rest keeps its bytes.
func TestSplitFile(t *testing.T) {
	const zone = "BEGIN:VTIMEZONE\r\nTZID:Home\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
	const head = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\n"
	event := func(uid, more string) string {
		return "BEGIN:VEVENT\r\nUID:" + uid + "\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;TZID=Home:20260105T090000\r\n" + more + "END:VEVENT\r\n"
	}
	const end = "END:VCALENDAR\r\n"
	for _, row := range []struct {
		what, data string
		want       []string // data of each item, "" where it is broken
	}{
		{"one object stays as it is, with unknown properties", head + "X-A:b\r\n" + zone + event("1", "") + end,
			[]string{head + "X-A:b\r\n" + zone + event("1", "") + end}},
		{"two events take their zone each", head + zone + event("1", "") + event("2", "") + end,
			[]string{head + zone + event("1", "") + end, head + zone + event("2", "") + end}},
		{"an override goes with its master", head + zone + event("1", "RRULE:FREQ=DAILY\r\n") + event("2", "") + event("1", "RECURRENCE-ID;TZID=Home:20260106T090000\r\n") + end,
			[]string{
				head + zone + event("1", "RRULE:FREQ=DAILY\r\n") + event("1", "RECURRENCE-ID;TZID=Home:20260106T090000\r\n") + end,
				head + zone + event("2", "") + end,
			}},
		{"METHOD is not kept", head + "METHOD:PUBLISH\r\n" + zone + event("1", "") + end, []string{head + zone + event("1", "") + end}},
		{"a byte order mark", "\ufeff" + head + zone + event("1", "") + end, []string{head + zone + event("1", "") + end}},
		{"an end is missing", head + "BEGIN:VEVENT\r\nUID:0\r\n" + event("1", "") + zone + end, []string{"", head + zone + event("1", "") + end}},
		{"cards", "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:1\r\nFN:A\r\nEND:VCARD\r\nBEGIN:VCARD\r\nVERSION:4.0\r\nUID:2\r\nFN:B\r\nEND:VCARD\r\n",
			[]string{"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:1\r\nFN:A\r\nEND:VCARD\r\n", "BEGIN:VCARD\r\nVERSION:4.0\r\nUID:2\r\nFN:B\r\nEND:VCARD\r\n"}},
		{"nothing", "", nil},
	} {
		t.Run(row.what, func(t *testing.T) {
			items := slices.Collect(splitFile("f", []byte(row.data)))
			if row.what == "nothing" {
				return
			}
			if len(items) != len(row.want) {
				t.Fatalf("%d items, want %d: %+v", len(items), len(row.want), items)
			}
			for i, it := range items {
				if (it.Broken == "") != (row.want[i] != "") || string(it.Data) != row.want[i] {
					t.Errorf("item %d: %q %q, want %q", i, it.Broken, it.Data, row.want[i])
				}
				if it.Line == 0 {
					t.Errorf("item %d has no line", i)
				}
			}
		})
	}
}

// Import mails nobody and answers nobody (M54).
func TestImportTellsNobody(t *testing.T) {
	h := newHouse(t, "alice", "bob")
	ctx := context.Background()
	data := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nBEGIN:VEVENT\r\nUID:m1\r\nDTSTAMP:20260101T000000Z\r\n" +
		"DTSTART:20300105T090000Z\r\nORGANIZER:mailto:alice@example.org\r\nATTENDEE:mailto:alice@example.org\r\n" +
		"ATTENDEE:mailto:bob@example.org\r\nATTENDEE:mailto:far@example.net\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	read := newReading(0)
	if err := read.take(strings.NewReader(data), "m.ics"); err != nil {
		t.Fatal(err)
	}
	report, err := importAll(ctx, quiet(), &localDesk{h}, "alice", read)
	if err != nil || report.Created != 1 {
		t.Fatalf("%+v, %v", report, err)
	}
	queue, err := h.store.Outbounds(ctx, "")
	if err != nil || len(queue) > 0 {
		t.Errorf("%d messages wait, %v", len(queue), err)
	}
	bob, err := h.store.PrincipalByName(ctx, "bob")
	if err != nil {
		t.Fatal(err)
	}
	if found, err := h.store.FindUID(ctx, bob.ID, "m1"); err != nil || len(found) > 0 {
		t.Errorf("bob was invited: %v", err)
	}
}

func TestNearest(t *testing.T) {
	for wrong, want := range map[string]string{
		"server.lisen": "server.listen", "limits.objectbytes": "limits.object_bytes", "server.tls.crt": "server.tls.cert",
		"domain.exclusive": "domains.exclusive",
	} {
		if got := nearest(wrong, func(r *row) string { return r.name }); got != want {
			t.Errorf("%s: %s, want %s", wrong, got, want)
		}
	}
}

// Every setting has a default that can be read, a sentence, and one name.
func TestSettings(t *testing.T) {
	seen := map[string]bool{}
	var s settings
	fields := map[any]string{}
	for _, r := range table {
		if seen[r.name] || seen[envOf(r.name)] {
			t.Errorf("%s is there twice", r.name)
		}
		seen[r.name], seen[envOf(r.name)] = true, true
		if !strings.HasSuffix(r.says, ".") {
			t.Errorf("%s: %q is no sentence", r.name, r.says)
		}
		at := r.at(&s)
		if other, ok := fields[at]; ok {
			t.Errorf("%s and %s are one field", r.name, other)
		}
		fields[at] = r.name
	}
}

func FuzzSplitFile(f *testing.F) {
	f.Add([]byte("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nEND:VEVENT\nEND:VCALENDAR\n"))
	f.Add([]byte("BEGIN:VCARD\nFN:x\nEND:VCARD\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for it := range splitFile("f", data) {
			if it.Broken == "" && (len(it.Data) == 0 || it.Name == "" || it.UID == "") {
				t.Errorf("%+v", it)
			}
			if it.Broken == "" && validName(strings.TrimSuffix(it.Name, ".ics")) != nil {
				t.Errorf("name %q", it.Name)
			}
		}
	})
}
