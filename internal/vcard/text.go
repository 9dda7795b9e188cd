package vcard

import (
	"slices"
	"strings"
	"unicode/utf8"

	"convoke/internal/contentline"
)

// Unescape reads a text value, RFC 6350 §3.4.
func Unescape(s string) string { return contentline.UnescapeText(s) }

// Escape writes a text value, RFC 6350 §3.4.
func Escape(s string) string { return contentline.EscapeText(s) }

// JoinComponents writes a compound value such as that of N.
func JoinComponents(parts ...string) string {
	escaped := make([]string, len(parts))
	for i, p := range parts {
		escaped[i] = Escape(p)
	}
	return strings.Join(escaped, ";")
}

// splitText cuts at sep where it isn't escaped, and unescapes the parts.
func splitText(s string, sep byte) []string {
	list := splitRaw(s, sep)
	for i := range list {
		list[i] = Unescape(list[i])
	}
	return list
}

// splitRaw cuts at sep where it isn't escaped and leaves the parts escaped.
func splitRaw(s string, sep byte) []string {
	return slices.Collect(contentline.SplitEscaped(s, sep))
}

// decodeQuotedPrintable reads the encoding of vCard 2.1, which some writers of
// 3.0 still use. Soft line breaks are gone already.
func decodeQuotedPrintable(s, charset string) string {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '=' && i+2 < len(s) {
			if hi, lo := unhex(s[i+1]), unhex(s[i+2]); hi >= 0 && lo >= 0 {
				b = append(b, byte(hi<<4|lo))
				i += 2
				continue
			}
		}
		b = append(b, s[i])
	}
	text := string(b)
	if !utf8.ValidString(text) || strings.HasPrefix(strings.ToUpper(charset), "ISO-8859-1") {
		text = fromLatin1(b)
	}
	return strings.ReplaceAll(text, "\r\n", "\n")
}

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	}
	return -1
}

// fromLatin1 reads octets as ISO 8859-1, the charset of most cards that declare none.
func fromLatin1(b []byte) string {
	var s strings.Builder
	s.Grow(len(b) * 2)
	for _, c := range b {
		s.WriteRune(rune(c))
	}
	return s.String()
}
