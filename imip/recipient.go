package imip

import (
	"bufio"
	"bytes"
	"context"
	"mime"
	"net/mail"
	"net/textproto"
	"slices"
	"strings"
)

// The bounds of what is read of a header to find out whom a copy is for.
const (
	maxHeaderBytes = 256 << 10
	maxRecipients  = 50
)

// delivered are the header fields in which mail servers write the envelope's recipient, the
// one that tells most first.
var delivered = []string{"X-Original-To", "Delivered-To", "Envelope-To"}

// recipientsOf tells for whom a copy in a shared mailbox is: the person that the mail server
// wrote down, else everybody of ours in To and Cc, else the gateway itself. The mailbox of the
// copies is nobody's and never counts. None if there is nobody.
func recipientsOf(ctx context.Context, raw []byte, whose func(context.Context, string) (Whose, error)) ([]string, error) {
	header := headerOf(raw)
	gateway := ""
	ours := func(address string) (bool, error) {
		w, err := whose(ctx, address)
		if w == Gateways && gateway == "" {
			gateway = address
		}
		return w == Ours, err
	}
	for _, field := range delivered {
		for _, value := range header[field] {
			address := bareAddress(value)
			if ok, err := ours(address); err != nil {
				return nil, err
			} else if ok {
				return []string{address}, nil
			}
		}
	}
	var list []string
	seen := 0
	for _, field := range []string{"To", "Cc"} {
		for _, value := range header[field] {
			for _, address := range addressesIn(value) {
				if seen++; seen > 20*maxRecipients || len(list) == maxRecipients {
					return list, nil
				}
				if slices.ContainsFunc(list, func(a string) bool { return strings.EqualFold(a, address) }) {
					continue
				}
				if ok, err := ours(address); err != nil {
					return nil, err
				} else if ok {
					list = append(list, address)
				}
			}
		}
	}
	if len(list) == 0 && gateway != "" {
		list = []string{gateway}
	}
	return list, nil
}

// headerOf reads the header of a mail as far as it can be read.
func headerOf(raw []byte) textproto.MIMEHeader {
	if len(raw) > maxHeaderBytes {
		raw = raw[:maxHeaderBytes]
	}
	// The first line may be that of an mbox.
	if bytes.HasPrefix(raw, []byte("From ")) || bytes.HasPrefix(raw, []byte(">From ")) {
		if _, rest, ok := bytes.Cut(raw, []byte("\n")); ok {
			raw = rest
		}
	}
	header, _ := textproto.NewReader(bufio.NewReader(bytes.NewReader(raw))).ReadMIMEHeader()
	return header
}

// bareAddress is the address in a field that holds one, with or without angle brackets.
func bareAddress(value string) string {
	value = strings.TrimSpace(value)
	if from, to := strings.LastIndexByte(value, '<'), strings.LastIndexByte(value, '>'); from >= 0 && to > from {
		value = value[from+1 : to]
	}
	return value
}

// addressesIn reads an address list; of one that is malformed it takes what looks like addresses.
func addressesIn(value string) []string {
	parser := mail.AddressParser{WordDecoder: &mime.WordDecoder{}}
	var list []string
	if parsed, err := parser.ParseList(value); err == nil {
		for _, a := range parsed {
			list = append(list, a.Address)
		}
		return list
	}
	for _, item := range strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ';' }) {
		if a := bareAddress(item); strings.Count(a, "@") == 1 && !strings.ContainsAny(a, " \t\"()") {
			list = append(list, a)
		}
	}
	return list
}
