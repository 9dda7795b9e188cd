package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"convoke/server/dav"
	"convoke/server/tree"
	"convoke/storage"
)

// tenancyTable is the golden table, which is also the documentation.
const tenancyTable = root + "/docs/tenancy.md"

// roles are the columns. But for nobody, each is a user of that name.
var roles = []string{"nobody", "other", "busy", "reader", "writer", "scheduler", "manager", "proxyread", "proxywrite", "owner", "admin"}

// levels are those that a role was invited at, and accepted.
var levels = map[string]tree.Level{"busy": tree.LevelBusy, "scheduler": tree.LevelSchedule, "manager": tree.LevelManage}

// strangers may have nothing of the owner's; readers may change nothing.
var (
	strangers = map[string]bool{"nobody": true, "other": true}
	readers   = map[string]bool{"busy": true, "reader": true, "proxyread": true}
)

// kindsOfResources are the sections of the table: a path for each kind there is. ME is
// the asker.
var kindsOfResources = []struct {
	name, path string
	personal   bool // of the owner alone: no stranger may see or change it
}{
	{"the DAV root", "/dav/", false},
	{"all principals", "/dav/principals/users/", false},
	{"a principal", "/dav/principals/users/owner/", false},
	{"a proxy group", "/dav/principals/users/owner/calendar-proxy-write/", false},
	{"all homes", "/dav/calendars/", false},
	{"a home of calendars", "/dav/calendars/owner/", true},
	{"a calendar, shared by ACL", "/dav/calendars/owner/cal/", true},
	{"an event in it", "/dav/calendars/owner/cal/o.ics", true},
	{"a private event in it", "/dav/calendars/owner/cal/p.ics", true},
	{"the same calendar, in one's own home", "/dav/calendars/ME/owner~cal/", false},
	{"an event in that home", "/dav/calendars/ME/owner~cal/o.ics", true},
	{"a private event in that home", "/dav/calendars/ME/owner~cal/p.ics", true},
	{"a calendar that is not shared", "/dav/calendars/owner/default/", true},
	{"an event in what is not shared", "/dav/calendars/owner/default/mine.ics", true},
	{"a scheduling inbox", "/dav/calendars/owner/inbox/", true},
	{"a message in it", "/dav/calendars/owner/inbox/m.ics", true},
	{"a scheduling outbox", "/dav/calendars/owner/outbox/", true},
	{"the notifications", "/dav/calendars/owner/notification/", true},
	{"a plain collection, shared by ACL", "/dav/calendars/owner/files/", true},
	{"a file in it", "/dav/calendars/owner/files/f.txt", true},
	{"a home of address books", "/dav/addressbooks/owner/", true},
	{"an address book, shared by ACL", "/dav/addressbooks/owner/book/", true},
	{"a card in it", "/dav/addressbooks/owner/book/c.vcf", true},
	{"the directory", "/dav/addressbooks/owner/directory/", true},
	{"a name that is not there, in a shared calendar", "/dav/calendars/owner/cal/none.ics", true},
	{"a name that is not there, in a home", "/dav/calendars/owner/none/", true},
	{"the home of nobody", "/dav/calendars/ghost/", true},
}

// deadOne sets a property that means nothing to the server.
const deadOne = "PROPPATCH of a dead one"

// acts are the rows of each section.
var acts = []struct {
	name, method, head, body string
	writes                   bool
}{
	{"OPTIONS", "OPTIONS", "", "", false},
	{"GET", "GET", "", "", false},
	{"HEAD", "HEAD", "", "", false},
	{"PROPFIND", "PROPFIND", "Depth: 0", "", false},
	{"PROPFIND of members", "PROPFIND", "Depth: 1", "", false},
	{"sync-collection", "REPORT", "", `<D:sync-collection xmlns:D="DAV:"><D:sync-token/><D:sync-level>1</D:sync-level><D:prop><D:getetag/></D:prop></D:sync-collection>`, false},
	{"calendar-query", "REPORT", "Depth: 1", `<C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:prop><C:calendar-data/></D:prop><C:filter><C:comp-filter name="VCALENDAR"/></C:filter></C:calendar-query>`, false},
	{"calendar-multiget", "REPORT", "", `<C:calendar-multiget xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:prop><C:calendar-data/></D:prop><D:href>/dav/calendars/owner/cal/o.ics</D:href><D:href>/dav/calendars/owner/default/mine.ics</D:href></C:calendar-multiget>`, false},
	{"free-busy-query", "REPORT", "", `<C:free-busy-query xmlns:C="urn:ietf:params:xml:ns:caldav"><C:time-range start="20260101T000000Z" end="20260201T000000Z"/></C:free-busy-query>`, false},
	{"addressbook-query", "REPORT", "Depth: 1", `<C:addressbook-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav"><D:prop><C:address-data/></D:prop><C:filter/></C:addressbook-query>`, false},
	{"expand-property", "REPORT", "", `<D:expand-property xmlns:D="DAV:"><D:property name="owner"><D:property name="displayname"/></D:property></D:expand-property>`, false},
	{"COPY to oneself", "COPY", "Destination: /dav/calendars/ME/default/copy.ics", "", false},
	{"MOVE to oneself", "MOVE", "Destination: /dav/calendars/ME/default/moved.ics", "", true},
	{"COPY beside", "COPY", "Destination: /dav/calendars/owner/cal/copy.ics", "", true},
	{"PROPPATCH", "PROPPATCH", "", `<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><D:displayname>x</D:displayname></D:prop></D:set></D:propertyupdate>`, true},
	{deadOne, "PROPPATCH", "", `<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><x xmlns="urn:x">1</x></D:prop></D:set></D:propertyupdate>`, true},
	{"PUT", "PUT", "", "(as it is)", true},
	{"PUT of a member", "PUT", "", "(a member)", true},
	{"POST of a member", "POST", "Content-Type: text/calendar", "(a member)", true},
	{"POST", "POST", "Content-Type: text/calendar", "(free-busy)", false},
	{"MKCOL in it", "MKCOL", "", "(a member)", true},
	{"MKCALENDAR in it", "MKCALENDAR", "", "(a member)", true},
	{"COPY into it", "COPY", "(into)", "(from oneself)", true},
	{"MOVE into it", "MOVE", "(into)", "(from oneself)", true},
	{"LOCK", "LOCK", "", `<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>`, true},
	{"UNLOCK of the owner's", "UNLOCK", "(the owner's lock)", "", true},
	{"ACL", "ACL", "", `<D:acl xmlns:D="DAV:"/>`, true},
	{"DELETE", "DELETE", "", "", true},
}

// tenancy is a house with one owner of much, and those who come to it.
type tenancy struct {
	t   *testing.T
	h   *house
	web http.Handler
	ids map[string]int64
}

func newTenancy(t *testing.T) *tenancy {
	t.Helper()
	h := newHouse(t, roles[1:]...)
	x := &tenancy{t: t, h: h, ids: map[string]int64{}}
	for _, name := range roles[1:] {
		p, err := h.store.PrincipalByName(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		x.ids[name] = p.ID
		if name == "admin" {
			admin := *p
			admin.Admin = true
			x.update(func(tx *storage.Tx) error { return tx.UpdatePrincipal(&admin) })
		}
	}
	x.update(func(tx *storage.Tx) error {
		return tx.SetProxies(x.ids["owner"], storage.Proxies{Read: []int64{x.ids["proxyread"]}, Write: []int64{x.ids["proxywrite"]}})
	})
	srv, err := h.doors()
	if err != nil {
		t.Fatal(err)
	}
	x.web = srv.Handler()
	x.restore()
	return x
}

func (x *tenancy) update(fn func(*storage.Tx) error) {
	x.t.Helper()
	if err := x.h.store.Update(x.t.Context(), cli, fn); err != nil {
		x.t.Fatal(err)
	}
}

// restore makes everything as it was before the first request.
func (x *tenancy) restore() {
	x.t.Helper()
	ctx := x.t.Context()
	x.update(func(tx *storage.Tx) error {
		for name, id := range x.ids {
			all, err := tx.CollectionsOf(ctx, id)
			if err != nil {
				return err
			}
			for _, c := range all {
				if c.ParentID != 0 {
					continue // goes with what it is in
				}
				if c.Kind == storage.KindOutbox || c.Kind == storage.KindNotifications {
					continue
				}
				if c.Name == "default" || c.Name == "inbox" || c.Name == "tasks" {
					if err := x.empty(tx, c, name); err != nil {
						return err
					}
				} else if err := tx.DeleteCollection(c.ID); err != nil {
					return err
				}
			}
		}
		return x.share(tx)
	})
	for name := range x.ids {
		if err := x.h.keep(ctx, name, storage.Calendars, "default", "mine.ics", []byte(simpleEvent("mine"))); err != nil {
			x.t.Fatal(err)
		}
	}
	for _, o := range []struct{ home, slug, name, data string }{
		{storage.Calendars, "cal", "o.ics", simpleEvent("o")},
		{storage.Calendars, "cal", "p.ics", strings.Replace(simpleEvent("p"), "DTSTAMP", "CLASS:PRIVATE\r\nDTSTAMP", 1)},
		{storage.AddressBooks, "book", "c.vcf", simpleCard("c")},
	} {
		if err := x.h.keep(ctx, "owner", o.home, o.slug, o.name, []byte(o.data)); err != nil {
			x.t.Fatal(err)
		}
	}
}

// empty removes the members of a collection that every user has.
func (x *tenancy) empty(tx *storage.Tx, c *storage.Collection, owner string) error {
	l, err := tx.Listing(x.t.Context(), c.ID)
	if err != nil {
		return err
	}
	for m := range l.All() {
		if err := tx.DeleteObject(c.ID, m.Name); err != nil {
			return err
		}
	}
	if c.Kind != storage.KindInbox || owner != "owner" {
		return nil
	}
	message := &storage.Object{Data: []byte(strings.Replace(simpleEvent("m"), "BEGIN:VEVENT", "METHOD:REQUEST\r\nBEGIN:VEVENT", 1))}
	message.CollectionID, message.Name, message.ContentType = c.ID, "m.ics", "text/calendar; charset=utf-8"
	message.Facts = storage.Facts{UID: "m", Component: "VEVENT", First: 0, Last: 1}
	_, err = tx.PutObject(message)
	return err
}

// share makes the three collections that reader may read and writer may write.
func (x *tenancy) share(tx *storage.Tx) error {
	for _, c := range []storage.Collection{
		{Home: storage.Calendars, Kind: storage.KindCalendar, Name: "cal", Components: []string{"VEVENT"}},
		{Home: storage.Calendars, Kind: storage.KindPlain, Name: "files"},
		{Home: storage.AddressBooks, Kind: storage.KindAddressBook, Name: "book"},
	} {
		c.OwnerID = x.ids["owner"]
		if err := tx.CreateCollection(&c); err != nil {
			return err
		}
		read := uint32(dav.Read | dav.ReadPrivileges | tree.ReadFreeBusy)
		grants := []storage.Grant{
			{PrincipalID: x.ids["reader"], Privileges: read},
			{PrincipalID: x.ids["writer"], Privileges: read | uint32(dav.Write)},
		}
		for role, level := range levels {
			if held := level.Privileges(c.Home); held != 0 {
				grants = append(grants, storage.Grant{PrincipalID: x.ids[role], Privileges: uint32(held)})
				if err := tx.SetShare(storage.Share{CollectionID: c.ID, PrincipalID: x.ids[role], State: storage.ShareAccepted}); err != nil {
					return err
				}
			}
		}
		if err := tx.SetGrants(c.ID, grants); err != nil {
			return err
		}
		if c.Kind == storage.KindPlain {
			o := &storage.Object{Data: []byte("a file")}
			o.CollectionID, o.Name, o.ContentType = c.ID, "f.txt", "text/plain"
			if _, err := tx.PutObject(o); err != nil {
				return err
			}
		}
	}
	return nil
}

// do sends a request as a role.
func (x *tenancy) do(role, method, path, body string, head ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.RemoteAddr = "127.0.0.1:1"
	if role != "nobody" {
		r.SetBasicAuth(role, role)
	}
	for _, line := range head {
		if name, value, ok := strings.Cut(line, ": "); ok {
			r.Header.Set(name, value)
		}
	}
	w := httptest.NewRecorder()
	x.web.ServeHTTP(w, r)
	return w
}

var (
	innerStatus = regexp.MustCompile(`HTTP/1\.1 (\d+)`)
	lockToken   = regexp.MustCompile(`<D:locktoken><D:href>([^<]*)`)
)

// cell does one act of one role on one resource and gives what the table shows.
func (x *tenancy) cell(role, path string, act int) string {
	a := &acts[act]
	body, head, token := a.body, strings.ReplaceAll(a.head, "ME", role), ""
	member := strings.TrimSuffix(path, "/") + "/new.ics"
	if strings.Contains(path, "addressbooks") {
		member = strings.TrimSuffix(path, "/") + "/new.vcf"
	}
	switch {
	case body == "(as it is)":
		body = content(path)
	case body == "(a member)" && a.method == "POST":
		if body, path = content(member), strings.TrimSuffix(path, "/")+"/;add-member"; strings.Contains(path, "addressbooks") {
			head = "Content-Type: text/vcard"
		}
	case body == "(a member)" && a.method == "PUT":
		path = member
		body = content(path)
	case body == "(a member)":
		path, body = strings.TrimSuffix(path, "/")+"/newcol/", ""
	case body == "(free-busy)":
		body = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nMETHOD:REQUEST\r\nBEGIN:VFREEBUSY\r\nUID:fb\r\nDTSTAMP:20260101T000000Z\r\n" +
			"DTSTART:20260101T000000Z\r\nDTEND:20260201T000000Z\r\nORGANIZER:mailto:owner@example.org\r\nATTENDEE:mailto:other@example.org\r\nEND:VFREEBUSY\r\nEND:VCALENDAR\r\n"
	case body == "(from oneself)":
		head, body = "Destination: "+member, ""
		path = "/dav/calendars/" + role + "/default/mine.ics"
	}
	if head == "(the owner's lock)" {
		lock := x.do("owner", "LOCK", path, acts[act-1].body)
		if lock.Code/100 != 2 {
			return "–"
		}
		token = lockToken.FindStringSubmatch(lock.Body.String())[1]
		head = "Lock-Token: <" + token + ">"
	}
	w := x.do(role, a.method, path, body, head)
	got := fmt.Sprint(w.Code)
	if w.Code == 207 {
		if inner := innerStatus.FindStringSubmatch(w.Body.String()); a.method == "PROPPATCH" && inner != nil {
			got += " " + inner[1]
		} else if n := strings.Count(w.Body.String(), "<D:response>") + strings.Count(w.Body.String(), "<C:response>"); n != 1 {
			got += fmt.Sprintf(" (%d)", n)
		} else if inner != nil && inner[1] != "200" {
			got += " " + inner[1]
		}
	}
	x.judge(role, path, a.name, w)
	if a.name == deadOne && got == "207 200" && readers[role] {
		// Whoever may read may keep such properties, for himself alone.
		at := strings.Replace(path, "/"+role+"/owner~", "/owner/", 1)
		seen := x.do("owner", "PROPFIND", at, `<D:propfind xmlns:D="DAV:"><D:prop><x xmlns="urn:x"/></D:prop></D:propfind>`, "Depth: 0")
		if !strings.Contains(seen.Body.String(), " 404 ") {
			x.t.Errorf("what %s sets on %s shows to the owner", role, at)
		}
	}
	if m := lockToken.FindStringSubmatch(w.Body.String()); a.method == "LOCK" && m != nil {
		x.do(role, "UNLOCK", path, "", "Lock-Token: <"+m[1]+">")
	}
	if token != "" {
		x.do("owner", "UNLOCK", path, "", "Lock-Token: <"+token+">")
	}
	if w.Code/100 == 2 && (a.writes || a.method == "COPY") {
		x.restore()
	}
	return got
}

// judge holds what must be so whatever the table says.
func (x *tenancy) judge(role, path, act string, w *httptest.ResponseRecorder) {
	if w.Code >= 500 && w.Code != 501 {
		x.t.Errorf("%s %s as %s: %d %s", act, path, role, w.Code, w.Body)
	}
	if role == "nobody" && w.Code != 401 && act != "OPTIONS" {
		x.t.Errorf("%s %s: nobody gets %d", act, path, w.Code)
	}
	if (strangers[role] || readers[role]) && strings.Contains(w.Body.String(), "SUMMARY:p") {
		x.t.Errorf("%s %s: %s sees what is private", act, path, role)
	}
	if role == "busy" && strings.Contains(w.Body.String(), "SUMMARY:o") {
		x.t.Errorf("%s %s: %s sees more than when", act, path, role)
	}
	if strangers[role] && (strings.Contains(w.Body.String(), "SUMMARY:o") || strings.Contains(w.Body.String(), "Ann Example")) {
		x.t.Errorf("%s %s: %s reads %s", act, path, role, w.Body)
	}
}

// What a stranger may not read answers the same, there or not (reliability.md §1.10).
func TestHiddenIsAsAbsent(t *testing.T) {
	t.Parallel()
	x := newTenancy(t)
	const home = "/dav/calendars/owner/"
	for _, pair := range [][2]string{
		{home + "default/mine.ics", home + "default/none.ics"},
		{home + "cal/o.ics", home + "cal/none.ics"},
		{home + "default/", home + "none/"},
		{home + "cal/", home + "none/"},
		{home + "inbox/", home + "none/"},
		{home + "inbox/m.ics", home + "none/m.ics"},
		{home + "files/f.txt", home + "files/none.txt"},
		{home + "files/f.txt", home + "none/f.txt"},
		{"/dav/addressbooks/owner/book/", "/dav/addressbooks/owner/none/"},
		{"/dav/addressbooks/owner/book/c.vcf", "/dav/addressbooks/owner/book/none.vcf"},
		{"/dav/addressbooks/owner/directory/", "/dav/addressbooks/owner/none/"},
	} {
		for i, act := range acts {
			for _, method := range []string{act.method, "MKCOL", "MKCALENDAR"} {
				if method != act.method && i > 0 {
					continue
				}
				ask := func(path string) string {
					body, head := act.body, strings.ReplaceAll(act.head, "ME", "other")
					switch body {
					case "(as it is)", "(free-busy)":
						body = content(pair[0])
					case "(a member)":
						path, body = strings.TrimSuffix(path, "/")+"/new.ics", content("new.ics")
					case "(from oneself)":
						head, body = "Destination: "+path, ""
						if i%2 == 0 {
							head += "new.ics"
						}
						path = "/dav/calendars/other/default/mine.ics"
					}
					if strings.HasPrefix(head, "(") {
						head = "Lock-Token: <urn:x>"
					}
					w := x.do("other", method, path, body, head)
					text := strings.NewReplacer(pair[0], "X", strings.TrimSuffix(pair[0], "/"), "X", pair[1], "X", strings.TrimSuffix(pair[1], "/"), "X").Replace(w.Body.String())
					return fmt.Sprint(w.Code, " ", w.Header().Get("Allow"), " ", w.Header().Get("ETag"), " ", text)
				}
				if there, absent := ask(pair[0]), ask(pair[1]); there != absent {
					t.Errorf("%s (%s) of %s: %q, of %s: %q", method, act.name, pair[0], there, pair[1], absent)
				}
			}
		}
	}
}

// content is what may be stored at a path.
func content(path string) string {
	switch {
	case strings.HasSuffix(path, ".vcf"):
		return simpleCard(strings.TrimSuffix(path[strings.LastIndex(path, "/")+1:], ".vcf"))
	case strings.HasSuffix(path, ".ics"):
		return simpleEvent(strings.TrimSuffix(path[strings.LastIndex(path, "/")+1:], ".ics"))
	}
	return "text"
}

// Who may do what, with each method and each kind of resource, in one table
// (reliability.md §1.9, §1.10, §8.8). With CONVOKE_UPDATE=1 it is written anew.
func TestTenancy(t *testing.T) {
	t.Parallel()
	x := newTenancy(t)
	var b strings.Builder
	b.WriteString(`# Who may do what

What each role gets from each method on each kind of resource that belongs to *owner*. A test compares this page with
what the server does (TestTenancy in cmd/convoke; CONVOKE_UPDATE=1 writes it).

- *nobody* does not sign in; *other* has an account and no rights here.
- *reader* and *writer* were granted DAV:read and DAV:write by ACL, on the three shared collections.
- *busy*, *scheduler* and *manager* were invited to them and accepted, at these levels (docs/sharing.md): busy times only;
  writing and inviting in the name of the owner; sharing it with others, too. The first two mean nothing for address books.
- *proxyread* and *proxywrite* act for the owner by the calendar-proxy groups, which reach calendars only.
- *admin* is an administrator.

` + "`207 (2)` is a multistatus of two responses, `207 403` one whose first status is 403, and – what cannot be tried: the\nowner can't lock it. What may not be read answers the same, there or not.\nDead properties of readers are their own: nobody else sees them.\n")
	for _, kind := range kindsOfResources {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n| | %s |\n|---|%s\n", strings.ToUpper(kind.name[:1])+kind.name[1:], "`"+kind.path+"`",
			strings.Join(roles, " | "), strings.Repeat("---|", len(roles)))
		for i, act := range acts {
			fmt.Fprintf(&b, "| %s |", act.name)
			for _, role := range roles {
				got := x.cell(role, strings.ReplaceAll(kind.path, "ME", role), i)
				done := strings.HasPrefix(got, "2") && got != "207 403" && got != "207 404"
				if kind.personal && done && act.method != "OPTIONS" && act.name != "COPY into it" && (strangers[role] || readers[role] && act.writes && act.name != deadOne) {
					t.Errorf("%s on %s as %s: %s", act.name, kind.name, role, got)
				}
				fmt.Fprintf(&b, " %s |", got)
			}
			b.WriteString("\n")
		}
	}
	if os.Getenv("CONVOKE_UPDATE") != "" {
		if err := os.WriteFile(tenancyTable, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(tenancyTable)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != b.String() {
		t.Errorf("docs/tenancy.md is not what is allowed now; set CONVOKE_UPDATE=1 to write it, and read the difference:\n%s", lineDiff(string(want), b.String()))
	}
}

// What the doors store in collections without a format is as check expects it.
func TestCheckKnowsFilesAndNotifications(t *testing.T) {
	t.Parallel()
	x := newTenancy(t)
	const share = `<CS:share xmlns:D="DAV:" xmlns:CS="http://calendarserver.org/ns/"><CS:set><D:href>/dav/principals/users/other/</D:href><CS:read/></CS:set></CS:share>`
	for _, w := range []*httptest.ResponseRecorder{
		x.do("owner", "PUT", "/dav/calendars/owner/files/g.txt", "text"), x.do("owner", "POST", "/dav/calendars/owner/default/", share),
	} {
		if w.Code/100 != 2 {
			t.Fatal(w.Code, w.Body)
		}
	}
	if w := x.do("other", "PROPFIND", "/dav/calendars/other/notification/", "", "Depth: 1"); strings.Count(w.Body.String(), "<D:response>") != 2 {
		t.Fatalf("other is not told: %s", w.Body)
	}
	report, err := x.h.store.Check(t.Context(), false, x.h.facts)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range report.Problems {
		if p.Name != "f.txt" && p.Name != "m.ics" { // put there by this test, not by a door
			t.Errorf("%s: %s", p.Name, p.What)
		}
	}
}
