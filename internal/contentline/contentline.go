// Package contentline reads and writes the line format that iCalendar and
// vCard share: content lines, folding and parameters (RFC 5545 §3.1, RFC 6350
// §3.2, RFC 6868).
//
// Invariants:
//   - The Raw texts of the lines of one scan, joined, are the input, byte for byte.
//   - Nothing that is read is copied unless a line is folded or its parameter
//     values are escaped: names, values and raw texts are slices of the input.
//   - Scanning looks at every byte a bounded number of times and never panics.
//   - A Line is immutable data and safe for concurrent readers.
//   - What is written is folded at 75 octets and never inside a UTF-8 sequence.
package contentline

import "strings"

// Line is one logical content line.
type Line struct {
	Group  string // vCard group without its dot, as sent; empty if none (RFC 6350 §3.3)
	Name   string // upper-cased
	Params string // from the first ";" up to the ":", unfolded and still encoded; empty if none
	Value  string // after the ":", unfolded and still escaped
	Raw    string // exact bytes: folds, line end, and blank lines that follow
	Number int    // number of its first physical line in the input, from 1
}

// Param is one parameter of a line.
type Param struct {
	Name   string   // upper-cased
	Values []string // unquoted, RFC 6868 decoded; empty for a vCard 2.1 parameter without "="
}

// Value gives the first value, or an empty string.
func (p Param) Value() string {
	if len(p.Values) == 0 {
		return ""
	}
	return p.Values[0]
}

// SyntaxError says that the input is not made of content lines.
type SyntaxError struct {
	Line   int // physical line, from 1
	Reason string
}

func (e *SyntaxError) Error() string {
	return "line " + itoa(e.Line) + ": " + e.Reason
}

// LimitError says that the input goes beyond a limit.
type LimitError struct {
	Line  int    // physical line, from 1
	What  string // what there is too much of, such as "folds"
	Limit int
}

func (e *LimitError) Error() string {
	return "line " + itoa(e.Line) + ": more than " + itoa(e.Limit) + " " + e.What
}

// Limits bound a scan; zero means the default.
type Limits struct {
	LineBytes int // octets of one logical line; default: no limit but the input
	Params    int // parameters of one line; default 100
}

// DefaultParams is the number of parameters one line may have.
const DefaultParams = 100

// Upper gives s in ASCII upper case, without copying what is so already.
func Upper(s string) string {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= 'a' && c <= 'z' {
			return strings.ToUpper(s)
		}
	}
	return s
}

func itoa(n int) string {
	if n < 0 {
		return "-" + itoa(-n)
	}
	var b [20]byte
	i := len(b)
	for {
		i--
		b[i] = byte('0' + n%10)
		if n /= 10; n == 0 {
			return string(b[i:])
		}
	}
}
