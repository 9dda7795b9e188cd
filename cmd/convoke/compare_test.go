package main

import (
	"strings"
	"testing"
)

// What verify must show: times of instances and attendees, contact fields and groups, status, due and recurrence of tasks.
func TestDifferences(t *testing.T) {
	event := func(lines string) string {
		return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nBEGIN:VEVENT\r\nUID:u\r\nDTSTAMP:20260101T000000Z\r\n" + lines + "END:VEVENT\r\nEND:VCALENDAR\r\n"
	}
	override := func(lines string) string {
		return strings.Replace(event("DTSTART:20260105T090000Z\r\nRRULE:FREQ=DAILY;COUNT=3\r\n"), "END:VCALENDAR",
			"BEGIN:VEVENT\r\nUID:u\r\nDTSTAMP:20260101T000000Z\r\nRECURRENCE-ID:20260106T090000Z\r\n"+lines+"END:VEVENT\r\nEND:VCALENDAR", 1)
	}
	task := func(lines string) string {
		return strings.ReplaceAll(event(lines), "VEVENT", "VTODO")
	}
	card := func(lines string) string {
		return "BEGIN:VCARD\r\nVERSION:4.0\r\nUID:u\r\nFN:Ann\r\n" + lines + "END:VCARD\r\n"
	}
	for _, row := range []struct {
		title, kind, source, here, want string
	}{
		{"the same bytes", "VEVENT", "no calendar at all", "no calendar at all", ""},
		{"the same times in another zone", "VEVENT",
			event("DTSTART;TZID=Europe/Berlin:20260105T100000\r\nDURATION:PT1H\r\n"), event("DTSTART:20260105T090000Z\r\nDTEND:20260105T100000Z\r\n"), ""},
		{"another end of a series without one", "VEVENT",
			event("DTSTART:20260105T090000Z\r\nRRULE:FREQ=DAILY\r\n"), event("DTSTART:20260105T090000Z\r\nRRULE:FREQ=DAILY;INTERVAL=1;UNTIL=20900101T000000Z\r\n"),
			"recurrence: only in the source FREQ=DAILY; only here FREQ=DAILY;INTERVAL=1;UNTIL=20900101T000000Z"},
		{"an exclusion lost", "VEVENT",
			event("DTSTART:20260105T090000Z\r\nRRULE:FREQ=DAILY;COUNT=3\r\nEXDATE:20260106T090000Z\r\n"), event("DTSTART:20260105T090000Z\r\nRRULE:FREQ=DAILY;COUNT=3\r\n"),
			"times: only here 2026-01-06T09:00:00Z to 2026-01-06T09:00:00Z"},
		{"an attendee of one instance", "VEVENT",
			override("DTSTART:20260106T090000Z\r\nATTENDEE;PARTSTAT=DECLINED:mailto:Bob@example.org\r\n"), override("DTSTART:20260106T090000Z\r\n"),
			"attendees: only in the source bob@example.org (declined) at 2026-01-06T09:00:00Z"},
		{"a task's rule, due date and state", "VTODO",
			task("DTSTART:20260105T090000Z\r\nDUE:20260105T100000Z\r\nSTATUS:NEEDS-ACTION\r\nRRULE:FREQ=WEEKLY;COUNT=1\r\n"), task("DTSTART:20260105T090000Z\r\nDUE:20260105T100000Z\r\nSTATUS:COMPLETED\r\n"),
			`recurrence: only in the source FREQ=WEEKLY;COUNT=1|status: only in the source "NEEDS-ACTION"; only here "COMPLETED"`},
		{"one of two equal mails", "VCARD", card("EMAIL:a@example.org\r\nEMAIL:a@example.org\r\n"), card("EMAIL:a@example.org\r\n"), "mail: only in the source a@example.org"},
		{"types of phones in another order", "VCARD", card("TEL;TYPE=home,cell:1\r\nTEL;TYPE=work:2\r\n"), card("TEL;TYPE=WORK:2\r\nTEL;TYPE=cell;TYPE=home:1\r\n"), ""},
		{"a member of a group", "VCARD", card("KIND:group\r\nMEMBER:urn:uuid:1\r\nMEMBER:urn:uuid:2\r\n"), card("KIND:group\r\nMEMBER:urn:uuid:2\r\n"), "members: only in the source urn:uuid:1"},
		{"four phones", "VCARD", card("TEL:1\r\nTEL:2\r\nTEL:3\r\nTEL:4\r\n"), card(""), "phone: only in the source 1, 2, 3 and 1 more"},
		{"what cannot be read", "VCARD", "x", "y", "it cannot be read and is not the same byte for byte"},
	} {
		got := strings.Join(differences(row.kind, []byte(row.source), row.kind, []byte(row.here)), "|")
		if got != row.want {
			t.Errorf("%s:\n got %s\nwant %s", row.title, got, row.want)
		}
	}
	if got := differences("VEVENT", []byte(event("")), "VTODO", []byte(task(""))); len(got) != 1 || got[0] != "a different kind: event in the source, task here" {
		t.Errorf("another kind: %q", got)
	}
}
