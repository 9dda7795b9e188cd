package timezone

import (
	"slices"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // for machines without a tz database, and for names theirs lacks
	"unicode"
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
	s := clean(tzid)
	if z := byAlias(s); z != nil {
		return z
	}
	// Exchange writes tzone://Microsoft/Utc, and tzone://Microsoft/Custom, which says nothing.
	const microsoft = "tzone://microsoft/"
	if len(s) > len(microsoft) && strings.EqualFold(s[:len(microsoft)], microsoft) {
		return byAlias(s[len(microsoft):])
	}
	return nil
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
	return strings.Trim(s, " \t\r\n\"'")
}

func byAlias(s string) *Zone {
	if z := byName(s); z != nil {
		return z
	}
	low := strings.ToLower(s)
	if name, found := find(aliases[:], plain(undisplay(low))); found {
		return byName(name)
	}
	if name, found := byWindows(low); found {
		return byName(name)
	}
	if name, found := byOffset(low); found {
		return byName(name)
	}
	if strings.Contains(s, "/") {
		if z := byEnding(s); z != nil {
			return z
		}
	}
	for i := range names {
		if foldEqual(names[i], s) {
			return load(i)
		}
	}
	return nil
}

// byWindows looks a lower-case name up among those of Windows, also if it names the summer half.
func byWindows(low string) (string, bool) {
	if head, tail, found := strings.Cut(low, " standard time "); found && len(tail) == 1 && tail[0] >= '1' && tail[0] <= '9' {
		low = head + " standard time" // Exchange numbers zones that one message has twice
	}
	if name, found := find(windows[:], low); found {
		return name, true
	}
	if half, found := strings.CutSuffix(low, " daylight time"); found {
		return find(windows[:], half+" standard time")
	}
	return "", false
}

// byOffset reads "utc+1", "gmt-0500" and "utc+02:00", whole hours; those of the tz database
// have the sign of POSIX, so "GMT+1" lies east where "Etc/GMT+1" lies west.
func byOffset(low string) (string, bool) {
	rest, found := strings.CutPrefix(low, "utc")
	if !found {
		if rest, found = strings.CutPrefix(low, "gmt"); !found {
			return "", false
		}
	}
	rest = strings.ReplaceAll(rest, " ", "")
	if len(rest) < 2 || (rest[0] != '+' && rest[0] != '-') {
		return "", false
	}
	sign, hours := "-", rest[1:]
	if rest[0] == '-' {
		sign = "+"
	}
	if len(hours) > 2 { // minutes must be none
		hours = strings.TrimSuffix(strings.TrimSuffix(hours, "00"), ":")
	}
	if len(hours) == 2 && hours[0] == '0' {
		hours = hours[1:]
	}
	if hours == "0" {
		return "UTC", true
	}
	name := "Etc/GMT" + sign + hours
	_, found = slices.BinarySearch(names[:], name)
	return name, found
}

// byEnding finds the longest ending, cut at slashes, that the tz database knows. Evolution writes
// /freeassociation.sourceforge.net/Tzfile/Europe/Berlin, Mozilla /mozilla.org/20050126_1/Europe/Berlin,
// others alike: a leading slash marks a globally unique name (RFC 5545 §3.8.3.1). Elsewhere an
// ending of one word, as in "Offices/Cuba", says too little.
func byEnding(s string) *Zone {
	unique := strings.HasPrefix(s, "/") || strings.Contains(s, "://")
	for {
		_, tail, found := strings.Cut(s, "/")
		if !found || (!unique && !strings.Contains(tail, "/")) {
			return nil
		}
		if z := byName(tail); z != nil {
			return z
		}
		s = tail
	}
}

// foldEqual compares without regard to case, and takes Europe_Berlin and America-New York for what
// they are.
func foldEqual(name, s string) bool {
	if len(name) != len(s) {
		return false
	}
	divided := false
	for i := 0; i < len(s); i++ {
		a, b := fold(name[i]), fold(s[i])
		if a != b {
			return false
		}
		divided = divided || name[i] == '/'
	}
	return divided || strings.EqualFold(name, s)
}

func fold(c byte) byte {
	switch {
	case c >= 'A' && c <= 'Z':
		return c + 'a' - 'A'
	case c == '/' || c == '-' || c == ' ':
		return '_'
	}
	return c
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

// plain leaves letters and digits with single blanks between: releases of Windows and Exchange
// differ in all else. "&" is "and".
func plain(low string) string {
	var b strings.Builder
	blank := false
	put := func(s string) {
		if blank && b.Len() > 0 {
			b.WriteByte(' ')
		}
		blank = false
		b.WriteString(s)
	}
	for i, r := range low {
		switch {
		case r == '&':
			blank = true
			put("and")
			blank = true
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			put(low[i : i+len(string(r))])
		default:
			blank = true
		}
	}
	return b.String()
}

func find(table [][2]string, key string) (string, bool) {
	i, found := slices.BinarySearchFunc(table, key, func(row [2]string, k string) int { return strings.Compare(row[0], k) })
	if !found {
		return "", false
	}
	return table[i][1], true
}
