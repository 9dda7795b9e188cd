package imip

import (
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
)

// New invitations from one sender, alone and many at once.
func BenchmarkReceive(b *testing.B) {
	for _, atOnce := range []int{1, 16} {
		name := map[int]string{1: "alone", 16: "16 at once"}[atOnce]
		b.Run(name, func(b *testing.B) {
			w := newTown(b, func(o *IntakeOptions) {
				o.Limits = IntakeLimits{SenderPerHour: 1 << 30, DomainPerHour: 1 << 30, PerDay: 1 << 30}
			})
			w.trusts("far@example.net")
			mail := note{from: "far@example.net", proof: "example.net", method: "REQUEST", event: farEvent(0, 0, "")}.String()
			var n atomic.Int64
			one := func() {
				uid := "bench-" + strconv.FormatInt(n.Add(1), 10)
				raw := strings.NewReplacer("UID:f\r\n", "UID:"+uid+"\r\n", "@outside.example>", uid+"@outside.example>").Replace(mail)
				if out, err := w.Receive(b.Context(), toBob, []byte(raw)); err != nil || out.Action != Added {
					b.Error(out, err)
				}
			}
			b.ResetTimer()
			if atOnce == 1 {
				for b.Loop() {
					one()
				}
				return
			}
			b.SetParallelism(atOnce)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					one()
				}
			})
		})
	}
}
