package main

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"convoke/imip"
	"convoke/imip/trust"
	"convoke/server"
	"convoke/storage"
	"convoke/web"
	"convoke/web/api"
	"convoke/web/session"
)

// office is the administration of a house, as anna asks for it. She administers, ben does not.
type office struct {
	*house
	api    http.Handler
	cookie *http.Cookie // of anna, who has just signed in
}

func newOffice(t *testing.T) *office {
	t.Helper()
	h := newHouse(t, "anna", "ben")
	admin := true
	if _, err := changePrincipal(t.Context(), h, wish{Name: "anna", Admin: &admin}); err != nil {
		t.Fatal(err)
	}
	anna, err := h.store.PrincipalByName(t.Context(), "anna")
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	if _, err := h.sessions.Begin(w, httptest.NewRequest("POST", "/api/session", nil), anna, false); err != nil {
		t.Fatal(err)
	}
	return &office{h, api.New(api.Options{
		Store: h.store, Tasks: pageTasks{h}, Identify: h.sessions.Identify, Sessions: &session.Door{Keeper: h.sessions},
	}), w.Result().Cookies()[0]}
}

// ask sends a request and reads its answer.
func (o *office) ask(t *testing.T, want int, method, path, body string) map[string]any {
	t.Helper()
	w := httptest.NewRecorder()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.AddCookie(o.cookie)
	o.api.ServeHTTP(w, r)
	if w.Code != want {
		t.Fatalf("%s %s: %d %s, want %d", method, path, w.Code, w.Body, want)
	}
	v := map[string]any{}
	if w.Body.Len() > 0 {
		if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
			t.Fatalf("%s %s: %v", method, path, err)
		}
	}
	return v
}

// items are the items of a list, each as the values of some members.
func items(v map[string]any, members ...string) []string {
	list := []string{}
	for _, one := range v["items"].([]any) {
		var row []string
		for _, m := range members {
			text, _ := one.(map[string]any)[m].(string)
			row = append(row, text)
		}
		list = append(list, strings.Join(row, " "))
	}
	return list
}

// What somebody begins with is called by the language of the page or, made by a command, of the settings.
func TestHomeNames(t *testing.T) {
	o := newOffice(t)
	anna, err := o.store.PrincipalByName(t.Context(), "anna")
	if err != nil {
		t.Fatal(err)
	}
	if err := o.store.Update(t.Context(), cli, func(tx *storage.Tx) error { return tx.SetSettings(anna.ID, `{"language":"de"}`) }); err != nil {
		t.Fatal(err)
	}
	o.ask(t, 200, "POST", "/api/admin/people", `{"name":"page"}`)
	if err := o.makeAdministrator(t.Context(), web.Administrator{Name: "first", Address: "first@example.org", Password: "something long", Language: "de"}); err != nil {
		t.Fatal(err)
	}
	made := func(name string) {
		t.Helper()
		if _, err := createPrincipal(t.Context(), o.house, person{Kind: storage.KindUser, Name: name}); err != nil {
			t.Fatal(err)
		}
		if _, err := provision(t.Context(), o.house, provisioning{Wishes: []wish{{Name: name + "s", Kind: storage.KindRoom}}}); err != nil {
			t.Fatal(err)
		}
	}
	made("command")
	o.conf.SMTP.Language = "de"
	made("german")
	for name, want := range map[string][]string{
		"page": {"Aufgaben", "Kalender", "Kontakte"}, "first": {"Aufgaben", "Kalender", "Kontakte"}, "german": {"Aufgaben", "Kalender", "Kontakte"},
		"germans": {"Aufgaben", "Kalender", "Kontakte"}, "command": {"Calendar", "Contacts", "Tasks"}, "commands": {"Calendar", "Contacts", "Tasks"},
	} {
		p, err := o.store.PrincipalByName(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		all, err := o.store.CollectionsOf(t.Context(), p.ID)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, c := range all {
			if c.DisplayName != "" {
				got = append(got, c.DisplayName)
			}
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("%s has %q", name, got)
		}
	}
}

// A person is added, changed and removed in the browser as by the command line, and the journal says who did it to whom.
func TestAdminPeople(t *testing.T) {
	o := newOffice(t)
	o.ask(t, 200, "POST", "/api/admin/people", `{"name":"kim","displayName":"Kim Lee","addresses":["kim@example.org"],"password":"first"}`)
	o.ask(t, 409, "POST", "/api/admin/people", `{"name":"KIM"}`)
	o.ask(t, 409, "POST", "/api/admin/people", `{"name":"lea","addresses":["kim@example.org"]}`)
	o.ask(t, 409, "POST", "/api/admin/people", `{"name":["a"]}`)
	if got := items(o.ask(t, 200, "GET", "/api/admin/people?q=LEE", ""), "name", "displayName"); !slices.Equal(got, []string{"kim Kim Lee"}) {
		t.Errorf("found %q", got)
	}
	page := o.ask(t, 200, "GET", "/api/admin/people?offset=1&limit=1", "")
	if got := items(page, "name"); !slices.Equal(got, []string{"ben"}) || page["total"] != 3.0 {
		t.Errorf("a page holds %q of %v", got, page["total"])
	}
	o.ask(t, 200, "PATCH", "/api/admin/people/kim", `{"displayName":"Kim","addresses":["kim@example.org","k@example.org"]}`)
	o.ask(t, 204, "PUT", "/api/admin/people/kim/password", `{"password":"second"}`)
	if _, err := o.store.CheckPassword(t.Context(), "kim", "second"); err != nil {
		t.Errorf("the new password: %v", err)
	}
	o.ask(t, 204, "DELETE", "/api/admin/people/kim", "")
	o.ask(t, 404, "DELETE", "/api/admin/people/kim", "")
	o.ask(t, 404, "GET", "/api/admin/people/kim", "")

	got := items(o.ask(t, 200, "GET", "/api/admin/audit?name=anna&limit=4", ""), "who", "door", "what", "detail")
	want := []string{"anna web remove user kim", "anna web change user kim password", "anna web change user kim display name, addresses", "anna web create user kim"}
	if !slices.Equal(got, want) {
		t.Errorf("the journal says %q, want %q", got, want)
	}
}

// Somebody always administers a server that had an administrator.
func TestAdminStays(t *testing.T) {
	o := newOffice(t)
	o.ask(t, 409, "DELETE", "/api/admin/people/anna", "")
	o.ask(t, 409, "PATCH", "/api/admin/people/anna", `{"admin":false}`)
	if _, err := removePrincipal(t.Context(), o.house, named{Name: "anna"}); err == nil {
		t.Error("the command line removes the last administrator")
	}
	o.ask(t, 200, "PATCH", "/api/admin/people/ben", `{"admin":true}`)
	o.ask(t, 200, "PATCH", "/api/admin/people/anna", `{"admin":false}`)
	if p, err := o.store.PrincipalByName(t.Context(), "anna"); err != nil || p.Admin {
		t.Errorf("anna: %+v, %v", p, err)
	}
}

// Groups and rooms are made and changed with what only they have.
func TestAdminGroupsAndRooms(t *testing.T) {
	o := newOffice(t)
	o.ask(t, 200, "POST", "/api/admin/groups", `{"name":"team","members":["anna"]}`)
	v := o.ask(t, 200, "PATCH", "/api/admin/groups/team", `{"members":["anna","ben"]}`)
	if got := v["members"].([]any); len(got) != 2 {
		t.Errorf("members: %v", got)
	}
	o.ask(t, 200, "POST", "/api/admin/rooms", `{"name":"oak","addresses":["oak@example.org"],"booking":{"autoAccept":"automatic","capacity":4}}`)
	o.ask(t, 409, "PATCH", "/api/admin/rooms/oak", `{"booking":{"capacity":-1}}`)
	v = o.ask(t, 200, "PATCH", "/api/admin/rooms/oak", `{"booking":{"windowDays":30,"delegates":["ben"]}}`)
	b := v["booking"].(map[string]any)
	if b["capacity"] != 4.0 || b["windowDays"] != 30.0 || b["autoAccept"] != "automatic" || len(b["delegates"].([]any)) != 1 {
		t.Errorf("booking: %v", b)
	}
	o.ask(t, 404, "PATCH", "/api/admin/rooms/team", `{}`)
	o.ask(t, 404, "DELETE", "/api/admin/people/oak", "")
}

// Every mail that was decided is in the log with what was decided and why; what waits can be accepted there.
func TestAdminMail(t *testing.T) {
	o := newOffice(t)
	mail := "From: far@example.net\r\nTo: ben@example.org\r\nMessage-ID: <1@example.net>\r\nMIME-Version: 1.0\r\n" +
		"Content-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:far1\r\n" +
		"DTSTAMP:20300101T000000Z\r\nDTSTART:20300105T090000Z\r\nSUMMARY:Far\r\nORGANIZER:mailto:far@example.net\r\nATTENDEE:mailto:ben@example.org\r\n" +
		"END:VEVENT\r\nEND:VCALENDAR\r\n"
	out, err := o.mails().Receive(t.Context(), imip.Envelope{Recipient: "ben@example.org", Sender: "far@example.net", Source: imip.SourceLMTP}, []byte(mail))
	if err != nil || out.Held == 0 {
		t.Fatalf("%+v, %v", out, err)
	}
	if got := items(o.ask(t, 200, "GET", "/api/admin/mail/in?name=ben", ""), "user", "from", "method", "uid", "action", "reason"); len(got) != 1 || !strings.HasPrefix(got[0], "ben far@example.net REQUEST far1 hold "+out.Reason) {
		t.Errorf("the log says %q", got)
	}
	if got := items(o.ask(t, 200, "GET", "/api/admin/mail/in?name=anna", ""), "uid"); len(got) != 0 {
		t.Errorf("anna's log says %q", got)
	}
	if v := o.ask(t, 200, "GET", "/api/admin/overview", ""); v["waitingForReview"] != 1.0 || v["people"] != 2.0 || v["admins"] != 1.0 || v["storeBytes"] == 0.0 {
		t.Errorf("overview: %v", v)
	}
	held := o.ask(t, 200, "GET", "/api/admin/review", "")["items"].([]any)
	if len(held) != 1 {
		t.Fatalf("review: %v", held)
	}
	o.ask(t, 200, "POST", "/api/admin/review/1/accept", `{"trustSender":true}`)
	o.ask(t, 404, "POST", "/api/admin/review/1/reject", "")
	if got := items(o.ask(t, 200, "GET", "/api/admin/audit?uid=far1&limit=1", ""), "who", "about", "what"); !slices.Equal(got, []string{"anna ben review accept"}) {
		t.Errorf("the journal says %q", got)
	}
}

// Mails that go out are listed with their state, tried again and given up, and that stands in the journal.
func TestAdminQueue(t *testing.T) {
	o := newOffice(t)
	ben, err := o.store.PrincipalByName(t.Context(), "ben")
	if err != nil {
		t.Fatal(err)
	}
	row := storage.Outbound{UID: "u", Method: "REQUEST", PrincipalID: ben.ID, Sender: "mailto:ben@example.org", Recipient: "mailto:far@example.net",
		MessageID: "<m@x>", Next: time.Now().Add(time.Hour), Data: []byte("x")}
	if err := o.store.Update(t.Context(), cli, func(tx *storage.Tx) error { _, err := tx.Enqueue(&row); return err }); err != nil {
		t.Fatal(err)
	}
	if got := items(o.ask(t, 200, "GET", "/api/admin/queue", ""), "to", "state"); !slices.Equal(got, []string{"far@example.net waiting"}) {
		t.Errorf("queue: %q", got)
	}
	o.ask(t, 200, "POST", "/api/admin/queue/1/retry", "")
	o.ask(t, 200, "DELETE", "/api/admin/queue/1", "")
	o.ask(t, 409, "DELETE", "/api/admin/queue/1", "")
	o.ask(t, 404, "DELETE", "/api/admin/queue/2", "")
	if got := items(o.ask(t, 200, "GET", "/api/admin/mail/out?name=ben", ""), "state", "status"); !slices.Equal(got, []string{"failed dropped by an administrator"}) {
		t.Errorf("mail out: %q", got)
	}
	if got := items(o.ask(t, 200, "GET", "/api/admin/audit?uid=u", ""), "who", "about", "what"); !slices.Equal(got, []string{"anna ben mail dropped", "anna ben mail again"}) {
		t.Errorf("the journal says %q", got)
	}
}

// The log is read page by page to its end, each line once.
func TestAdminAuditPages(t *testing.T) {
	o := newOffice(t)
	for range 5 {
		o.ask(t, 204, "PUT", "/api/admin/people/ben/password", `{"password":"x"}`)
	}
	all := len(items(o.ask(t, 200, "GET", "/api/admin/audit", "")))
	seen, before := 0, ""
	for {
		v := o.ask(t, 200, "GET", "/api/admin/audit?limit=2"+before, "")
		seen += len(items(v))
		next, more := v["next"].(float64)
		if !more {
			break
		}
		text, _ := json.Marshal(int64(next))
		before = "&before=" + string(text)
	}
	if seen != all || all < 7 {
		t.Errorf("%d lines on pages, %d at once", seen, all)
	}
}

// No secret stands in the effective configuration; where each value comes from does.
func TestAdminConfig(t *testing.T) {
	o := newOffice(t)
	if err := o.conf.set("smtp.password", "geheim", fromEnv); err != nil {
		t.Fatal(err)
	}
	v := o.ask(t, 200, "GET", "/api/admin/config", "")
	if got := items(v, "name", "from"); !slices.Contains(got, "smtp.password environment") || !slices.Contains(got, "server.listen default") {
		t.Errorf("settings: %q", got)
	}
	if text, _ := json.Marshal(v); strings.Contains(string(text), "geheim") {
		t.Error("the password is shown")
	}
}

// A backup that was asked for in the browser is one that `check` takes, and the overview knows of it.
func TestAdminBackup(t *testing.T) {
	o := newOffice(t)
	if _, known := o.ask(t, 200, "GET", "/api/admin/overview", "")["lastBackup"]; known {
		t.Error("a backup is known before there is one")
	}
	o.ask(t, 200, "POST", "/api/admin/backups", "")
	v := map[string]any{"running": true}
	for deadline := time.Now().Add(5 * time.Minute); v["running"] == true && time.Now().Before(deadline); {
		v = o.ask(t, 200, "GET", "/api/admin/backups", "")
	}
	list := v["items"].([]any)
	if len(list) != 1 || v["failed"] != nil {
		t.Fatalf("backups: %v", v)
	}
	file := filepath.Join(o.dir, backupFolder, list[0].(map[string]any)["file"].(string))
	if err := storage.Restore(t.Context(), file, t.TempDir(), true); err != nil {
		t.Error(err)
	}
	last := o.ask(t, 200, "GET", "/api/admin/overview", "")["lastBackup"].(map[string]any)
	if last["file"] != file {
		t.Errorf("last backup: %v", last)
	}
}

// What the log warned of is on the overview, newest first and within bounds.
func TestAdminNotices(t *testing.T) {
	o := newOffice(t)
	o.log.Info("all is well")
	for range maxNotices {
		o.log.Warn("mailbox could not be opened", "source", "imap", "err", errors.New(strings.Repeat("x", 5000)))
	}
	o.log.With("a", "b").Error("the disk is slow")
	list := o.notices.list()
	if len(list) != maxNotices || list[0].Message != "the disk is slow" || list[0].Level != "error" || list[0].Detail != "a: b" || len(list[1].Detail) > maxNoticeText {
		t.Errorf("%d notices, the first %+v", len(list), list[0])
	}
}

// The checks are those of `convoke doctor`.
func TestAdminChecks(t *testing.T) {
	o := newOffice(t)
	if got := items(o.ask(t, 200, "GET", "/api/admin/checks", ""), "rule", "result"); !slices.Contains(got, "mail out failed") || !slices.Contains(got, "the server failed") {
		t.Errorf("checks: %q", got)
	}
	o.ask(t, 409, "GET", "/api/admin/domains", "") // no public address is set
}

// zone is a DNS of a test.
type zone struct {
	srv  map[string]*net.SRV
	txt  map[string]string
	host map[string][]string
}

func (z zone) LookupSRV(_ context.Context, service, proto, name string) (string, []*net.SRV, error) {
	if r := z.srv[name]; r != nil && service+proto == "" {
		return "", []*net.SRV{r}, nil
	}
	return "", nil, &net.DNSError{IsNotFound: true}
}

func (z zone) LookupTXT(_ context.Context, name string) ([]string, error) {
	if text := z.txt[name]; text != "" {
		return []string{text}, nil
	}
	return nil, &net.DNSError{IsNotFound: true}
}

func (z zone) LookupHost(_ context.Context, host string) ([]string, error) {
	if z.host == nil {
		return nil, context.DeadlineExceeded
	}
	return z.host[host], nil
}

// The records of RFC 6764 §3 and §4 are told from those that are missing, that point elsewhere, and name servers that are silent.
func TestDNSRecords(t *testing.T) {
	conf, err := loadConfig("", nil)
	if err != nil {
		t.Fatal(err)
	}
	conf.Server.PublicURL, conf.Domains.Exclusive = "https://cal.example.org", []string{"example.org"}
	list, err := dnsRecords(t.Context(), conf, zone{
		host: map[string][]string{"cal.example.org": {"192.0.2.1"}},
		srv:  map[string]*net.SRV{"_caldavs._tcp.example.org.": {Priority: 1, Target: "CAL.example.org.", Port: 443}},
		txt:  map[string]string{"_carddavs._tcp.example.org.": "path=/other/"},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"cal.example.org A, AAAA passed",
		"_caldavs._tcp.example.org. SRV passed", "_caldavs._tcp.example.org. TXT skipped",
		"_carddavs._tcp.example.org. SRV failed", "_carddavs._tcp.example.org. TXT failed",
	}
	var got []string
	for _, r := range list {
		got = append(got, r.Name+" "+r.Type+" "+r.Result)
		if r.Text == "" || dnsTexts[r.Code] != r.Text {
			t.Errorf("%+v", r)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	for i, r := range web.Records(conf.Server.PublicURL, "example.org") { // as the page of the first run shows them
		if l := list[1+i]; l.Name != r.Name || l.Type != r.Type || l.Wanted != r.Value {
			t.Errorf("%+v, told at first %+v", l, r)
		}
	}
	list, err = dnsRecords(t.Context(), conf, zone{
		srv: map[string]*net.SRV{"_caldavs._tcp.example.org.": {Target: "other.example.org.", Port: 443}},
		txt: map[string]string{"_caldavs._tcp.example.org.": "path=/dav/"},
	})
	if err != nil || list[0].Result != rowFailed || list[0].Code != "unknown" || list[1].Result != rowFailed || list[2].Result != rowPassed {
		t.Errorf("%+v, %v", list, err)
	}
	conf.Server.PublicURL = "https://192.0.2.1"
	if list, err = dnsRecords(t.Context(), conf, zone{}); err != nil || len(list) != 1 || list[0].Result != rowSkipped {
		t.Errorf("a bare address: %+v, %v", list, err)
	}
}

// The pages have words for each code that they are given, in both languages.
func TestCodesHaveWords(t *testing.T) {
	keys := []string{"invitations.why.proposal-declined", "invitations.why." + trust.TooMany}
	for code := range dnsTexts {
		keys = append(keys, "admin.dns."+code)
	}
	for _, row := range trust.Table {
		if (row.Then == trust.Hold) != (row.Why != "") {
			t.Errorf("%q: %s, %q", row.Name, row.Then, row.Why)
		}
		if row.Why != "" {
			keys = append(keys, "invitations.why."+row.Why)
		}
	}
	for _, file := range []string{"en.json", "de.json"} {
		text, err := os.ReadFile("../../web/static/lang/" + file)
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range keys {
			if !strings.Contains(string(text), `"`+key+`": "`) {
				t.Errorf("%s: nothing for %s", file, key)
			}
		}
	}
}

// Work that a page asks for is by whoever asks, that of a command by the command line.
func TestBy(t *testing.T) {
	if got := by(t.Context()); got != cli {
		t.Errorf("a command is by %+v", got)
	}
	if got := by(server.WithPrincipal(t.Context(), &storage.Principal{ID: 7})); got.PrincipalID != 7 || got.Door != "web" {
		t.Errorf("a page is by %+v", got)
	}
}

// The browsers of all are listed, and one that is ended is signed out.
func TestAdminSessions(t *testing.T) {
	o := newOffice(t)
	ben, err := o.store.PrincipalByName(t.Context(), "ben")
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	if _, err := o.sessions.Begin(w, httptest.NewRequest("POST", "/api/session", nil), ben, true); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("GET", "/api/session", nil)
	for _, c := range w.Result().Cookies() {
		r.AddCookie(c)
	}
	if p, err := o.sessions.Identify(r); err != nil || p == nil {
		t.Fatalf("ben is not signed in: %v", err)
	}
	v := o.ask(t, 200, "GET", "/api/admin/sessions", "")
	if got := items(v, "user"); !slices.Equal(got, []string{"anna", "ben"}) {
		t.Fatalf("sessions: %q", got)
	}
	id, _ := json.Marshal(v["items"].([]any)[1].(map[string]any)["id"])
	o.ask(t, 204, "DELETE", "/api/admin/sessions/"+string(id), "")
	o.ask(t, 404, "DELETE", "/api/admin/sessions/"+string(id), "")
	if p, err := o.sessions.Identify(r); err != nil || p != nil {
		t.Errorf("ben is still signed in: %v", err)
	}
}
