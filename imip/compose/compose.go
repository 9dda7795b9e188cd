// Package compose writes the mail that carries a scheduling message (RFC 6047 §2, RFC 5322):
// text, HTML and calendar as alternatives, and the calendar once more as an attachment.
//
// Invariants:
//   - It is pure: no clock, no store, no network. The same input gives the same bytes, so that a mail that
//     is sent again is the same mail.
//   - No text of a calendar becomes a header, a boundary or HTML: header values lose all control characters,
//     HTML is escaped.
//   - An address reaches a header or the envelope only through ParseAddress.
//   - One mail has one recipient, and names no other in its header.
//   - What leaves is what scheduling made, less alarms, server parameters and private X- properties.
package compose

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"convoke/internal/icalendar"

	"github.com/emersion/go-message"
	"github.com/emersion/go-message/mail"
)

// LoopHeader names the gateway that made a mail. What a gateway finds its own name in, it made itself.
const LoopHeader = "X-Convoke-Gateway"

// Mailbox is a mail address with the name of whom it belongs to, which may be empty.
type Mailbox struct{ Name, Address string }

// Input is all that one mail is made of.
type Input struct {
	Object *icalendar.Object // the scheduling message, with its METHOD
	// Former is what the recipient was told before, newest first: what differs is pointed out. Empty: nothing.
	Former []*icalendar.Object
	// Recipient is the calendar user address by which the object names whom the mail is for.
	Recipient string
	From      Mailbox
	ReplyTo   Mailbox // no address: none
	Sender    Mailbox // who wrote it for From (SENT-BY); no address: nobody else
	To        string  // mail address
	MessageID string  // with angle brackets
	Before    string  // Message-ID of the mail before it in the thread, or ""
	Domain    string  // right side of the thread's root id
	Gateway   string  // value of LoopHeader
	Language  string  // for recipients whose language is not known: "en" or "de"
	Date      time.Time
	// Answer is the secret address at which the recipient may answer a REQUEST in a browser; "" is none.
	Answer string
	// Mail gives the mail address, as a mailto, of a calendar user address that is none itself; "" if
	// there is none. Nil: there is never one.
	Mail func(address string) string
}

// Render writes the mail: lines end in CRLF, and all is ASCII but addresses that cannot be. An error tells of an
// object that is no scheduling message, or of an address that cannot stand in a mail.
func Render(in *Input) ([]byte, error) {
	if in.Object == nil || in.Object.Kind() == "" || in.Object.Method() == "" {
		return nil, fmt.Errorf("no scheduling message")
	}
	header, w, err := head(in)
	if err != nil {
		return nil, err
	}
	calendar := publish(in)
	text := w.describe(in)
	var b bytes.Buffer
	mixed, err := message.CreateWriter(&b, header)
	if err != nil {
		return nil, fmt.Errorf("write the mail: %w", err)
	}
	var inner message.Header
	inner.SetContentType("multipart/alternative", map[string]string{"boundary": boundary(in, "alternative")})
	alternative, err := mixed.CreatePart(inner)
	if err != nil {
		return nil, fmt.Errorf("write the mail: %w", err)
	}
	kind := map[string]string{"charset": "utf-8", "method": in.Object.Method(), "component": in.Object.Kind()}
	parts := []error{
		part(alternative, "text/plain", map[string]string{"charset": "utf-8"}, "quoted-printable", "", text.plain()),
		part(alternative, "text/html", map[string]string{"charset": "utf-8"}, "quoted-printable", "", text.html()),
		// RFC 6047 §2.4: the method of the media type is that of the object.
		part(alternative, "text/calendar", kind, "base64", "", calendar),
		alternative.Close(),
		// Some mail programs offer their buttons for the alternative, others for an attachment.
		part(mixed, "application/ics", map[string]string{"name": attachment}, "base64", attachment, calendar),
		mixed.Close(),
	}
	for _, err := range parts {
		if err != nil {
			return nil, fmt.Errorf("write the mail: %w", err)
		}
	}
	return b.Bytes(), nil
}

// attachment is the name of the attached calendar.
const attachment = "invite.ics"

// head makes the header and chooses the language. Fields are added last first, as the library wants it.
func head(in *Input) (message.Header, *words, error) {
	var h mail.Header
	to, err := ParseAddress(in.To)
	if err != nil {
		return h.Header, nil, fmt.Errorf("recipient: %w", err)
	}
	from, err := ParseAddress(in.From.Address)
	if err != nil {
		return h.Header, nil, fmt.Errorf("sender: %w", err)
	}
	name, language := in.person(in.Recipient)
	w := wordsOf(language, in.Language)
	add := func(key, value string) {
		if value = line(value, maxHeader); value != "" {
			h.Add(key, value)
		}
	}
	box := func(key string, m Mailbox) {
		if address, err := ParseAddress(m.Address); err == nil {
			h.Add(key, (&mail.Address{Name: line(m.Name, maxName), Address: address}).String())
		}
	}
	h.SetContentType("multipart/mixed", map[string]string{"boundary": boundary(in, "mixed")})
	add("MIME-Version", "1.0")
	add("Content-Language", w.tag)
	add(LoopHeader, in.Gateway)
	add("Auto-Submitted", "auto-generated") // RFC 3834 §5
	root := threadRoot(in)
	add("References", join(root, in.Before))
	if in.Before != "" {
		root = in.Before
	}
	add("In-Reply-To", root)
	add("Message-ID", in.MessageID)
	h.Add("Subject", encode(w.subject(in)))
	box("To", Mailbox{name, to})
	box("Reply-To", in.ReplyTo)
	box("Sender", in.Sender)
	box("From", Mailbox{in.From.Name, from})
	add("Date", in.Date.Format(time.RFC1123Z))
	return h.Header, w, nil
}

// part writes one body part.
func part(to *message.Writer, kind string, params map[string]string, encoding, file string, data []byte) error {
	var h message.Header
	if file != "" {
		h.SetContentDisposition("attachment", map[string]string{"filename": file})
	}
	h.Set("Content-Transfer-Encoding", encoding)
	h.SetContentType(kind, params)
	w, err := to.CreatePart(h)
	if err != nil {
		return err
	}
	if _, err := io.Copy(w, bytes.NewReader(data)); err != nil {
		return err
	}
	return w.Close()
}

// threadRoot is the Message-ID that all mails about one meeting to one person refer to. No mail has it: a mail
// program threads by the reference alone, also when the first mail was never delivered (RFC 5322 §3.6.4).
func threadRoot(in *Input) string {
	return "<" + digest("thread", in.Object.UID(), in.To) + "@" + line(in.Domain, maxName) + ">"
}

// boundary makes a delimiter that no text can hold by intent, since nobody knows the Message-ID beforehand.
func boundary(in *Input, of string) string { return digest(of, in.MessageID) }

func digest(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

func join(a, b string) string {
	if b == "" {
		return a
	}
	return a + " " + b
}
