package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// hiddenPairs are names below what the asker may not read: one that is there, one that is not, spelled alike otherwise.
var hiddenPairs = []struct {
	there, missing string
	askers         []string
}{
	{"/dav/calendars/owner/default", "/dav/calendars/owner/nothing", []string{"other", "reader", "writer"}},
	{"/dav/calendars/owner/default/mine.ics", "/dav/calendars/owner/default/none.ics", []string{"other", "reader", "writer"}},
	{"/dav/calendars/owner/default/mine.ics", "/dav/calendars/owner/nothing/mine.ics", []string{"other", "reader", "writer"}},
	{"/dav/calendars/owner/default/mine.ics/x", "/dav/calendars/owner/default/none.ics/x", []string{"other", "reader"}},
	{"/dav/calendars/owner/cal", "/dav/calendars/owner/nix", []string{"other"}},
	{"/dav/calendars/owner/cal/o.ics", "/dav/calendars/owner/cal/q.ics", []string{"other"}},
	{"/dav/calendars/owner/files", "/dav/calendars/owner/filez", []string{"other"}},
	{"/dav/calendars/owner/files/f.txt", "/dav/calendars/owner/files/g.txt", []string{"other"}},
	{"/dav/calendars/owner/inbox/m.ics", "/dav/calendars/owner/inbox/n.ics", []string{"other", "reader", "writer"}},
	{"/dav/calendars/owner/outbox", "/dav/calendars/owner/nobox", []string{"other", "reader", "writer"}},
	{"/dav/addressbooks/owner/book", "/dav/addressbooks/owner/bock", []string{"other", "proxyread", "proxywrite"}},
	{"/dav/addressbooks/owner/book/c.vcf", "/dav/addressbooks/owner/book/d.vcf", []string{"other", "proxyread", "proxywrite"}},
	{"/dav/addressbooks/owner/directory", "/dav/addressbooks/owner/dirrectory", []string{"other", "reader", "proxywrite"}},
}

// hiddenHeads are headers whose judgement could come before that of access; NAME is the hidden one.
var hiddenHeads = []string{
	"", "Depth: 0", "Depth: 1", "Depth: infinity", "If-Match: *", "If-None-Match: *", `If-Match: "x"`, "If: (<urn:x>)", `If: (["x"])`,
	"If: <NAME> (Not <DAV:no-lock>)", "If: (<urn:x>) (Not <DAV:no-lock>)", "Overwrite: F", "Destination: /dav/calendars/ME/default/new.ics", "Lock-Token: <urn:x>",
	"Content-Range: bytes 0-1/2", "Content-Type: text/html", "Expect-Nothing: 1",
}

// Below what the asker may not read, each request is answered alike whether the name is there or not (reliability.md
// §1.10): by status, headers and body.
func TestHiddenAndMissingAreAlike(t *testing.T) {
	x := newTenancy(t)
	bodies := []string{"", simpleEvent("n"), `<C:free-busy-query xmlns:C="urn:ietf:params:xml:ns:caldav"/>`}
	for _, a := range acts {
		if strings.HasPrefix(a.body, "<") && !slices.Contains(bodies, a.body) {
			bodies = append(bodies, a.body)
		}
	}
	// compare asks the same of two paths that differ in names; NAME stands for the hidden one in headers and body.
	compare := func(role, method, there, missing, body, head string, named ...string) {
		answers := [2]string{}
		for i, path := range []string{there, missing} {
			name := append(named, there, missing)[i]
			h := strings.NewReplacer("NAME", name, "ME", role).Replace(head)
			w := x.do(role, method, path, strings.ReplaceAll(body, "NAME", name), strings.Split(h, "\r\n")...)
			w.Header().Del("X-Request-Id")
			if len(there) != len(missing) || len(named) > 0 {
				w.Header().Del("Content-Length") // that of the names
			}
			answers[i] = strings.ReplaceAll(fmt.Sprint(w.Code, " ", w.Header(), "\n", w.Body), strings.TrimSuffix(name, "/"), "NAME")
		}
		if answers[0] != answers[1] {
			t.Errorf("%s: %s of %s and %s (%q, body %.60q) differ:\n%s\n%s", role, method, there, missing, head, body, answers[0], answers[1])
		}
	}
	methods := []string{"OPTIONS", http.MethodGet, http.MethodHead, http.MethodPut, http.MethodPost, http.MethodDelete, "PROPFIND", "PROPPATCH",
		"MKCOL", "MKCALENDAR", "COPY", "MOVE", "LOCK", "UNLOCK", "ACL", "REPORT"}
	for _, pair := range hiddenPairs {
		for _, role := range pair.askers {
			for _, method := range methods {
				for _, slash := range []string{"", "/"} {
					for _, head := range hiddenHeads {
						compare(role, method, pair.there+slash, pair.missing+slash, "", head)
					}
					for _, body := range bodies {
						compare(role, method, pair.there+slash, pair.missing+slash, body, "Depth: 0")
						compare(role, method, pair.there+slash, pair.missing+slash, body, "Destination: /dav/calendars/ME/default/new.ics")
					}
				}
			}
			own := "/dav/calendars/" + role + "/default/"
			for _, method := range []string{"COPY", "MOVE"} {
				for _, overwrite := range []string{"T", "F"} {
					compare(role, method, own+"mine.ics", own+"mine.ics", "", "Destination: NAME\r\nOverwrite: "+overwrite, pair.there, pair.missing)
				}
			}
			for _, list := range []string{"(Not <DAV:no-lock>)", `(["x"])`, `(Not ["x"])`} {
				compare(role, "PROPPATCH", own, own, "", "If: <NAME> "+list, pair.there, pair.missing)
			}
			compare(role, "REPORT", own, own, `<C:calendar-multiget xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:prop><C:calendar-data/></D:prop>`+
				`<D:href>NAME</D:href></C:calendar-multiget>`, "", pair.there, pair.missing)
		}
	}
}
