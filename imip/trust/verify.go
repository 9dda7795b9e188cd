package trust

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"

	"convoke/imip/message"

	"github.com/emersion/go-msgauth/dkim"
)

// Verifier finds out who wrote a mail.
type Verifier struct {
	Servers
	// Mode is "header", "dkim", or "both": what our servers say, and signatures where they say nothing.
	Mode string
	// LookupTXT finds keys.
	LookupTXT func(ctx context.Context, name string) ([]string, error)
}

// maxSignatures of one mail are verified.
const maxSignatures = 5

// Verify weighs what is to be believed of a mail. m was read from raw.
func (v Verifier) Verify(ctx context.Context, m *message.Message, raw []byte) Evidence {
	from := ""
	if len(m.From) == 1 {
		from = m.From[0].Address
	}
	if v.Mode != "dkim" {
		if list, said, found := v.Statements(m); found {
			return Judge(from, said, list)
		}
	}
	if v.Mode == "header" || v.LookupTXT == nil || !slices.ContainsFunc(m.Header, func(f message.Field) bool { return f.Name == "Dkim-Signature" }) {
		return Evidence{From: from, Believed: "nothing"}
	}
	return v.signatures(ctx, from, raw)
}

// signatures verifies DKIM (RFC 6376 §6). One whose domain is aligned with From proves it.
func (v Verifier) signatures(ctx context.Context, from string, raw []byte) Evidence {
	e := Evidence{From: from, Believed: "nothing"}
	found, err := dkim.VerifyWithOptions(bytes.NewReader(crlf(raw)), &dkim.VerifyOptions{
		MaxVerifications: maxSignatures,
		LookupTXT:        func(name string) ([]string, error) { return v.LookupTXT(ctx, name) },
	})
	if err != nil && !errors.Is(err, dkim.ErrTooManySignatures) {
		return e
	}
	for _, s := range found {
		if s == nil || s.Err != nil {
			if s != nil && dkim.IsTempFail(s.Err) && !e.Authenticated {
				e.Believed = "nothing: the key of a signature could not be looked up"
			}
			continue
		}
		e.Signed = append(e.Signed, strings.ToLower(s.Domain))
		if from != "" && Aligned(s.Domain, domainOf(from)) {
			e.Authenticated, e.Believed = true, "DKIM of "+s.Domain+", verified here"
		}
	}
	return e
}

// crlf gives a mail with the line ends that were signed, wherever a pipe took them away.
func crlf(raw []byte) []byte {
	if bytes.Count(raw, []byte("\n")) == bytes.Count(raw, []byte("\r\n")) {
		return raw
	}
	return bytes.ReplaceAll(bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n"))
}
