package main

import (
	"archive/zip"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"convoke/storage"
)

// An export has no calendar of birthdays, so that it can be read back, and what the server fills is not compared. Read
// into a calendar that the server fills, a file is left out, and the rest comes in.
func TestFilledCalendars(t *testing.T) {
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	here := func(want int, args ...string) string {
		t.Helper()
		status, out, errout := convokeHere(t, append(args, "--data", data)...)
		if status != want {
			t.Fatalf("%q: status %d\n%s%s", args, status, out, errout)
		}
		return out + errout
	}
	file := func(name, text string) string {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	here(0, "user", "add", "ines", "--email", "ines@example.org", "--password", "ines")
	card := file(filepath.Join(dir, "card.vcf"), "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:clara\r\nFN:Clara\r\nN:;Clara;;;\r\nBDAY:1984-03-09\r\nEND:VCARD\r\n")
	here(0, "import", "--into", "ines", card)
	conf, err := loadConfig("", nil)
	if err != nil {
		t.Fatal(err)
	}
	h, err := openHouse(t.Context(), data, conf, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ines, err := h.store.PrincipalByName(t.Context(), "ines")
	if err != nil {
		t.Fatal(err)
	}
	v, err := h.birthdays.On(t.Context(), ines, storage.Actor{}, "en")
	if err != nil || v.Calendar.Len() != 1 {
		t.Fatal(v, err)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}

	out := filepath.Join(dir, "ines.zip")
	here(0, "export", "ines", "--out", out)
	z, err := zip.OpenReader(out)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	for _, f := range z.File {
		if strings.Contains(f.Name, "birthdays") {
			t.Errorf("the export has %s", f.Name)
		}
	}
	here(0, "import", "--into", "ines", out)
	if said := here(0, "verify", out, "ines"); strings.Contains(said, "birthdays") {
		t.Errorf("verify: %s", said)
	}
	events := file(filepath.Join(dir, "events.ics"), "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:a\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260105T100000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
	if said := here(1, "import", "--into", "ines/birthdays", events); !strings.Contains(said, "ines/birthdays is filled by the server itself: 1 object left out") {
		t.Errorf("import: %s", said)
	}
}
