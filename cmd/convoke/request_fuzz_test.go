package main

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// fuzzMethods are the methods that FuzzRequest sends; DELETE and MOVE would leave it
// without targets.
var fuzzMethods = []string{
	"PROPFIND", "PROPPATCH", "REPORT", "MKCOL", "MKCALENDAR", "LOCK", "UNLOCK", "ACL", "COPY", "PUT", "POST", "GET", "HEAD", "OPTIONS",
}

// fuzzPaths are where it sends them.
var fuzzPaths = []string{
	hostileCal, hostileCal + "a.ics", hostileCal + "new.ics", hostileCal + ";add-member", hostileBook, hostileBook + "c.vcf", hostileBook + "new.vcf",
	"/dav/calendars/alice/", "/dav/calendars/alice/new/", "/dav/calendars/alice/inbox/", "/dav/calendars/alice/outbox/", "/dav/addressbooks/alice/",
	"/dav/addressbooks/alice/directory/", "/dav/principals/users/alice/", "/dav/principals/", "/dav/", "/",
}

// FuzzRequest holds over the whole house that no request makes it fail or panic: bodies of
// each method, and the headers that engine and doors read (reliability.md §3, §8.1).
func FuzzRequest(f *testing.F) {
	const open = ` xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:R="urn:ietf:params:xml:ns:carddav">`
	const window = `<C:time-range start="20260101T000000Z" end="20260301T000000Z"/>`
	for _, s := range []struct {
		method, path int
		head, body   string
	}{
		{0, 0, "1", `<D:propfind` + open + `<D:allprop/><D:include><D:acl/><C:calendar-data/></D:include></D:propfind>`},
		{0, 7, "infinity", `<D:propfind` + open + `<D:propname/></D:propfind>`},
		{1, 0, "", `<D:propertyupdate` + open + `<D:set><D:prop><D:displayname>x</D:displayname><C:calendar-timezone>BEGIN:VCALENDAR</C:calendar-timezone></D:prop></D:set><D:remove><D:prop><x/></D:prop></D:remove></D:propertyupdate>`},
		{2, 0, "1", `<C:calendar-query` + open + `<D:prop><C:calendar-data><C:comp name="VCALENDAR"><C:allprop/><C:comp name="VEVENT"><C:prop name="UID" novalue="yes"/></C:comp></C:comp>` +
			`<C:expand start="20260101T000000Z" end="20260201T000000Z"/></C:calendar-data></D:prop><C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">` + window +
			`<C:prop-filter name="SUMMARY"><C:text-match collation="i;unicode-casemap" negate-condition="yes">a</C:text-match><C:param-filter name="X"><C:is-not-defined/></C:param-filter></C:prop-filter>` +
			`</C:comp-filter></C:comp-filter></C:filter><C:timezone>x</C:timezone></C:calendar-query>`},
		{2, 0, "", `<C:calendar-multiget` + open + `<D:prop><C:calendar-data/></D:prop><D:href>` + hostileCal + `a.ics</D:href><D:href>/%zz</D:href></C:calendar-multiget>`},
		{2, 0, "", `<C:free-busy-query` + open + window + `</C:free-busy-query>`},
		{2, 0, "", `<D:sync-collection` + open + `<D:sync-token/><D:sync-level>infinite</D:sync-level><D:limit><D:nresults>1</D:nresults></D:limit><D:prop><D:getetag/></D:prop></D:sync-collection>`},
		{2, 4, "1", `<R:addressbook-query` + open + `<D:prop><R:address-data content-type="text/vcard" version="4.0"><R:prop name="FN"/></R:address-data></D:prop><R:filter test="allof">` +
			`<R:prop-filter name="EMAIL"><R:text-match match-type="ends-with">x</R:text-match></R:prop-filter></R:filter><R:limit><R:nresults>0</R:nresults></R:limit></R:addressbook-query>`},
		{2, 14, "", `<D:principal-property-search` + open + `<D:property-search><D:prop><D:displayname/></D:prop><D:match>a</D:match></D:property-search><D:prop><D:displayname/></D:prop></D:principal-property-search>`},
		{2, 13, "", `<D:expand-property` + open + `<D:property name="principal-collection-set"><D:property name="displayname"/></D:property></D:expand-property>`},
		{2, 0, "", `<D:acl-principal-prop-set` + open + `<D:prop><D:displayname/></D:prop></D:acl-principal-prop-set>`},
		{3, 8, "", `<D:mkcol` + open + `<D:set><D:prop><D:resourcetype><D:collection/><C:calendar/></D:resourcetype></D:prop></D:set></D:mkcol>`},
		{4, 8, "", `<C:mkcalendar` + open + `<D:set><D:prop><C:supported-calendar-component-set><C:comp name="VTODO"/></C:supported-calendar-component-set></D:prop></D:set></C:mkcalendar>`},
		{5, 1, "Second-1, Infinite", `<D:lockinfo` + open + `<D:lockscope><D:shared/></D:lockscope><D:locktype><D:write/></D:locktype><D:owner><x/></D:owner></D:lockinfo>`},
		{6, 1, "<urn:x>", ""},
		{7, 0, "", `<D:acl` + open + `<D:ace><D:principal><D:href>/dav/principals/users/bob/</D:href></D:principal><D:grant><D:privilege><D:read/></D:privilege></D:grant></D:ace></D:acl>`},
		{8, 1, hostileCal + "copy.ics", ""},
		{9, 1, `"x"`, simpleEvent("a")}, {9, 2, "(<urn:x>)", simpleEvent("new")}, {9, 6, "", simpleCard("new")}, {10, 3, "return=representation", simpleEvent("add")},
		{10, 10, "", "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nMETHOD:REQUEST\r\nBEGIN:VFREEBUSY\r\nUID:f\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260101T000000Z\r\n" +
			"DTEND:20260102T000000Z\r\nORGANIZER:mailto:alice@example.org\r\nATTENDEE:mailto:bob@example.org\r\nEND:VFREEBUSY\r\nEND:VCALENDAR\r\n"},
		{11, 0, "", ""},
	} {
		f.Add(uint8(s.method), uint8(s.path), s.head, s.body)
	}
	web := fuzzHouse(f)
	f.Fuzz(func(t *testing.T, method, path uint8, head, body string) {
		r := httptest.NewRequest(fuzzMethods[int(method)%len(fuzzMethods)], fuzzPaths[int(path)%len(fuzzPaths)], strings.NewReader(body))
		r.RemoteAddr = "127.0.0.1:1"
		r.SetBasicAuth("alice", "alice")
		if r.Method == "PUT" && strings.HasSuffix(r.URL.Path, ".ics") {
			r.Header.Set("Content-Type", "text/calendar")
		}
		for _, name := range []string{"Depth", "If", "If-Match", "If-None-Match", "If-Schedule-Tag-Match", "Destination", "Overwrite", "Timeout", "Lock-Token", "Prefer", "Content-Type"} {
			if fits := headFits(name, head); fits {
				r.Header.Set(name, head)
			}
		}
		w := httptest.NewRecorder()
		web.ServeHTTP(w, r)
		if w.Code >= 500 && w.Code != http.StatusBadGateway && w.Code != http.StatusInsufficientStorage {
			t.Fatalf("%s %s: %d %s", r.Method, r.URL, w.Code, w.Body)
		}
		if strings.Contains(w.Body.String(), "HTTP/1.1 500") {
			t.Fatalf("%s %s: %s", r.Method, r.URL, w.Body)
		}
	})
}

// headFits chooses by its shape which header a value goes into.
func headFits(name, v string) bool {
	switch name {
	case "Depth":
		return len(v) < 9
	case "If", "Lock-Token":
		return strings.ContainsAny(v, "<(")
	case "If-Match", "If-None-Match", "If-Schedule-Tag-Match":
		return strings.HasPrefix(v, `"`) && len(v)%3 == len(name)%3
	case "Destination":
		_, err := url.Parse(v)
		return strings.Contains(v, "/") || err != nil
	case "Overwrite":
		return len(v) == 1
	case "Timeout":
		return strings.Contains(v, "-")
	case "Prefer":
		return strings.Contains(v, "=")
	}
	return strings.Contains(v, "/") && strings.Contains(v, ";")
}

// fuzzHouse is a house with something in it.
func fuzzHouse(f *testing.F) http.Handler {
	f.Helper()
	h := newHouse(f, "alice", "bob")
	for _, o := range []struct{ home, name, data string }{
		{"calendars", "a.ics", simpleEvent("a")}, {"addressbooks", "c.vcf", simpleCard("c")},
	} {
		if err := h.keep(f.Context(), "alice", o.home, "default", o.name, []byte(o.data)); err != nil {
			f.Fatal(err)
		}
	}
	srv, err := h.doors()
	if err != nil {
		f.Fatal(err)
	}
	return srv.Handler()
}
