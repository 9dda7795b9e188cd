package timezone

import (
	"cmp"
	"errors"
	"math"
	"slices"
	"strings"

	"convoke/internal/recur"
)

// Limits of a VTIMEZONE; reliability.md §2.
const (
	MaxObservances = 1_000
	maxOnsets      = 4_000   // all observances together, from 1900 to 2200
	maxOwnOnsets   = 2_000   // one observance
	maxPeriods     = 200_000 // what the rules of all observances step through
)

var (
	errTooMany = errors.New("time zone: more observances, onsets or rules than allowed")
	errNone    = errors.New("time zone: no observance with DTSTART, TZOFFSETFROM and TZOFFSETTO")
)

// A Line is one property of an observance: its name in upper case and its value unfolded.
type Line struct{ Name, Value string }

// An Observance is a STANDARD or DAYLIGHT component, RFC 5545 §3.6.5.
type Observance struct {
	Daylight bool
	Lines    []Line
}

// FromComponent makes a zone of the observances of a VTIMEZONE. An observance that cannot be read
// is passed over, and a rule in it that cannot be read counts for its DTSTART alone; it is an error
// if none is left, or if there is more than the limits allow. The same text gives the same *Zone
// while it is kept, so that a thousand objects of one client share one table.
func FromComponent(tzid string, list []Observance) (*Zone, error) {
	if len(list) > MaxObservances {
		return nil, errTooMany
	}
	key := digest(tzid, list)
	if z := sent.get(key); z != nil {
		return z, nil
	}
	z, err := build(tzid, list)
	if err == nil {
		sent.put(key, z)
	}
	return z, err
}

func build(tzid string, list []Observance) (*Zone, error) {
	var all []onset
	periods := 0
	for i := range list {
		o, ok := read(&list[i])
		if !ok {
			continue
		}
		var err error
		if all, err = o.onsets(all, &periods); err != nil {
			return nil, err
		}
	}
	if len(all) == 0 {
		return nil, errNone
	}
	slices.SortStableFunc(all, func(a, b onset) int { return cmp.Compare(a.at, b.at) })
	z := &Zone{name: tzid, changes: changes{end: math.MaxInt64}}
	// RFC 5545 says nothing of the time before the first onset: what it changes from was in force.
	z.first = uint8(z.intern(kind{offset: int32(all[0].from), name: "LMT"}))
	for i, c := range all {
		if i+1 < len(all) && all[i+1].at == c.at {
			continue // two at one moment: the later in the text
		}
		if !z.add(c.at, c.kind) {
			return nil, errTooMany
		}
	}
	return z, nil
}

// onset is one moment at which an observance begins.
type onset struct {
	at   int64
	from int
	kind kind
}

// observance is one that has been read.
type observance struct {
	start    recur.Local
	from, to int
	kind     kind
	rules    []string
	dates    []string
}

func read(in *Observance) (*observance, bool) {
	o := &observance{from: noOffset, to: noOffset}
	for _, l := range in.Lines {
		switch value := strings.TrimSpace(l.Value); l.Name {
		case "DTSTART":
			o.start = readLocal(value)
		case "TZOFFSETFROM":
			o.from = readOffset(value)
		case "TZOFFSETTO":
			o.to = readOffset(value)
		case "TZNAME":
			if o.kind.name == "" && len(value) <= 64 {
				o.kind.name = value
			}
		case "RRULE":
			o.rules = append(o.rules, value)
		case "RDATE":
			o.dates = append(o.dates, value)
		}
	}
	o.kind.offset, o.kind.daylight = int32(o.to), in.Daylight
	return o, !o.start.IsZero() && o.from != noOffset && o.to != noOffset
}

// onsets adds the moments from 1900 to 2200 at which o begins, and the last one before.
func (o *observance) onsets(all []onset, periods *int) ([]onset, error) {
	before := len(all)
	if len(o.rules) == 0 || len(o.dates) > 0 {
		all = o.add(all, o.start)
	}
	for _, value := range o.dates {
		for item := range strings.SplitSeq(value, ",") {
			item, _, _ = strings.Cut(strings.TrimSpace(item), "/") // of a PERIOD its start
			if l := readLocal(item); !l.IsZero() {
				all = o.add(all, l)
			}
			if len(all)-before > maxOwnOnsets {
				return nil, errTooMany
			}
		}
	}
	for _, value := range o.rules {
		var err error
		if all, err = o.walk(all, value, periods); err != nil {
			return nil, err
		}
	}
	if len(all) > maxOnsets || len(all)-before > maxOwnOnsets {
		return nil, errTooMany
	}
	return all, nil
}

// walk adds the onsets of one RRULE.
func (o *observance) walk(all []onset, value string, periods *int) ([]onset, error) {
	r, err := recur.Parse(value)
	if err != nil {
		return o.add(all, o.start), nil
	}
	until := r.Until
	if r.UntilKind == recur.UntilUTC {
		until = until.AddSeconds(int64(o.from)) // RFC 5545 §3.6.5: onsets are told with the offset before
	}
	if *periods += work(r, o.start, until); *periods > maxPeriods {
		return nil, errTooMany
	}
	it := r.IteratorUntil(o.start, until).IncludeStart()
	if o.start.Year < firstYear {
		all = o.add(all, o.start) // so that what lies before 1900 has a beginning
		it.SkipTo(recur.Date{Year: firstYear - 1, Month: 1, Day: 1}.At(0, 0, 0))
	}
	for n := 0; ; n++ {
		l, ok := it.Next()
		if !ok || l.Year > lastYear {
			return all, nil
		}
		if n > maxOwnOnsets || len(all) > maxOnsets {
			return nil, errTooMany
		}
		all = o.add(all, l)
	}
}

// work estimates how many periods the iterator of r looks at; a rule may look at many and match none.
func work(r *recur.Rule, start, until recur.Local) int {
	from, to := start.Seconds(), recur.Date{Year: lastYear + 1, Month: 1, Day: 1}.At(0, 0, 0).Seconds()
	if begin := (recur.Date{Year: firstYear - 1, Month: 1, Day: 1}).At(0, 0, 0).Seconds(); r.Count == 0 {
		from = max(from, begin) // without COUNT it skips to there
	}
	if !until.IsZero() {
		to = min(to, until.Seconds())
	}
	length := int64(1)
	switch r.Freq {
	case recur.Minutely:
		length = 60
	case recur.Hourly:
		length = 3600
	case recur.Daily:
		length = 86400
	case recur.Weekly:
		length = 7 * 86400
	case recur.Monthly:
		length = 28 * 86400
	case recur.Yearly:
		length = 365 * 86400
	}
	length *= int64(max(r.Interval, 1))
	return int(min(max((to-from)/length, 0)+1, recur.MaxSteps))
}

func (o *observance) add(all []onset, l recur.Local) []onset {
	return append(all, onset{l.Seconds() - int64(o.from), o.from, o.kind})
}

// readLocal reads DTSTART or RDATE; the zero Local if it is neither. Some write a Z, which RFC 5545
// §3.6.5 forbids and which means nothing there; some a DATE.
func readLocal(s string) recur.Local {
	if len(s) == 8 {
		if d, err := recur.ParseDate(s); err == nil {
			return d.At(0, 0, 0)
		}
		return recur.Local{}
	}
	l, err := recur.ParseLocal(strings.TrimRight(s, "Zz"))
	if err != nil {
		return recur.Local{}
	}
	return l
}

const noOffset = math.MinInt32

// readOffset reads UTC-OFFSET, RFC 5545 §3.3.14: +0100, -033000. Colons and a missing sign are
// taken, and a day or more is not.
func readOffset(s string) int {
	sign := 1
	if s != "" && (s[0] == '+' || s[0] == '-') {
		if s[0] == '-' {
			sign = -1
		}
		s = s[1:]
	}
	s = strings.ReplaceAll(s, ":", "")
	if len(s) != 4 && len(s) != 6 {
		return noOffset
	}
	n := 0
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return noOffset
		}
		n = n*10 + int(s[i]-'0')
	}
	if len(s) == 4 {
		n *= 100
	}
	h, m, sec := n/10000, n/100%100, n%100
	if h > 23 || m > 59 || sec > 59 {
		return noOffset
	}
	return sign * (h*3600 + m*60 + sec)
}
