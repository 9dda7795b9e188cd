// Package message reads a mail as far as a calendar needs it: who wrote it, what the servers on its way say, and the
// calendar within, wherever mailers put it (RFC 5322, RFC 2045, RFC 6047 §2.4). It also reads delivery status
// notifications (RFC 3464).
//
// Invariants:
//   - Nothing is believed here: a header is what somebody wrote, until imip/trust says whose it is.
//   - Input is bounded in bytes, depth, parts, headers and addresses; time is linear in the input.
//   - Nothing panics on input. What cannot be read is an error or a part that is left out, never a guess.
//   - A mail within a mail, and what a report sends back, is never taken for the mail itself.
//   - No header value holds a line end or another control character.
package message

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"

	"github.com/emersion/go-message/textproto"
)

// Limits bound what is read. Zero fields take the defaults of reliability.md §2.
type Limits struct {
	Bytes     int // of the mail; 25 MiB
	Depth     int // of multipart within multipart; 20
	Parts     int // 500
	Headers   int // of one part; 1,000
	Addresses int // in one header; 1,000
	Calendar  int // bytes of a calendar, decoded; 1 MiB
}

// withDefaults fills what is zero.
func (l Limits) withDefaults() Limits {
	for _, f := range []struct {
		at     *int
		preset int
	}{{&l.Bytes, 25 << 20}, {&l.Depth, 20}, {&l.Parts, 500}, {&l.Headers, 1000}, {&l.Addresses, 1000}, {&l.Calendar, 1 << 20}} {
		if *f.at <= 0 {
			*f.at = f.preset
		}
	}
	return l
}

// The reasons for which a mail is not read.
var (
	ErrLimit     = errors.New("the message is beyond a limit")
	ErrMalformed = errors.New("the message is malformed")
)

// Message is what was read of a mail.
type Message struct {
	Header  []Field   // from the top down, unfolded
	From    []Address // of all From headers; nil if one cannot be read
	Sender  []Address
	ReplyTo []Address
	// MessageID with its angle brackets, "" if there is none.
	MessageID string
	Date      time.Time // zero if there is none
	// AutoSubmitted is the keyword in lower case, "no" if there is none (RFC 3834 §5).
	AutoSubmitted string
	Received      int    // how many Received there are
	ReturnPath    string // of the topmost Return-Path: "<>" or an address; "" if there is none
	// Flagged names the header by which a filter called the mail spam or infected, "" if none did.
	Flagged   string
	Calendars []Calendar // in order
	// Strange names what may hold a calendar in a form that is not read, such as winmail.dat.
	Strange []string
	Report  *Report // of a delivery status notification, else nil
}

// Field is one header.
type Field struct {
	Name  string // in canonical form
	Value string
}

// Address is a mailbox: its name, and its address in lower case.
type Address struct{ Name, Address string }

// Domain is what stands behind the last @.
func (a Address) Domain() string { return a.Address[strings.LastIndexByte(a.Address, '@')+1:] }

// Values gives the values of all headers of a name, from the top down.
func (m *Message) Values(name string) []string {
	var list []string
	for _, f := range m.Header {
		if f.Name == name {
			list = append(list, f.Value)
		}
	}
	return list
}

// first gives the value of the topmost header of a name.
func (m *Message) first(name string) string {
	for _, f := range m.Header {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

// Parse reads a mail. The error is ErrLimit or ErrMalformed with what is wrong.
func Parse(raw []byte, limits Limits) (*Message, error) {
	w := &walk{limits: limits.withDefaults(), m: &Message{}}
	if len(raw) > w.limits.Bytes {
		return nil, fmt.Errorf("%w: %d bytes", ErrLimit, len(raw))
	}
	if bytes.HasPrefix(raw, []byte("From ")) { // a line of an mbox
		_, raw, _ = bytes.Cut(raw, []byte("\n"))
	}
	body := bufio.NewReader(bytes.NewReader(raw))
	header, err := w.header(body)
	if err != nil {
		return nil, err
	}
	if err := w.m.head(header, w.limits); err != nil {
		return nil, err
	}
	if err := w.part(header, body, 0, false); err != nil {
		return nil, err
	}
	return w.m, nil
}

// head takes what matters out of the headers.
func (m *Message) head(h textproto.Header, limits Limits) error {
	for f := h.Fields(); f.Next(); {
		m.Header = append(m.Header, Field{f.Key(), clean(f.Value())})
	}
	var err error
	for _, list := range []struct {
		name string
		at   *[]Address
	}{{"From", &m.From}, {"Sender", &m.Sender}, {"Reply-To", &m.ReplyTo}} {
		if *list.at, err = addresses(m.Values(list.name), limits.Addresses); err != nil {
			return fmt.Errorf("%w: %s", err, list.name)
		}
	}
	for _, name := range []string{"To", "Cc"} {
		if n := strings.Count(strings.Join(m.Values(name), ","), "@"); n > limits.Addresses {
			return fmt.Errorf("%w: %d addresses in %s", ErrLimit, n, name)
		}
	}
	m.MessageID = messageID(m.first("Message-Id"))
	if t, err := mail.ParseDate(m.first("Date")); err == nil {
		m.Date = t.UTC()
	}
	m.AutoSubmitted = autoSubmitted(m.first("Auto-Submitted"))
	m.Received = len(m.Values("Received"))
	m.ReturnPath = returnPath(m.first("Return-Path"))
	m.Flagged = flagged(m.Header)
	return nil
}

// clean takes control characters out of a header value.
func clean(v string) string {
	bad := func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f || r == 0x2028 || r == 0x2029 || r == 0x85 }
	if strings.IndexFunc(v, bad) < 0 {
		return v
	}
	return strings.Map(func(r rune) rune {
		if bad(r) {
			return ' '
		}
		return r
	}, v)
}

// messageID is the first thing in angle brackets.
func messageID(v string) string {
	open := strings.IndexByte(v, '<')
	if open < 0 {
		return ""
	}
	length := strings.IndexByte(v[open:], '>')
	if length < 3 || length > 998 {
		return ""
	}
	return v[open : open+length+1]
}

// autoSubmitted is the keyword of RFC 3834 §5.
func autoSubmitted(v string) string {
	v, _, _ = strings.Cut(v, ";")
	v, _, _ = strings.Cut(v, "(")
	if v = strings.ToLower(strings.TrimSpace(v)); v == "" {
		return "no"
	}
	return v
}

// returnPath reads what a final delivery wrote of MAIL FROM.
func returnPath(v string) string {
	v = strings.TrimSpace(v)
	if inner := strings.TrimSpace(strings.Trim(v, "<>")); v != "" && inner == "" {
		return "<>"
	} else if strings.Contains(inner, "@") {
		return strings.ToLower(inner)
	}
	return ""
}

// flags are the headers by which filters say what a mail is.
var flags = []struct{ name, says string }{
	{"X-Spam-Flag", "yes"}, {"X-Spam-Status", "yes"}, {"X-Spam", "yes"}, {"X-Spam-Flag", "true"}, {"X-Spam", "true"},
	{"X-Bogosity", "spam"}, {"X-Bogosity", "yes"}, {"X-Dspam-Result", "spam"}, {"X-Spam-Action", "reject"}, {"X-Rspamd-Action", "reject"},
	{"X-Rspamd-Action", "add header"}, {"X-Rspamd-Action", "rewrite subject"},
	{"X-Virus-Status", "infected"}, {"X-Virus-Status", "yes"}, {"X-Virus-Flag", "yes"}, {"X-Virus", "yes"}, {"X-Amavis-Alert", "infected"},
	{"X-Clamav", "infected"}, {"X-Virus-Found", "yes"},
}

// flagged names the header that calls a mail spam or infected.
func flagged(header []Field) string {
	for _, f := range header {
		if !strings.HasPrefix(f.Name, "X-") {
			continue
		}
		v := strings.ToLower(strings.TrimSpace(f.Value))
		for _, flag := range flags {
			if rest, ok := strings.CutPrefix(v, flag.says); ok && f.Name == flag.name && (rest == "" || !letter(rest[0])) {
				return f.Name
			}
		}
	}
	return ""
}

func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' }
