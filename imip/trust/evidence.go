package trust

import (
	"net/netip"
	"slices"
	"strings"

	"convoke/imip/message"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// Evidence is what is believed of who wrote a mail.
type Evidence struct {
	From          string // the one address in From, "" if there is none or several
	Authenticated bool   // the domain of From is proven
	Believed      string // by what, in words
	Signed        []string
}

// Organizational gives the domain that a registrar gave out, of which a domain is a part (RFC 7489 §3.2).
func Organizational(domain string) string {
	d, err := idna.Lookup.ToASCII(strings.TrimSuffix(strings.ToLower(domain), "."))
	if err != nil || d == "" {
		return ""
	}
	if org, err := publicsuffix.EffectiveTLDPlusOne(d); err == nil {
		return org
	}
	return d
}

// Aligned tells two domains of one organizational domain (RFC 7489 §3.1, relaxed).
func Aligned(a, b string) bool {
	x := Organizational(a)
	return x != "" && x == Organizational(b)
}

// domainOf is what stands behind the last @ of an address, or all of it.
func domainOf(a string) string { return a[strings.LastIndexByte(a, '@')+1:] }

// Servers are our own mail servers.
type Servers struct {
	IDs   []string // authserv-ids, which the operator promises to be taken out of mail from outside
	Hosts []string // further names under which they write Received
}

// Statements gives what our own servers say of a mail: the topmost run of Authentication-Results with an id of ours,
// above the first Received of another host (reliability.md §5, RFC 8601 §5). said is the id; found is false if they
// say nothing.
func (s Servers) Statements(m *message.Message) (list []Statement, said string, found bool) {
	if len(s.IDs) == 0 {
		return nil, "", false
	}
	near := false // a host of ours wrote that it took the mail from itself
	for _, f := range m.Header {
		switch {
		case f.Name == "Received":
			// Below what was said there may be what came from outside and looks like ours: one run counts.
			host, from := receivedBy(f.Value)
			if found || !s.own(host) && !(near && isLocalhost(host)) {
				return list, said, found
			}
			near = loopback(from)
		case f.Name == "Authentication-Results":
			id, statements, ok := ParseResults(f.Value)
			if !ok || !slices.ContainsFunc(s.IDs, func(own string) bool { return strings.EqualFold(own, id) }) {
				continue
			}
			list, said, found = append(list, statements...), id, true
		case trace(f.Name):
		default:
			return list, said, found // the author's part has begun
		}
	}
	return list, said, found
}

// trace tells a header that servers on the way put on top of what the author wrote.
func trace(name string) bool {
	switch name {
	case "Return-Path", "Delivered-To", "X-Original-To", "Envelope-To", "Delivery-Date", "Received-Spf", "Arc-Seal", "Arc-Message-Signature",
		"Arc-Authentication-Results", "Dkim-Filter", "Authentication-Results-Original", "Lines", "Status", "Delivered-From":
		return true
	}
	return strings.HasPrefix(name, "X-")
}

// own tells a host of ours by its name.
func (s Servers) own(host string) bool {
	is := func(own string) bool { return strings.EqualFold(own, host) }
	return host != "" && (slices.ContainsFunc(s.IDs, is) || slices.ContainsFunc(s.Hosts, is))
}

// isLocalhost tells a name that any host may have. A filter that gives mail back to our server writes it, and so does
// many a host outside: it is ours only below a line in which we took the mail from a loopback address.
func isLocalhost(host string) bool {
	host = strings.ToLower(host)
	return host == "localhost" || host == "localhost.localdomain"
}

// loopback tells that the from clause of a Received header has loopback addresses and no others. In brackets may also
// stand what the client said at HELO; where it is told apart by a word alone, nothing is believed.
func loopback(from string) bool {
	if strings.Contains(strings.ToLower(from), "helo") {
		return false
	}
	found := false
	for {
		_, rest, ok := strings.Cut(from, "[")
		if !ok {
			return found
		}
		in, after, ok := strings.Cut(rest, "]")
		if len(in) > len("IPv6:") && strings.EqualFold(in[:len("IPv6:")], "IPv6:") {
			in = in[len("IPv6:"):]
		}
		if ip, err := netip.ParseAddr(in); !ok || err != nil || !ip.IsLoopback() {
			return false
		}
		found, from = true, after
	}
}

// receivedBy is the host behind "by" of a Received header (RFC 5321 §4.4), "" if there is none, and what stands before.
func receivedBy(v string) (host, before string) {
	s := scanner{text: v}
	for s.blank(); s.at < len(s.text) && !s.bad; s.blank() {
		start := s.at
		word, ok := s.run("; \t")
		if !ok {
			s.at++
			continue
		}
		if strings.EqualFold(word, "by") {
			host, _ = s.value()
			return strings.Trim(host, "[]"), v[:start]
		}
	}
	return "", ""
}

// Judge weighs statements for the From of a mail (reliability.md §5): DMARC pass, or DKIM or SPF pass of an aligned
// domain. DMARC fail outweighs both.
func Judge(from, said string, list []Statement) Evidence {
	e := Evidence{From: from, Believed: "nothing"}
	domain, by := domainOf(from), ", says "+said
	var how, failed string
	for _, st := range list {
		switch {
		case st.Method == "dmarc" && st.Result == "fail":
			failed = "DMARC failed" + by
		case st.Result != "pass":
		case st.Method == "dmarc" && sameDomain(st.Props["header.from"], domain):
			how = "DMARC of " + domain + by
		case st.Method == "dkim":
			d := st.Props["header.d"]
			if d == "" {
				d = domainOf(st.Props["header.i"])
			}
			e.Signed = append(e.Signed, strings.ToLower(d))
			if how == "" && Aligned(d, domain) {
				how = "DKIM of " + d + by
			}
		case st.Method == "spf" && how == "" && st.Props["smtp.mailfrom"] != "" && Aligned(domainOf(st.Props["smtp.mailfrom"]), domain):
			how = "SPF of " + domainOf(st.Props["smtp.mailfrom"]) + by
		case st.Method == "auth" && how == "" && from != "" && strings.EqualFold(st.Props["smtp.auth"], from):
			how = "sign-in of " + from + by
		}
	}
	switch {
	case failed != "":
		e.Believed = failed
	case from != "" && how != "":
		e.Authenticated, e.Believed = true, how
	}
	return e
}

// sameDomain compares domains, spelled in either way of IDNA.
func sameDomain(a, b string) bool {
	x, err1 := idna.Lookup.ToASCII(strings.ToLower(domainOf(a)))
	y, err2 := idna.Lookup.ToASCII(strings.ToLower(b))
	return err1 == nil && err2 == nil && x != "" && x == y
}

// The address from which Google writes what its calendar users answered.
const googleNotifier = "calendar-notification@google.com"

// Speaker is for whom a mail speaks: From, or, of what Google's calendar writes by itself and signs, the one address
// in Reply-To, which is the attendee (rspamd issue 4008).
func (e Evidence) Speaker(m *message.Message, method string) string {
	if e.From != googleNotifier || method != "REPLY" && method != "COUNTER" || len(m.ReplyTo) != 1 {
		return e.From
	}
	if !slices.Contains(e.Signed, "google.com") || !e.Authenticated {
		return e.From
	}
	return m.ReplyTo[0].Address
}

// SpeaksFor tells whether an address may write for another: it is the same, or is named as its SENT-BY
// (RFC 5545 §3.2.18) and lies in the same organizational domain.
func SpeaksFor(speaker, subject, sentBy string) bool {
	if speaker == "" || subject == "" {
		return false
	}
	return Mailbox(speaker) == Mailbox(subject) ||
		sentBy != "" && Mailbox(speaker) == Mailbox(sentBy) && Aligned(domainOf(speaker), domainOf(subject))
}

// Mailbox is the spelling by which addresses of one mailbox are equal: without mailto, subaddress, and, where the
// domain is Google's, dots.
func Mailbox(address string) string {
	a := strings.ToLower(address)
	a = strings.TrimPrefix(a, "mailto:")
	at := strings.LastIndexByte(a, '@')
	if at < 0 {
		return a
	}
	local, domain := a[:at], a[at+1:]
	if plus := strings.IndexByte(local, '+'); plus > 0 {
		local = local[:plus]
	}
	if domain == "googlemail.com" {
		domain = "gmail.com"
	}
	if domain == "gmail.com" {
		local = strings.ReplaceAll(local, ".", "")
	}
	return local + "@" + domain
}
