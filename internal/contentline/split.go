package contentline

import "strings"

// openQuote is what split says of a line whose quoted text has no end.
const openQuote = "a quoted text without end"

// split cuts an unfolded line into name, parameters and value. The answer is
// empty, or what is wrong.
func split(text string, l *Line) string {
	i := nameEnd(text)
	if i < 0 {
		return "no name or no colon"
	}
	setName(text[:i], l)
	if text[i] == ':' {
		l.Params, l.Value = "", text[i+1:]
		return ""
	}
	quoted := false
	for k := i; k < len(text); k++ {
		switch text[k] {
		case '"':
			quoted = !quoted
		case ':':
			if !quoted {
				l.Params, l.Value = text[i:k], text[k+1:]
				return ""
			}
		}
	}
	if quoted {
		return openQuote
	}
	return "no colon"
}

// splitPlain cuts a line whose quotes don't pair at its first colon.
func splitPlain(text string, l *Line) string {
	i := nameEnd(text)
	k := strings.IndexByte(text[i:], ':')
	if k < 0 {
		return "no colon"
	}
	setName(text[:i], l)
	l.Params, l.Value = text[i:i+k], text[i+k+1:]
	return ""
}

// nameEnd finds the ";" or ":" behind a name, -1 if the text doesn't begin with one.
func nameEnd(text string) int {
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == ':' || c == ';':
			if i == 0 {
				return -1
			}
			return i
		case c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-':
		case c == '.' && i > 0: // a group (RFC 6350 §3.3)
		case c == '_' || c == '/': // seen in X- names of old phones
		case c == ' ' && i > 0: // blanks before the colon
			rest := strings.TrimLeft(text[i:], " ")
			if rest == "" || (rest[0] != ':' && rest[0] != ';') {
				return -1
			}
			return len(text) - len(rest)
		default:
			return -1
		}
	}
	return -1
}

func setName(name string, l *Line) {
	l.Group = ""
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		l.Group, name = name[:i], name[i+1:]
	}
	l.Name = Upper(strings.TrimRight(name, " "))
}
