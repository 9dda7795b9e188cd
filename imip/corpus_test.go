package imip

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// corpusTable is where the outcome of each mail of the corpus is kept, for people to read.
const corpusTable = "../docs/mail-corpus.md"

var (
	notMail   = regexp.MustCompile(`(?i)(^|/)(licen[cs]e|copying|mit-license|origin|readme)|\.(tnef|md)$`)
	recipient = regexp.MustCompile(`(?i)(mailto:)?[\w.+-]+@[\w.-]+`)
)

// Mails of real products and of other projects' test suites, as if they came to bob. None is proven to be of anybody, so
// none changes a calendar; nothing panics. What becomes of each stands in docs/mail-corpus.md; with
// CONVOKE_UPDATE=1 the table is written anew.
func TestCorpus(t *testing.T) {
	dir := os.Getenv("CONVOKE_CORPUS")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", "corpus")
	}
	dir = filepath.Join(dir, "mail")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("no corpus; set CONVOKE_CORPUS")
	}
	w := newTown(t, func(o *IntakeOptions) { o.Limits = IntakeLimits{PerDay: 1 << 20, Waiting: 1 << 20} })
	before := w.digest()
	var rows []string
	count := map[string]int{}
	err := filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, file)
		if err != nil || notMail.MatchString(filepath.ToSlash(name)) {
			return err
		}
		raw, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		out, err := w.Receive(context.Background(), Envelope{Recipient: "bob@example.org", Source: SourceDeliver}, raw)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return nil
		}
		action := "no calendar in it"
		switch {
		case out.Held != 0:
			action = "held"
		case out.Reason != "":
			action = "left as mail"
		}
		count[action]++
		if out.Reason != "" {
			reason := recipient.ReplaceAllString(out.Reason, "…")
			rows = append(rows, fmt.Sprintf("| %s | %s | %s | %s |", filepath.ToSlash(name), out.Method, action, strings.ReplaceAll(reason, "|", "¦")))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if w.digest() != before {
		t.Error("a mail that nothing proves changed a calendar")
	}
	got := fmt.Sprintf(`# What becomes of a corpus of mails

Real mails and those of other projects' test suites, sent to somebody here whom none of them names, with nothing that proves
who wrote them: %d hold no calendar, %d are left as mail, %d wait for review. None changes a calendar. A test compares
this page with what the server does (TestCorpus in imip; CONVOKE_UPDATE=1 writes it).

| Mail | METHOD | Then | Why |
| --- | --- | --- | --- |
%s
`, count["no calendar in it"], count["left as mail"], count["held"], strings.Join(rows, "\n"))
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
		t.Error("docs/mail-corpus.md is not what happens now; set CONVOKE_UPDATE=1 to write it, and read the difference")
	}
}
