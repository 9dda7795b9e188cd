package main

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"convoke": main})
}

// TestScripts runs testdata/script: each is a session at the command line.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("CONVOKE_DATA", filepath.Join(e.WorkDir, "data"))
			e.Setenv("CONVOKE_LIMITS_WORK", "1h") // no machine is too slow
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"up":      up,
			"updemo":  upDemo,
			"http":    scriptHTTP,
			"many":    many,
			"unpack":  unpack,
			"spooled": spooled,
			"private": private,
			"spoil":   spoil,
			"recent":  recent,
		},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

// status asks the server of a script's data directory.
func status(dir string) (statusView, error) {
	var s statusView
	d := &remoteDesk{path: filepath.Join(dir, socketName)}
	err := d.do(context.Background(), "status", none{}, &s)
	return s, err
}

// up waits until the server that was started in the background answers, and sets
// $URL.
func up(ts *testscript.TestScript, neg bool, args []string) {
	await(ts, func() string { return ts.Getenv("CONVOKE_DATA") })
}

// upDemo is up for the demo, whose data directory is somewhere in $TMPDIR.
func upDemo(ts *testscript.TestScript, neg bool, args []string) {
	await(ts, func() string {
		found, _ := filepath.Glob(filepath.Join(ts.Getenv("TMPDIR"), "convoke-demo-*"))
		return strings.Join(found, "")
	})
}

func await(ts *testscript.TestScript, dir func() string) {
	deadline := time.Now().Add(5 * time.Minute)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		s, err := status(dir())
		if err == nil && len(s.URLs) > 0 {
			ts.Setenv("URL", s.URLs[0])
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("the server does not answer: %v", err)
		}
		<-tick.C
	}
}

// scriptHTTP sends a request: http METHOD NAME:PASSWORD PATH STATUS [BODY-FILE].
// The answer's body is the standard output.
func scriptHTTP(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 4 {
		ts.Fatalf("usage: http METHOD NAME:PASSWORD PATH STATUS [BODY-FILE]")
	}
	var body io.Reader
	if len(args) > 4 {
		body = strings.NewReader(ts.ReadFile(args[4]))
	}
	req, err := http.NewRequest(args[0], ts.Getenv("URL")+args[2], body)
	ts.Check(err)
	if name, password, ok := strings.Cut(args[1], ":"); ok {
		req.SetBasicAuth(name, password)
	}
	if args[0] == "PROPFIND" {
		req.Header.Set("Depth", "0")
	}
	if body != nil {
		req.Header.Set("Content-Type", "text/calendar")
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	ts.Check(err)
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	ts.Check(err)
	fmt.Fprint(ts.Stdout(), string(answer))
	if got := fmt.Sprint(resp.StatusCode); got != args[3] {
		ts.Fatalf("%s %s: status %s, want %s\n%s", args[0], args[2], got, args[3], answer)
	}
}

// spooled waits until a number of mails is left in the spool: spooled N.
func spooled(ts *testscript.TestScript, neg bool, args []string) {
	deadline := time.Now().Add(5 * time.Minute)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for range tick.C {
		left := spoolOf(ts.Getenv("CONVOKE_DATA")).waiting()
		if fmt.Sprint(left) == args[0] {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("%d mails are left in the spool", left)
		}
	}
}

// many writes a calendar of N events, or with a name that ends in .vcf that many
// cards: many FILE N.
func many(ts *testscript.TestScript, neg bool, args []string) {
	var n int
	_, err := fmt.Sscan(args[1], &n)
	ts.Check(err)
	var b bytes.Buffer
	if strings.HasSuffix(args[0], ".vcf") {
		for i := range n {
			fmt.Fprintf(&b, "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:card-%d\r\nFN:Person %d\r\nN:%d;Person;;;\r\nEMAIL:p%d@example.net\r\nEND:VCARD\r\n", i, i, i, i)
		}
	} else {
		b.WriteString("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\n")
		for i := range n {
			fmt.Fprintf(&b, "BEGIN:VEVENT\r\nUID:event-%d\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:202601%02dT%02d0000Z\r\nDURATION:PT1H\r\nSUMMARY:Event %d\r\nEND:VEVENT\r\n", i, i%28+1, i%24, i)
		}
		b.WriteString("END:VCALENDAR\r\n")
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b.Bytes(), 0o600))
}

// unpack writes the files of a zip into a folder: unpack ZIP DIR.
func unpack(ts *testscript.TestScript, neg bool, args []string) {
	z, err := zip.OpenReader(ts.MkAbs(args[0]))
	ts.Check(err)
	defer z.Close()
	for _, f := range z.File {
		in, err := f.Open()
		ts.Check(err)
		data, err := io.ReadAll(in)
		ts.Check(err)
		name := filepath.Join(ts.MkAbs(args[1]), filepath.FromSlash(f.Name))
		ts.Check(os.MkdirAll(filepath.Dir(name), 0o700))
		ts.Check(os.WriteFile(name, data, 0o600))
	}
}

// private proves that nobody else may read a file.
func private(ts *testscript.TestScript, neg bool, args []string) {
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	if mode := info.Mode().Perm(); mode != 0o600 {
		ts.Fatalf("%s has mode %o", args[0], mode)
	}
}

// recent proves that the files of a zip bear a time of this test.
func recent(ts *testscript.TestScript, neg bool, args []string) {
	z, err := zip.OpenReader(ts.MkAbs(args[0]))
	ts.Check(err)
	defer z.Close()
	for _, f := range z.File {
		if age := time.Since(f.Modified); age < -time.Minute || age > time.Hour {
			ts.Fatalf("%s bears the time %s", f.Name, f.Modified)
		}
	}
}

// spoil damages a database wherever it holds a text: the text itself, or with "page" the head of the page it is on.
func spoil(ts *testscript.TestScript, neg bool, args []string) {
	name := ts.MkAbs(args[0])
	data, err := os.ReadFile(name)
	ts.Check(err)
	found := 0
	for at := 0; ; found++ {
		next := bytes.Index(data[at:], []byte(args[1]))
		if next < 0 {
			break
		}
		at += next + len(args[1])
		if len(args) > 2 {
			copy(data[at-at%4096:], "\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5")
		} else {
			data[at-1] ^= 1
		}
	}
	if found == 0 {
		ts.Fatalf("%s does not hold %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(name, data, 0o600))
}
