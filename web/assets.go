package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// static is the application as it is written: modules, style sheets, languages, icons.
//
//go:embed all:static
var static embed.FS

// asset is one file of the application, as it is sent.
type asset struct {
	kind  string // media type
	plain []byte
	gzip  func() []byte // made when it is first wanted; nil where it gains nothing
}

// assets are all files of the application under a name that changes with any of them, so that a browser may keep them
// for ever and a new version is never mixed with an old one.
type assets struct {
	build string // the hash that names them
	files map[string]*asset
	first []string // modules of the first view, each before what imports it
}

// types are those that a machine's own table may lack or name otherwise.
var types = map[string]string{
	".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".json": "application/json",
	".svg": "image/svg+xml", ".webmanifest": "application/manifest+json", ".html": "text/html; charset=utf-8",
}

// loadAssets reads and names the files once.
var loadAssets = sync.OnceValues(readAssets)

func readAssets() (*assets, error) {
	a := &assets{files: map[string]*asset{}}
	sum := sha256.New()
	root, err := fs.Sub(static, "static")
	if err != nil {
		return nil, fmt.Errorf("open the pages: %w", err)
	}
	err = fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(name, ".d.ts") { // types are for developers
			return err
		}
		data, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		fmt.Fprintf(sum, "%s %d\n", name, len(data))
		sum.Write(data)
		if path.Ext(name) == ".js" && !strings.HasPrefix(name, "vendor/") { // licences stay
			data = withoutComments(data)
		}
		a.files[name] = newAsset(name, data)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the pages: %w", err)
	}
	a.build = hex.EncodeToString(sum.Sum(nil))[:16]
	a.first = a.graph("calendar/month.js", a.graph("app.js", nil)) // the view that is shown where nobody chose one
	return a, nil
}

func newAsset(name string, data []byte) *asset {
	kind := types[path.Ext(name)]
	if kind == "" {
		kind = mime.TypeByExtension(path.Ext(name))
	}
	f := &asset{kind: kind, plain: data}
	f.gzip = sync.OnceValue(func() []byte {
		var b bytes.Buffer
		z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is a constant
		_, _ = z.Write(data)
		_ = z.Close()
		if b.Len() < len(data)*9/10 {
			return b.Bytes()
		}
		return nil
	})
	return f
}

// inline finds the types that stand within a line of a module.
var inline = regexp.MustCompile(`/\*\* @\w[^*\n]*\*/ ?`)

// withoutComments leaves out of a module what only developers read: lines that are nothing but a comment, types, and the
// space at the beginning of lines. Each line keeps its number. No line of a template or a string may look like a comment.
func withoutComments(js []byte) []byte {
	var b bytes.Buffer
	b.Grow(len(js))
	within := false
	for line := range bytes.Lines(js) {
		text := bytes.TrimSpace(line)
		switch {
		case within:
			within = !bytes.HasSuffix(text, []byte("*/"))
			text = nil
		case bytes.HasPrefix(text, []byte("//")):
			text = nil
		case bytes.HasPrefix(text, []byte("/*")) && !bytes.Contains(text, []byte("*/")):
			within, text = true, nil
		case bytes.HasPrefix(text, []byte("/*")) && bytes.Index(text, []byte("*/")) == len(text)-2:
			text = nil
		}
		if bytes.Contains(text, []byte("/** @")) { // few lines have one, and to look costs much less
			text = inline.ReplaceAll(text, nil)
		}
		b.Write(text)
		b.WriteByte('\n')
	}
	return b.Bytes()
}

// imported finds what a module imports statically; import() is left for later.
var imported = regexp.MustCompile(`(?m)^(?:import|export)\b[^'"(]*?['"](\.{1,2}/[^'"]+)['"]`)

// graph lists a module and what it imports, deepest first, each once.
func (a *assets) graph(name string, seen []string) []string {
	f := a.files[name]
	if f == nil || slices.Contains(seen, name) {
		return seen
	}
	// Its place is held while what it imports is listed: modules may import each other.
	seen = append(seen, name)
	for _, m := range imported.FindAllSubmatch(f.plain, -1) {
		seen = a.graph(path.Join(path.Dir(name), string(m[1])), seen)
	}
	return seen
}

// url is where a file of this build is.
func (a *assets) url(name string) string { return "/a/" + a.build + "/" + name }

// serve answers /a/BUILD/NAME. Another build's name is gone: its page asks to be loaded anew.
func (a *assets) serve(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "This can only be read.", http.StatusMethodNotAllowed)
		return
	}
	name, ok := strings.CutPrefix(r.URL.Path, "/a/"+a.build+"/")
	f := a.files[name]
	if !ok || f == nil {
		http.Error(w, "There is nothing here.", http.StatusNotFound)
		return
	}
	h := w.Header()
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	f.send(w, r)
}

// send writes the file, compressed if the browser takes that.
func (f *asset) send(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Vary", "Accept-Encoding")
	body := f.plain
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		if small := f.gzip(); small != nil {
			h.Set("Content-Encoding", "gzip")
			body = small
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
}
