package main

import "testing"

func TestGrowth(t *testing.T) {
	for live, want := range map[uint64]int{
		0: mostGrow, 1 << 20: mostGrow, 10 << 20: 300, 20 << 20: 100, 36 << 20: leastGrow, 40 << 20: leastGrow, 1 << 40: leastGrow,
	} {
		if got := growth(live); got != want {
			t.Errorf("%d bytes live: grows by %d %%, want %d", live, got, want)
		}
	}
}
