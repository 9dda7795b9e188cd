package contentline

import (
	"strings"
	"unicode/utf8"
)

// Scanner gives the lines of a text one by one.
type Scanner struct {
	data    string
	pos     int
	number  int // physical lines before pos
	limits  Limits
	lf      int  // position of the first LF at or behind the last one looked from
	joins   int  // how often an open quote was followed over line ends
	dubious bool // the text is no valid UTF-8 as it stands: look at each unfolded line
	err     error
}

// maxJoined bounds how many physical lines an open quote may swallow. Apple's
// Calendar writes raw line breaks into X-ADDRESS (Kozea/Radicale#1492).
const (
	maxJoined      = 20
	maxJoins       = 200 // of one text
	maxJoinedBytes = 8 << 10
)

// NewScanner starts a scan of data.
func NewScanner(data string, limits Limits) *Scanner {
	s := new(Scanner)
	s.Reset(data, limits)
	return s
}

// Reset starts over with data.
func (s *Scanner) Reset(data string, limits Limits) {
	if limits.Params == 0 {
		limits.Params = DefaultParams
	}
	*s = Scanner{data: data, limits: limits, lf: -1}
	s.dubious = !utf8.ValidString(data)
	if at := badByte(data); at >= 0 {
		s.err = &SyntaxError{Line: lineOf(data, at), Reason: "a control character"}
	}
}

// Err says why Scan stopped: nil at the end of the text, else *SyntaxError or *LimitError.
func (s *Scanner) Err() error { return s.err }

// Offset is the position in the text behind the last line.
func (s *Scanner) Offset() int { return s.pos }

// Resume lets a scan go on behind a line that was in error. It reports whether
// there is anything left, and is of no use against control characters.
func (s *Scanner) Resume() bool {
	s.err = nil
	return s.pos < len(s.data)
}

// Scan reads the next line into l. It returns false at the end and on errors.
func (s *Scanner) Scan(l *Line) bool {
	if s.err != nil || s.pos >= len(s.data) {
		return false
	}
	start := s.pos
	if s.pos == 0 {
		s.skipLead() // stays in the Raw of the first line
		if s.pos >= len(s.data) {
			return false
		}
	}
	from := s.pos
	text := s.logical()
	l.Number = s.number + 1
	if s.limits.LineBytes > 0 && len(text) > s.limits.LineBytes {
		s.number += countBreaks(s.data[from:s.pos])
		s.err = &LimitError{Line: l.Number, What: "octets in a line", Limit: s.limits.LineBytes}
		return false
	}
	reason := split(text, l)
	if reason == openQuote {
		if joined := s.join(text, l); joined {
			reason = ""
		} else {
			reason = splitPlain(text, l)
		}
	}
	l.Raw = s.data[start:s.pos]
	s.number += countBreaks(s.data[from:s.pos])
	return s.check(l, reason)
}

// check turns what is wrong with a line into the scanner's error.
func (s *Scanner) check(l *Line, reason string) bool {
	switch {
	case reason != "":
		s.err = &SyntaxError{Line: l.Number, Reason: reason}
	case s.dubious && !(utf8.ValidString(l.Value) && utf8.ValidString(l.Params) && utf8.ValidString(l.Name)):
		s.err = &SyntaxError{Line: l.Number, Reason: "not UTF-8"}
	case l.Params != "" && len(l.Params) > s.limits.Params && CountParams(l.Params, s.limits.Params+1) > s.limits.Params:
		s.err = &LimitError{Line: l.Number, What: "parameters", Limit: s.limits.Params}
	}
	return s.err == nil
}

// skipLead passes a byte order mark and blank lines at the very start.
func (s *Scanner) skipLead() {
	s.pos += len(s.data) - len(strings.TrimPrefix(s.data, "\ufeff"))
	for s.pos < len(s.data) && (s.data[s.pos] == '\r' || s.data[s.pos] == '\n') {
		s.pos++
	}
	s.number += countBreaks(s.data[:s.pos])
}

// physical gives the text from pos to its line end and the position behind it.
// A line ends with CRLF, LF, CR, or several CRs and an LF.
func (s *Scanner) physical(pos int) (end, next int) {
	rest := s.data[pos:]
	if s.lf < pos { // kept, because a text of CRs alone would be searched whole for each line
		if s.lf = strings.IndexByte(rest, '\n'); s.lf >= 0 {
			s.lf += pos
		} else {
			s.lf = len(s.data)
		}
	}
	n := s.lf - pos
	if r := strings.IndexByte(rest[:n], '\r'); r >= 0 {
		k := r
		for k < len(rest) && rest[k] == '\r' {
			k++
		}
		if k < len(rest) && rest[k] == '\n' {
			return pos + r, pos + k + 1
		}
		return pos + r, pos + r + 1 // bare CR
	}
	if n < len(rest) {
		return pos + n, pos + n + 1
	}
	return pos + n, pos + n
}

// logical gives the next unfolded line and moves behind it and the blank lines
// that follow it.
func (s *Scanner) logical() string {
	end, next := s.physical(s.pos)
	text := s.data[s.pos:end]
	next = s.skipBlank(next)
	if next >= len(s.data) || (s.data[next] != ' ' && s.data[next] != '\t') {
		s.pos = next
		return text
	}
	var b strings.Builder
	b.Grow(len(text) + 160)
	b.WriteString(text)
	for next < len(s.data) && (s.data[next] == ' ' || s.data[next] == '\t') {
		var from = next + 1
		end, next = s.physical(from)
		b.WriteString(s.data[from:end])
		next = s.skipBlank(next)
	}
	s.pos = next
	return b.String()
}

// skipBlank passes empty lines, which many writers leave behind.
func (s *Scanner) skipBlank(pos int) int {
	for pos < len(s.data) && (s.data[pos] == '\n' || s.data[pos] == '\r') {
		pos++
	}
	return pos
}

// join reads on while a quoted parameter value is open at the end of a line.
func (s *Scanner) join(text string, l *Line) bool {
	if s.joins++; s.joins > maxJoins {
		return false
	}
	pos := s.pos
	var b strings.Builder
	b.WriteString(text)
	for range maxJoined {
		if s.pos >= len(s.data) {
			break
		}
		more := s.logical()
		if hasFold(more, "BEGIN:") || hasFold(more, "END:") || b.Len()+len(more) > maxJoinedBytes {
			break
		}
		b.WriteByte('\n')
		b.WriteString(more)
		if reason := split(b.String(), l); reason == "" {
			return true
		}
	}
	s.pos, s.lf = pos, -1
	return false
}

func hasFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// badByte finds the first control character but TAB and line ends, and the
// two code points XML 1.0 cannot carry; -1 if there is none.
func badByte(data string) int {
	for i := 0; i < len(data); i++ {
		c := data[i]
		if c >= ' ' {
			if c < 0x7f {
				continue
			}
			if c == 0x7f {
				return i
			}
			if c == 0xef && i+2 < len(data) && data[i+1] == 0xbf && data[i+2] >= 0xbe {
				return i
			}
			continue
		}
		if c != '\t' && c != '\n' && c != '\r' {
			return i
		}
	}
	return -1
}

func lineOf(data string, at int) int { return countBreaks(data[:at]) + 1 }

// countBreaks counts line ends: LF, and CR that no LF follows.
func countBreaks(s string) int {
	n := strings.Count(s, "\n")
	if r := strings.Count(s, "\r"); r > 0 && r != strings.Count(s, "\r\n") {
		for i := 0; i < len(s); i++ {
			if s[i] == '\r' && (i+1 == len(s) || (s[i+1] != '\n' && s[i+1] != '\r')) {
				n++
			}
		}
	}
	return n
}
