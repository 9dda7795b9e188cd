package timezone

import (
	"slices"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // the machine may have no tz database, or an old one
)

// loaded holds the zones in use, by their place in names; filled when first asked for.
var loaded [len(names)]struct {
	once sync.Once
	zone *Zone
}

// maxTZID bounds the names looked at; the longest known one is far shorter.
const maxTZID = 255

// Names gives the names of the tz database, sorted.
func Names() []string { return slices.Clone(names[:]) }

// UTC gives the zone UTC.
func UTC() *Zone { return Lookup("UTC") }

// Lookup finds the zone that a TZID means: a name of the tz database, a Windows name, or one of
// the dressed-up forms clients write. It gives nil if the name says nothing; then the VTIMEZONE
// of the object decides.
func Lookup(tzid string) *Zone {
	if z := byName(tzid); z != nil {
		return z
	}
	if len(tzid) > maxTZID {
		return nil
	}
	return byAlias(clean(tzid))
}

func byName(name string) *Zone {
	i, found := slices.BinarySearch(names[:], name)
	if !found {
		return nil
	}
	return load(i)
}

func load(i int) *Zone {
	e := &loaded[i]
	e.once.Do(func() {
		if loc, err := time.LoadLocation(names[i]); err == nil {
			e.zone = fromLocation(names[i], loc)
		}
	})
	return e.zone
}

// clean takes off what clients put around a name: blanks, quotes, escapes of TEXT.
func clean(s string) string {
	if strings.Contains(s, `\`) {
		s = strings.ReplaceAll(s, `\`, "")
	}
	return strings.Trim(s, " \t\"'")
}

func byAlias(s string) *Zone {
	if z := byName(s); z != nil {
		return z
	}
	// Evolution writes /freeassociation.sourceforge.net/Tzfile/Europe/Berlin, Mozilla
	// /mozilla.org/20050126_1/Europe/Berlin, Citadel and others alike (RFC 5545 §3.8.3.1:
	// a leading slash marks a globally unique name).
	if strings.HasPrefix(s, "/") || strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://") {
		for rest := s; ; {
			_, tail, found := strings.Cut(rest, "/")
			if !found {
				return nil
			}
			if z := byName(tail); z != nil {
				return z
			}
			rest = tail
		}
	}
	low := strings.ToLower(s)
	if head, tail, found := strings.Cut(low, " standard time "); found && len(tail) == 1 && tail[0] >= '1' && tail[0] <= '9' {
		low = head + " standard time" // Exchange numbers zones that one message has twice
	}
	if name, found := find(windows[:], low); found {
		return byName(name)
	}
	if name, found := find(aliases[:], strings.Join(strings.Fields(undisplay(low)), " ")); found {
		return byName(name)
	}
	for i := range names {
		if strings.EqualFold(names[i], s) {
			return load(i)
		}
	}
	return nil
}

// undisplay takes "(UTC+01:00) " or "(GMT+01.00) " off a display name of Windows.
func undisplay(s string) string {
	if strings.HasPrefix(s, "(utc") || strings.HasPrefix(s, "(gmt") {
		if _, rest, found := strings.Cut(s, ")"); found && strings.TrimSpace(rest) != "" {
			return strings.TrimSpace(rest)
		}
	}
	return s
}

func find(table [][2]string, key string) (string, bool) {
	i, found := slices.BinarySearchFunc(table, key, func(row [2]string, k string) int { return strings.Compare(row[0], k) })
	if !found {
		return "", false
	}
	return table[i][1], true
}
