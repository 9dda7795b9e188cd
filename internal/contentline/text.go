package contentline

import (
	"iter"
	"strings"
)

// UnescapeText reads the escapes of a text value (RFC 5545 §3.3.11, RFC 6350 §3.4). A backslash before anything else
// stands for itself, as phones and Outlook mean it (cds#226).
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
		case '\\', ';', ',', ':', '"', '\'': // the last three: habits of old writers
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

// EscapeText writes a text value (RFC 5545 §3.3.11). The semicolon is escaped in vCards too, which RFC 2426 §5 demands
// and RFC 6350 §3.4 allows. Control characters but TAB, which no content line can carry, are left out.
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

// SplitEscaped cuts a raw value at sep where it isn't escaped, and leaves the parts escaped.
func SplitEscaped(s string, sep byte) iter.Seq[string] {
	return func(yield func(string) bool) {
		start := 0
		for i := 0; i < len(s); i++ {
			switch s[i] {
			case '\\':
				i++
			case sep:
				if !yield(s[start:i]) {
					return
				}
				start = i + 1
			}
		}
		yield(s[start:])
	}
}
