package recur

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// maxRuleBytes bounds the text of a rule, maxValues the values of one part.
const (
	maxRuleBytes = 4096
	maxValues    = 400
)

// Parse reads the value of RRULE. Errors are *SyntaxError or *RScaleError.
//
// Lenient where the meaning is plain: letter case, white space around parts, a trailing semicolon, and COUNT beside
// UNTIL (which RFC 5545 §3.3.10 forbids): both end the rule, the earlier one wins. Unknown X- parts are ignored.
func Parse(value string) (*Rule, error) {
	if len(value) > maxRuleBytes {
		return nil, &SyntaxError{Reason: "too long"}
	}
	r := &Rule{Interval: 1, WeekStart: time.Monday}
	seen := map[string]bool{}
	for part := range strings.SplitSeq(value, ";") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		name, v, ok := strings.Cut(part, "=")
		name, v = strings.ToUpper(strings.TrimSpace(name)), strings.ToUpper(strings.TrimSpace(v))
		switch {
		case !ok || v == "":
			return nil, &SyntaxError{Part: name, Reason: "no value"}
		case seen[name]:
			return nil, &SyntaxError{Part: name, Reason: "given twice"}
		}
		seen[name] = true
		if err := r.set(name, v); err != nil {
			return nil, err
		}
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	return r, nil
}

// lists are the parts that are lists of numbers, with their bounds; those below -1 count from the end.
var lists = map[string]struct {
	least, most int
	part        func(*Rule) *[]int
}{
	"BYSECOND":   {0, 60, func(r *Rule) *[]int { return &r.BySecond }},
	"BYMINUTE":   {0, 59, func(r *Rule) *[]int { return &r.ByMinute }},
	"BYHOUR":     {0, 23, func(r *Rule) *[]int { return &r.ByHour }},
	"BYMONTHDAY": {-31, 31, func(r *Rule) *[]int { return &r.ByMonthDay }},
	"BYYEARDAY":  {-366, 366, func(r *Rule) *[]int { return &r.ByYearDay }},
	"BYWEEKNO":   {-53, 53, func(r *Rule) *[]int { return &r.ByWeekNo }},
	"BYMONTH":    {1, 12, func(r *Rule) *[]int { return &r.ByMonth }},
	"BYSETPOS":   {-366, 366, func(r *Rule) *[]int { return &r.BySetPos }},
}

var weekdayNames = [...]string{"SU", "MO", "TU", "WE", "TH", "FR", "SA"}

func (r *Rule) set(name, v string) (err error) {
	if l, ok := lists[name]; ok {
		if name == "BYMONTH" && strings.HasSuffix(v, "L") {
			return &RScaleError{RScale: r.RScale} // a leap month, RFC 7529 §4.1
		}
		*l.part(r), err = numbers(v, l.least, l.most)
		return wrap(name, err)
	}
	switch name {
	case "FREQ":
		r.Freq, err = freq(v)
	case "INTERVAL":
		r.Interval, err = number(v, 1, 1_000_000)
	case "COUNT":
		r.Count, err = number(v, 1, 1<<31-1)
	case "UNTIL":
		err = r.setUntil(v)
	case "WKST":
		r.WeekStart, err = weekdayNamed(v)
	case "BYDAY":
		r.ByDay, err = weekdays(v)
	case "RSCALE":
		r.RScale = v
	case "SKIP":
		r.Skip = v
	default:
		if !strings.HasPrefix(name, "X-") {
			err = errors.New("unknown part")
		}
	}
	return wrap(name, err)
}

func wrap(part string, err error) error {
	if err == nil {
		return nil
	}
	return &SyntaxError{Part: part, Reason: err.Error()}
}

// check judges the parts together (RFC 5545 §3.3.10).
func (r *Rule) check() error {
	if r.Freq == 0 {
		return &SyntaxError{Part: "FREQ", Reason: "missing"}
	}
	if r.RScale != "" && r.RScale != "GREGORIAN" || r.Skip != "" && r.Skip != "OMIT" {
		return &RScaleError{RScale: r.RScale, Skip: r.Skip} // RFC 7529 §4
	}
	switch {
	case len(r.ByWeekNo) > 0 && r.Freq != Yearly:
		return &SyntaxError{Part: "BYWEEKNO", Reason: "only with FREQ=YEARLY"}
	case len(r.ByYearDay) > 0 && (r.Freq == Daily || r.Freq == Weekly || r.Freq == Monthly):
		return &SyntaxError{Part: "BYYEARDAY", Reason: "not with this FREQ"}
	case len(r.ByMonthDay) > 0 && r.Freq == Weekly:
		return &SyntaxError{Part: "BYMONTHDAY", Reason: "not with FREQ=WEEKLY"}
	case len(r.BySetPos) > 0 && !r.hasOtherPart():
		return &SyntaxError{Part: "BYSETPOS", Reason: "only with another BY part"}
	}
	for _, d := range r.ByDay {
		if d.N != 0 && (r.Freq != Monthly && r.Freq != Yearly || r.Freq == Yearly && len(r.ByWeekNo) > 0) {
			return &SyntaxError{Part: "BYDAY", Reason: "a number is not possible here"}
		}
	}
	return nil
}

func (r *Rule) hasOtherPart() bool {
	return len(r.BySecond)+len(r.ByMinute)+len(r.ByHour)+len(r.ByDay)+len(r.ByMonthDay)+len(r.ByYearDay)+
		len(r.ByWeekNo)+len(r.ByMonth) > 0
}

func freq(v string) (Freq, error) {
	for f := Secondly; f <= Yearly; f++ {
		if v == freqNames[f] {
			return f, nil
		}
	}
	return 0, errors.New("unknown value")
}

// setUntil reads a DATE, a DATE-TIME or one with Z. The last day of a DATE counts whole.
func (r *Rule) setUntil(v string) error {
	if d, err := ParseDate(v); err == nil {
		r.Until, r.UntilKind = d.At(23, 59, 59), UntilDate
		return nil
	}
	text, utc := strings.CutSuffix(v, "Z")
	l, err := ParseLocal(text)
	if err != nil {
		return errors.New("neither a date nor a date with time")
	}
	r.Until, r.UntilKind = l, UntilLocal
	if utc {
		r.UntilKind = UntilUTC
	}
	return nil
}

// number reads a decimal number with an optional sign.
func number(v string, least, most int) (int, error) {
	n, err := strconv.Atoi(v)
	if err != nil || n < least || n > most || strings.HasPrefix(v, "+") && least >= 0 {
		return 0, errors.New("not a number in its bounds")
	}
	return n, nil
}

// numbers reads a list; 0 is no value where values may be negative.
func numbers(v string, least, most int) ([]int, error) {
	if strings.Count(v, ",") >= maxValues {
		return nil, errors.New("too many values")
	}
	var out []int
	for text := range strings.SplitSeq(v, ",") {
		n, err := number(strings.TrimSpace(text), least, most)
		if err != nil || n == 0 && least < 0 {
			return nil, errors.New("a value out of bounds")
		}
		out = append(out, n)
	}
	return out, nil
}

func weekdayNamed(v string) (time.Weekday, error) {
	for i, name := range weekdayNames {
		if v == name {
			return time.Weekday(i), nil
		}
	}
	return 0, errors.New("no weekday")
}

func weekdays(v string) ([]WeekdayNum, error) {
	if strings.Count(v, ",") >= maxValues {
		return nil, errors.New("too many values")
	}
	var out []WeekdayNum
	for text := range strings.SplitSeq(v, ",") {
		text = strings.TrimSpace(text)
		if len(text) < 2 {
			return nil, errors.New("no weekday")
		}
		day, err := weekdayNamed(text[len(text)-2:])
		if err != nil {
			return nil, err
		}
		w := WeekdayNum{Day: day}
		if ordinal := text[:len(text)-2]; ordinal != "" {
			if w.N, err = number(ordinal, -53, 53); err != nil || w.N == 0 {
				return nil, errors.New("a number out of bounds")
			}
		}
		out = append(out, w)
	}
	return out, nil
}

// String writes the rule in the order RFC 5545 writes its examples.
func (r *Rule) String() string {
	var b strings.Builder
	if r.RScale != "" {
		b.WriteString("RSCALE=" + r.RScale + ";")
	}
	b.WriteString("FREQ=" + r.Freq.String())
	if r.Interval > 1 {
		b.WriteString(";INTERVAL=" + strconv.Itoa(r.Interval))
	}
	if r.Count > 0 {
		b.WriteString(";COUNT=" + strconv.Itoa(r.Count))
	}
	switch r.UntilKind {
	case UntilDate:
		b.WriteString(";UNTIL=" + r.Until.Date.String())
	case UntilLocal:
		b.WriteString(";UNTIL=" + r.Until.String())
	case UntilUTC:
		b.WriteString(";UNTIL=" + r.Until.String() + "Z")
	}
	writeNumbers(&b, "BYSECOND", r.BySecond)
	writeNumbers(&b, "BYMINUTE", r.ByMinute)
	writeNumbers(&b, "BYHOUR", r.ByHour)
	writeWeekdays(&b, r.ByDay)
	writeNumbers(&b, "BYMONTHDAY", r.ByMonthDay)
	writeNumbers(&b, "BYYEARDAY", r.ByYearDay)
	writeNumbers(&b, "BYWEEKNO", r.ByWeekNo)
	writeNumbers(&b, "BYMONTH", r.ByMonth)
	writeNumbers(&b, "BYSETPOS", r.BySetPos)
	if r.WeekStart != time.Monday {
		b.WriteString(";WKST=" + weekdayNames[r.WeekStart])
	}
	if r.Skip != "" {
		b.WriteString(";SKIP=" + r.Skip)
	}
	return b.String()
}

func writeNumbers(b *strings.Builder, name string, values []int) {
	for i, v := range values {
		if i == 0 {
			b.WriteString(";" + name + "=")
		} else {
			b.WriteByte(',')
		}
		b.WriteString(strconv.Itoa(v))
	}
}

func writeWeekdays(b *strings.Builder, days []WeekdayNum) {
	for i, d := range days {
		if i == 0 {
			b.WriteString(";BYDAY=")
		} else {
			b.WriteByte(',')
		}
		if d.N != 0 {
			b.WriteString(strconv.Itoa(d.N))
		}
		b.WriteString(weekdayNames[d.Day])
	}
}
