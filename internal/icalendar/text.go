package icalendar

import (
	"iter"
	"strings"

	"convoke/internal/contentline"
)

func upper(s string) string { return contentline.Upper(s) }

// UnescapeText reads the escapes of TEXT (RFC 5545 §3.3.11). A backslash before
// anything else stands for itself: Outlook leaves it alone (cds#226).
func UnescapeText(s string) string {
	i := strings.IndexByte(s, '\\')
	if i < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for ; i >= 0; i = strings.IndexByte(s, '\\') {
		b.WriteString(s[:i])
		if i+1 == len(s) {
			b.WriteByte('\\')
			return b.String()
		}
		switch c := s[i+1]; c {
		case 'n', 'N':
			b.WriteByte('\n')
		case '\\', ';', ',', '"', ':': // the last two: old Evolution and vCalendar habits
			b.WriteByte(c)
		default:
			b.WriteByte('\\')
			s = s[i+1:]
			continue
		}
		s = s[i+2:]
	}
	b.WriteString(s)
	return b.String()
}

// EscapeText writes TEXT (RFC 5545 §3.3.11). Control characters but TAB, which no
// content line can carry, are left out.
func EscapeText(s string) string {
	plain := true
	for i := 0; i < len(s) && plain; i++ {
		c := s[i]
		plain = c != '\\' && c != ';' && c != ',' && (c >= ' ' || c == '\t') && c != 0x7f
	}
	if plain {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 8)
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' || c == ';' || c == ',':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c == '\n', c == '\r' && (i+1 == len(s) || s[i+1] != '\n'):
			b.WriteString("\\n")
		case c >= ' ' && c != 0x7f || c == '\t':
			b.WriteByte(c)
		}
	}
	return b.String()
}

// splitList cuts a raw value at its commas, but not at escaped ones.
func splitList(s string) iter.Seq[string] {
	return func(yield func(string) bool) {
		start := 0
		for i := 0; i < len(s); i++ {
			switch s[i] {
			case '\\':
				i++
			case ',':
				if !yield(s[start:i]) {
					return
				}
				start = i + 1
			}
		}
		yield(s[start:])
	}
}
