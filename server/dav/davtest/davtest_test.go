package davtest

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestMatch(t *testing.T) {
	tests := []struct {
		name, pattern, got string
		want               bool
	}{
		{"equal", "a\nb\n", "a\r\nb\r\n", true},
		{"other", "a", "b", false},
		{"shorter", "a\nb", "a", false},
		{"longer", "a", "a\nb", false},
		{"skipped", "a\n...\nd\n...", "a\nb\nc\nd\ne", true},
		{"nothing skipped", "a\n...\nb", "a\nb", true},
		{"not found behind a skip", "a\n...\nx", "a\nb", false},
		{"caught", "{x} and\n{x}", "1 and\n1", true},
		{"caught, then other", "{x}\n{x}", "1\n2", false},
		{"known", "v={known}", "v=k", true},
		{"known, other", "v={known}", "v=l", false},
		{"must differ", "{!known}", "l", true},
		{"must differ, equal", "{!known}", "k", false},
		{"a catch behind a skip tries on", "...\n{x} end", "1 no\n2 end", true},
		{"signs are no pattern", "a.*b", "axxb", false},
	}
	for _, tt := range tests {
		c := caught{"known": "k"}
		if err := c.text(tt.pattern, tt.got); (err == nil) != tt.want {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestArchive(t *testing.T) {
	text := "prose\n\n-- alice: GET /x --\nA: b\n\nbody\n-- 200 --\n-- f.ics --\nBEGIN:X\n"
	a := parseArchive(text)
	if a.String() != text || len(a.sections) != 3 || a.sections[1].line != 7 {
		t.Errorf("%+v", a)
	}
	if f, ok := a.fixture("f.ics"); !ok || f != "BEGIN:X\n" {
		t.Errorf("%q", f)
	}
	for _, tt := range []struct {
		text    string
		headers int
		body    string
	}{
		{"A: b\n!C\n\nbody\n", 2, "body\n"},
		{"\nbody: x\n", 0, "body: x\n"},
		{"BEGIN:VCALENDAR\n", 0, "BEGIN:VCALENDAR\n"},
		{"DAV:getetag\n", 0, "DAV:getetag\n"},
		{"DAV: 1, 3\n", 1, ""},
		{"/href\n  200 DAV:x\n", 0, "/href\n  200 DAV:x\n"},
		{"A: b\n", 1, ""},
	} {
		headers, body, _ := split(tt.text)
		if len(headers) != tt.headers || body != tt.body {
			t.Errorf("%q: %q, %q", tt.text, headers, body)
		}
	}
}

// echo answers with what it was asked.
func echo(w http.ResponseWriter, r *http.Request) {
	who, _, _ := r.BasicAuth()
	body, _ := io.ReadAll(r.Body)
	w.Header().Set("X-Asked", who+" "+r.Method+" "+r.RequestURI)
	w.Header().Set("Content-Type", r.Header.Get("Content-Type"))
	w.WriteHeader(http.StatusCreated)
	_, _ = w.Write(body)
}

const story = `A story.

-- clock: 2026-03-01T09:00:00Z --
-- alice: PUT /a%40b?q --
If-Match: "x"

< x.ics
-- 201 --
X-Asked: alice PUT {path}
Content-Type: text/calendar; charset=utf-8
!ETag

BEGIN:VCALENDAR
...
-- nobody: GET {path} --
-- 201 --
X-Asked:  GET {path}
-- bob: PROPFIND / --

DAV:getetag
-- 201 --

<propfind xmlns="DAV:"><prop><getetag/></prop></propfind>
-- mail from a@example.org --
Subject: x

y
-- mail to b@example.org --
...
y
-- x.ics --
BEGIN:VCALENDAR
END:VCALENDAR
`

func TestRun(t *testing.T) {
	file := filepath.Join(t.TempDir(), "story.dav")
	if err := os.WriteFile(file, []byte(story), 0o600); err != nil {
		t.Fatal(err)
	}
	var now time.Time
	var mail string
	Run(t, Server{
		Handler:  http.HandlerFunc(echo),
		Password: func(string) string { return "p" },
		Clock:    func(to time.Time) { now = to },
		MailFrom: func(_, message string) error { mail = message; return nil },
		MailTo:   func(string) (string, bool) { return mail, true },
	}, file)
	if now.IsZero() || !strings.Contains(mail, "Subject: x\r\n\r\ny") {
		t.Errorf("clock %v, mail %q", now, mail)
	}
}

// TestUpdate: what differs is rewritten, what is caught and absent stays.
func TestUpdate(t *testing.T) {
	file := filepath.Join(t.TempDir(), "story.dav")
	before := "-- alice: PUT /x --\n\nhello\n-- 204 --\nX-Asked: {asked}\n!ETag\n\nother\n"
	if err := os.WriteFile(file, []byte(before), 0o600); err != nil {
		t.Fatal(err)
	}
	*update = true
	defer func() { *update = false }()
	Run(t, Server{Handler: http.HandlerFunc(echo)}, file)
	after, err := os.ReadFile(file)
	want := "-- alice: PUT /x --\n\nhello\n-- 201 --\nX-Asked: {asked}\n!ETag\n\nhello\n"
	if err != nil || string(after) != want {
		t.Errorf("%v\n%s", err, after)
	}
}
