package imip

import (
	"fmt"
	"testing"
	"time"

	"convoke/scheduling"
	"convoke/storage"
)

// BenchmarkQueue empties a queue of 10,000 mails of a hundred meetings over SMTP on loopback, four at once, and tells
// mails a second, each committed.
func BenchmarkQueue(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		r := &relay{}
		opt := r.start(b, NoTLS)
		opt.Keep = 4
		s := NewSMTP(opt)
		o := newOffice(b, func(o *OutgoingOptions) { o.Sender, o.Parallel = s, 4 })
		for i := range 100 {
			var guests []string
			for j := range 100 {
				guests = append(guests, fmt.Sprintf("guest%d@example.net", i*100+j))
			}
			o.put(fmt.Sprintf("u%d", i), "SUMMARY:Lunch\n"+lunchTime, guests...)
		}
		b.StartTimer()
		began := time.Now()
		o.later(time.Minute)
		b.StopTimer()
		if n := len(o.rows(storage.OutboundSent)); n != 10_000 {
			b.Fatalf("%d sent", n)
		}
		b.ReportMetric(10_000/time.Since(began).Seconds(), "mails/s")
		s.Close()
		b.StartTimer()
	}
}

// BenchmarkSettle is the share of the store: what became of a hundred mails of one meeting.
func BenchmarkSettle(b *testing.B) {
	o := newOffice(b)
	var guests []string
	for j := range 100 {
		guests = append(guests, fmt.Sprintf("guest%d@example.net", j))
	}
	o.put("u", "SUMMARY:Lunch\n"+lunchTime, guests...)
	rows := o.rows(storage.OutboundWaiting)
	codes := []string{scheduling.StatusNoWay, scheduling.StatusSent}
	for n := 0; b.Loop(); n++ {
		var list []scheduling.Mailing
		for _, r := range rows {
			list = append(list, scheduling.Mailing{Row: r, Code: codes[n%2], What: "mail"})
		}
		if err := o.sched.Mailed(bg, actor, list); err != nil {
			b.Fatal(err)
		}
	}
}
