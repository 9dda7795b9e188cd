package caldav

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"convoke/internal/icalendar"
	"convoke/storage"
)

// fill puts n events into bernard's default calendar: over 30 months, one in 50 recurring, one in 20 all-day.
func fill(tb testing.TB, h *house, n int) {
	tb.Helper()
	ctx := context.Background()
	c, err := h.store.CollectionAt(ctx, storage.Calendars, "bernard", []string{"default"})
	if err != nil {
		tb.Fatal(err)
	}
	start := time.Date(2025, 1, 1, 8, 0, 0, 0, time.UTC)
	for i := 0; i < n; {
		err := h.store.Update(ctx, storage.Actor{Door: "import"}, func(tx *storage.Tx) error {
			for end := min(i+500, n); i < end; i++ {
				text := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Bench//EN\r\nBEGIN:VEVENT\r\n" + fmt.Sprintf("UID:bench-%d\r\n", i) +
					"DTSTAMP:20250101T000000Z\r\nSUMMARY:Event of the bench\r\nDESCRIPTION:Some words that say what it is about\r\nLOCATION:Room 5\r\n"
				at := start.Add(time.Duration(i) * (900 * 24 * time.Hour / time.Duration(n))).Truncate(time.Minute)
				switch {
				case i%20 == 0:
					text += "DTSTART;VALUE=DATE:" + at.Format("20060102") + "\r\n"
				default:
					text += "DTSTART:" + at.Format(utcForm) + "\r\nDTEND:" + at.Add(time.Hour).Format(utcForm) + "\r\n"
				}
				if i%50 == 1 {
					text += "RRULE:FREQ=WEEKLY;COUNT=20\r\n"
				}
				text += "END:VEVENT\r\nEND:VCALENDAR\r\n"
				o, err := icalendar.Parse([]byte(text))
				if err != nil {
					return err
				}
				span := o.Span()
				stored := &storage.Object{Data: []byte(text)}
				stored.CollectionID, stored.Name, stored.ContentType = c.ID, fmt.Sprintf("bench-%d.ics", i), calendarType
				stored.Facts = storage.Facts{UID: o.UID(), Component: "VEVENT", First: span.First, Last: span.Last, Recurring: span.Recurring, Floating: span.Floating}
				if _, err := tx.PutObject(stored); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			tb.Fatal(err)
		}
	}
}

// ask sends one request and gives the body of the answer.
func (h *house) ask(tb testing.TB, who, method, path, body string, want int) string {
	tb.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.SetBasicAuth(who, "secret")
	r.Header.Set("Depth", "1")
	r.Header.Set("Content-Type", "application/xml")
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	if w.Code != want {
		tb.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body.String())
	}
	return w.Body.String()
}

const benchCalendar = "/dav/calendars/bernard/default/"

func benchQuery(props, filter string) string {
	return `<C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:prop>` + props + `</D:prop><C:filter>` + inCalendar(filter) + `</C:filter></C:calendar-query>`
}

const month = `<C:comp-filter name="VEVENT"><C:time-range start="20260101T000000Z" end="20260201T000000Z"/></C:comp-filter>`

func BenchmarkMonth(b *testing.B) {
	h := newHouse(b, Limits{})
	fill(b, h, 10_000)
	for _, bench := range []struct{ name, props string }{
		{"etags", `<D:getetag/>`},
		{"data", `<D:getetag/><C:calendar-data/>`},
		{"expand", `<C:calendar-data><C:expand start="20260101T000000Z" end="20260201T000000Z"/></C:calendar-data>`},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				h.ask(b, "bernard", "REPORT", benchCalendar, benchQuery(bench.props, month), http.StatusMultiStatus)
			}
		})
	}
	b.Run("all etags", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			h.ask(b, "bernard", "REPORT", benchCalendar, benchQuery(`<D:getetag/>`, `<C:comp-filter name="VEVENT"/>`), http.StatusMultiStatus)
		}
	})
	b.Run("by UID", func(b *testing.B) {
		b.ReportAllocs()
		uid := `<C:comp-filter name="VEVENT"><C:prop-filter name="UID"><C:text-match collation="i;octet">bench-4711</C:text-match></C:prop-filter></C:comp-filter>`
		for b.Loop() {
			h.ask(b, "bernard", "REPORT", benchCalendar, benchQuery(`<D:getetag/>`, uid), http.StatusMultiStatus)
		}
	})
	b.Run("text in all", func(b *testing.B) {
		b.ReportAllocs()
		text := `<C:comp-filter name="VEVENT"><C:prop-filter name="SUMMARY"><C:text-match>nowhere</C:text-match></C:prop-filter></C:comp-filter>`
		for b.Loop() {
			h.ask(b, "bernard", "REPORT", benchCalendar, benchQuery(`<D:getetag/>`, text), http.StatusMultiStatus)
		}
	})
	b.Run("multiget 100", func(b *testing.B) {
		b.ReportAllocs()
		var hrefs strings.Builder
		for i := range 100 {
			fmt.Fprintf(&hrefs, "<D:href>%sbench-%d.ics</D:href>", benchCalendar, i*7)
		}
		body := `<C:calendar-multiget xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:prop><D:getetag/><C:calendar-data/></D:prop>` + hrefs.String() + `</C:calendar-multiget>`
		for b.Loop() {
			h.ask(b, "bernard", "REPORT", benchCalendar, body, http.StatusMultiStatus)
		}
	})
}
