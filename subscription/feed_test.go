package subscription

import (
	"context"
	"strconv"
	"strings"
	"testing"

	"convoke/scheduling"
	"convoke/storage"
)

// A time zone stands in each event that uses it: what a small feed becomes in memory is bounded, and told.
func TestFeedThatGrows(t *testing.T) {
	f := newSite(t)
	zone := "BEGIN:VTIMEZONE\r\nTZID:Home\r\n" + strings.Repeat("X-A:"+strings.Repeat("a", 4000)+"\r\n", 256) +
		"BEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
	var events []string
	for i := range 80 {
		events = append(events, strings.ReplaceAll(event(strconv.Itoa(i), "x"), "DTSTART:20261105T180000Z\r\nDTEND:20261105T200000Z", "DTSTART;TZID=Home:20261105T180000"))
	}
	read, held := &feed{}, 0
	if err := f.service.parse(read, []byte(calendarOf(zone, events...)), false); err != nil {
		t.Fatal(err)
	}
	for _, o := range read.objects {
		held += len(o.Bytes())
	}
	if held > maxBytes || len(read.objects) < 50 || read.skips.Count == 0 || len(read.objects)+read.skips.Count != len(events) {
		t.Errorf("%d events of %d bytes, %d skipped: %+v", len(read.objects), held, read.skips.Count, read.skips.Items[:min(1, read.skips.Count)])
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(calendarOf("NAME:x\r\n", event("a", "b"), event("", "c"))))
	f.Add([]byte("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n"))
	f.Add([]byte("<html>"))
	store, err := storage.Open(context.Background(), f.TempDir(), storage.Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = store.Close() })
	s := New(Options{Store: store, Scheduler: scheduling.New(store, scheduling.Options{})})
	f.Fuzz(func(t *testing.T, data []byte) {
		var read feed
		if err := s.parse(&read, data, false); err != nil {
			return
		}
		seen := map[string]bool{}
		for _, o := range read.objects {
			if uid := o.UID(); uid == "" || seen[uid] {
				t.Errorf("UID %q", uid)
			} else {
				seen[uid] = true
			}
		}
		read.name("https://a.test/")
		read.color()
		read.advised()
	})
}
