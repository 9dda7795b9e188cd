package contentline

import (
	"strings"
	"unicode/utf8"
)

// foldAt is the longest physical line in octets, without its end (RFC 5545 §3.1).
const foldAt = 75

// AppendFolded adds text to dst as one logical line, folded, with CRLF at its end.
func AppendFolded(dst []byte, text string) []byte {
	room := foldAt
	for len(text) > room {
		cut := room
		for cut > room-utf8.UTFMax && cut > 1 && !utf8.RuneStart(text[cut]) {
			cut--
		}
		dst = append(dst, text[:cut]...)
		dst = append(dst, "\r\n "...)
		text = text[cut:]
		room = foldAt - 1
	}
	dst = append(dst, text...)
	return append(dst, "\r\n"...)
}

// Append adds a line to dst, folded, with CRLF at its end. Group may be empty;
// params is a Params text and the value must be escaped already.
func Append(dst []byte, group, name, params, value string) []byte {
	var b strings.Builder
	b.Grow(len(group) + len(name) + len(params) + len(value) + 2)
	if group != "" {
		b.WriteString(group)
		b.WriteByte('.')
	}
	b.WriteString(name)
	writeClean(&b, params)
	b.WriteByte(':')
	writeClean(&b, value)
	return AppendFolded(dst, b.String())
}

// writeClean leaves out what would break the line in two: a value with a line
// break in it can only come from a caller that forgot to escape.
func writeClean(b *strings.Builder, s string) {
	if strings.IndexByte(s, '\n') < 0 && strings.IndexByte(s, '\r') < 0 {
		b.WriteString(s)
		return
	}
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\r':
		case '\n':
			b.WriteByte(' ')
		default:
			b.WriteByte(s[i])
		}
	}
}

// SetParam gives params with the named parameter set to values in its place, or
// added at the end. No values removes it.
func SetParam(params, name string, values ...string) string {
	var b strings.Builder
	b.Grow(len(params) + len(name) + 16)
	done := len(values) == 0
	for rest := params; rest != ""; {
		key, _, _, next := nextParam(rest)
		if len(key) != len(name) || !strings.EqualFold(key, name) {
			b.WriteString(rest[:len(rest)-len(next)])
		} else if !done {
			writeParam(&b, name, values)
			done = true
		}
		rest = next
	}
	if !done {
		writeParam(&b, name, values)
	}
	return b.String()
}

// FormatParams gives the Params text of a list.
func FormatParams(list []Param) string {
	var b strings.Builder
	for _, p := range list {
		writeParam(&b, p.Name, p.Values)
	}
	return b.String()
}

func writeParam(b *strings.Builder, name string, values []string) {
	b.WriteByte(';')
	b.WriteString(name)
	if len(values) == 0 {
		return
	}
	b.WriteByte('=')
	for i, v := range values {
		if i > 0 {
			b.WriteByte(',')
		}
		writeValue(b, v)
	}
}

// writeValue encodes (RFC 6868 §3.1) and quotes where it must be: COLON,
// SEMICOLON and COMMA, and to be safe blanks at either end.
func writeValue(b *strings.Builder, v string) {
	quote := strings.ContainsAny(v, ":;,") || strings.TrimSpace(v) != v
	if quote {
		b.WriteByte('"')
	}
	for i := 0; i < len(v); i++ {
		switch c := v[i]; c {
		case '^':
			b.WriteString("^^")
		case '"':
			b.WriteString("^'")
		case '\n':
			b.WriteString("^n")
		case '\r':
			if i+1 == len(v) || v[i+1] != '\n' {
				b.WriteString("^n")
			}
		default:
			if c >= ' ' && c != 0x7f || c == '\t' {
				b.WriteByte(c)
			}
		}
	}
	if quote {
		b.WriteByte('"')
	}
}
