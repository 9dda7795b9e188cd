package davtest

import (
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"convoke/server/davxml"
)

var update = flag.Bool("update", false, "rewrite expected answers from what came")

// Update tells whether the tests were run with -update, for golden files beside transcripts.
func Update() bool { return *update }

// Server is what a transcript talks to.
type Server struct {
	Handler  http.Handler            // served on loopback; or
	URL      string                  // the base URL of a running server
	Password func(who string) string // nil: no credentials are sent at all
	Clock    func(time.Time)         // sets the server's time; nil: the transcript must not
	MailTo   func(address string) (message string, ok bool)
	MailFrom func(address, message string) error
}

// Dir runs each transcript that matches pattern against a server of its own.
func Dir(t *testing.T, pattern string, start func(t *testing.T) Server) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts match %s: %v", pattern, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".dav"), func(t *testing.T) { Run(t, start(t), file) })
	}
}

// Run runs the transcript in file.
func Run(t *testing.T, s Server, file string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if s.URL == "" {
		server := httptest.NewServer(s.Handler)
		defer server.Close()
		s.URL = server.URL
	}
	r := &runner{t: t, s: s, file: file, archive: parseArchive(string(data)), caught: caught{}}
	r.client = &http.Client{
		Timeout:       time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	for i := range r.archive.sections {
		if !r.section(&r.archive.sections[i]) {
			break
		}
	}
	if r.changed {
		if err := os.WriteFile(file, []byte(r.archive.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// runner is one run of a transcript.
type runner struct {
	t       *testing.T
	s       Server
	file    string
	archive archive
	caught  caught
	client  *http.Client
	asked   string // the last request
	status  int
	header  http.Header
	body    []byte
	changed bool
}

var (
	asks   = regexp.MustCompile(`^([A-Za-z0-9._@-]+): ([A-Z]+) (\S+)$`)
	answer = regexp.MustCompile(`^[1-5][0-9][0-9]$`)
)

// section does one; false ends the run.
func (r *runner) section(s *section) bool {
	fail := func(err error) bool {
		if err != nil {
			r.t.Errorf("%s:%d: %s: %v", r.file, s.line, r.asked, err)
		}
		return err == nil
	}
	if m := asks.FindStringSubmatch(s.name); m != nil {
		r.asked = s.name
		return fail(r.ask(m[1], m[2], m[3], s.body))
	}
	if answer.MatchString(s.name) {
		err := r.compare(s)
		if err != nil && *update {
			r.rewrite(s)
			return true
		}
		return fail(err)
	}
	switch kind, rest, _ := strings.Cut(s.name, ": "); {
	case kind == "clock":
		return fail(r.clock(rest))
	case strings.HasPrefix(s.name, "mail to "):
		return fail(r.mailTo(strings.TrimPrefix(s.name, "mail to "), s.body))
	case strings.HasPrefix(s.name, "mail from "):
		return fail(r.mailFrom(strings.TrimPrefix(s.name, "mail from "), s.body))
	}
	return true // a fixture
}

// ask sends a request and keeps the answer.
func (r *runner) ask(who, method, path, text string) error {
	headers, body, _ := split(text)
	body, err := r.include(body)
	if err != nil {
		return err
	}
	body = wire(method, r.caught.fill(body))
	req, err := http.NewRequest(method, r.s.URL, strings.NewReader(body))
	if err != nil {
		return err
	}
	if err := r.target(req, r.caught.fill(path)); err != nil {
		return err
	}
	if r.s.Password != nil && who != "nobody" {
		req.SetBasicAuth(who, r.s.Password(who))
	}
	if ct := contentType(body); ct != "" {
		req.Header.Set("Content-Type", ct)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ":")
		if strings.EqualFold(name, "Host") {
			req.Host = strings.TrimSpace(value)
		}
		req.Header.Set(name, r.caught.fill(strings.TrimSpace(value)))
	}
	resp, err := r.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	r.status, r.header = resp.StatusCode, resp.Header
	r.body, err = io.ReadAll(resp.Body)
	return err
}

// target sets the path as it is spelled, with query.
func (r *runner) target(req *http.Request, path string) error {
	u, err := req.URL.Parse(path)
	if err != nil {
		return err
	}
	if u.Host != req.URL.Host {
		return fmt.Errorf("%s is not on this server", path)
	}
	raw, query, _ := strings.Cut(path, "?")
	if strings.HasPrefix(raw, "/") {
		u.Opaque = raw // sent byte for byte
		u.RawQuery = query
	}
	req.URL = u
	return nil
}

// include replaces `< file` lines.
func (r *runner) include(body string) (string, error) {
	if !strings.Contains(body, "< ") {
		return body, nil
	}
	var b strings.Builder
	for _, line := range strings.SplitAfter(body, "\n") {
		name, ok := strings.CutPrefix(strings.TrimRight(line, "\r\n"), "< ")
		if !ok {
			b.WriteString(line)
			continue
		}
		text, ok := r.archive.fixture(strings.TrimSpace(name))
		if !ok {
			data, err := os.ReadFile(filepath.Join(filepath.Dir(r.file), filepath.FromSlash(strings.TrimSpace(name))))
			if err != nil {
				return "", err
			}
			text = string(data)
		}
		b.WriteString(text)
	}
	return b.String(), nil
}

// wire gives a body as it is sent: XML from a line of names, other text with CRLF.
func wire(method, body string) string {
	trimmed := strings.TrimSpace(body)
	switch {
	case trimmed == "":
		return ""
	case strings.HasPrefix(trimmed, "<"):
		if !(method == "PROPFIND" && strings.Contains(trimmed, ">") && !strings.Contains(trimmed, "</") && !strings.Contains(trimmed, "/>")) {
			return trimmed
		}
	case method != "PROPFIND":
		return strings.ReplaceAll(strings.ReplaceAll(body, "\r\n", "\n"), "\n", "\r\n")
	}
	return propfind(trimmed)
}

func contentType(body string) string {
	switch {
	case body == "":
		return ""
	case strings.HasPrefix(body, "<"):
		return "application/xml; charset=utf-8"
	case strings.HasPrefix(body, "BEGIN:VCALENDAR"):
		return "text/calendar; charset=utf-8"
	case strings.HasPrefix(body, "BEGIN:VCARD"):
		return "text/vcard; charset=utf-8"
	}
	return "text/plain; charset=utf-8"
}

// compare judges the last answer.
func (r *runner) compare(s *section) error {
	if s.name != strconv.Itoa(r.status) {
		return fmt.Errorf("status %d, want %s\n%s", r.status, s.name, render(r.header.Get("Content-Type"), r.body, false))
	}
	headers, body, hasBody := split(s.body)
	for _, h := range headers {
		if name, ok := strings.CutPrefix(h, "!"); ok {
			if got := r.header.Get(strings.TrimSpace(name)); got != "" {
				return fmt.Errorf("%s must be absent, got %s", name, got)
			}
			continue
		}
		name, want, _ := strings.Cut(h, ":")
		got := strings.Join(r.header.Values(name), ", ")
		if err := r.caught.line(strings.TrimSpace(want), got); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	if !hasBody {
		return nil
	}
	return r.compareBody(body)
}

func (r *runner) compareBody(body string) error {
	body, err := r.include(body)
	if err != nil {
		return err
	}
	asXML := strings.HasPrefix(strings.TrimSpace(body), "<")
	got := render(r.header.Get("Content-Type"), r.body, asXML)
	if asXML {
		if n, err := davxml.Parse([]byte(strings.TrimSpace(body))); err == nil {
			body = canonical(n, "")
		}
	}
	if err := r.caught.text(body, got); err != nil {
		return fmt.Errorf("%w\nthe answer:\n%s", err, got)
	}
	return nil
}

// rewrite puts the last answer in the place of the one expected.
func (r *runner) rewrite(s *section) {
	headers, body, hasBody := split(s.body)
	asXML := strings.HasPrefix(strings.TrimSpace(body), "<")
	var b strings.Builder
	for _, h := range headers {
		name, want, _ := strings.Cut(strings.TrimPrefix(h, "!"), ":")
		got := strings.Join(r.header.Values(name), ", ")
		switch {
		case got == "":
			b.WriteString("!" + name + "\n")
		case strings.HasPrefix(h, "!") || r.caught.line(strings.TrimSpace(want), got) != nil:
			b.WriteString(name + ": " + got + "\n")
		default:
			b.WriteString(h + "\n")
		}
	}
	if text := render(r.header.Get("Content-Type"), r.body, asXML); text != "" && (hasBody || r.status == http.StatusMultiStatus) {
		b.WriteString("\n" + strings.ReplaceAll(strings.TrimRight(text, "\r\n"), "\r\n", "\n") + "\n")
	}
	s.name, s.body = strconv.Itoa(r.status), b.String()
	r.changed = true
}

func (r *runner) clock(text string) error {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return err
	}
	if r.s.Clock == nil {
		return fmt.Errorf("this server's clock cannot be set")
	}
	r.s.Clock(t)
	return nil
}

func (r *runner) mailTo(address, want string) error {
	r.asked = "mail to " + address
	if r.s.MailTo == nil {
		return fmt.Errorf("this server sends no mail")
	}
	message, ok := r.s.MailTo(address)
	if !ok {
		return fmt.Errorf("no message")
	}
	if strings.TrimSpace(want) == "" {
		return nil
	}
	return r.caught.text(want, message)
}

func (r *runner) mailFrom(address, text string) error {
	r.asked = "mail from " + address
	if r.s.MailFrom == nil {
		return fmt.Errorf("this server takes no mail")
	}
	text, err := r.include(text)
	if err != nil {
		return err
	}
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", "\r\n")
	return r.s.MailFrom(address, r.caught.fill(text))
}
