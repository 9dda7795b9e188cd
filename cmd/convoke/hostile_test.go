package main

import (
	"fmt"
	"strings"
	"testing"
)

// The places of the hostile tests.
const (
	hostileCal  = "/dav/calendars/alice/default/"
	hostileBook = "/dav/addressbooks/alice/default/"
)

// hostileWire is a house with something of each kind in it.
func hostileWire(t *testing.T) *wire {
	t.Helper()
	w := newHouse(t, "alice", "bob").listen(t)
	for _, p := range []struct{ path, data string }{
		{hostileCal + "a.ics", simpleEvent("a")}, {hostileBook + "c.vcf", simpleCard("c")},
	} {
		if a := w.do(t, "alice", "PUT", p.path, "", p.data); a.status != 201 {
			t.Fatalf("%s: %d %s", p.path, a.status, a.body)
		}
	}
	return w
}

// expect compares an answer with "STATUS[ text in the body]", or several of it between
// bars.
func expect(t *testing.T, what string, a answer, want string) {
	t.Helper()
	for alternative := range strings.SplitSeq(want, "|") {
		status, text, _ := strings.Cut(alternative, " ")
		if fmt.Sprint(a.status) == status && strings.Contains(a.body, text) {
			return
		}
	}
	t.Errorf("%s: %d %.200q, want %s", what, a.status, a.body, want)
}

// xmlTargets are all methods that take a body of XML, with the root they take.
var xmlTargets = []struct{ method, path, root string }{
	{"PROPFIND", hostileCal, `D:propfind`},
	{"PROPPATCH", hostileCal, `D:propertyupdate`},
	{"MKCOL", "/dav/calendars/alice/new/", `D:mkcol`},
	{"MKCALENDAR", "/dav/calendars/alice/new/", `C:mkcalendar`},
	{"LOCK", hostileCal + "a.ics", `D:lockinfo`},
	{"ACL", hostileCal, `D:acl`},
	{"REPORT", hostileCal, `C:calendar-query`},
	{"REPORT", hostileCal, `D:sync-collection`},
	{"REPORT", hostileBook, `R:addressbook-query`},
}

const hostileSpaces = ` xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:R="urn:ietf:params:xml:ns:carddav"`

// XML that is no XML, that is too much, or that says nothing: 400, whatever the method
// (reliability.md §2, §3).
func TestHostileXML(t *testing.T) {
	t.Parallel()
	w := hostileWire(t)
	many := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	// ROOT stands for the start tag's content with its namespaces, END for its name.
	bodies := []struct{ what, body, want string }{
		{"no XML", "hello", "400"},
		{"a lone bracket", "<", "400"},
		{"unclosed", `<ROOT><D:prop>`, "400"},
		{"crossed", `<ROOT><D:prop></END></D:prop>`, "400"},
		{"two roots", `<ROOT/><ROOT/>`, "400"},
		{"text behind", `<ROOT></END>x`, "400"},
		{"another root", `<D:nothing xmlns:D="DAV:"/>`, "400|403 supported-report"},
		{"a root without namespace", `<propfind/>`, "400|403 supported-report"},
		{"an undeclared prefix", `<X:propfind/>`, "400"},
		{"a DOCTYPE", `<!DOCTYPE a><ROOT></END>`, "400"},
		{"an entity", `<!DOCTYPE a [<!ENTITY b "c">]><ROOT>&b;</END>`, "400"},
		{"laughs", `<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;&b;">]><ROOT>&c;</END>`, "400"},
		{"an external entity", `<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><ROOT>&b;</END>`, "403 no-external-entities"},
		{"an external DTD", `<!DOCTYPE a SYSTEM "http://127.0.0.1:1/x.dtd"><ROOT></END>`, "403 no-external-entities"},
		{"an unknown entity", `<ROOT>&nbsp;</END>`, "400"},
		{"NUL by reference", `<ROOT>&#0;</END>`, "400"},
		{"a control byte", "<ROOT>\x01</END>", "400"},
		{"invalid UTF-8", "<ROOT>\xff\xfe</END>", "400"},
		{"UTF-16", "\xfe\xff\x00<\x00a\x00/\x00>", "400"},
		{"another encoding", `<?xml version="1.0" encoding="UTF-7"?><ROOT></END>`, "400"},
		{"65 levels", `<ROOT>` + strings.Repeat("<D:a>", 64) + strings.Repeat("</D:a>", 64) + `</END>`, "400"},
		{"100,001 elements", `<ROOT>` + strings.Repeat("<D:a/>", 100_000) + `</END>`, "400"},
		{"65 attributes", `<ROOT><D:a ` + many(65, `a%d="b" `) + `/></END>`, "400"},
		{"an attribute twice", `<ROOT a="b" a="c"></END>`, "400"},
		{"65 namespaces", `<ROOT>` + many(65, `<n:a xmlns:n="urn:x:%d"/>`) + `</END>`, "400"},
		{"501 properties", `<D:propfind` + hostileSpaces + `><D:prop>` + many(501, `<D:p%d/>`) + `</D:prop></D:propfind>`, "400|403 supported-report"},
		{"more than 4 MiB", `<ROOT>` + strings.Repeat(" ", 4<<20) + `</END>`, "413"},
	}
	for _, target := range xmlTargets {
		for _, b := range bodies {
			body := strings.NewReplacer("ROOT", target.root+hostileSpaces, "END", target.root).Replace(b.body)
			what := target.method + " " + target.root + ": " + b.what
			a := w.do(t, "alice", target.method, target.path, "Depth: 0\r\nContent-Type: application/xml\r\n", body)
			expect(t, what, a, b.want)
		}
	}
	if a := w.do(t, "alice", "PROPFIND", "/dav/calendars/alice/", "Depth: 1\r\n", ""); a.status != 207 || strings.Contains(a.body, "/new/") {
		t.Errorf("a refused MKCOL left something: %s", a.body)
	}
}

// ask is one request of alice and the answer it must get.
type ask struct {
	what, method, path, head, body, want string
}

// asked sends each.
func (w *wire) asked(t *testing.T, rows []ask) {
	t.Helper()
	for _, r := range rows {
		expect(t, r.what, w.do(t, "alice", r.method, r.path, r.head, r.body), r.want)
	}
}

// Header values that say nothing (reliability.md §3).
func TestHostileHeaders(t *testing.T) {
	t.Parallel()
	w := hostileWire(t)
	const object, other = hostileCal + "a.ics", "Destination: " + hostileCal + "b.ics\r\n"
	const lockBody = `<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>`
	var rows []ask
	add := func(method, path, body, want string, heads ...string) {
		for _, head := range heads {
			rows = append(rows, ask{method + " " + clip(head, 60), method, path, strings.TrimSuffix(head, "\r\n") + "\r\n", body, want})
		}
	}
	badDepths := []string{"Depth: 2", "Depth: -1", "Depth:", "Depth: 0,1", "Depth: infinite", "Depth: 0\r\nDepth: 1", "Depth: 00", "Depth: \x80"}
	for _, method := range []string{"PROPFIND", "DELETE", "COPY", "MOVE", "LOCK"} {
		for _, d := range badDepths {
			add(method, object, "", "400", other+d)
		}
	}
	add("LOCK", object, lockBody, "400", "Depth: 1")
	add("DELETE", hostileCal, "", "400", "Depth: 0", "Depth: 1")
	add("MOVE", hostileCal, "", "400", other+"Depth: 0", other+"Depth: 1")
	add("COPY", object, "", "400", other+"Depth: 1")
	add("PROPFIND", "/dav/calendars/alice/", "", "403 propfind-finite-depth", "Depth: infinity")

	badIf := []string{"If:", "If: x", "If: (", "If: ()", "If: (<>)", "If: <>", "If: <a> <b> (<c>)", "If: (<urn:x>) <a> (<b>)",
		"If: ([\"x)", "If: (Not)", "If: (<urn:x>", "If: (<urn:x>))", "If: " + strings.Repeat("(<urn:x>) ", 1001)}
	for _, method := range []string{"PUT", "DELETE", "MOVE", "COPY", "PROPPATCH", "UNLOCK"} {
		body := ""
		switch method {
		case "PUT":
			body = simpleEvent("a")
		case "PROPPATCH":
			body = `<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><x xmlns="urn:x"/></D:prop></D:set></D:propertyupdate>`
		}
		for _, v := range badIf {
			add(method, object, body, "400", other+"Lock-Token: <urn:x>\r\n"+v)
		}
		if method == "UNLOCK" {
			continue
		}
		// What holds for nothing (RFC 9110 §13.1.1, RFC 4918 §10.4).
		add(method, object, body, "412", other+"If: (<urn:x:no-lock>)", other+"If: ([\"none\"])", other+"If: </dav/nowhere> ([\"x\"])",
			other+"If: <http://other.example/> (<urn:x>)", other+"If: </%2e%2e/> (<urn:x>)")
		if method != "PROPPATCH" {
			add(method, object, body, "412", other+"If-Match: \"none\"", other+"If-Match:", other+"If-Match: \"", other+"If-Match: W/\"x\"",
				other+"If-Match: ,,,", other+"If-Match: \xff\xfe")
		}
	}
	add("PUT", object, simpleEvent("a"), "412", "If-None-Match: *", "If-Schedule-Tag-Match: \"none\"", "If-Match: \"\x80\"")

	for _, method := range []string{"COPY", "MOVE"} {
		add(method, object, "", "400", "X-None: x", "Destination:", "Destination: :", "Destination: %zz",
			"Destination: /dav/%zz", "Destination: http://convoke.test:port/x", other+other, "Destination: "+hostileCal+"b%2fc.ics",
			"Destination: "+hostileCal+"../b.ics", "Destination: "+hostileCal+"%2e%2e/b.ics", "Destination: "+hostileCal+"b%00.ics",
			"Destination: "+hostileCal+"b%5c.ics", "Destination: "+hostileCal+"\xff.ics", "Destination: "+hostileCal+"%ff.ics",
			"Destination: "+hostileCal+strings.Repeat("b", 256), other+"Overwrite: X", other+"Overwrite:", other+"Overwrite: true")
		add(method, object, "", "502", "Destination: http://other.example"+hostileCal+"b.ics", "Destination: https://convoke.test:1/b.ics",
			"Destination: //other.example/b.ics", "Destination: ftp://convoke.test/b.ics", "Destination: mailto:bob@example.org",
			"Destination: b.ics")
		add(method, object, "", "403", "Destination: "+object, "Destination: http://convoke.test"+object, "Destination: /", "Destination: /dav/",
			"Destination: /dav/calendars/", "Destination: /dav/calendars/alice/", "Destination: /dav/calendars/alice/b.ics",
			"Destination: /dav/principals/users/alice/", "Destination: "+hostileBook+"b.ics", "Destination: /dav/calendars/bob/default/b.ics")
		add(method, object, "", "409", "Destination: "+hostileCal+"none/b.ics", "Destination: /dav/calendars/alice/none/b.ics", "Destination: "+object+"/in")
		add(method, hostileCal, "", "403|409", "Destination: "+hostileCal+"in/", "Destination: /dav/addressbooks/alice/new/", "Destination: /dav/calendars/bob/new/")
		add(method, object, "", "412", other+"Overwrite: F\r\nIf-Match: \"x\"")
	}

	add("LOCK", object, "", "400|412", "If: (<urn:x>)", "Timeout: Second-1")
	add("UNLOCK", object, "", "400", "X-None: x", "Lock-Token:", "Lock-Token: urn:x", "Lock-Token: <", "Lock-Token: <>", "Lock-Token: \xff")
	add("UNLOCK", object, "", "409 lock-token-matches-request-uri", "Lock-Token: <urn:x>", "Lock-Token: <opaquelocktoken:0>")
	add("PROPFIND", object, "", "207", "Depth: 0\r\nPrefer:", "Depth: 0\r\nPrefer: ;;,,==", "Depth: 0\r\nPrefer: return=\"", "Depth: 0\r\nPrefer: \xff",
		"Depth: 0\r\nPrefer: return=everything", "Depth: 0\r\nBrief: x", "Depth: 0\r\nPrefer: "+strings.Repeat("a,", 20_000))
	add("GET", object, "", "200", "Range: bytes=9-1", "Range: x", "Range: bytes=0-0,1-1,2-2", "If-Modified-Since: never", "If-Range: x", "Accept: \xff",
		"Accept-Charset: none", "Accept-Encoding: none;q=x", "Cookie: \xff", "Te: x", "Date: never", "Referer: x", "Origin: null", "Accept: text/vcard")
	add("GET", object, "", "304", "If-None-Match: *")
	add("PUT", hostileCal+"b.ics", simpleEvent("b"), "415", "Content-Encoding: gzip", "Content-Encoding: x", "Content-Encoding: identity, gzip")
	add("PROPFIND", hostileCal, "<D:propfind xmlns:D='DAV:'/>", "415", "Content-Encoding: gzip\r\nDepth: 0", "Content-Encoding: deflate\r\nDepth: 0")
	add("PUT", hostileCal+"b.ics", simpleEvent("b"), "400", "Content-Range: bytes 0-1/2")
	add("PUT", hostileCal+"b.ics", simpleEvent("b"), "403 supported-calendar-data", "Content-Type: text/html", "Content-Type: application/json")
	add("PUT", hostileCal+"b.ics", simpleEvent("b"), "403 supported-calendar-data", "Content-Type: ///")
	add("PUT", hostileCal+"quote.ics", simpleEvent("quote"), "201", "Content-Type: text/calendar; charset=\"")
	// No header chooses who, what or where (reliability.md §1.11).
	add("GET", "/dav/calendars/bob/default/", "", "403|404", "X-Remote-User: bob", "X-Forwarded-User: bob", "Remote-User: bob", "X-Original-URL: "+object,
		"X-Rewrite-URL: "+object, "X-HTTP-Method-Override: PROPFIND", "X-Http-Method: OPTIONS", "Forwarded: for=127.0.0.1;host=x;proto=https",
		"X-Forwarded-Host: x\r\nX-Forwarded-Proto: https\r\nX-Forwarded-For: 127.0.0.1", "X-Forwarded-Prefix: /dav/calendars/alice/")
	w.asked(t, rows)

	// Whatever of that was tried, what is stored is as it was.
	if a := w.do(t, "alice", "GET", object, "", ""); a.status != 200 || a.body != simpleEvent("a") {
		t.Errorf("%d %s", a.status, a.body)
	}
	if a := w.do(t, "alice", "GET", hostileCal+"b.ics", "", ""); a.status != 404 {
		t.Errorf("b.ics: %d", a.status)
	}
	// A time that says nothing is no reason to refuse a lock: the server chooses (RFC 4918 §10.7).
	for _, v := range []string{"", "Second-x", "Second--1", "Second-99999999999999999999", "x", "Infinite, Second-4100000000", "\xff"} {
		a := w.do(t, "alice", "LOCK", object, "Timeout: "+v+"\r\n", strings.Replace(lockBody, "exclusive", "shared", 1))
		if a.status != 200 || !strings.Contains(a.body, "<D:timeout>Second-") {
			t.Errorf("Timeout %q: %d %s", v, a.status, a.body)
		}
	}
}

// Paths (reliability.md §3): decoded once, compared as bytes, refused if they could be
// read in two ways.
func TestHostilePaths(t *testing.T) {
	t.Parallel()
	w := hostileWire(t)
	bad := []string{
		"/dav/calendars/alice/default/../default/a.ics", "/dav/calendars/alice/default/./a.ics", "/dav/calendars/alice/default/%2e%2e/default/a.ics",
		"/dav/calendars/alice/default/%2E/a.ics", "/dav/calendars/alice/default%2fa.ics", "/dav/calendars/alice/default%2Fa.ics",
		hostileCal + "a%00.ics", hostileCal + "a%0a.ics", hostileCal + "a%0d%0aX-A:%20b.ics", hostileCal + "a%7f.ics", hostileCal + "a%5cb.ics", hostileCal + `a\b.ics`,
		hostileCal + "%ff.ics", hostileCal + "%c0%ae.ics", hostileCal + "%ed%a0%80.ics", hostileCal + "\xff.ics", hostileCal + strings.Repeat("a", 256),
		hostileCal + strings.Repeat("%61", 256), "/dav//calendars/alice/default/a.ics", "/dav/calendars/alice/default//a.ics", "//dav/calendars/alice/default/a.ics",
		hostileCal + "%zz.ics", hostileCal + "%", hostileCal + "a%2", hostileCal + "%u0041.ics", "/dav/" + strings.Repeat("a/", 65), "/dav/..", "/dav/../", "/dav/%2e%2e",
		"/..", "/../../etc/passwd", "/dav/calendars/alice/default/..%2f..%2fetc%2fpasswd", "/dav/calendars/%2e%2e/bob/", hostileCal + "a%e2%80%a8.ics/..",
	}
	methods := []string{"GET", "HEAD", "PUT", "DELETE", "PROPFIND", "PROPPATCH", "MKCOL", "MKCALENDAR", "COPY", "MOVE", "LOCK", "UNLOCK", "ACL", "REPORT", "POST"}
	for _, path := range bad {
		for _, method := range methods {
			body := ""
			switch method {
			case "PUT", "POST":
				body = simpleEvent("a")
			case "PROPPATCH", "ACL", "REPORT", "LOCK":
				body = `<D:x xmlns:D="DAV:"/>`
			}
			a := w.do(t, "alice", method, path, "Destination: "+hostileCal+"b.ics\r\nLock-Token: <urn:x>\r\n", body)
			if a.status != 400 && a.status != 403 && a.status != 404 {
				t.Errorf("%s %.80q: %d %.100s", method, path, a.status, a.body)
			}
		}
	}
	w.asked(t, []ask{
		{"a whole URL", "GET", "http://convoke.test" + hostileCal + "a.ics", "", "", "200"},
		{"a whole URL of elsewhere", "GET", "http://other.example/x", "", "", "400|404"},
		{"another case", "GET", "/dav/calendars/alice/default/A.ics", "", "", "404"},
		{"another case of the home", "GET", "/DAV/calendars/alice/default/a.ics", "", "", "404"},
		{"escaped letters", "GET", "/dav/c%61lendars/%61lice/def%61ult/%61.ics", "", "", "200"},
		{"escaped twice", "GET", hostileCal + "%2561.ics", "", "", "404"},
		{"a query", "GET", hostileCal + "a.ics?x=../../y", "", "", "200"},
		{"an asterisk", "OPTIONS", "*", "", "", "200"},
		{"an asterisk with another method", "GET", "*", "", "", "400|404"},
		{"a host", "CONNECT", "convoke.test:80", "", "", "400|404|405|501"},
		{"TRACE", "TRACE", hostileCal, "", "", "501"},
		{"an unknown method", "FROB", hostileCal, "", "", "501"},
		{"an unknown method elsewhere", "FROB", "/x", "", "", "404|501"},
		{"a method in small letters", "propfind", hostileCal, "", "", "501"},
		{"8 KiB", "GET", "/dav/" + strings.Repeat("a/", 4100), "", "", "414"},
		{"all that may stand in a name", "PUT", hostileCal + "%20%25%22%3c%3e%5b%5d%7b%7d%7c%5e%60%3f%23%3a%26%3d%2b%2c%3b%40!$'()*~%c3%a4%f0%9f%8e%89.ics", "", simpleEvent("odd"), "201"},
		{"and once more", "GET", hostileCal + "%20%25%22%3C%3E%5B%5D%7B%7D%7C%5E%60%3F%23:&=+,;@!$'()*~%C3%A4%F0%9F%8E%89.ics", "", "", "200"},
		{"255 bytes", "PUT", hostileCal + strings.Repeat("a", 255), "", simpleEvent("long"), "201"},
		{"PUT on a collection", "PUT", hostileCal, "", simpleEvent("x"), "405"},
		{"PUT on a home", "PUT", "/dav/calendars/alice/", "", simpleEvent("x"), "405"},
		{"PUT beside collections", "PUT", "/dav/calendars/alice/x.ics", "", simpleEvent("x"), "403"},
		{"PUT below nothing", "PUT", "/dav/calendars/alice/none/x.ics", "", simpleEvent("x"), "409"},
		{"PUT below an object", "PUT", hostileCal + "a.ics/x.ics", "", simpleEvent("x"), "409|404"},
		{"MKCOL on what is there", "MKCOL", hostileCal, "", "", "405"},
		{"MKCALENDAR on what is there", "MKCALENDAR", hostileCal, "", "", "403 resource-must-be-null|405"},
		{"MKCOL below nothing", "MKCOL", "/dav/calendars/alice/none/x/", "", "", "409"},
		{"MKCALENDAR in a calendar", "MKCALENDAR", hostileCal + "x/", "", "", "403"},
		{"ACL on an object", "ACL", hostileCal + "a.ics", "", `<D:acl xmlns:D="DAV:"/>`, "403"},
		{"an unknown report", "REPORT", hostileCal, "", `<D:frob xmlns:D="DAV:"/>`, "403 supported-report"},
		{"POST on a calendar", "POST", hostileCal, "Content-Type: text/calendar\r\n", simpleEvent("x"), "400"}, // no CS:share
		{"POST on an object", "POST", hostileCal + "a.ics", "", simpleEvent("x"), "405"},
	})
}

// How a request is framed (reliability.md §3): what can be read in two ways, or ends
// early, is refused, the connection is closed, and nothing is stored.
func TestHostileFraming(t *testing.T) {
	t.Parallel()
	w := hostileWire(t)
	const put = "PUT " + hostileCal + "b.ics HTTP/1.1\r\nHost: x\r\n"
	auth, event := login("alice"), simpleEvent("b")
	length := fmt.Sprintf("Content-Length: %d\r\n", len(event))
	smuggled := "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
	for _, r := range []struct {
		what, raw string
		want      string // "" is no answer at all
	}{
		{"a folded header", put + auth + length + "X-A: a\r\n b\r\n\r\n" + event, "400"},
		{"LF for CRLF", strings.ReplaceAll(put+auth+length, "\r\n", "\n") + "\n" + event, "400"},
		{"one LF for CRLF", put + auth + length + "X-A: b\n\r\n" + event, "400"},
		{"CR for CRLF", put + auth + length + "X-A: b\rX-B: c\r\n\r\n" + event, "400"},
		{"two lengths", put + auth + length + "Content-Length: 5\r\n\r\n" + event, "400"},
		{"two lengths in one", put + auth + "Content-Length: 5, 6\r\n\r\n" + event, "400"},
		{"a length and a coding", put + auth + length + "Transfer-Encoding: chunked\r\n\r\n" + event, "400"},
		{"a negative length", put + auth + "Content-Length: -1\r\n\r\n" + event, "400"},
		{"a length in hex", put + auth + "Content-Length: 0x10\r\n\r\n" + event, "400"},
		{"a length that overflows", put + auth + "Content-Length: 18446744073709551617\r\n\r\n" + event, "400"},
		{"an unknown coding", put + auth + "Transfer-Encoding: gzip\r\n\r\n" + event, "400|501"},
		{"two codings", put + auth + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "400|501"},
		{"a coding twice", put + auth + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400|501"},
		{"no chunk size", put + auth + "Transfer-Encoding: chunked\r\n\r\n" + event, "400"},
		{"a signed chunk size", put + auth + "Transfer-Encoding: chunked\r\n\r\n+5\r\nhello\r\n0\r\n\r\n", "400"},
		{"a chunk size in 0x", put + auth + "Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n", "400"},
		{"a huge chunk size", put + auth + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nhello\r\n0\r\n\r\n", "400"},
		{"LF behind a chunk size", put + auth + "Transfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n", "400"},
		{"a chunk without end", put + auth + "Transfer-Encoding: chunked\r\n\r\n5\r\nhelloworld\r\n0\r\n\r\n", "400"},
		{"no name", put + auth + ": x\r\n\r\n", "400"},
		{"a blank in a name", put + auth + "X A: x\r\n\r\n", "400"},
		{"no colon", put + auth + "hello\r\n\r\n", "400"},
		{"NUL in a value", put + auth + "X-A: a\x00b\r\n\r\n", "400"},
		{"two hosts", put + "Host: y\r\n" + auth + "\r\n", "400"},
		{"a bad host", "GET /healthz HTTP/1.1\r\nHost: a b\r\n\r\n", "400"},
		{"no host", "GET /healthz HTTP/1.1\r\n\r\n", "400"},
		{"no version", "GET /healthz\r\n\r\n", "400"},
		{"another version", "GET /healthz HTTP/3.7\r\nHost: x\r\n\r\n", "400|505"},
		{"HTTP/2 in plain", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "400|404|501|505"},
		{"TLS on plain HTTP", "\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03\r\n\r\n", "400"},
		{"a blank too many", "GET  /healthz HTTP/1.1\r\nHost: x\r\n\r\n", "400"},
		{"an unknown expectation", put + auth + length + "Expect: x\r\n\r\n" + event, "417"},
	} {
		a := w.send(t, r.raw+smuggled)
		expect(t, r.what, a, r.want)
		if !a.closed || strings.Contains(a.rest, "HTTP/1.1") {
			t.Errorf("%s: closed %t, then %q", r.what, a.closed, a.rest)
		}
	}
	for _, r := range []struct{ what, raw string }{
		{"a body that ends early", put + auth + length + "\r\n" + event[:len(event)/2]},
		{"a body that lacks one byte", put + auth + length + "\r\n" + event[:len(event)-1]},
		{"chunks that end early", put + auth + fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n", len(event), event)},
		{"a chunk that ends early", put + auth + fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s", len(event)+10, event)},
		{"an expectation without a body", put + auth + length + "Expect: 100-continue\r\n\r\n"},
	} {
		if a := w.sendThen(t, r.raw, true); a.status != 400 && a.status != 0 {
			t.Errorf("%s: %d %s", r.what, a.status, a.body)
		}
	}
	if a := w.do(t, "alice", "PROPFIND", hostileCal, "Depth: 1\r\n", ""); a.status != 207 || strings.Contains(a.body, "b.ics") {
		t.Errorf("something was stored: %s", a.body)
	}

	// What is unusual but good.
	half := len(event) / 2
	for i, head := range []string{
		fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x;a=b\r\n%s\r\n%X\r\n%s\r\n0\r\nX-T: t\r\n\r\n", half, event[:half], len(event)-half, event[half:]),
		length + "Expect: 100-continue\r\n\r\n" + event,
		length + "Content-Length:" + fmt.Sprint(len(event)) + "\r\n\r\n" + event, // the same twice: RFC 9112 §6.3 leaves it open
		length + "Connection: close, x\r\nUpgrade: h2c\r\nX-Empty:\r\n\r\n" + event,
	} {
		want := "204"
		if i == 0 {
			want = "201"
		}
		expect(t, head[:20], w.send(t, put+auth+"Connection: close\r\n"+head), want)
		if a := w.do(t, "alice", "GET", hostileCal+"b.ics", "", ""); a.body != event {
			t.Errorf("%s: %q", head[:20], a.body)
		}
	}
}

// Bounds of the wire (reliability.md §2).
func TestHostileSizes(t *testing.T) {
	t.Parallel()
	w := hostileWire(t)
	big := func(n int) string {
		return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nBEGIN:VEVENT\r\nUID:big\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260105T090000Z\r\nDESCRIPTION:" +
			strings.Repeat("x", n) + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	}
	chunked := func(path, body string) string {
		return "PUT " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + login("alice") +
			fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(body), body)
	}
	w.asked(t, []ask{
		{"an address of 9 KiB", "GET", "/dav/" + strings.Repeat("a", 9<<10), "", "", "414"},
		{"a query of 9 KiB", "GET", hostileCal + "?" + strings.Repeat("a", 9<<10), "", "", "414"},
		{"a header of 70 KiB", "GET", hostileCal, "X-A: " + strings.Repeat("a", 70<<10) + "\r\n", "", "431"},
		{"20,000 headers", "GET", hostileCal, strings.Repeat("X-A: a\r\n", 20_000), "", "431"},
		{"a calendar object of 11 MiB", "PUT", hostileCal + "big.ics", "", big(11 << 20), "403 max-resource-size"},
		{"a card of 11 MiB", "PUT", hostileBook + "big.vcf", "", simpleCard("big") + strings.Repeat("x", 11<<20), "403 max-resource-size"},
		{"a calendar object of 9 MiB", "PUT", hostileCal + "big.ics", "", big(9 << 20), "201"},
	})
	expect(t, "a password of 2,000 bytes", w.do(t, "", "GET", hostileCal, "Authorization: Basic YWxpY2U6"+strings.Repeat("QUFB", 700)+"\r\n", ""), "401")
	for _, r := range []struct{ what, raw, want string }{
		{"65 MiB declared", "PUT " + hostileCal + "x.ics HTTP/1.1\r\nHost: x\r\n" + login("alice") + "Content-Length: 68157440\r\n\r\n", "413"},
		{"65 MiB declared and awaited", "PUT " + hostileCal + "x.ics HTTP/1.1\r\nHost: x\r\n" + login("alice") + "Content-Length: 68157440\r\nExpect: 100-continue\r\n\r\n", "413"},
		{"11 MiB in chunks", chunked(hostileCal+"x.ics", big(11<<20)), "403 max-resource-size|413"},
		{"XML of 2 MiB in chunks", strings.Replace(chunked(hostileCal, strings.Repeat(" ", 2<<20)), "PUT", "PROPFIND", 1), "413"},
		{"a body where none is read", "GET " + hostileCal + "a.ics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + login("alice") + "Content-Length: 5\r\n\r\nhello", "200"},
	} {
		expect(t, r.what, w.send(t, r.raw), r.want)
	}
	if a := w.do(t, "alice", "PROPFIND", hostileCal, "Depth: 1\r\n", ""); strings.Contains(a.body, "/x.ics") {
		t.Error("something was stored")
	}
}
