package message

import (
	"bufio"
	"bytes"
	"io"
	"strings"

	"github.com/emersion/go-message/textproto"
)

// Report is a delivery status notification (RFC 3464), or another report (RFC 6522), of which Recipients is empty.
type Report struct {
	EnvelopeID string // Original-Envelope-Id, RFC 3464 §2.2.1
	MessageID  string // of what is reported about, "" if it was not sent back
	Recipients []Fate
}

// Fate is what became of a mail for one recipient (RFC 3464 §2.3).
type Fate struct {
	Recipient  string // Original-Recipient (§2.3.1) if it is a mail address, else Final-Recipient (§2.3.2); lower case
	Action     string // failed, delayed, delivered, relayed or expanded; lower case (§2.3.3)
	Status     string // such as 5.1.1 (§2.3.4)
	Diagnostic string // Diagnostic-Code without its type (§2.3.6)
}

const (
	reportBytes = 64 << 10
	maxFates    = 1000
)

// status reads message/delivery-status: groups of headers, the first about the mail, the others about a recipient
// each (RFC 3464 §2.1).
func (w *walk) status(h textproto.Header, body io.Reader) error {
	data, err := decoded(h, body, reportBytes)
	if err != nil {
		return nil //nolint:nilerr // a report of that length says nothing that we want
	}
	r := bufio.NewReader(bytes.NewReader(bytes.TrimLeft(data, "\r\n")))
	for first := true; len(w.m.Report.Recipients) < maxFates; first = false {
		group, err := textproto.ReadHeader(r)
		if group.Len() > 0 && first && group.Get("Final-Recipient") == "" {
			w.m.Report.EnvelopeID = clean(group.Get("Original-Envelope-Id"))
		} else if group.Len() > 0 {
			w.fate(group)
		}
		if _, end := r.Peek(1); err != nil || end != nil {
			return nil
		}
	}
	return nil
}

// fate reads the group of one recipient.
func (w *walk) fate(group textproto.Header) {
	f := Fate{Action: strings.ToLower(clean(strings.TrimSpace(group.Get("Action")))), Status: status(group.Get("Status"))}
	for _, name := range []string{"Original-Recipient", "Final-Recipient"} {
		if _, a, ok := strings.Cut(group.Get(name), ";"); ok && f.Recipient == "" && strings.Contains(a, "@") {
			f.Recipient = strings.ToLower(clean(strings.Trim(strings.TrimSpace(a), "<>")))
		}
	}
	code := clean(group.Get("Diagnostic-Code"))
	if _, rest, ok := strings.Cut(code, ";"); ok {
		code = rest
	}
	f.Diagnostic = strings.TrimSpace(code)
	w.m.Report.Recipients = append(w.m.Report.Recipients, f)
}

// status is an enhanced status code at the beginning of a value, or "".
func status(v string) string {
	v, _, _ = strings.Cut(strings.TrimSpace(v), " ")
	parts := strings.Split(v, ".")
	if len(parts) != 3 {
		return ""
	}
	for i, p := range parts {
		if p == "" || len(p) > 3 || strings.Trim(p, "0123456789") != "" || i == 0 && p != "2" && p != "4" && p != "5" {
			return ""
		}
	}
	return v
}

// returned reads the Message-ID of what a report sends back; nothing else of it counts.
func (w *walk) returned(h textproto.Header, body io.Reader) error {
	if w.m.Report.MessageID != "" {
		return nil
	}
	data, err := io.ReadAll(io.LimitReader(body, reportBytes))
	if err != nil && len(data) == 0 {
		return nil //nolint:nilerr // cut short
	}
	if strings.EqualFold(strings.TrimSpace(h.Get("Content-Transfer-Encoding")), "base64") {
		data = fromBase64(data)
	}
	inner, _ := textproto.ReadHeader(bufio.NewReader(bytes.NewReader(data)))
	w.m.Report.MessageID = messageID(clean(inner.Get("Message-Id")))
	return nil
}
