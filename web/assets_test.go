package web

import (
	"bytes"
	"strings"
	"testing"
)

// What a browser gets is what was written, less what only developers read, line by line.
func TestWithoutComments(t *testing.T) {
	in := "// The head.\nimport { a } from \"./a.js\";\n\n/**\n * What it is.\n * @typedef {object} T\n */\n\n/** @type {T} */\nlet x = /** @type {any} */ (a);\n" +
		"/** Does. @param {T} y */\nexport function f(y) {\n\treturn html`<a href=\"https://b.example/\">/* ${y} */</a>`; // why\n}\n"
	want := "\nimport { a } from \"./a.js\";\n\n\n\n\n\n\n\nlet x = (a);\n\nexport function f(y) {\nreturn html`<a href=\"https://b.example/\">/* ${y} */</a>`; // why\n}\n"
	if got := string(withoutComments([]byte(in))); got != want {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
}

// The comments of a module are gone, those of vendored ones (their licences) are not.
func TestModulesAsServed(t *testing.T) {
	a, err := loadAssets()
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range a.files {
		if !strings.HasSuffix(name, ".js") {
			continue
		}
		source, err := static.ReadFile("static/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(name, "vendor/") {
			if !bytes.Equal(source, f.plain) {
				t.Errorf("%s is not served as it is", name)
			}
			continue
		}
		if bytes.Count(source, []byte("\n")) != bytes.Count(f.plain, []byte("\n")) {
			t.Errorf("%s has other lines than its source", name)
		}
		if bytes.Contains(f.plain, []byte("@param")) || bytes.Contains(f.plain, []byte("@typedef")) {
			t.Errorf("%s is served with its types", name)
		}
	}
}
