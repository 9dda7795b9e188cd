package message

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"strings"

	"github.com/emersion/go-message/textproto"
)

// walk is one way through the parts of a mail.
type walk struct {
	limits Limits
	m      *Message
	parts  int
}

// header reads the headers of a mail or a part.
func (w *walk) header(r *bufio.Reader) (textproto.Header, error) {
	h, err := textproto.ReadHeader(r)
	if h.Len() > w.limits.Headers {
		return h, fmt.Errorf("%w: %d headers", ErrLimit, h.Len())
	}
	if err != nil && err != io.EOF {
		return h, fmt.Errorf("%w: a header cannot be read", ErrMalformed)
	}
	return h, nil
}

// kind is the media type of a part.
type kind struct {
	media  string // lower case
	params map[string]string
	file   string // its name, lower case
}

// kindOf reads Content-Type and Content-Disposition (RFC 2045 §5, RFC 2183). What breaks their grammar is read as
// far as it goes.
func kindOf(h textproto.Header, preset string) kind {
	k := kind{media: preset, params: map[string]string{}}
	if v := h.Get("Content-Type"); v != "" {
		media, params, err := mime.ParseMediaType(v)
		if err != nil || media == "" {
			media, params = loose(v)
		}
		k.media, k.params = strings.ToLower(media), params
	}
	if v := h.Get("Content-Disposition"); v != "" {
		_, params, err := mime.ParseMediaType(v)
		if err != nil {
			_, params = loose(v)
		}
		k.file = params["filename"]
	}
	if k.file == "" {
		k.file = k.params["name"]
	}
	if name, err := words.DecodeHeader(k.file); err == nil {
		k.file = name
	}
	k.file = strings.ToLower(k.file)
	return k
}

// loose reads a media type with parameters that break the grammar: unquoted blanks, parameters given twice, of which
// the first counts.
func loose(v string) (string, map[string]string) {
	media, rest, _ := strings.Cut(v, ";")
	params := map[string]string{}
	for rest != "" && len(params) < 50 {
		var one string
		if i := strings.IndexByte(rest, ';'); i >= 0 && strings.Count(rest[:i], `"`)%2 == 1 {
			if j := strings.IndexByte(rest[i:], '"'); j >= 0 {
				i += j + 1
			}
			one, rest = rest[:i], strings.TrimPrefix(rest[i:], ";")
		} else {
			one, rest, _ = strings.Cut(rest, ";")
		}
		name, value, ok := strings.Cut(one, "=")
		name = strings.ToLower(strings.TrimSpace(name))
		if _, twice := params[name]; ok && !twice {
			params[name] = strings.Trim(strings.TrimSpace(value), `"`)
		}
	}
	return strings.ToLower(strings.TrimSpace(media)), params
}

// part looks into one part; quoted is within a report, where only the report itself counts.
func (w *walk) part(h textproto.Header, body io.Reader, depth int, quoted bool) error {
	if w.parts++; w.parts > w.limits.Parts {
		return fmt.Errorf("%w: %d parts", ErrLimit, w.parts)
	}
	k := kindOf(h, "text/plain")
	switch {
	case strings.HasPrefix(k.media, "multipart/"):
		return w.multipart(k, body, depth, quoted)
	case quoted && (k.media == "message/delivery-status" || k.media == "message/global-delivery-status"):
		return w.status(h, body)
	case quoted && (k.media == "message/rfc822" || k.media == "text/rfc822-headers" || k.media == "message/global" || k.media == "message/global-headers"):
		return w.returned(h, body)
	case quoted:
		return nil
	case isCalendar(k):
		return w.calendar(k, h, body)
	case k.media == "application/ms-tnef" || k.media == "application/vnd.ms-tnef" || k.file == "winmail.dat":
		w.m.Strange = append(w.m.Strange, "winmail.dat")
	case k.media == "application/pkcs7-mime" || k.media == "application/x-pkcs7-mime":
		w.m.Strange = append(w.m.Strange, "an S/MIME envelope")
	case k.media == "application/calendar+json" || k.media == "application/calendar+xml":
		w.m.Strange = append(w.m.Strange, k.media)
	}
	return nil
}

// isCalendar tells a calendar by its type or, where that says nothing, by its name.
func isCalendar(k kind) bool {
	switch k.media {
	case "text/calendar", "application/ics", "text/ics", "text/x-vcalendar", "application/x-ics":
		return true
	case "application/octet-stream", "text/plain", "application/text", "application/unknown":
		return strings.HasSuffix(k.file, ".ics")
	}
	return false
}

// multipart goes through the parts of one (RFC 2046 §5.1). One that ends early, or is broken further down, has the
// parts that came before.
func (w *walk) multipart(k kind, body io.Reader, depth int, quoted bool) error {
	if depth >= w.limits.Depth {
		return fmt.Errorf("%w: parts within parts", ErrLimit)
	}
	if k.media == "multipart/encrypted" {
		w.m.Strange = append(w.m.Strange, "an encrypted message")
		return nil
	}
	if k.media == "multipart/report" && !quoted {
		quoted = true
		w.m.Report = &Report{}
	}
	if k.params["boundary"] == "" {
		return nil
	}
	// The reader wants to see a whole line before the first boundary.
	parts := textproto.NewMultipartReader(bufio.NewReaderSize(body, 64<<10), k.params["boundary"])
	for {
		p, err := parts.NextPart()
		if err != nil {
			return nil //nolint:nilerr // it ends here
		}
		if p.Header.Len() > w.limits.Headers {
			return fmt.Errorf("%w: %d headers", ErrLimit, p.Header.Len())
		}
		if err := w.part(p.Header, p, depth+1, quoted); err != nil {
			return err
		}
	}
}

// decoded reads the body of a part without its transfer encoding (RFC 2045 §6), most bytes of it; more is ErrLimit.
// What breaks the encoding gives what can be read.
func decoded(h textproto.Header, body io.Reader, most int) ([]byte, error) {
	encoded, err := io.ReadAll(io.LimitReader(body, int64(4*most)+1))
	if err != nil && len(encoded) == 0 {
		return nil, nil //nolint:nilerr // cut short
	}
	if len(encoded) > 4*most {
		return nil, fmt.Errorf("%w: a part of more than %d bytes", ErrLimit, most)
	}
	data := encoded
	encoding, _, _ := strings.Cut(h.Get("Content-Transfer-Encoding"), ";")
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "base64":
		data = fromBase64(encoded)
	case "quoted-printable":
		if data, err = io.ReadAll(quotedprintable.NewReader(bytes.NewReader(encoded))); err != nil {
			data = fromQuoted(encoded)
		}
	}
	if len(data) > most {
		return nil, fmt.Errorf("%w: a part of %d bytes", ErrLimit, len(data))
	}
	return data, nil
}

// fromBase64 decodes and skips what is not of the alphabet (RFC 2045 §6.8).
func fromBase64(encoded []byte) []byte {
	plain := make([]byte, 0, len(encoded))
	for _, c := range encoded {
		if c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '+' || c == '/' {
			plain = append(plain, c)
		} else if c == '=' {
			if len(plain)%4 == 0 {
				continue
			}
			break // padding is the end
		}
	}
	if len(plain)%4 == 1 {
		plain = plain[:len(plain)-1]
	}
	data := make([]byte, base64.RawStdEncoding.DecodedLen(len(plain)))
	n, _ := base64.RawStdEncoding.Decode(data, plain)
	return data[:n]
}

// fromQuoted decodes quoted-printable and keeps what is no escape as it is (RFC 2045 §6.7).
func fromQuoted(encoded []byte) []byte {
	data := make([]byte, 0, len(encoded))
	for i := 0; i < len(encoded); i++ {
		if encoded[i] != '=' {
			data = append(data, encoded[i])
			continue
		}
		rest := encoded[i+1:]
		switch {
		case bytes.HasPrefix(rest, []byte("\r\n")):
			i += 2
		case bytes.HasPrefix(rest, []byte("\n")):
			i++
		case len(rest) >= 2 && hex(rest[0]) >= 0 && hex(rest[1]) >= 0:
			data = append(data, byte(hex(rest[0])<<4|hex(rest[1])))
			i += 2
		default:
			data = append(data, '=')
		}
	}
	return data
}

func hex(c byte) int {
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
