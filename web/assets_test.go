package web

import (
	"bytes"
	"net/http/httptest"
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

// The service worker is asked for anew, is for all pages, and answers no request of theirs: nothing is kept offline by it.
func TestWorker(t *testing.T) {
	site, err := New()
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	site.Worker().ServeHTTP(w, httptest.NewRequest("GET", "/sw.js", nil))
	h := w.Header()
	if w.Code != 200 || h.Get("Content-Type") != "text/javascript; charset=utf-8" || h.Get("Cache-Control") != "no-cache" || h.Get("Service-Worker-Allowed") != "/" {
		t.Errorf("%d %v", w.Code, h)
	}
	body := w.Body.String()
	if !strings.Contains(body, `addEventListener("push"`) || strings.Contains(body, `addEventListener("fetch"`) || strings.Contains(body, "\nimport") {
		t.Errorf("the worker is\n%s", body)
	}
	w = httptest.NewRecorder()
	if site.Worker().ServeHTTP(w, httptest.NewRequest("POST", "/sw.js", nil)); w.Code != 405 {
		t.Errorf("POST: %d", w.Code)
	}
}

// The server starts once the files are read.
func BenchmarkReadAssets(b *testing.B) {
	for b.Loop() {
		if _, err := readAssets(); err != nil {
			b.Fatal(err)
		}
	}
}
