package main

import (
	"errors"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// root is the top of the project.
const root = "../.."

// may is which of our packages and which modules of others a package may import.
type may struct{ ours, others []string }

// everything is cmd/convoke's: it builds the house.
var everything = []string{"*"}

// arrows is the import table of the house: imports run downwards only, and doors
// never import each other. A package that is not in it may not exist.
var arrows = map[string]may{
	"internal/contentline": {},
	"internal/recur":       {},
	"internal/timezone":    {ours: []string{"internal/contentline", "internal/recur"}},
	"internal/icalendar":   {ours: []string{"internal/contentline", "internal/recur", "internal/timezone"}},
	"internal/vcard":       {ours: []string{"internal/contentline"}},
	"internal/cardfile":    {ours: []string{"internal/vcard"}},
	"internal/outward":     {},
	"internal/settings":    {},
	"migrations":           {},
	"storage": {
		ours:   []string{"migrations"},
		others: []string{"modernc.org/sqlite", "github.com/pressly/goose/v3", "golang.org/x/crypto", "golang.org/x/text", "golang.org/x/sys", "github.com/google/uuid"},
	},
	"server/davxml": {},
	"server/dav":    {ours: []string{"server/davxml"}},
	"server": {
		ours:   []string{"storage"},
		others: []string{"github.com/go-chi/chi/v5", "golang.org/x/crypto", "golang.org/x/sync", "golang.org/x/time", "github.com/prometheus/client_golang"},
	},
	"server/tree":     {ours: []string{"server", "server/dav", "server/davxml", "storage"}},
	"scheduling/itip": {ours: []string{"internal/icalendar", "internal/recur", "internal/timezone"}},
	"scheduling": {
		ours:   []string{"scheduling/itip", "internal/icalendar", "internal/recur", "internal/timezone", "storage"},
		others: []string{"github.com/google/uuid"},
	},
	"subscription": {ours: []string{"internal/outward", "internal/icalendar", "scheduling", "storage"}, others: []string{"golang.org/x/time"}},
	"reminder":     {ours: []string{"imip/compose", "internal/icalendar", "internal/settings", "internal/timezone", "storage"}},
	"push":         {ours: []string{"internal/outward", "internal/settings", "internal/timezone", "reminder", "storage"}, others: []string{"github.com/SherClockHolmes/webpush-go", "golang.org/x/time"}},
	"birthday":     {ours: []string{"internal/icalendar", "internal/recur", "internal/settings", "internal/vcard", "scheduling", "storage"}},
	"caldav": {
		ours: []string{"server", "server/tree", "server/dav", "server/davxml", "scheduling", "scheduling/itip", "storage",
			"internal/icalendar", "internal/timezone", "internal/recur"},
		others: []string{"golang.org/x/text"},
	},
	"carddav": {
		ours:   []string{"server", "server/tree", "server/dav", "server/davxml", "storage", "internal/vcard", "internal/contentline"},
		others: []string{"golang.org/x/text"},
	},
	"imip/compose": {
		ours:   []string{"internal/icalendar", "internal/recur", "internal/timezone"},
		others: []string{"github.com/emersion/go-message"},
	},
	"imip/message": {
		ours:   []string{"internal/icalendar"},
		others: []string{"github.com/emersion/go-message", "golang.org/x/text"},
	},
	"imip/trust": {
		ours:   []string{"imip/message"},
		others: []string{"github.com/emersion/go-message", "github.com/emersion/go-msgauth", "golang.org/x/net"},
	},
	"imip": {
		ours: []string{"imip/compose", "imip/message", "imip/trust", "scheduling", "scheduling/itip", "storage", "internal/icalendar"},
		others: []string{"github.com/emersion/go-imap/v2", "github.com/emersion/go-message", "github.com/emersion/go-msgauth",
			"github.com/emersion/go-sasl", "github.com/emersion/go-smtp", "golang.org/x/net", "golang.org/x/time"},
	},
	"web/passkey": {others: []string{"github.com/go-webauthn/webauthn"}},
	"web/session": {ours: []string{"server", "storage", "web/passkey"}, others: []string{"github.com/pquerna/otp"}},
	"importing":   {ours: []string{"storage"}},
	"web/api": {
		ours: []string{"birthday", "importing", "web/session", "web/passkey", "server", "server/tree", "server/dav", "scheduling", "scheduling/itip", "subscription", "push", "storage",
			"internal/icalendar", "internal/timezone", "internal/recur", "internal/vcard"},
		others: []string{"github.com/boombuler/barcode", "github.com/google/uuid", "golang.org/x/text"},
	},
	"web":         {ours: []string{"web/api", "web/session", "server", "server/tree", "scheduling", "scheduling/itip", "storage", "internal/icalendar", "internal/timezone", "internal/recur", "internal/settings", "internal/vcard"}},
	"cmd/convoke": {ours: everything, others: everything},

	// Run by go generate alone.
	"internal/timezone/gen": {},

	// Imported by tests alone.
	"server/dav/davtest": {ours: []string{"server/dav", "server/davxml"}, others: []string{"golang.org/x/tools", "github.com/rogpeppe/go-internal"}},
}

// testsMay is what test files may import besides.
var testsMay = may{
	ours: []string{"server/dav/davtest", "internal/outward", "storage", "server", "server/tree", "server/dav", "server/davxml", "scheduling", "caldav", "carddav"},
	others: []string{
		"github.com/google/go-cmp", "github.com/rogpeppe/go-internal", "github.com/emersion/go-ical",
		"github.com/emersion/go-vcard", "github.com/emersion/go-webdav", "github.com/teambition/rrule-go", "github.com/pquerna/otp",
		"golang.org/x/tools",
	},
}

// module is the path of this module.
const module = "convoke/"

// goFiles gives every Go file of the project with the package it is in.
func goFiles(t *testing.T, visit func(pkg, file string)) {
	t.Helper()
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && file != root && (strings.HasPrefix(name, ".") || name == "testdata" || name == "node_modules" || name == "interop") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") {
			return nil
		}
		inner, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		visit(path.Dir(filepath.ToSlash(inner)), file)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Imports run downwards only.
func TestArrows(t *testing.T) {
	files := token.NewFileSet()
	goFiles(t, func(pkg, file string) {
		allowed, known := arrows[pkg]
		if !known {
			t.Errorf("%s: package %s is not in the table of the house", file, pkg)
			return
		}
		parsed, err := parser.ParseFile(files, file, nil, parser.ImportsOnly)
		if err != nil {
			t.Error(err)
			return
		}
		test := strings.HasSuffix(file, "_test.go")
		for _, spec := range parsed.Imports {
			imported := strings.Trim(spec.Path.Value, `"`)
			if !permitted(allowed, pkg, imported) && !(test && permitted(testsMay, pkg, imported)) {
				t.Errorf("%s imports %s, which points the wrong way", file, imported)
			}
		}
	})
}

// permitted tells whether an import is one of the table.
func permitted(m may, pkg, imported string) bool {
	if ours, ok := strings.CutPrefix(imported, module); ok {
		return ours == pkg || slices.Contains(m.ours, "*") || slices.Contains(m.ours, ours)
	}
	if first, _, _ := strings.Cut(imported, "/"); !strings.Contains(first, ".") {
		return true // the standard library
	}
	return slices.ContainsFunc(m.others, func(mod string) bool {
		return mod == "*" || imported == mod || strings.HasPrefix(imported, mod+"/")
	})
}

// Files stay within 500 lines, tests and generated tables excepted.
func TestFileSizes(t *testing.T) {
	goFiles(t, func(_, file string) {
		if strings.HasSuffix(file, "_test.go") {
			return
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Error(err)
			return
		}
		if strings.HasPrefix(string(data), "// Code generated") {
			return
		}
		if n := strings.Count(string(data), "\n"); n > 500 {
			t.Errorf("%s has %d lines: two things may live in it", file, n)
		}
	})
}

var (
	citation = regexp.MustCompile(`\bRFC (\d{3,5})\b`)
	tableRow = regexp.MustCompile(`(?m)^\|\s*(?:RFC )?\[?(?:RFC )?(\d{3,5})\]?[^|]*\|([^|]*)\|([^|]*)\|([^|]*)\|`)
)

// The standards table of the README: every RFC that code cites is listed, and every
// RFC that is claimed in whole or in part is cited in its package.
func TestStandardsTable(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Log("there is no README yet")
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	cited := map[string][]string{} // packages by RFC
	goFiles(t, func(pkg, file string) {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Error(err)
			return
		}
		for _, m := range citation.FindAllStringSubmatch(string(data), -1) {
			if !strings.HasSuffix(file, "_test.go") && !slices.Contains(cited[m[1]], pkg) {
				cited[m[1]] = append(cited[m[1]], pkg)
			}
		}
	})
	listed := map[string]bool{}
	for _, row := range tableRow.FindAllStringSubmatch(string(readme), -1) {
		rfc, state, packages := row[1], strings.TrimSpace(row[3]), strings.TrimSpace(row[4])
		listed[rfc] = true
		if strings.HasPrefix(state, "no") {
			continue
		}
		for _, pkg := range strings.FieldsFunc(packages, func(r rune) bool { return r == ',' || r == ' ' || r == '`' }) {
			if !citedIn(cited[rfc], pkg) {
				t.Errorf("the README claims RFC %s for %s, where nothing cites it", rfc, pkg)
			}
		}
	}
	for rfc, packages := range cited {
		if !listed[rfc] {
			t.Errorf("RFC %s is cited in %s and not listed in the README", rfc, strings.Join(packages, ", "))
		}
	}
}

// citedIn tells whether a package, named in full or by its last element, cites.
func citedIn(packages []string, pkg string) bool {
	return slices.ContainsFunc(packages, func(p string) bool {
		return p == pkg || path.Base(p) == pkg || strings.HasPrefix(p, pkg+"/")
	})
}
