package vcard

import (
	"bytes"
	"unicode/utf8"
)

// Mend makes a text readable that Parse refuses for its octets, for imports only: text that is no
// UTF-8 is taken as ISO 8859-1, which most cards without a charset are; a bare CR in a text of
// CRLF lines, which Thunderbird exports as it was typed, becomes an escaped line break; other
// control characters are dropped. It reports whether anything had to be changed.
func Mend(data []byte) ([]byte, bool) {
	out := data
	if !utf8.Valid(out) {
		out = []byte(fromLatin1(out))
	}
	crlf := bytes.Contains(out, []byte("\r\n"))
	b := make([]byte, 0, len(out)+16)
	for i, c := range out {
		switch {
		case c == '\r' && crlf && (i+1 == len(out) || out[i+1] != '\n' && out[i+1] != '\r'):
			b = append(b, `\n`...)
		case c < ' ' && c != '\t' && c != '\r' && c != '\n', c == 0x7f:
		default:
			b = append(b, c)
		}
	}
	return b, !bytes.Equal(b, data)
}

// Adopt makes a card that may be stored of one found in a file: mended where its octets are broken, upgraded
// to 3.0 if it is 2.1, completed with what Validate asks for; uid is for a card that has none. A card that is
// in order stays as it is, byte for byte.
func Adopt(raw []byte, uid string) (*Card, error) {
	c, err := Parse(raw)
	if err != nil {
		mended, changed := Mend(raw)
		if !changed {
			return nil, err
		}
		if c, err = Parse(mended); err != nil {
			return nil, err
		}
	}
	if c.Version() == V21 {
		upgraded, err := c.Convert(V30)
		if err != nil {
			return nil, err
		}
		if c, err = Parse(upgraded); err != nil {
			return nil, err
		}
	}
	c.Complete(uid)
	return c, c.Validate()
}
