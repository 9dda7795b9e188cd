package trust

import (
	"strings"
)

// Statement is one resinfo of an Authentication-Results header (RFC 8601 §2.2).
type Statement struct {
	Method string            // dkim, spf, dmarc, auth …; lower case
	Result string            // pass, fail …; lower case
	Props  map[string]string // "header.d", "smtp.mailfrom" …; names in lower case
}

// maxStatements of one header are read; further ones make it unreadable.
const maxStatements = 100

// ParseResults reads the value of an Authentication-Results header (RFC 8601 §2.2). Comments count as blanks,
// wherever they stand. ok is false if it does not follow the grammar: then it says nothing.
func ParseResults(value string) (authserv string, list []Statement, ok bool) {
	s := scanner{text: value}
	authserv, ok = s.value()
	if !ok || authserv == "" {
		return "", nil, false
	}
	s.blank()
	if version, found := s.run("; \t"); found && strings.Trim(version, "0123456789") != "" || found && version != "1" {
		return "", nil, false // another version of the header
	}
	for {
		if s.blank(); s.at == len(s.text) {
			return strings.ToLower(authserv), list, !s.bad
		}
		if s.text[s.at] != ';' || len(list) >= maxStatements {
			return "", nil, false
		}
		s.at++
		statement, found := s.statement()
		if s.bad {
			return "", nil, false
		}
		if found {
			list = append(list, statement)
		}
	}
}

// scanner reads a header value; bad is set once and for all at what no rule allows.
type scanner struct {
	text string
	at   int
	bad  bool
}

// blank skips blanks and comments, which nest (RFC 5322 §3.2.2).
func (s *scanner) blank() {
	depth := 0
	for s.at < len(s.text) {
		c := s.text[s.at]
		switch {
		case c == '(':
			depth++
		case c == ')' && depth > 0:
			depth--
		case c == '\\' && depth > 0:
			s.at++
		case depth == 0 && c != ' ' && c != '\t' && c != '\r' && c != '\n':
			return
		}
		s.at++
	}
	s.at = min(s.at, len(s.text))
	s.bad = s.bad || depth > 0
}

// run reads up to one of the characters in end, or a comment or quote.
func (s *scanner) run(end string) (string, bool) {
	from := s.at
	for s.at < len(s.text) && !strings.ContainsRune(end+"\"()\r\n", rune(s.text[s.at])) {
		s.at++
	}
	return s.text[from:s.at], s.at > from
}

// value reads a quoted string or what stands up to a blank.
func (s *scanner) value() (string, bool) {
	if s.blank(); s.at == len(s.text) {
		return "", false
	}
	if s.text[s.at] != '"' {
		return s.run("; \t")
	}
	var b strings.Builder
	for s.at++; s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; c {
		case '"':
			s.at++
			if s.at < len(s.text) && s.text[s.at] == '@' { // a quoted local part
				rest, _ := s.run("; \t")
				b.WriteString(rest)
			}
			return b.String(), true
		case '\\':
			if s.at++; s.at < len(s.text) {
				b.WriteByte(s.text[s.at])
			}
		default:
			b.WriteByte(c)
		}
	}
	s.bad = true
	return "", false
}

// pair reads name=value.
func (s *scanner) pair() (name, value string, ok bool) {
	if s.blank(); s.at == len(s.text) || s.text[s.at] == ';' {
		return "", "", false
	}
	name, _ = s.run("=; \t")
	if s.blank(); s.at == len(s.text) || s.text[s.at] != '=' {
		if !strings.EqualFold(name, "none") {
			s.bad = true
		}
		return "", "", false
	}
	s.at++
	value, ok = s.value()
	s.bad = s.bad || !ok
	return strings.ToLower(strings.TrimSpace(name)), value, ok
}

// statement reads one resinfo: a method with its result, then properties.
func (s *scanner) statement() (Statement, bool) {
	method, result, ok := s.pair()
	if !ok {
		return Statement{}, false
	}
	method, _, _ = strings.Cut(method, "/")
	st := Statement{Method: strings.TrimSpace(method), Result: strings.ToLower(result), Props: map[string]string{}}
	for len(st.Props) < maxStatements {
		name, value, ok := s.pair()
		if !ok {
			break
		}
		if _, twice := st.Props[name]; twice && st.Props[name] != value {
			s.bad = true // two answers to one question
		}
		st.Props[name] = value
	}
	return st, !s.bad
}
