package icalendar

import (
	"strings"
	"testing"
)

func TestValidate(t *testing.T) {
	const ok = "DTSTART:20260301T100000Z"
	vevent := func(lines string) string { return "BEGIN:VEVENT\nUID:1\n" + lines + "\nEND:VEVENT\n" }
	series := vevent(ok + "\nRRULE:FREQ=DAILY")
	many := func(n int, line string) string { return ok + strings.Repeat("\n"+line, n) }
	for _, c := range []struct {
		why, parts string
		want       Precondition
	}{
		{"one event", vevent(ok), ""},
		{"missing DTSTAMP passes", vevent(ok), ""},
		{"a to-do without dates", "BEGIN:VTODO\nUID:1\nEND:VTODO", ""},
		{"event and to-do (RFC 4791 §4.1)", vevent(ok) + "BEGIN:VTODO\nUID:1\nEND:VTODO", ValidObject},
		{"two UIDs (RFC 4791 §4.1)", vevent(ok) + strings.Replace(vevent(ok), "UID:1", "UID:2", 1), ValidObject},
		{"METHOD (RFC 4791 §4.1)", "METHOD:REQUEST\n" + vevent(ok), ValidObject},
		{"no UID", "BEGIN:VEVENT\n" + ok + "\nEND:VEVENT", ValidObject},
		{"no component", "BEGIN:VTIMEZONE\nTZID:X\nEND:VTIMEZONE", ValidObject},
		{"nothing at all", "", ValidObject},
		{"two masters", vevent(ok) + vevent(ok), ValidObject},
		{"overrides alone (RFC 4791 §4.1)", vevent(ok + "\nRECURRENCE-ID:20260301T100000Z"), ""},
		{"two overrides of one instance", series + vevent(ok+"\nRECURRENCE-ID:20260302T100000Z") + vevent(ok+"\nRECURRENCE-ID:20260302T100000Z"), ValidObject},
		{"an override of an event that does not recur", vevent(ok) + vevent(ok+"\nRECURRENCE-ID:20260302T100000Z"), ValidObject},
		{"zone known by name without VTIMEZONE (RFC 7809 §3.1.3)", vevent("DTSTART;TZID=Europe/Berlin:20260301T100000"), ""},
		{"zone of Windows", vevent("DTSTART;TZID=W. Europe Standard Time:20260301T100000"), ""},
		{"zone nobody knows (RFC 4791 §4.1)", vevent("DTSTART;TZID=Example/Nowhere:20260301T100000"), ValidObject},
		{"zone that is defined", "BEGIN:VTIMEZONE\nTZID:Example/Nowhere\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0300\nTZOFFSETTO:+0300\nEND:STANDARD\nEND:VTIMEZONE\n" +
			vevent("DTSTART;TZID=Example/Nowhere:20260301T100000"), ""},
		{"VERSION 1.0", "VERSION:1.0\n" + vevent(ok), ValidData},
		{"CALSCALE", "CALSCALE:CHINESE\n" + vevent(ok), ValidData},
		{"no DTSTART (RFC 5545 §3.6.1)", vevent("SUMMARY:x"), ValidData},
		{"DTSTART twice", vevent(ok + "\n" + ok), ValidData},
		{"DTSTART that is no date", vevent("DTSTART:20260231T100000Z"), ValidData},
		{"DTEND that is no date", vevent(ok + "\nDTEND:soon"), ValidData},
		{"DTEND a date, DTSTART a time (RFC 5545 §3.8.2.2)", vevent(ok + "\nDTEND;VALUE=DATE:20260302"), ValidData},
		{"DTEND a time, DTSTART a date (RFC 5545 §3.8.2.2)", vevent("DTSTART;VALUE=DATE:20260301\nDTEND:20260302T000000Z"), ValidData},
		{"DTEND floating, DTSTART not (RFC 5545 §3.8.2.2)", vevent(ok + "\nDTEND:20260301T110000"), ValidData},
		{"DTSTART floating, DTEND not (RFC 5545 §3.8.2.2)", vevent("DTSTART:20260301T100000\nDTEND;TZID=Europe/Berlin:20260301T110000"), ValidData},
		{"DTSTART in UTC, DTEND in a zone", vevent(ok + "\nDTEND;TZID=Europe/Berlin:20260301T120000"), ""},
		{"both floating", vevent("DTSTART:20260301T100000\nDTEND:20260301T110000"), ""},
		{"both dates", vevent("DTSTART;VALUE=DATE:20260301\nDTEND;VALUE=DATE:20260302"), ""},
		{"DUE a date, DTSTART a time, as apps for tasks send", "BEGIN:VTODO\nUID:1\nDTSTART:20260301T100000Z\nDUE;VALUE=DATE:20260302\nEND:VTODO", ""},
		{"DUE alone", "BEGIN:VTODO\nUID:1\nDUE;VALUE=DATE:20260302\nEND:VTODO", ""},
		{"RRULE that is none", vevent(ok + "\nRRULE:FREQ=MONTHLY;BYDAY=+1,3MO"), ValidData},
		{"empty RRULE", vevent(ok + "\nRRULE:"), ""},
		{"RSCALE (RFC 7529 §8)", vevent(ok + "\nRRULE:RSCALE=CHINESE;FREQ=YEARLY"), SupportedScale},
		{"before 1900", vevent("DTSTART:18991231T235959Z"), MinDateTime},
		{"1900", vevent("DTSTART:19000101T000000Z"), ""},
		{"after 2200", vevent("DTSTART:22000102T000000Z"), MaxDateTime},
		{"1,000 attendees", vevent(many(1000, "ATTENDEE:mailto:a@b")), ""},
		{"1,001 attendees", vevent(many(1001, "ATTENDEE:mailto:a@b")), MaxAttendees},
		{"5,001 dates", vevent(ok + "\nEXDATE:20260301T100000Z" + strings.Repeat(",20260301T100000Z", 5000)), MaxInstances},
		{"1,001 overrides", series + strings.Repeat(vevent(ok+"\nRECURRENCE-ID:20260302T100000Z"), 1001), MaxInstances},
		{"MINUTELY without an end", vevent(ok + "\nRRULE:FREQ=MINUTELY"), MaxInstances},
		{"MINUTELY, 3,000 times", vevent(ok + "\nRRULE:FREQ=MINUTELY;COUNT=3000"), ""},
		{"MINUTELY, 3,001 times", vevent(ok + "\nRRULE:FREQ=MINUTELY;COUNT=3001"), MaxInstances},
		{"HOURLY without an end", vevent(ok + "\nRRULE:FREQ=HOURLY"), ""},
		{"DAILY for ever and a day", vevent(ok + "\nRRULE:FREQ=DAILY;COUNT=99999"), ""},
		{"50 alarms", vevent(many(50, "BEGIN:VALARM\nTRIGGER:odd\nEND:VALARM")), ""},
		{"51 alarms", vevent(many(51, "BEGIN:VALARM\nEND:VALARM")), ValidData},
		{"REPEAT of 101", vevent(ok + "\nBEGIN:VALARM\nREPEAT:101\nEND:VALARM"), ValidData},
		{"51 zones", strings.Repeat("BEGIN:VTIMEZONE\nTZID:X\nEND:VTIMEZONE\n", 51) + vevent(ok), ValidData},
		{"PARTICIPANT (RFC 9073 §7.1)", vevent(ok + "\nBEGIN:PARTICIPANT\nUID:p\nPARTICIPANT-TYPE:SPEAKER\nEND:PARTICIPANT"), ""},
		{"availability (RFC 7953 §3.1)", "BEGIN:VAVAILABILITY\nUID:1\nBEGIN:AVAILABLE\nUID:2\nDTSTART:20260301T100000Z\nDTEND:20260301T110000Z\nRRULE:FREQ=DAILY\nEND:AVAILABLE\nEND:VAVAILABILITY", ""},
		{"availability with a broken rule", "BEGIN:VAVAILABILITY\nUID:1\nBEGIN:AVAILABLE\nUID:2\nDTSTART:20260301T100000Z\nRRULE:FREQ=OFTEN\nEND:AVAILABLE\nEND:VAVAILABILITY", ValidData},
	} {
		t.Run(c.why, func(t *testing.T) {
			text := calendar(strings.TrimSpace(c.parts))
			if strings.HasPrefix(c.parts, "VERSION") {
				text = strings.Replace(text, "VERSION:2.0\r\n", "", 1)
			}
			err := mustParse(t, text).Validate()
			if got := BrokenBy(err); got != c.want || (err == nil) != (c.want == "") {
				t.Errorf("got %q (%v), want %q", got, err, c.want)
			}
		})
	}
}

func TestMessagesMayHaveMethod(t *testing.T) {
	o := mustParse(t, calendar("METHOD:CANCEL\nBEGIN:VEVENT\nUID:1\nEND:VEVENT"))
	if err := o.ValidateWith(Limits{Message: true}); err != nil {
		t.Error(err)
	}
	if o.Method() != "CANCEL" {
		t.Errorf("METHOD %q", o.Method())
	}
}

func TestImportTakesEndsOfAnotherForm(t *testing.T) {
	o := mustParse(t, calendar("BEGIN:VEVENT\nUID:1\nDTSTART:20260301T100000Z\nDTEND;VALUE=DATE:20260302\nEND:VEVENT"))
	if err := o.ValidateWith(Limits{Import: true}); err != nil {
		t.Error(err)
	}
}
