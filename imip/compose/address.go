package compose

import (
	"fmt"
	"mime"
	"strings"
	"unicode"
	"unicode/utf8"

	"convoke/internal/icalendar"
)

// The longest header values that calendar text may become, in characters.
const (
	maxName   = 200
	maxHeader = 900
)

// ParseAddress takes a mail address, with or without mailto:, that may stand in a header and in the envelope: one
// address, a dot-atom at a domain, no route, no query, no quoting (RFC 5321 §4.1.2; UTF-8 as RFC 6531 §3.3 has it).
func ParseAddress(s string) (string, error) {
	address := s
	if len(s) >= 7 && strings.EqualFold(s[:7], "mailto:") {
		address = s[7:]
	}
	at := strings.LastIndexByte(address, '@')
	if at < 1 || len(address) > 254 || at > 64 {
		return "", fmt.Errorf("%.80q is no mail address", s)
	}
	if !dotted(address[:at], localRune) || !dotted(address[at+1:], domainRune) {
		return "", fmt.Errorf("%.80q is no mail address that a server takes", s)
	}
	return address, nil
}

// dotted tells whether text is words of allowed characters with single dots between.
func dotted(text string, allowed func(rune) bool) bool {
	if !utf8.ValidString(text) {
		return false
	}
	for word := range strings.SplitSeq(text, ".") {
		if word == "" || strings.ContainsFunc(word, func(r rune) bool { return !allowed(r) }) {
			return false
		}
	}
	return true
}

func localRune(r rune) bool {
	return r > 0x7f && unicode.IsGraphic(r) && !unicode.IsSpace(r) ||
		r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("!#$%&'*+-/=?^_`{|}~", r)
}

func domainRune(r rune) bool {
	return r > 0x7f && (unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r)) ||
		r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-'
}

// line makes one line of any text: control characters and separators of lines become blanks, blanks that follow
// each other one, and what is longer than most characters is cut.
func line(s string, most int) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || unicode.Is(unicode.Cf, r) && r != '\u200d'
	}), " ")
	n := 0
	for i := range s {
		if n++; n > most {
			return s[:i] + "…"
		}
	}
	return s
}

// encode writes header text as encoded words where it is not ASCII (RFC 2047).
func encode(s string) string { return mime.QEncoding.Encode("utf-8", s) }

// same tells whether two calendar user addresses are one mailbox, by spelling.
func same(a, b string) bool {
	return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b))
}

// person finds the name and language of a calendar user where the object speaks of him.
func (in *Input) person(address string) (name, language string) {
	for c := range in.Object.Parts() {
		for _, p := range c.Props {
			if (p.Name == "ATTENDEE" || p.Name == "ORGANIZER") && (same(p.Value, address) || same(in.mailto(p.Value), address)) {
				if name == "" {
					name = p.Param("CN")
				}
				if language == "" {
					language = p.Param("LANGUAGE")
				}
			}
		}
	}
	if at := strings.TrimPrefix(strings.ToLower(address), "mailto:"); strings.EqualFold(name, at) {
		name = ""
	}
	return name, language
}

// mailto is a calendar user address as the outside can write to it; "" if there is no such.
func (in *Input) mailto(address string) string {
	if len(address) >= 7 && strings.EqualFold(address[:7], "mailto:") {
		return address
	}
	if in.Mail == nil {
		return ""
	}
	return in.Mail(address)
}

// display is how a person is called in text.
func display(p *icalendar.Property) string {
	if name := line(p.Param("CN"), maxName); name != "" {
		return name
	}
	value := p.Value
	if len(value) >= 7 && strings.EqualFold(value[:7], "mailto:") {
		value = value[7:]
	}
	return line(value, maxName)
}
