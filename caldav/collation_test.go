package caldav

import (
	"strings"
	"testing"
)

func TestTextMatch(t *testing.T) {
	tests := []struct {
		name, collation, needle, text string
		negate, want                  bool
	}{
		{"RFC 4790 §9.2: ASCII letters fold", "", "lunch", "Team LUNCH", false, true},
		{"RFC 4790 §9.2: others don't", "i;ascii-casemap", "ÄRZTE", "ärzte", false, false},
		{"RFC 4790 §9.3: octets are themselves", "i;octet", "lunch", "Team LUNCH", false, false},
		{"RFC 4791 §9.7.5: a substring is enough", "i;octet", "unc", "lunch", false, true},
		{"RFC 5051: letters fold beyond ASCII", "i;unicode-casemap", "ÄRZTE", "Die ärzte", false, true},
		{"RFC 5051 §2: composed equals decomposed", "i;unicode-casemap", "caf\u00e9", "Cafe\u0301 Nero", false, true},
		{"RFC 5051 §2: the example of U+01C4", "i;unicode-casemap", "\u01c6", "x\u01c4x", false, true},
		{"RFC 4791 §9.7.5: negated", "", "CANCELLED", "NEEDS-ACTION", true, true},
		{"RFC 4791 §9.7.5: negated and there", "", "cancelled", "CANCELLED", true, false},
		{"an empty needle is in everything", "", "", "", false, true},
		{"RFC 5051 §2: no UTF-8 is compared as octets", "i;unicode-casemap", "\xff", "a\xff", false, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, ok := collationNamed(test.collation)
			if !ok {
				t.Fatal("no such collation")
			}
			m := textMatch{needle: c.prepare(test.needle), collation: c, negate: test.negate}
			if got := m.matches(test.text); got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

// FuzzFold checks that a prepared string is prepared, and that a string is found in itself.
func FuzzFold(f *testing.F) {
	for _, s := range []string{"", "abc", "Ünïcode ß ŉ", "\u01c4", "\xff\xfe", "e\u0301"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, c := range collations {
			p := c.prepare(s)
			if !strings.Contains(c.prepare("x"+p+"x"), c.prepare(p)) && c.name != "i;unicode-casemap" {
				t.Errorf("%s: %q is not in itself", c.name, s)
			}
			if len(p) > 64*len(s)+64 {
				t.Errorf("%s: %d bytes grow to %d", c.name, len(s), len(p))
			}
		}
	})
}
