package recur

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Bounds of what Parse reads, so that a rule stays small.
const (
	maxValue    = 4096    // octets of a rule; every list filled once is below 3,000
	maxInterval = 1 << 40 // as seconds more than 9999 years
	maxCount    = 1 << 30
)

// Parse reads the value of RRULE. Errors are *SyntaxError or *RScaleError.
//
// Beyond the grammar, what real clients send and cannot be misread is taken: lower case, blanks
// around values, a semicolon at the end (Google), X- parts (RFC 2445 §4.3.10), FREQ not first,
// COUNT together with UNTIL (the earlier end holds), BYSETPOS alone. What RFC 5545 §3.3.10
// forbids otherwise is refused.
func Parse(value string) (*Rule, error) {
	if len(value) > maxValue {
		return nil, &SyntaxError{Reason: "too long"}
	}
	r := &Rule{Interval: 1, WeekStart: time.Monday}
	p := parser{rule: r}
	for _, part := range strings.Split(value, ";") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		name, text, found := strings.Cut(part, "=")
		name = strings.ToUpper(strings.TrimSpace(name))
		if !found {
			return nil, &SyntaxError{name, "no value"}
		}
		if err := p.part(name, strings.ToUpper(strings.TrimSpace(text))); err != nil {
			return nil, err
		}
	}
	// RFC 7529 §4.1: the scale decides what the other parts may be, so it is judged first.
	if err := r.checkScale(); err != nil {
		return nil, err
	}
	if p.err != nil {
		return nil, p.err
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	return r, nil
}

// parser remembers the parts seen, and the first error in one.
type parser struct {
	rule *Rule
	seen []string
	err  error
}

// fail keeps the first error, which gives way to an unsupported RSCALE.
func (p *parser) fail(name, reason string) {
	if p.err == nil {
		p.err = &SyntaxError{name, reason}
	}
}

func (p *parser) part(name, text string) error {
	if strings.HasPrefix(name, "X-") {
		return nil
	}
	if slices.Contains(p.seen, name) {
		return &SyntaxError{name, "given twice"}
	}
	p.seen = append(p.seen, name)
	r := p.rule
	switch name {
	case "FREQ":
		if r.Freq = Freq(max(slices.Index(freqNames[:], text), 0)); r.Freq == 0 || text == "" {
			p.fail(name, "unknown frequency")
		}
	case "INTERVAL":
		r.Interval = p.number(name, text, maxInterval)
	case "COUNT":
		r.Count = p.number(name, text, maxCount)
	case "UNTIL":
		p.until(text)
	case "BYSECOND":
		r.BySecond = p.list(name, text, 0, 60, false)
	case "BYMINUTE":
		r.ByMinute = p.list(name, text, 0, 59, false)
	case "BYHOUR":
		r.ByHour = p.list(name, text, 0, 23, false)
	case "BYDAY":
		r.ByDay = p.days(text)
	case "BYMONTHDAY":
		r.ByMonthDay = p.list(name, text, 1, 31, true)
	case "BYYEARDAY":
		r.ByYearDay = p.list(name, text, 1, 366, true)
	case "BYWEEKNO":
		r.ByWeekNo = p.list(name, text, 1, 53, true)
	case "BYMONTH":
		r.ByMonth = p.list(name, text, 1, 12, false)
	case "BYSETPOS":
		r.BySetPos = p.list(name, text, 1, 366, true)
	case "WKST":
		day, ok := weekdayOf(text)
		if r.WeekStart = day; !ok {
			p.fail(name, "not a weekday")
		}
	case "RSCALE":
		r.RScale = text
	case "SKIP":
		r.Skip = text
	default:
		p.fail(name, "unknown part")
	}
	return nil
}

// number reads a positive number. Larger ones than limit mean the limit: no calendar reaches it.
func (p *parser) number(name, text string, limit int) int {
	if len(text) > 18 {
		p.fail(name, "too large")
		return 1
	}
	n, ok := digits(text)
	if !ok || n == 0 {
		p.fail(name, "not a positive number")
		return 1
	}
	return min(n, limit)
}

func (p *parser) until(text string) {
	r := p.rule
	var err error
	switch len(text) {
	case 8:
		r.UntilKind = UntilDate
		r.Until.Date, err = ParseDate(text)
		r.Until.Hour, r.Until.Minute, r.Until.Second = 23, 59, 59
	case 15:
		r.UntilKind = UntilLocal
		r.Until, err = ParseLocal(text)
	case 16:
		r.UntilKind = UntilUTC
		if r.Until, err = ParseLocal(text[:15]); text[15] != 'Z' {
			err = errCivil
		}
	default:
		err = errCivil
	}
	if err != nil {
		p.fail("UNTIL", "not a date or date-time")
	}
}

// list reads numbers from low to high, negative ones too if signed.
func (p *parser) list(name, text string, low, high int, signed bool) []int {
	out := make([]int, 0, strings.Count(text, ",")+1)
	for item := range strings.SplitSeq(text, ",") {
		item = strings.TrimSpace(item)
		n, ok := 0, false
		if rest, minus := strings.CutPrefix(item, "-"); minus && signed && len(rest) <= 3 {
			n, ok = digits(rest)
			n = -n
		} else if rest, plus := strings.CutPrefix(item, "+"); (!plus || signed) && len(rest) <= 3 {
			n, ok = digits(rest)
		}
		if size := max(n, -n); !ok || size < low || size > high {
			p.fail(name, strconv.Quote(item)+" is out of range")
			return nil
		}
		out = append(out, n)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (p *parser) days(text string) []WeekdayNum {
	out := make([]WeekdayNum, 0, strings.Count(text, ",")+1)
	for item := range strings.SplitSeq(text, ",") {
		item = strings.TrimSpace(item)
		cut := max(len(item)-2, 0)
		day, ok := weekdayOf(item[cut:])
		n := 0
		if number := item[:cut]; ok && number != "" {
			minus := number[0] == '-'
			if minus || number[0] == '+' {
				number = number[1:]
			}
			n, ok = digits(number)
			ok = ok && len(number) <= 2 && n >= 1 && n <= 53
			if minus {
				n = -n
			}
		}
		if !ok {
			p.fail("BYDAY", strconv.Quote(item)+" is not a weekday")
			return nil
		}
		if d := (WeekdayNum{n, day}); !slices.Contains(out, d) {
			out = append(out, d)
		}
	}
	return out
}

const weekdayNames = "SUMOTUWETHFRSA"

func weekdayOf(s string) (time.Weekday, bool) {
	if len(s) != 2 {
		return 0, false
	}
	for i := 0; i < len(weekdayNames); i += 2 {
		if weekdayNames[i:i+2] == s {
			return time.Weekday(i / 2), true
		}
	}
	return 0, false
}

// checkScale takes RSCALE=GREGORIAN, where SKIP=OMIT is what RFC 5545 does anyway (RFC 7529 §4.1).
func (r *Rule) checkScale() error {
	if r.RScale == "" {
		if r.Skip != "" {
			return &SyntaxError{"SKIP", "without RSCALE"}
		}
		return nil
	}
	if r.RScale != "GREGORIAN" || (r.Skip != "" && r.Skip != "OMIT") {
		return &RScaleError{r.RScale, r.Skip}
	}
	return nil
}

// check refuses the parts that RFC 5545 §3.3.10 forbids with the frequency.
func (r *Rule) check() error {
	numbered := slices.ContainsFunc(r.ByDay, func(d WeekdayNum) bool { return d.N != 0 })
	switch {
	case r.Freq == 0:
		return &SyntaxError{"FREQ", "missing"}
	case len(r.ByWeekNo) > 0 && r.Freq != Yearly:
		return &SyntaxError{"BYWEEKNO", "only with FREQ=YEARLY"}
	case len(r.ByYearDay) > 0 && (r.Freq == Daily || r.Freq == Weekly || r.Freq == Monthly):
		return &SyntaxError{"BYYEARDAY", "not with FREQ=" + r.Freq.String()}
	case len(r.ByMonthDay) > 0 && r.Freq == Weekly:
		return &SyntaxError{"BYMONTHDAY", "not with FREQ=WEEKLY"}
	case numbered && r.Freq != Monthly && r.Freq != Yearly:
		return &SyntaxError{"BYDAY", "numbered only with FREQ=MONTHLY and YEARLY"}
	case numbered && len(r.ByWeekNo) > 0:
		return &SyntaxError{"BYDAY", "numbered with BYWEEKNO"}
	}
	return nil
}

// String writes the rule: FREQ first (RFC 5545 §3.3.10), defaults left out.
func (r *Rule) String() string {
	b := make([]byte, 0, 64)
	if r.RScale != "" {
		b = append(append(append(b, "RSCALE="...), r.RScale...), ';')
	}
	b = append(append(b, "FREQ="...), r.Freq.String()...)
	if r.UntilKind != NoUntil {
		b = append(b, ";UNTIL="...)
		if r.UntilKind == UntilDate {
			b = r.Until.Date.Append(b)
		} else {
			b = r.Until.Append(b)
		}
		if r.UntilKind == UntilUTC {
			b = append(b, 'Z')
		}
	}
	if r.Count > 0 {
		b = strconv.AppendInt(append(b, ";COUNT="...), int64(r.Count), 10)
	}
	if r.Interval > 1 {
		b = strconv.AppendInt(append(b, ";INTERVAL="...), int64(r.Interval), 10)
	}
	b = appendList(b, ";BYSECOND=", r.BySecond)
	b = appendList(b, ";BYMINUTE=", r.ByMinute)
	b = appendList(b, ";BYHOUR=", r.ByHour)
	for i, d := range r.ByDay {
		if b = append(b, ','); i == 0 {
			b = append(b[:len(b)-1], ";BYDAY="...)
		}
		if d.N != 0 {
			b = strconv.AppendInt(b, int64(d.N), 10)
		}
		b = append(b, weekdayNames[2*d.Day:2*d.Day+2]...)
	}
	b = appendList(b, ";BYMONTHDAY=", r.ByMonthDay)
	b = appendList(b, ";BYYEARDAY=", r.ByYearDay)
	b = appendList(b, ";BYWEEKNO=", r.ByWeekNo)
	b = appendList(b, ";BYMONTH=", r.ByMonth)
	b = appendList(b, ";BYSETPOS=", r.BySetPos)
	if r.WeekStart != time.Monday {
		b = append(append(b, ";WKST="...), weekdayNames[2*r.WeekStart:2*r.WeekStart+2]...)
	}
	if r.Skip != "" {
		b = append(append(b, ";SKIP="...), r.Skip...)
	}
	return string(b)
}

func appendList(b []byte, name string, list []int) []byte {
	for i, n := range list {
		if b = append(b, ','); i == 0 {
			b = append(b[:len(b)-1], name...)
		}
		b = strconv.AppendInt(b, int64(n), 10)
	}
	return b
}
