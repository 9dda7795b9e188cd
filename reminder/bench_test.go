package reminder

import (
	"fmt"
	"testing"
	"time"
)

// What planning anew costs for a person with a thousand events that have alarms, half of them series.
func BenchmarkRead(b *testing.B) {
	d := newDesk(b, "")
	for n := range 1000 {
		lines := []string{"DTSTART:20260310T140000Z\nDTEND:20260310T150000Z", alarm("EMAIL", "TRIGGER:-PT15M")}
		if n%2 == 0 {
			lines[0] = "DTSTART:20250107T140000Z\nRRULE:FREQ=WEEKLY"
		}
		d.put(fmt.Sprint("n", n), lines...)
	}
	d.at(time.Minute)
	p := d.s.people[d.anna.ID]
	for b.Loop() {
		if err := d.s.read(bg, p, d.now); err != nil {
			b.Fatal(err)
		}
	}
}
