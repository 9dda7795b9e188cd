package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// The heap that the collector lets grow before it works: small heaps are left alone for longer than Go would, since
// collecting them all the time costs a tenth of a busy server, and large ones for less, so that memory stays bounded.
const (
	heapGoal   = 40 << 20
	leastGrow  = 50  // percent over what lives
	mostGrow   = 400 // of small heaps
	growChange = 10  // percent: less is not worth stopping for
)

// paceCollector adapts the collector to the heap that lives, after each collection; unless the environment says how
// it is to work.
func paceCollector() {
	if os.Getenv("GOGC") == "" {
		(&pacer{percent: 100}).adapt()
	}
}

// pacer sets the percentage of growth. It is run by the collector itself, as the finalizer of a sentinel.
type pacer struct{ percent int }

type sentinel struct{ p *pacer }

func (p *pacer) adapt() {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	percent := mostGrow
	if n := live[0].Value; n.Kind() == metrics.KindUint64 {
		percent = growth(n.Uint64())
	}
	if d := percent - p.percent; d > growChange || d < -growChange {
		debug.SetGCPercent(percent)
		p.percent = percent
	}
	runtime.SetFinalizer(&sentinel{p}, func(s *sentinel) { s.p.adapt() })
}

// growth is by how many percent a heap of which live bytes are in use may grow.
func growth(live uint64) int {
	if live == 0 {
		return mostGrow
	}
	if live >= heapGoal {
		return leastGrow
	}
	return int(min(max(leastGrow, (heapGoal-live)*100/live), mostGrow))
}
