package timezone

import (
	"slices"
	"testing"
)

// A link and its zone show the same since 1970, and the table is in order.
func TestLinks(t *testing.T) {
	if !slices.IsSortedFunc(links[:], func(a, b [2]string) int {
		if a[0] < b[0] {
			return -1
		}
		return 1
	}) {
		t.Error("the table is not sorted")
	}
	for _, l := range links {
		a, b := byName(l[0]), byName(l[1])
		if a == nil || b == nil || !slices.Equal(a.Onsets(0, 4e9), b.Onsets(0, 4e9)) {
			t.Errorf("%s is not %s", l[0], l[1])
		}
		if zone, ok := Canonical(l[0]); zone != l[1] || !ok {
			t.Errorf("%s: %s %v", l[0], zone, ok)
		}
	}
	if zone, ok := Canonical("America/New_York"); zone != "America/New_York" || !ok {
		t.Errorf("%s %v", zone, ok)
	}
	if _, ok := Canonical("America/Pittsburgh"); ok {
		t.Error("there is no such zone")
	}
}
