package message

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/emersion/go-message/charset"
	"github.com/emersion/go-message/textproto"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// Calendar is a part that holds a calendar.
type Calendar struct {
	Data   []byte // UTF-8, without a byte order mark
	Method string // the parameter of Content-Type, upper case; "" if there is none (RFC 6047 §2.4)
	Type   string // media type
	File   string // name
}

// calendar takes a part (RFC 6047 §2.4, §2.5).
func (w *walk) calendar(k kind, h textproto.Header, body io.Reader) error {
	data, err := decoded(h, body, w.limits.Calendar)
	if err != nil {
		return err
	}
	data = text(data, k.params["charset"])
	if len(bytes.TrimSpace(data)) == 0 {
		return nil
	}
	w.m.Calendars = append(w.m.Calendars, Calendar{Data: data, Method: strings.ToUpper(strings.TrimSpace(k.params["method"])), Type: k.media, File: k.file})
	return nil
}

// text gives bytes as UTF-8. A byte order mark decides, then the name of the charset, then what the bytes can be:
// mailers say us-ascii and mean otherwise.
func text(data []byte, name string) []byte {
	switch {
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		data, name = data[3:], "utf-8"
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
		return utf16(data, unicode.UseBOM, unicode.LittleEndian)
	case bytes.HasPrefix(data, []byte("B\x00E\x00G\x00")):
		return utf16(data, unicode.IgnoreBOM, unicode.LittleEndian)
	case bytes.HasPrefix(data, []byte("\x00B\x00E\x00G")):
		return utf16(data, unicode.IgnoreBOM, unicode.BigEndian)
	}
	name = strings.ToLower(strings.Trim(strings.TrimSpace(name), `"'`))
	switch name {
	case "", "utf-8", "utf8", "us-ascii", "ascii", "unicode-1-1-utf-8", "utf-16", "utf-16le", "utf-16be":
		if utf8.Valid(data) {
			return data
		}
		name = "windows-1252"
	}
	if name == "iso-8859-1" || name == "latin1" || name == "windows-1252" {
		// The former is a part of the latter but for control characters.
		if out, err := charmap.Windows1252.NewDecoder().Bytes(data); err == nil {
			return out
		}
		return data
	}
	r, err := charset.Reader(name, bytes.NewReader(data))
	if err != nil {
		return data // icalendar refuses what is not UTF-8
	}
	out, err := io.ReadAll(io.LimitReader(r, int64(4*len(data)+4)))
	if err != nil {
		return data
	}
	return out
}

func utf16(data []byte, bom unicode.BOMPolicy, order unicode.Endianness) []byte {
	out, err := unicode.UTF16(order, bom).NewDecoder().Bytes(data)
	if err != nil {
		return data
	}
	return bytes.TrimPrefix(out, []byte("\xef\xbb\xbf"))
}

// Calendar gives the one calendar of a mail: the first text/calendar, else the first of another type. It is nil
// without one, and agree is false if two of them differ: then nobody can tell which is meant.
func (m *Message) Calendar() (c *Calendar, agree bool) {
	for i := range m.Calendars {
		if k := &m.Calendars[i]; c == nil || c.Type != "text/calendar" && k.Type == "text/calendar" {
			c = k
		}
	}
	if c == nil {
		return nil, true
	}
	same := plain(c.Data)
	if bytes.Count(bytes.ToUpper(same), []byte("BEGIN:VCALENDAR")) > 1 {
		return c, false
	}
	for i := range m.Calendars {
		if k := &m.Calendars[i]; k != c && !bytes.Equal(plain(k.Data), same) {
			return c, false
		}
	}
	return c, true
}

// plain is a calendar without folds, blank lines and the kind of its line ends, for comparison alone.
func plain(data []byte) []byte {
	out := make([]byte, 0, len(data))
	for line := range bytes.Lines(data) {
		line = bytes.TrimRight(line, "\r\n")
		if len(line) > 0 && (line[0] == ' ' || line[0] == '\t') {
			if out = bytes.TrimSuffix(out, []byte("\n")); len(out) > 0 {
				line = line[1:]
			}
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		out = append(append(out, line...), '\n')
	}
	return out
}
