package main

import (
	"context"
	"encoding/xml"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"convoke/internal/icalendar"
	"convoke/internal/vcard"
	"convoke/storage"
)

// corpusTable is where the refusals of the corpus are kept, for people to read.
const corpusTable = root + "/docs/corpus.md"

// corpus is one house that the files of the corpus are sent to, one after the other.
type corpus struct {
	t       *testing.T
	web     http.Handler
	log     *lastError
	files   int
	kept    int // objects
	apart   int // files that were taken apart
	refused []refusal
}

// refusal is one object that is not kept.
type refusal struct{ precondition, reason, file string }

// lastError is a log that remembers why the last request was refused.
type lastError struct {
	mu  sync.Mutex
	err string
}

func (l *lastError) Enabled(context.Context, slog.Level) bool { return true }
func (l *lastError) WithAttrs([]slog.Attr) slog.Handler       { return l }
func (l *lastError) WithGroup(string) slog.Handler            { return l }
func (l *lastError) Handle(_ context.Context, r slog.Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.err = ""
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "error" {
			l.err = a.Value.String()
		}
		return true
	})
	return nil
}

// Every calendar and contact file of the corpus is kept and comes back byte for byte,
// is found, expanded and counted as busy without error, or is refused with a
// precondition. What is refused stands in docs/corpus.md with the reason; with
// CONVOKE_UPDATE=1 the table is written anew.
func TestCorpus(t *testing.T) {
	dir := os.Getenv("CONVOKE_CORPUS")
	if dir == "" {
		dir = filepath.Join(root, "..", "shared", "corpus")
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skip("no corpus; set CONVOKE_CORPUS")
	}
	t.Parallel()
	c, seen := newCorpus(t), 0
	for _, part := range []string{"icalendar", "recurrence", "vcard"} {
		err := filepath.WalkDir(filepath.Join(dir, part), func(file string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			inner, err := filepath.Rel(dir, file)
			if err != nil {
				return err
			}
			if seen++; !racing || seen%20 == 0 {
				c.file(filepath.ToSlash(inner), data)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if racing {
		return // that was a sample
	}
	got := c.table()
	if os.Getenv("CONVOKE_UPDATE") != "" {
		if err := os.WriteFile(corpusTable, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(corpusTable)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("docs/corpus.md is not what is refused now; set CONVOKE_UPDATE=1 to write it, and read the difference:\n%s", lineDiff(string(want), got))
	}
}

// lineDiff gives the lines that only one of two texts has.
func lineDiff(a, b string) string {
	var out strings.Builder
	in := func(text string) map[string]bool {
		lines := map[string]bool{}
		for l := range strings.Lines(text) {
			lines[l] = true
		}
		return lines
	}
	first, second := in(a), in(b)
	for l := range strings.Lines(a) {
		if !second[l] {
			out.WriteString("-" + l)
		}
	}
	for l := range strings.Lines(b) {
		if !first[l] {
			out.WriteString("+" + l)
		}
	}
	return out.String()
}

const (
	corpusCal  = "/dav/calendars/reader/corpus/"
	corpusBook = "/dav/addressbooks/reader/default/"
)

func newCorpus(t *testing.T) *corpus {
	t.Helper()
	conf, err := loadConfig("", nil)
	if err != nil {
		t.Fatal(err)
	}
	log := &lastError{}
	h, err := openHouse(t.Context(), t.TempDir(), conf, slog.New(log))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	// The address stands in no file: scheduling must not change what is sent here.
	p := person{Kind: storage.KindUser, Name: "reader", Addresses: []string{"reader@corpus.invalid"}, Password: "reader"}
	if _, err := createPrincipal(t.Context(), h, p); err != nil {
		t.Fatal(err)
	}
	srv, err := h.doors()
	if err != nil {
		t.Fatal(err)
	}
	c := &corpus{t: t, web: srv.Handler(), log: log}
	if a := c.do("MKCALENDAR", corpusCal, "", ""); a.Code != 201 {
		t.Fatalf("%d %s", a.Code, a.Body)
	}
	return c
}

func (c *corpus) do(method, path, body, media string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.RemoteAddr = "127.0.0.1:1"
	r.SetBasicAuth("reader", "reader")
	r.Header.Set("Depth", "1")
	if method == "DELETE" || method == "MKCALENDAR" {
		r.Header.Del("Depth")
	}
	if media != "" {
		r.Header.Set("Content-Type", media)
	}
	w := httptest.NewRecorder()
	c.web.ServeHTTP(w, r)
	return w
}

var (
	licence   = regexp.MustCompile(`(?i)^(licen[cs]e|copying|origin|readme)`)
	condition = regexp.MustCompile(`<D:error[^>]*><\w+:([a-z-]+)`)
)

// file sends a file as it is. One that is refused is taken apart into its objects, as a
// client that imports it would do, without changing what belongs to an object.
func (c *corpus) file(name string, data []byte) {
	media := ""
	switch ext := strings.ToLower(filepath.Ext(name)); {
	case licence.MatchString(filepath.Base(name)), ext == ".tsv", ext == ".md", ext == ".rst", ext == ".eml":
		return
	case ext == ".jcal", ext == ".json" && strings.HasPrefix(name, "icalendar"):
		media = "application/calendar+json"
	case ext == ".xcal":
		media = "application/calendar+xml"
	case ext == ".json" && strings.HasPrefix(name, "vcard"):
		media = "application/vcard+json"
	case ext == ".xml":
		media = "application/vcard+xml"
	case strings.HasPrefix(name, "vcard") && ext == ".vcf":
		media = "text/vcard"
	case ext == ".ics", ext == ".ical", ext == ".vcs", ext == ".ifb", ext == "" && strings.Contains(name, "/libical/test-data/"):
		media = "text/calendar"
	default:
		return
	}
	c.files++
	precondition, reason := c.object(name, data, media)
	if precondition == "" {
		return
	}
	found := 0
	if media == "text/calendar" {
		for item := range icalendar.ParseStream(data) {
			found++
			if item.Err != nil {
				c.refuse(name, string(icalendar.BrokenBy(item.Err)), item.Err.Error())
			} else if p, why := c.object(name, item.Object.Bytes(), media); p != "" {
				c.refuse(name, p, why)
			}
		}
	} else if media == "text/vcard" {
		for item := range vcard.ParseStream(data) {
			found++
			if item.Err != nil {
				c.refuse(name, "valid-address-data", item.Err.Error())
			} else if p, why := c.object(name, item.Raw, media); p != "" {
				c.refuse(name, p, why)
			}
		}
	}
	if found > 0 {
		c.apart++
	} else {
		c.refuse(name, precondition, reason)
	}
}

func (c *corpus) refuse(file, precondition, reason string) {
	c.refused = append(c.refused, refusal{precondition, plain(reason), file})
}

// lineNumber is left out of reasons, so that equal ones stand together.
var (
	failed   = regexp.MustCompile(`^precondition [a-z-]+ failed: `)
	template = regexp.MustCompile(`not a DATE or DATE-TIME: "%\(now.*"`)
)

var lineNumber = regexp.MustCompile(`\(?\b(at |in )?line \d+\)?:? ?`)

// plain is a reason without what differs from file to file.
func plain(reason string) string {
	if i := strings.LastIndex(reason, "): "); i >= 0 && strings.Contains(reason[:i], " (") {
		reason = reason[i+3:] // behind "Forbidden (valid-calendar-data): "
	}
	reason = failed.ReplaceAllString(lineNumber.ReplaceAllString(reason, ""), "")
	reason = template.ReplaceAllString(reason, "a placeholder of a template")
	for _, prefix := range []string{"icalendar: ", "vCard: ", "vCard ", "recurrence rule: "} {
		reason = strings.TrimPrefix(reason, prefix)
	}
	return strings.ReplaceAll(strings.Join(strings.Fields(strings.ToValidUTF8(reason, "?")), " "), "|", "¦")
}

// object sends one object and, if it is kept, asks for it in every way. It gives the
// precondition and the reason of a refusal.
func (c *corpus) object(file string, data []byte, media string) (precondition, reason string) {
	path := corpusCal + "x.ics"
	if strings.Contains(media, "vcard") {
		path = corpusBook + "x.vcf"
	}
	began := time.Now()
	a := c.do("PUT", path, string(data), media)
	if a.Code != 201 {
		m := condition.FindStringSubmatch(a.Body.String())
		if a.Code != 403 || m == nil {
			c.t.Errorf("%s: %d %s", file, a.Code, a.Body)
			return "?", ""
		}
		return m[1], c.log.err
	}
	c.kept++
	if got := c.do("GET", path, "", ""); got.Code != 200 || got.Body.String() != string(data) || got.Header().Get("ETag") != a.Header().Get("ETag") {
		c.t.Errorf("%s: came back changed: %d, etag %s, was %s", file, got.Code, got.Header().Get("ETag"), a.Header().Get("ETag"))
	}
	if media == "text/calendar" {
		c.calendar(file, path, data)
	} else {
		c.card(file, path, data)
	}
	if d := c.do("DELETE", path, "", ""); d.Code != 204 {
		c.t.Errorf("%s: DELETE: %d %s", file, d.Code, d.Body)
	}
	if took := time.Since(began); took > 3*time.Second {
		c.t.Errorf("%s took %v", file, took)
	}
	return "", ""
}

const (
	calOpen  = ` xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:prop><D:getetag/>`
	bookOpen = ` xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav"><D:prop><D:getetag/>`
)

// report asks and gives the data of the one object that must be in the answer.
func (c *corpus) report(file, what, path, body string, must bool) string {
	a := c.do("REPORT", path, body, "application/xml")
	var m struct {
		Responses []struct {
			Status  string `xml:"status"`
			Propset []struct {
				Status string `xml:"status"`
				Cal    string `xml:"prop>calendar-data"`
				Card   string `xml:"prop>address-data"`
			} `xml:"propstat"`
		} `xml:"response"`
	}
	if err := xml.Unmarshal(a.Body.Bytes(), &m); a.Code != 207 || err != nil {
		c.t.Errorf("%s: %s: %d %v %.300s", file, what, a.Code, err, a.Body)
		return ""
	}
	if len(m.Responses) > 1 || must && len(m.Responses) == 0 {
		c.t.Errorf("%s: %s: %d responses", file, what, len(m.Responses))
	}
	data := ""
	for _, r := range m.Responses {
		if r.Status != "" {
			c.t.Errorf("%s: %s: %s", file, what, r.Status)
		}
		for _, p := range r.Propset {
			if !strings.Contains(p.Status, " 200 ") {
				c.t.Errorf("%s: %s: %s", file, what, p.Status)
			}
			data += p.Cal + p.Card
		}
	}
	return data
}

// sameText compares what came within XML with what was sent: the same bytes, but for
// folds within a character, which XML cannot carry and which move in front of it.
func sameText(got string, sent []byte) bool {
	if utf8.Valid(sent) {
		return got == string(sent)
	}
	unfold := strings.NewReplacer("\r\n ", "", "\n ", "", "\r\n\t", "", "\n\t", "")
	return utf8.ValidString(got) && unfold.Replace(got) == unfold.Replace(string(sent))
}

func (c *corpus) calendar(file, path string, data []byte) {
	got := c.report(file, "multiget", corpusCal, `<C:calendar-multiget`+calOpen+`<C:calendar-data/></D:prop><D:href>`+path+`</D:href></C:calendar-multiget>`, true)
	if !sameText(got, data) {
		c.t.Errorf("%s: multiget changed it", file)
	}
	o, err := icalendar.Parse(data)
	if err != nil {
		c.t.Errorf("%s: %v", file, err)
		return
	}
	kind := o.Kind()
	query := func(what, data, inner string, must bool) {
		c.report(file, what, corpusCal, `<C:calendar-query`+calOpen+data+`</D:prop><C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="`+kind+`">`+inner+
			`</C:comp-filter></C:comp-filter></C:filter></C:calendar-query>`, must)
	}
	query("query", `<C:calendar-data/>`, "", true)
	if kind == "VAVAILABILITY" {
		return
	}
	from := time.Unix(o.Span().First, 0).UTC()
	if from.Year() < 1900 || from.Year() > 2190 {
		from = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	for _, start := range []time.Time{from.Add(-25 * time.Hour), time.Date(2025, 6, 1, 0, 0, 0, 0, time.UTC)} {
		window := fmt.Sprintf(`start="%s" end="%s"/>`, start.UTC().Format("20060102T150405Z"), start.UTC().AddDate(1, 11, 0).Format("20060102T150405Z"))
		query("time-range", `<C:calendar-data/>`, `<C:time-range `+window, false)
		query("expand", `<C:calendar-data><C:expand `+window+`</C:calendar-data>`, `<C:time-range `+window, false)
		if a := c.do("REPORT", corpusCal, `<C:free-busy-query xmlns:C="urn:ietf:params:xml:ns:caldav"><C:time-range `+window+`</C:free-busy-query>`, ""); a.Code != 200 {
			c.t.Errorf("%s: free-busy: %d %s", file, a.Code, a.Body)
		} else if _, err := icalendar.Parse(a.Body.Bytes()); err != nil {
			c.t.Errorf("%s: free-busy: %v", file, err)
		}
	}
}

func (c *corpus) card(file, path string, data []byte) {
	get := func(what, version string) string {
		return c.report(file, what, corpusBook, `<C:addressbook-multiget`+bookOpen+`<C:address-data`+version+`/></D:prop><D:href>`+path+`</D:href></C:addressbook-multiget>`, true)
	}
	if !sameText(get("multiget", ""), data) {
		c.t.Errorf("%s: multiget changed it", file)
	}
	for _, v := range []string{"3.0", "4.0"} {
		if card, err := vcard.Parse([]byte(get("version "+v, ` content-type="text/vcard" version="`+v+`"`))); err != nil || string(card.Version()) != v {
			c.t.Errorf("%s: version %s: %v", file, v, err)
		}
	}
	c.report(file, "query", corpusBook, `<C:addressbook-query`+bookOpen+`<C:address-data/></D:prop><C:filter><C:prop-filter name="UID"/></C:filter></C:addressbook-query>`, true)
}

// remarks are what a person found in reading each group.
var remarks = map[string]string{
	"max-instances": "Rules that fire each minute or second without an end, or more than 3,000 times (reliability.md §2).",
	"supported-address-data": "jCard and xCard, and vCard 2.1: the server announces 3.0 and 4.0 alone (RFC 6352 §6.2.2). Import reads\n" +
		"vCard 2.1 neither; phones that wrote it are gone.",
	"supported-calendar-data": "jCal and xCal are not announced (RFC 4791 §5.2.4).",
	"supported-rscale":        "Calendars other than the Gregorian, and SKIP (RFC 7529 §8).",
	"valid-address-data": "RFC 6350 and RFC 6352 §5.1 want FN and UID. A file without them can be imported: the command makes them up,\n" +
		"which a server must not do to a PUT. Import reads as Latin-1 what is not UTF-8.",
	"valid-calendar-data": "Truncated files, output of fuzzers, components that no VCALENDAR stands around (excerpts of RFCs and test\n" +
		"fragments), vCalendar 1.0, placeholders of templates, times that are none, and ends of another form than their start\n" +
		"(RFC 5545 §3.8.2.2), of which it cannot be told how long they last.",
	"valid-calendar-object-resource": "RFC 4791 §4.1 wants a UID, one kind of component, no METHOD, and RFC 5545 §3.2.19 a VTIMEZONE for each\n" +
		"TZID; names of the tz database, of Windows and of the usual prefixes need none here. The tests' fragments have only a\n" +
		"VTIMEZONE, or nothing. Two components for one instance leave open which of them holds. Import makes up UIDs and reads unknown\n" +
		"zones as floating.",
}

// table is docs/corpus.md.
func (c *corpus) table() string {
	var b strings.Builder
	fmt.Fprintf(&b, `# What is refused of the corpus

Of %d calendar and contact files of real products, sent to a running server as a client would send them, %d objects
are kept: they come back byte for byte and are found, expanded and counted as busy without error. %d files hold
several objects, an iTIP METHOD or something broken; they were taken apart, and the objects sent one by one.
The other %d objects are refused, with these preconditions and for these reasons. A test compares this page with what the server does
(TestCorpus in cmd/convoke; CONVOKE_UPDATE=1 writes it).
`, c.files, c.kept, c.apart, len(c.refused))
	groups := map[string]map[string]map[string]int{}
	for _, r := range c.refused {
		if groups[r.precondition] == nil {
			groups[r.precondition] = map[string]map[string]int{}
		}
		if groups[r.precondition][r.reason] == nil {
			groups[r.precondition][r.reason] = map[string]int{}
		}
		groups[r.precondition][r.reason][r.file]++
	}
	for _, precondition := range keys(groups) {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n| Reason | Files (objects) |\n| --- | --- |\n", precondition, remarks[precondition])
		for _, reason := range keys(groups[precondition]) {
			fmt.Fprintf(&b, "| %s | %s |\n", reason, fileList(groups[precondition][reason]))
		}
	}
	return b.String()
}

// fileList names files, those of one folder together.
func fileList(files map[string]int) string {
	folders := map[string][]string{}
	for _, f := range keys(files) {
		dir, name := filepath.Split(f)
		if files[f] > 1 {
			name += fmt.Sprintf(" (%d)", files[f])
		}
		folders[dir] = append(folders[dir], name)
	}
	var parts []string
	for _, dir := range keys(folders) {
		if names := folders[dir]; len(names) == 1 {
			parts = append(parts, dir+names[0])
		} else {
			parts = append(parts, dir+"{"+strings.Join(names, ", ")+"}")
		}
	}
	return strings.Join(parts, "; ")
}

func keys[V any](m map[string]V) []string {
	list := make([]string, 0, len(m))
	for k := range m {
		list = append(list, k)
	}
	slices.Sort(list)
	return list
}
