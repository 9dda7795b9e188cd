package contentline

import (
	"iter"
	"strings"
)

// nextParam cuts the first parameter off text, which begins with ";". The value
// is raw: quoted and encoded, perhaps a list.
func nextParam(text string) (name, value string, has bool, rest string) {
	text = text[1:]
	quoted, eq, end := false, -1, len(text)
scan:
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			quoted = !quoted
		case '=':
			if eq < 0 {
				eq = i
			}
		case ';':
			if !quoted {
				end = i
				break scan
			}
		}
	}
	if quoted { // quotes that don't pair are plain text
		eq = strings.IndexByte(text, '=')
		if end = strings.IndexByte(text, ';'); end < 0 {
			end = len(text)
		}
		if eq > end {
			eq = -1
		}
	}
	rest = text[end:]
	if eq < 0 {
		return text[:end], "", false, rest
	}
	return text[:eq], text[eq+1 : end], true, rest
}

// nextValue cuts the first value off a list; more says that a comma followed it.
func nextValue(list string) (value, rest string, more bool) {
	quoted := false
	for i := 0; i < len(list); i++ {
		switch list[i] {
		case '"':
			quoted = !quoted
		case ',':
			if !quoted {
				return list[:i], list[i+1:], true
			}
		}
	}
	return list, "", false
}

// CountParams counts the parameters of a Params text, up to a limit.
func CountParams(params string, limit int) int {
	n := 0
	for params != "" && n < limit {
		_, _, _, params = nextParam(params)
		n++
	}
	return n
}

// Lookup gives the first value of the named parameter, decoded; false if there
// is no such parameter. The name is compared without regard to case.
func Lookup(params, name string) (string, bool) {
	for params != "" {
		var key, value string
		var has bool
		key, value, has, params = nextParam(params)
		if len(key) == len(name) && strings.EqualFold(key, name) {
			if !has {
				return "", true
			}
			value, _, _ = nextValue(value)
			return decode(value), true
		}
	}
	return "", false
}

// All gives the parameters of a Params text in order.
func All(params string) iter.Seq[Param] {
	return func(yield func(Param) bool) {
		for params != "" {
			var key, value string
			var has bool
			key, value, has, params = nextParam(params)
			if key == "" && !has {
				continue
			}
			p := Param{Name: Upper(key)}
			if has {
				p.Values = Values(value)
			}
			if !yield(p) {
				return
			}
		}
	}
}

// ParseParams gives the parameters of a Params text.
func ParseParams(params string) []Param {
	var list []Param
	for p := range All(params) {
		list = append(list, p)
	}
	return list
}

// Values splits and decodes the raw text behind the "=" of a parameter.
func Values(raw string) []string {
	list := make([]string, 0, 1)
	for more := true; more; {
		var v string
		v, raw, more = nextValue(raw)
		list = append(list, decode(v))
	}
	return list
}

// decode unquotes a value and reads the escapes of RFC 6868 §3.2.
func decode(v string) string {
	if len(v) >= 2 && v[0] == '"' && v[len(v)-1] == '"' {
		v = v[1 : len(v)-1]
	}
	i := strings.IndexByte(v, '^')
	if i < 0 {
		return v
	}
	var b strings.Builder
	b.Grow(len(v))
	for ; i >= 0; i = strings.IndexByte(v, '^') {
		b.WriteString(v[:i])
		next := byte(0)
		if i+1 < len(v) {
			next = v[i+1]
		}
		switch next {
		case 'n':
			b.WriteByte('\n')
		case '^':
			b.WriteByte('^')
		case '\'':
			b.WriteByte('"')
		default: // "^" before anything else stands for itself (RFC 6868 §3.2)
			b.WriteByte('^')
			v = v[i+1:]
			continue
		}
		v = v[i+2:]
	}
	b.WriteString(v)
	return b.String()
}
