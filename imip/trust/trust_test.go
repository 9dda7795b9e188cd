package trust

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"reflect"
	"strings"
	"testing"

	"convoke/imip/message"

	"github.com/emersion/go-msgauth/dkim"
)

// Each row of the table decides what it is for (reliability.md §5). The facts differ from the best of cases in what
// the row is about.
func TestTable(t *testing.T) {
	best := Facts{From: "a@example.net", Subject: "mailto:a@example.net", Authenticated: true, Match: true, Known: true, Welcome: true, Named: true, Unverified: true, Newer: true}
	stored := func(f *Facts) { f.Stored, f.Same = true, true }
	ours := func(f *Facts) { f.Stored, f.Ours, f.Listed = true, true, true }
	for _, tt := range []struct {
		method, row string
		then        Action
		change      []func(*Facts)
	}{
		{"REQUEST", "loop", Ignore, []func(*Facts){func(f *Facts) { f.Loop = "our own mail" }}},
		{"REPLY", "spam", Ignore, []func(*Facts){ours, func(f *Facts) { f.Flagged = "X-Spam-Flag" }}},
		{"REQUEST", "local organizer", Ignore, []func(*Facts){func(f *Facts) { f.Local = true }}},
		{"CANCEL", "local organizer", Ignore, []func(*Facts){stored, func(f *Facts) { f.Local = true }}},
		{"DECLINECOUNTER", "local organizer", Ignore, []func(*Facts){stored, func(f *Facts) { f.Local = true }}},
		{"PUBLISH", "publish", Ignore, nil},
		{"PUBLISH", "publish, wanted", Apply, []func(*Facts){func(f *Facts) { f.Public = true }}},
		{"PUBLISH", "publish, wanted again", Apply, []func(*Facts){stored, func(f *Facts) { f.Public = true }}},
		{"PUBLISH", "publish, known already", Ignore, []func(*Facts){stored, func(f *Facts) { f.Public, f.Newer = true, false }}},
		{"PUBLISH", "publish, doubtful", Hold, []func(*Facts){func(f *Facts) { f.Public, f.Authenticated = true, false }}},
		{"REQUEST", "request, known", Apply, nil},
		{"REQUEST", "request, unknown", Hold, []func(*Facts){func(f *Facts) { f.Known, f.Welcome = false, false }}},
		{"REQUEST", "request, forwarded", Hold, []func(*Facts){func(f *Facts) { f.Match = false }}},
		{"REQUEST", "request, not for him", Hold, []func(*Facts){func(f *Facts) { f.Named = false }}},
		{"REQUEST", "request, unverified", Hold, []func(*Facts){func(f *Facts) { f.Authenticated = false }}},
		{"REQUEST", "request, unverified, unwanted", Ignore, []func(*Facts){func(f *Facts) { f.Authenticated, f.Unverified = false, false }}},
		{"REQUEST", "update", Apply, []func(*Facts){stored}},
		{"REQUEST", "update", Apply, []func(*Facts){stored, func(f *Facts) { f.Known, f.Welcome = false, false }}},
		{"REQUEST", "update, older", Ignore, []func(*Facts){stored, func(f *Facts) { f.Newer = false }}},
		{"REQUEST", "update, unverified", Hold, []func(*Facts){stored, func(f *Facts) { f.Authenticated = false }}},
		{"REQUEST", "update, not the sender's", Hold, []func(*Facts){stored, func(f *Facts) { f.Match = false }}},
		{"REQUEST", "update, not the organizer's", Hold, []func(*Facts){stored, func(f *Facts) { f.Same = false }}},
		{"CANCEL", "cancel", Apply, []func(*Facts){stored}},
		{"CANCEL", "update, older", Ignore, []func(*Facts){stored, func(f *Facts) { f.Newer = false }}},
		{"CANCEL", "cancel, early", Apply, nil},
		{"CANCEL", "cancel, of nothing", Ignore, []func(*Facts){func(f *Facts) { f.Authenticated = false }}},
		{"CANCEL", "cancel, doubtful", Hold, []func(*Facts){stored, func(f *Facts) { f.Authenticated = false }}},
		{"CANCEL", "cancel, doubtful", Hold, []func(*Facts){stored, func(f *Facts) { f.Match = false }}},
		{"CANCEL", "cancel, doubtful", Hold, []func(*Facts){stored, func(f *Facts) { f.Same = false }}},
		{"ADD", "add", Hold, []func(*Facts){stored}},
		{"ADD", "add, to nothing", Ignore, nil},
		{"ADD", "add, doubtful", Ignore, []func(*Facts){stored, func(f *Facts) { f.Match = false }}},
		{"DECLINECOUNTER", "decline counter", Apply, []func(*Facts){stored}},
		{"DECLINECOUNTER", "decline counter, doubtful", Ignore, nil},
		{"REPLY", "reply", Apply, []func(*Facts){ours}},
		{"REPLY", "reply", Apply, []func(*Facts){ours, func(f *Facts) { f.Local = true }}}, // the organizer is one of ours
		{"REPLY", "reply", Apply, []func(*Facts){ours, func(f *Facts) { f.Known, f.Welcome = false, false }}},
		{"REPLY", "reply, to nobody", Ignore, []func(*Facts){stored}},
		{"REPLY", "reply, unverified", Hold, []func(*Facts){ours, func(f *Facts) { f.Authenticated = false }}},
		{"REPLY", "reply, of another", Hold, []func(*Facts){ours, func(f *Facts) { f.Match = false }}},
		{"REPLY", "reply, not invited", Hold, []func(*Facts){ours, func(f *Facts) { f.Listed = false }}},
		{"COUNTER", "counter", Hold, []func(*Facts){ours}},
		{"COUNTER", "reply, not invited", Hold, []func(*Facts){ours, func(f *Facts) { f.Listed = false }}},
		{"REFRESH", "refresh", Apply, []func(*Facts){ours}},
		{"REFRESH", "reply, to nobody", Ignore, nil},
		{"REFRESH", "refresh, doubtful", Ignore, []func(*Facts){ours, func(f *Facts) { f.Authenticated = false }}},
		{"REFRESH", "refresh, doubtful", Ignore, []func(*Facts){ours, func(f *Facts) { f.Listed = false }}},
		{"", "unknown method", Ignore, nil},
		{"POLLSTATUS", "unknown method", Ignore, nil},
	} {
		f := best
		f.Method = tt.method
		for _, change := range tt.change {
			change(&f)
		}
		if d := Decide(f); d.Row != tt.row || d.Action != tt.then || strings.Contains(d.Reason, "%") {
			t.Errorf("%s: row %q %s (%s), want %q %s", tt.method, d.Row, d.Action, d.Reason, tt.row, tt.then)
		}
	}
}

// Whatever else holds: nothing is applied that is not authenticated, or whose sender may not speak for whom it
// names; nothing speaks for an organizer of ours; every row is met.
func TestTableLaws(t *testing.T) {
	met := map[string]bool{}
	f := Facts{}
	fields := reflect.ValueOf(&f).Elem()
	var bools []reflect.Value
	for i := range fields.NumField() {
		if fields.Field(i).Kind() == reflect.Bool {
			bools = append(bools, fields.Field(i))
		}
	}
	for _, f.Method = range []string{"REQUEST", "CANCEL", "ADD", "REPLY", "COUNTER", "DECLINECOUNTER", "REFRESH", "PUBLISH", "X"} {
		for bits := range 1 << len(bools) {
			for i, b := range bools {
				b.SetBool(bits>>i&1 == 1)
			}
			d := Decide(f)
			met[d.Row] = true
			if d.Action == Apply && (!f.Authenticated || !f.Match) {
				t.Fatalf("applied: %+v", f)
			}
			if d.Action != Ignore && f.Local && strings.Contains(" "+organizers+" ", " "+f.Method+" ") {
				t.Fatalf("for an organizer here: %+v", f)
			}
			if d.Action == Apply && f.Stored && !f.Same && strings.Contains("REQUEST CANCEL PUBLISH", f.Method) {
				t.Fatalf("to another's event: %+v", f)
			}
		}
	}
	for _, r := range Table {
		if !met[r.Name] && r.Name != "loop" && r.Name != "spam" {
			t.Errorf("row %q is never met", r.Name)
		}
	}
	for _, loop := range []Facts{{Method: "REQUEST", Loop: "x"}, {Method: "REPLY", Flagged: "x"}} {
		if d := Decide(loop); d.Action != Ignore {
			t.Errorf("%+v", d)
		}
	}
}

// The grammar of RFC 8601 §2.2, with what real servers write.
func TestParseResults(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"mx.example.org; dmarc=pass (p=none dis=none) header.from=example.net", "dmarc=pass header.from=example.net"},
		{"mx.example.org 1; dkim=pass (2048-bit key; secure) header.d=example.net header.i=@example.net header.b=\"abc=\"; spf=pass smtp.mailfrom=a@example.net", "dkim=pass header.d=example.net;spf=pass smtp.mailfrom=a@example.net"},
		{"MX.example.org (comment; dmarc=pass (nested \\) ) header.from=bad.example) ; none", ""},
		{"mx.example.org; dkim=none (no dkim=pass header.d=example.net)", "dkim=none"},
		{"mx.example.org;\r\n\tdkim = pass reason=\"good; dmarc=pass\" header.d = example.net", "dkim=pass header.d=example.net"},
		{"mx.example.org; spf=pass smtp.mailfrom=prvs=1=a@example.net", "spf=pass smtp.mailfrom=prvs=1=a@example.net"},
		{"mx.example.org; spf=pass smtp.mailfrom=\"a b\"@example.net", "spf=pass smtp.mailfrom=a b@example.net"},
		{"mx.example.org; dkim/1=pass header.d=example.net", "dkim=pass header.d=example.net"},
		{"mx.example.org", ""},
		{"mx.example.org 2; dmarc=pass header.from=example.net", "!"},
		{"; dmarc=pass", "!"},
		{"mx.example.org; dmarc pass", "!"},
		{"mx.example.org; dmarc=pass (", "!"},
		{"mx.example.org; dmarc=pass header.from=\"example.net", "!"},
		{"mx.example.org; dkim=pass header.d=example.net header.d=example.com", "!"},
		{"", "!"},
	} {
		_, list, ok := ParseResults(tt.in)
		var got []string
		for _, s := range list {
			one := s.Method + "=" + s.Result
			for _, p := range []string{"header.d", "header.from", "smtp.mailfrom"} {
				if s.Props[p] != "" {
					one += " " + p + "=" + s.Props[p]
				}
			}
			got = append(got, one)
		}
		if text := strings.Join(got, ";"); ok != (tt.want != "!") || ok && text != tt.want {
			t.Errorf("%s: %q %v, want %q", tt.in, text, ok, tt.want)
		}
	}
}

func read(t *testing.T, raw string) *message.Message {
	t.Helper()
	m, err := message.Parse([]byte(strings.ReplaceAll(raw, "\n", "\r\n")), message.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Only the topmost run of our own servers counts (M25).
func TestStatements(t *testing.T) {
	const pass = "Authentication-Results: mx.example.org; dmarc=pass header.from=example.net\n"
	const ours = "Received: from outside.example.net by mx.example.org (Postfix) with ESMTPS id 1; Mon, 2 Mar 2026 09:00:00 +0000\n"
	const inner = "Received: from mx.example.org by imap.example.org with LMTP id 2; Mon, 2 Mar 2026 09:00:01 +0000\n"
	const filtered = "Received: from localhost (localhost [127.0.0.1]) by mx.example.org (Postfix) with ESMTP id 4; x\n"
	const foreign = "Received: from laptop by outside.example.net (Postfix) with ESMTPSA id 3; Mon, 2 Mar 2026 08:59:59 +0000\n"
	const from = "From: a@example.net\nSubject: x\n"
	for _, tt := range []struct {
		name, raw string
		want      bool
	}{
		{"as Postfix and a milter write", ours + pass + foreign + from, true},
		{"above Received", pass + ours + foreign + from, true},
		{"behind a delivery agent", "Return-Path: <a@example.net>\nDelivered-To: b@example.org\n" + inner + "X-Spam-Status: No\n" + ours + pass + foreign + from, true},
		{"behind a filter on the same host", filtered + "Received: from mx.example.org ([127.0.0.1]) by localhost (mx.example.org [127.0.0.1]) (amavisd-new); x\n" + ours + pass + foreign + from, true},
		{"behind a filter that is reached by IPv6", strings.Replace(filtered, "127.0.0.1", "IPv6:::1", 1) + "Received: from mx.example.org by localhost (amavisd-new); x\n" + ours + pass + from, true},
		{"by a localhost that is not ours", ours + "Received: from x by localhost; x\n" + pass + from, false},
		{"by a localhost whose DNS says so too", strings.Replace(filtered, "127.0.0.1", "192.0.2.7", 1) + "Received: from x by localhost; x\n" + pass + from, false},
		{"by a localhost that says a loopback address at HELO", strings.Replace(filtered, "from localhost (localhost [127.0.0.1])", "from [127.0.0.1] (unknown [192.0.2.7])", 1) + "Received: from x by localhost; x\n" + pass + from, false},
		{"the same, as qmail writes it", strings.Replace(filtered, "(localhost [127.0.0.1])", "(HELO [127.0.0.1]) (192.0.2.7)", 1) + "Received: from x by localhost; x\n" + pass + from, false},
		{"at the top, received by a localhost", "Received: from x by localhost; x\n" + pass + from, false},
		{"forged below a foreign Received, beside a localhost", ours + foreign + "Received: from x by localhost; x\n" + pass + from, false},
		{"forged below a foreign Received", ours + foreign + pass + from, false},
		{"forged below what our server did not prove", strings.Replace(pass, "dmarc=pass", "dmarc=none", 1) + ours + pass + from, false},
		{"forged below what our server did not prove, further in", inner + strings.Replace(pass, "dmarc=pass", "dkim=none; spf=fail smtp.mailfrom=example.net; dmarc=none", 1) + ours + "X-Mailer: x\n" + pass + from, false},
		{"forged below the author's headers", ours + from + pass, false},
		{"of another server", ours + strings.Replace(pass, "mx.example.org", "mx.example.com", 1) + from, false},
		{"of a server with a name like ours", ours + strings.Replace(pass, "mx.example.org", "mx.example.org.example.com", 1) + from, false},
		{"our id in a comment", ours + strings.Replace(pass, "mx.example.org", "evil.example (mx.example.org)", 1) + from, false},
		{"at the top, received by a host that is not ours", "Received: from x by mx.example.com; Mon, 2 Mar 2026 09:00:00 +0000\n" + pass + from, false},
		{"by in a comment", "Received: from x (by mx.example.org) by evil.example; Mon, 2 Mar 2026 09:00:00 +0000\n" + pass + from, false},
		{"for another author", ours + strings.Replace(pass, "header.from=example.net", "header.from=example.com", 1) + from, false},
		{"DMARC failed, DKIM passed", ours + "Authentication-Results: mx.example.org; dkim=pass header.d=example.net; dmarc=fail header.from=example.net\n" + from, false},
		{"DKIM of the organizational domain", ours + "Authentication-Results: mx.example.org; dkim=pass header.i=@mail.example.net\n" + from, true},
		{"DKIM of another domain", ours + "Authentication-Results: mx.example.org; dkim=pass header.d=example.com\n" + from, false},
		{"DKIM of a public suffix", ours + "Authentication-Results: mx.example.org; dkim=pass header.d=net\n" + from, false},
		{"SPF, aligned", ours + "Authentication-Results: mx.example.org; spf=pass smtp.mailfrom=bounce.example.net\n" + from, true},
		{"SPF of HELO alone", ours + "Authentication-Results: mx.example.org; spf=pass smtp.helo=example.net\n" + from, false},
		{"SPF softfail", ours + "Authentication-Results: mx.example.org; spf=softfail smtp.mailfrom=example.net\n" + from, false},
		{"signed in as the author", ours + "Authentication-Results: mx.example.org; auth=pass smtp.auth=a@example.net\n" + from, true},
		{"signed in as somebody else", ours + "Authentication-Results: mx.example.org; auth=pass smtp.auth=b@example.net\n" + from, false},
		{"two authors", ours + pass + "From: a@example.net, b@example.net\nSubject: x\n", false},
		{"two From headers", ours + pass + "From: a@example.net\nFrom: b@example.net\n", false},
		{"an original one that was renamed", ours + "Authentication-Results-Original: mx.example.org; dmarc=pass header.from=example.net\n" + from, false},
	} {
		v := Verifier{Mode: "header", Servers: Servers{IDs: []string{"MX.example.org"}, Hosts: []string{"imap.example.org"}}}
		e := v.Verify(context.Background(), read(t, tt.raw+"\n"), []byte(tt.raw))
		if e.Authenticated != tt.want {
			t.Errorf("%s: %+v", tt.name, e)
		}
		if tt.want && v.Mode == "header" {
			v.IDs = nil
			if e := v.Verify(context.Background(), read(t, tt.raw+"\n"), []byte(tt.raw)); e.Authenticated {
				t.Errorf("%s: believed without an id", tt.name)
			}
		}
	}
}

// A signature is verified here with keys from a resolver (RFC 6376); the length tag and changed bodies fail.
func TestSignatures(t *testing.T) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	lookup := func(_ context.Context, name string) ([]string, error) {
		switch name {
		case "s._domainkey.mail.example.net.", "s._domainkey.mail.example.net":
			return []string{"v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(public)}, nil
		case "s._domainkey.example.com", "s._domainkey.example.com.":
			return []string{"v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(public)}, nil
		}
		return nil, errors.New("no such name")
	}
	sign := func(domain, raw string) string {
		var out bytes.Buffer
		err := dkim.Sign(&out, strings.NewReader(strings.ReplaceAll(raw, "\n", "\r\n")), &dkim.SignOptions{Domain: domain, Selector: "s", Signer: private, HeaderKeys: []string{"From", "Subject"}})
		if err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	const raw = "From: a@example.net\nSubject: x\n\nbody\n"
	for _, tt := range []struct {
		name, raw, mode string
		want            bool
	}{
		{"aligned", sign("mail.example.net", raw), "both", true},
		{"aligned, by a pipe that has other line ends", strings.ReplaceAll(sign("mail.example.net", raw), "\r\n", "\n"), "dkim", true},
		{"signatures are not wanted", sign("mail.example.net", raw), "header", false},
		{"another domain", sign("example.com", raw), "both", false},
		{"no key", sign("example.org", raw), "both", false},
		{"a changed body", strings.Replace(sign("mail.example.net", raw), "body", "Body", 1), "both", false},
		{"a changed author", strings.Replace(sign("mail.example.net", raw), "a@example", "b@example", 1), "both", false},
		{"a second author", "From: a@example.net\r\n" + sign("mail.example.net", raw), "both", false},
		{"no signature", raw, "both", false},
	} {
		v := Verifier{Mode: tt.mode, LookupTXT: lookup}
		m, err := message.Parse([]byte(tt.raw), message.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if e := v.Verify(context.Background(), m, []byte(tt.raw)); e.Authenticated != tt.want {
			t.Errorf("%s: %+v", tt.name, e)
		}
	}
	// What our own server says goes first.
	told := "Received: from x by mx.example.org; Mon, 2 Mar 2026 09:00:00 +0000\r\nAuthentication-Results: mx.example.org; dmarc=fail header.from=example.net\r\n" + sign("mail.example.net", raw)
	m, err := message.Parse([]byte(told), message.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	v := Verifier{Mode: "both", LookupTXT: lookup, Servers: Servers{IDs: []string{"mx.example.org"}}}
	if e := v.Verify(context.Background(), m, []byte(told)); e.Authenticated {
		t.Errorf("%+v", e)
	}
}

// For whom a mail speaks: From, its SENT-BY in one organizational domain, and what Google's calendar signs.
func TestSpeaker(t *testing.T) {
	for _, tt := range []struct {
		speaker, subject, sentBy string
		want                     bool
	}{
		{"a@example.net", "mailto:A@Example.net", "", true},
		{"a@example.net", "mailto:b@example.net", "", false},
		{"secretary@office.example.net", "mailto:boss@example.net", "mailto:secretary@office.example.net", true},
		{"secretary@example.com", "mailto:boss@example.net", "mailto:secretary@example.com", false},
		{"a@example.net", "mailto:a+cal@example.net", "", true},
		{"j.doe@googlemail.com", "mailto:jdoe@gmail.com", "", true},
		{"j.doe@example.net", "mailto:jdoe@example.net", "", false},
		{"", "", "", false},
	} {
		if got := SpeaksFor(tt.speaker, tt.subject, tt.sentBy); got != tt.want {
			t.Errorf("%+v", tt)
		}
	}
	m := read(t, "From: calendar-notification@google.com\nReply-To: bob@example.com\n\n")
	e := Evidence{From: "calendar-notification@google.com", Authenticated: true, Signed: []string{"google.com"}}
	for _, tt := range []struct {
		e      Evidence
		method string
		want   string
	}{
		{e, "REPLY", "bob@example.com"},
		{e, "REQUEST", e.From},
		{Evidence{From: e.From, Authenticated: true}, "REPLY", e.From},
		{Evidence{From: e.From, Signed: e.Signed}, "REPLY", e.From},
	} {
		if got := tt.e.Speaker(m, tt.method); got != tt.want {
			t.Errorf("%+v: %s", tt, got)
		}
	}
	for domain, want := range map[string]string{"mail.example.co.uk": "example.co.uk", "EXAMPLE.net.": "example.net", "co.uk": "co.uk", "localhost": "localhost", "bücher.example": "xn--bcher-kva.example"} {
		if got := Organizational(domain); got != want {
			t.Errorf("%s: %s", domain, got)
		}
	}
}

// Reading never panics, and comments never speak.
func FuzzParseResults(f *testing.F) {
	f.Add("mx.example.org 1; dkim=pass (x;y) header.d=\"a\\\"b\"; none")
	f.Fuzz(func(t *testing.T, v string) {
		_, list, ok := ParseResults(v)
		if !ok && list != nil {
			t.Error("results of an unreadable header")
		}
		receivedBy(v)
	})
}
