package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every module that is linked in and every package of the browser's files has its licence in `version --licenses`, in the
// version that is there: scripts/licenses.sh makes it anew.
func TestLicenses(t *testing.T) {
	var out bytes.Buffer
	if err := (&versionCommand{Licenses: true}).Run(&globals{out: &out}); err != nil {
		t.Fatal(err)
	}
	has := func(heading string) {
		t.Helper()
		if !strings.Contains(out.String(), "\n==== "+heading+" ====\n") {
			t.Errorf("there is no licence of %s: make licenses", heading)
		}
	}

	list := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}{{end}}{{end}}", ".")
	list.Stderr = os.Stderr
	modules, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for m := range strings.Lines(string(modules)) {
		if m = strings.TrimSpace(m); m != "" && !seen[m] {
			seen[m] = true
			has(m)
		}
	}
	if len(seen) < 10 {
		t.Errorf("only %d modules are linked in", len(seen))
	}

	data, err := os.ReadFile(filepath.Join(root, "web/package.json"))
	if err != nil {
		t.Fatal(err)
	}
	var made struct{ DevDependencies map[string]string }
	if err := json.Unmarshal(data, &made); err != nil {
		t.Fatal(err)
	}
	for name, version := range made.DevDependencies {
		if name != "esbuild" && name != "typescript" { // tools, of which nothing is in the files
			has(name + " " + version + " (in the browser)")
		}
	}
	files, err := filepath.Glob(filepath.Join(root, "web/static/vendor/*.js"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d vendored files, %v", len(files), err)
	}
	notice := regexp.MustCompile(`(?m)^/\*! (\S+ \S+), `)
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range notice.FindAllSubmatch(data, -1) {
			has(string(m[1]) + " (in the browser)")
		}
	}
	if text := out.String(); !strings.Contains(text, "Mozilla Public License Version 2.0") || !strings.Contains(text, "https://github.com/kewisch/ical.js") {
		t.Error("nothing says under what licence ical.js is, or where its source is")
	}
}
