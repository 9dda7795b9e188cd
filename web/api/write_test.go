package api

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"convoke/server/dav"
	"convoke/server/tree"
)

// meeting is alice's, with bob of this server and dan of another.
func meeting(lines ...string) string {
	return vevent("m", append([]string{"ORGANIZER:mailto:alice@example.org", "ATTENDEE:mailto:alice@example.org",
		"ATTENDEE;CN=Bobby:mailto:bob@example.org", "ATTENDEE;CN=Dan Outside:mailto:dan@example.net"}, lines...)...)
}

const monday = "DTSTART:20261130T090000Z\nDTEND:20261130T100000Z"

// rows is all that the store holds: a copy of its database, which is the same for the same rows.
func (f *fixture) rows() string {
	f.t.Helper()
	file := filepath.Join(f.t.TempDir(), "copy")
	if err := f.store.Backup(bg, file); err != nil {
		f.t.Fatal(err)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		f.t.Fatal(err)
	}
	return string(data)
}

// told is whom a preview names, and why.
func told(r *rehearsal) string {
	var list []string
	for _, n := range r.Mails {
		where := "by mail"
		switch {
		case !n.Reached:
			where = "not, " + n.Code + ": " + n.Trouble
		case n.Local:
			where = "here"
		}
		list = append(list, fmt.Sprintf("%s (%s) %s, %s", n.Address, n.Name, n.Why, where))
	}
	sort.Strings(list)
	return strings.Join(list, "; ")
}

func TestPreview(t *testing.T) {
	f := newFixture(t, nil)
	f.put("alice", "default", "m.ics", meeting(monday, "SUMMARY:Plans"))
	text := func(s string) *string { s = string(crlf(s)); return &s }
	bobsCopy := func() string {
		list, err := f.store.FindUID(bg, f.people["bob"].ID, "m")
		if err != nil || len(list) != 1 {
			t.Fatalf("bob's copy: %v %v", list, err)
		}
		return "/dav/calendars/bob/default/" + list[0].Name
	}()
	without := strings.ReplaceAll(meeting(monday, "SUMMARY:Plans"), "ATTENDEE;CN=Dan Outside:mailto:dan@example.net\n", "")
	for _, c := range []struct {
		name, who, href string
		data            *string
		want            string
	}{
		{"a new meeting", "alice", "/dav/calendars/alice/default/n.ics",
			text(strings.ReplaceAll(meeting(monday), "UID:m", "UID:n")), "bob@example.org (Bob) invited, here; dan@example.net (Dan Outside) invited, by mail"},
		{"another time", "alice", "/dav/calendars/alice/default/m.ics",
			text(meeting("DTSTART:20261130T110000Z\nDTEND:20261130T120000Z", "SUMMARY:Plans")),
			"bob@example.org (Bob) time changed, here; dan@example.net (Dan Outside) time changed, by mail"},
		{"another title", "alice", "/dav/calendars/alice/default/m.ics", text(meeting(monday, "SUMMARY:Ideas")),
			"bob@example.org (Bob) changed, here; dan@example.net (Dan Outside) changed, by mail"},
		{"an alarm alone", "alice", "/dav/calendars/alice/default/m.ics",
			text(meeting(monday, "SUMMARY:Plans", "BEGIN:VALARM\nACTION:DISPLAY\nDESCRIPTION:x\nTRIGGER:-PT5M\nEND:VALARM")), ""},
		{"somebody less", "alice", "/dav/calendars/alice/default/m.ics", text(without),
			"bob@example.org (Bob) changed, here; dan@example.net (Dan Outside) removed, by mail"},
		{"somebody who is nobody", "alice", "/dav/calendars/alice/default/m.ics",
			text(meeting(monday, "SUMMARY:Plans", "ATTENDEE:mailto:nobody@example.org")),
			"bob@example.org (Bob) changed, here; dan@example.net (Dan Outside) changed, by mail; nobody@example.org () invited, not, nobody: nobody has this address"},
		{"a deletion", "alice", "/dav/calendars/alice/default/m.ics", nil,
			"bob@example.org (Bob) cancelled, here; dan@example.net (Dan Outside) cancelled, by mail"},
		{"an answer", "bob", bobsCopy, text(strings.ReplaceAll(meeting(monday, "SUMMARY:Plans"), "ATTENDEE;CN=Bobby:", "ATTENDEE;CN=Bobby;PARTSTAT=ACCEPTED:")),
			"alice@example.org (Alice) reply, here"},
		{"what is no meeting", "alice", "/dav/calendars/alice/default/p.ics", text(vevent("p", monday)), ""},
		{"a contact", "alice", "/dav/addressbooks/alice/default/a.vcf", text("BEGIN:VCARD\nVERSION:4.0\nUID:a\nFN:A\nEND:VCARD\n"), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := f.rows()
			var r rehearsal
			f.ask(c.who, "POST", "/api/preview", map[string]any{"href": c.href, "data": c.data}).into(http.StatusOK, &r)
			if got := told(&r); got != c.want {
				t.Errorf("told %s\nwant %s", got, c.want)
			}
			if r.Quiet != (c.want == "") {
				t.Errorf("quiet: %v", r.Quiet)
			}
			if after := f.rows(); after != before {
				t.Error("the store changed")
			}
		})
	}
}

// A preview is refused where the write would be.
func TestPreviewRefused(t *testing.T) {
	f := newFixture(t, nil)
	r := f.put("alice", "default", "m.ics", meeting(monday))
	f.share(f.calendar("alice", "default"), "bob", read)
	data := string(crlf(meeting(monday, "SUMMARY:x")))
	ask := func(who, href, match string, data any) *answer {
		return f.ask(who, "POST", "/api/preview", map[string]any{"href": href, "ifMatch": match, "data": data})
	}
	ask("bob", "/dav/calendars/bob/alice~default/m.ics", "", data).refused(http.StatusForbidden, "need-privileges")
	ask("bob", "/dav/calendars/bob/alice~default/m.ics", "", nil).refused(http.StatusForbidden, "need-privileges")
	ask("carol", "/dav/calendars/alice/default/m.ics", "", data).refused(http.StatusForbidden, "need-privileges")
	ask("alice", "/dav/calendars/alice/default/m.ics", `"other"`, data).refused(http.StatusPreconditionFailed, "changed")
	ask("alice", "/dav/calendars/alice/default/m.ics", r.Object.ETag+"x", "nonsense").refused(http.StatusForbidden, "valid-calendar-data")
	ask("alice", "/dav/calendars/alice/default/gone.ics", "", nil).refused(http.StatusNotFound, "not-found")
	ask("alice", "nowhere", "", data).refused(http.StatusBadRequest, "bad-href")
	// Who may write for the owner but not invite in their name hears so before.
	f.share(f.calendar("alice", "default"), "bob", uint32(dav.Read|dav.Write|tree.ReadFreeBusy))
	ask("bob", "/dav/calendars/bob/alice~default/m.ics", "", data).refused(http.StatusForbidden, "need-privileges")
}

const weekly = "DTSTART:20261130T090000Z\nDTEND:20261130T100000Z\nRRULE:FREQ=WEEKLY"

func TestSplit(t *testing.T) {
	f := newFixture(t, nil)
	stored := f.put("alice", "default", "m.ics", meeting(weekly, "SUMMARY:Plans"))
	head := string(crlf(meeting(weekly+";UNTIL=20261213T235959Z", "SUMMARY:Plans")))
	tail := string(crlf(strings.ReplaceAll(meeting("DTSTART:20261214T110000Z\nDTEND:20261214T120000Z\nRRULE:FREQ=WEEKLY", "SUMMARY:Plans later"), "UID:m", "UID:m2")))
	in := map[string]any{"href": "/dav/calendars/alice/default/m.ics", "ifMatch": stored.Object.ETag, "data": head, "newName": "m2.ics", "newData": tail}

	var r rehearsal
	f.ask("alice", "POST", "/api/preview", in).into(http.StatusOK, &r)
	if got := told(&r); got != "bob@example.org (Bob) invited, here; dan@example.net (Dan Outside) invited, by mail" {
		t.Errorf("preview: %s", got)
	}
	// The second half cannot be stored: the first isn't, either.
	before := f.rows()
	bad := map[string]any{"href": in["href"], "ifMatch": in["ifMatch"], "data": head, "newName": "m2.ics", "newData": strings.ReplaceAll(tail, "UID:m2", "UID:m")}
	f.ask("alice", "POST", "/api/split", bad).refused(http.StatusForbidden, "no-uid-conflict")
	bad["newData"], bad["ifMatch"] = tail, `"old"`
	f.ask("alice", "POST", "/api/split", bad).refused(http.StatusPreconditionFailed, "changed")
	bad["ifMatch"] = ""
	f.ask("alice", "POST", "/api/split", bad).refused(http.StatusBadRequest, "no-version")
	if f.rows() != before {
		t.Error("a refused split changed the store")
	}

	var out struct{ Href, NewHref string }
	f.ask("alice", "POST", "/api/split", in).into(http.StatusOK, &out)
	if out.NewHref != "/dav/calendars/alice/default/m2.ics" || out.Href != in["href"] {
		t.Errorf("%+v", out)
	}
	for uid, want := range map[string]string{"m": "UNTIL=20261213T235959Z", "m2": "Plans later"} {
		for _, who := range []string{"alice", "bob"} {
			list, err := f.store.FindUID(bg, f.people[who].ID, uid)
			if err != nil || len(list) != 1 || !strings.Contains(string(list[0].Data), want) {
				t.Errorf("%s's %s: %d, %v", who, uid, len(list), err)
			}
		}
	}
	if f.rows() == before {
		t.Error("nothing tells a changed store from an unchanged one")
	}
	// Nothing stands in the way of a new name but what has it.
	in["newName"], in["ifMatch"] = "m.ics", `"x"`
	f.ask("alice", "POST", "/api/split", in).refused(http.StatusPreconditionFailed, "changed")
}
