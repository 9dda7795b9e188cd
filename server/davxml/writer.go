package davxml

import (
	"encoding/xml"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Declarations are the namespace declarations that Root writes.
const Declarations = ` xmlns:D="` + DAV + `" xmlns:C="` + CalDAV + `" xmlns:CR="` + CardDAV +
	`" xmlns:CS="` + CS + `" xmlns:A="` + AppleICal + `" xmlns:ME="` + Me + `"`

// Prolog opens each document.
const Prolog = `<?xml version="1.0" encoding="utf-8"?>` + "\n"

// Prefix gives the one prefix of a known namespace, or "".
func Prefix(space string) string {
	switch space {
	case DAV:
		return "D"
	case CalDAV:
		return "C"
	case CardDAV:
		return "CR"
	case CS:
		return "CS"
	case AppleICal:
		return "A"
	case Me:
		return "ME"
	}
	return ""
}

// Tag is an element's name, made ready to be written many times.
type Tag struct {
	name string // with prefix
	decl string // the declaration of a namespace without a prefix of ours
}

// NewTag prepares a name.
func NewTag(name xml.Name) Tag {
	if name.Space == "" {
		return Tag{name: name.Local}
	}
	if p := Prefix(name.Space); p != "" {
		return Tag{name: p + ":" + name.Local}
	}
	return Tag{name: "x:" + name.Local, decl: ` xmlns:x="` + attribute(name.Space) + `"`}
}

// Writer builds XML in memory. It never fails; whoever owns it takes the bytes away with Bytes and
// Truncate as it sees fit. The zero Writer is ready. Attributes may be written directly behind a Start.
type Writer struct {
	buf   []byte
	stack []element // open elements
	open  bool      // the last start tag lacks its '>'
}

// element is what an end tag needs.
type element struct{ prefix, name string }

// Root writes the prolog and the start of the root element with all namespace declarations.
func (w *Writer) Root(name xml.Name) {
	w.buf = append(w.buf, Prolog...)
	w.Start(name)
	w.buf = append(w.buf, Declarations...)
}

// Start opens an element.
func (w *Writer) Start(name xml.Name) {
	p := Prefix(name.Space)
	if p == "" {
		w.StartTag(NewTag(name))
		return
	}
	w.content()
	w.buf = append(w.buf, '<')
	w.buf = append(w.buf, p...)
	w.buf = append(w.buf, ':')
	w.buf = append(w.buf, name.Local...)
	w.stack = append(w.stack, element{p, name.Local})
	w.open = true
}

// StartTag opens an element whose name was prepared.
func (w *Writer) StartTag(t Tag) {
	w.content()
	w.buf = append(w.buf, '<')
	w.buf = append(w.buf, t.name...)
	w.buf = append(w.buf, t.decl...)
	w.stack = append(w.stack, element{name: t.name})
	w.open = true
}

// Attr adds an attribute without namespace to the element just opened.
func (w *Writer) Attr(local, value string) {
	w.buf = append(w.buf, ' ')
	w.buf = append(w.buf, local...)
	w.buf = append(w.buf, '=', '"')
	w.buf = escaped(w.buf, value, true)
	w.buf = append(w.buf, '"')
}

// End closes the innermost open element, as an empty one if nothing was written in it.
func (w *Writer) End() {
	last := len(w.stack) - 1
	e := w.stack[last]
	w.stack = w.stack[:last]
	if w.open {
		w.buf = append(w.buf, '/', '>')
		w.open = false
		return
	}
	w.buf = append(w.buf, '<', '/')
	if e.prefix != "" {
		w.buf = append(w.buf, e.prefix...)
		w.buf = append(w.buf, ':')
	}
	w.buf = append(w.buf, e.name...)
	w.buf = append(w.buf, '>')
}

// Empty writes an element without content.
func (w *Writer) Empty(name xml.Name) {
	w.Start(name)
	w.End()
}

// Text writes character data, escaped; what XML 1.0 cannot carry becomes U+FFFD.
func (w *Writer) Text(s string) {
	if s == "" {
		return
	}
	w.content()
	w.buf = escaped(w.buf, s, false)
}

// TextBytes is Text for bytes.
func (w *Writer) TextBytes(s []byte) {
	if len(s) == 0 {
		return
	}
	w.content()
	w.buf = escaped(w.buf, s, false)
}

// Int writes a number.
func (w *Writer) Int(n int64) {
	w.content()
	w.buf = strconv.AppendInt(w.buf, n, 10)
}

// Elem writes an element that holds text.
func (w *Writer) Elem(name xml.Name, text string) {
	w.Start(name)
	w.Text(text)
	w.End()
}

// Href writes a DAV:href. The href must be escaped as a URI already.
func (w *Writer) Href(href string) {
	w.content()
	w.buf = append(w.buf, "<D:href>"...)
	w.buf = escaped(w.buf, href, false)
	w.buf = append(w.buf, "</D:href>"...)
}

// Raw writes XML that is known to be well-formed and to stand alone, such as Node.XML.
func (w *Writer) Raw(xml string) {
	if xml == "" {
		return
	}
	w.content()
	w.buf = append(w.buf, xml...)
}

// Len is the number of bytes written so far, a mark for Truncate.
func (w *Writer) Len() int {
	w.content()
	return len(w.buf)
}

// Bytes gives what was written, valid until the next call.
func (w *Writer) Bytes() []byte {
	w.content()
	return w.buf
}

// Truncate forgets what was written behind the mark n. Elements opened behind it must be closed.
func (w *Writer) Truncate(n int) {
	w.buf = w.buf[:n]
	w.open = false
}

// Depth is the number of open elements, a mark for Unwind.
func (w *Writer) Depth() int { return len(w.stack) }

// Unwind forgets open elements beyond depth without closing them; used with Truncate.
func (w *Writer) Unwind(depth int) { w.stack = w.stack[:depth] }

// Drain forgets the bytes but keeps the open elements: they were sent.
func (w *Writer) Drain() {
	w.content()
	w.buf = w.buf[:0]
}

// Reset makes the writer new, keeping its memory.
func (w *Writer) Reset() {
	w.buf, w.stack, w.open = w.buf[:0], w.stack[:0], false
}

// Cap is the memory held, so that a pool can drop large ones.
func (w *Writer) Cap() int { return cap(w.buf) }

// content ends a start tag before something follows in it.
func (w *Writer) content() {
	if w.open {
		w.buf = append(w.buf, '>')
		w.open = false
	}
}

// HrefOf is Href with what the function appends to the bytes so far: an href that needs no escape in XML,
// as those of dav.AppendSegment. It saves making a string of it.
func (w *Writer) HrefOf(add func([]byte) []byte) {
	w.content()
	w.buf = append(w.buf, "<D:href>"...)
	w.buf = add(w.buf)
	w.buf = append(w.buf, "</D:href>"...)
}

// escaped appends text for content, or for a quoted attribute if quoted.
func escaped[T string | []byte](buf []byte, s T, quoted bool) []byte {
	from, table := 0, &plain
	if quoted {
		table = &plainQuoted
	}
	for i := 0; i < len(s); {
		c := s[i]
		if table[c] {
			i++
			continue
		}
		size, with := 1, ""
		if c < utf8.RuneSelf {
			with = replacement(c)
		} else {
			var r rune
			r, size = utf8.DecodeRuneInString(string(s[i:min(i+utf8.UTFMax, len(s))]))
			if with = odd(r, size); with != "" && size == 1 {
				if whole, n := foldedRune(string(s[i:min(i+maxFoldedRune, len(s))])); n > 0 {
					with, size = whole, n
				}
			}
		}
		if with != "" {
			buf = append(buf, s[from:i]...)
			buf = append(buf, with...)
			from = i + size
		}
		i += size
	}
	return append(buf, s[from:]...)
}

// plain marks the ASCII characters that stand for themselves in text.
// CR does not: a parser would turn it into LF, and calendar data must come back with its CRLF.
var plain = func() (t [256]bool) {
	for c := range utf8.RuneSelf {
		t[c] = c >= 0x20 || c == '\n' || c == '\t'
	}
	t['&'], t['<'], t['>'] = false, false, false
	return t
}()

// plainQuoted is plain between double quotes.
var plainQuoted = func() [256]bool {
	t := plain
	t['"'] = false
	return t
}()

func replacement(c byte) string {
	switch c {
	case '&':
		return "&amp;"
	case '<':
		return "&lt;"
	case '>':
		return "&gt;"
	case '"':
		return "&quot;"
	case '\r':
		return "&#13;"
	}
	return "\uFFFD"
}

// odd gives the stand-in for what XML 1.0 §2.2 excludes, or "".
func odd(r rune, size int) string {
	if r == utf8.RuneError && size == 1 || r == 0xFFFE || r == 0xFFFF {
		return "\uFFFD"
	}
	return ""
}

// maxFoldedRune bounds a character with a fold behind each of its bytes but the last.
const maxFoldedRune = utf8.UTFMax + (utf8.UTFMax-1)*len("\r\n ")

// foldedRune reads a character that a fold of calendar or card data stands in, which RFC 5545 §3.1 lets stand there and
// XML cannot carry. It gives the fold in front of the character, which says the same, and the bytes read; else 0.
func foldedRune(s string) (text string, n int) {
	var whole []byte
	for len(whole) < utf8.UTFMax && n < len(s) {
		switch rest := s[n:]; {
		case rest[0] >= utf8.RuneSelf:
			whole = append(whole, rest[0])
			n++
			if utf8.FullRune(whole) {
				if !utf8.Valid(whole) {
					return "", 0
				}
				return text + string(whole), n
			}
		case strings.HasPrefix(rest, "\r\n ") || strings.HasPrefix(rest, "\r\n\t"):
			text = "&#13;\n "
			n += 3
		case strings.HasPrefix(rest, "\n ") || strings.HasPrefix(rest, "\n\t"):
			text = "\n "
			n += 2
		default:
			return "", 0
		}
	}
	return "", 0
}

// attribute gives a value as it stands between double quotes.
func attribute(s string) string { return string(escaped(nil, s, true)) }
