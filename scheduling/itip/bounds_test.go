package itip

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"convoke/internal/icalendar"
)

// bomb is a long series and the same with many of its instances excluded.
func bomb(t testing.TB, attendees, excluded int) (old, now *icalendar.Object) {
	t.Helper()
	var people, exdates strings.Builder
	for i := range attendees {
		fmt.Fprintf(&people, "ATTENDEE:mailto:u%d@else.net\r\n", i)
	}
	start := time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range excluded {
		fmt.Fprintf(&exdates, "EXDATE:%s\r\n", start.Add(time.Duration(89_999-i)*time.Hour).Format("20060102T150405Z"))
	}
	text := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nBEGIN:VEVENT\r\nUID:many\r\nDTSTAMP:20261101T000000Z\r\n" +
		"DTSTART:20100101T000000Z\r\nDTEND:20100101T000500Z\r\nORGANIZER:mailto:cat@example.org\r\nATTENDEE:mailto:cat@example.org\r\n" +
		people.String() + "RRULE:FREQ=HOURLY;COUNT=90000\r\n%sEND:VEVENT\r\nEND:VCALENDAR\r\n"
	for i, x := range []string{"", exdates.String()} {
		o, err := icalendar.Parse([]byte(fmt.Sprintf(text, x)))
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			old = o
		} else {
			now = o
		}
	}
	return old, now
}

// What the organizer excludes for everybody is cancelled by one message that all share: the work must not grow with
// attendees times instances.
func TestExclusionsAreToldOnce(t *testing.T) {
	old, now := bomb(t, 20, 300)
	plan, err := Change(old, now, worldOf("mailto:cat@example.org", time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)), Mode{Floor: -1})
	if err != nil {
		t.Fatal(err)
	}
	cancels := map[*icalendar.Object]int{}
	for _, m := range plan.Messages {
		if m.Method == Cancel {
			cancels[m.Object]++
		}
	}
	if len(cancels) != 1 {
		t.Fatalf("%d CANCELs were written, want one for all", len(cancels))
	}
	for _, n := range cancels {
		if n != 20 {
			t.Errorf("%d were told, want 20", n)
		}
	}
}

// A change that would have to tell of more than any meeting of people has is refused (reliability.md §2).
func TestChangeIsBounded(t *testing.T) {
	old, now := bomb(t, 100, 2000)
	_, err := Change(old, now, worldOf("mailto:cat@example.org", time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)), Mode{Floor: -1})
	if !errors.Is(err, ErrTooManyInstances) {
		t.Errorf("got %v", err)
	}
}

func BenchmarkExclusions(b *testing.B) {
	old, now := bomb(b, 20, 500)
	w := worldOf("mailto:cat@example.org", time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC))
	for b.Loop() {
		if _, err := Change(old, now, w, Mode{Floor: -1}); err != nil {
			b.Fatal(err)
		}
	}
}
