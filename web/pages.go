package web

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
)

// pageFiles are the pages outside of the application, which work without script: layout.html is the frame of all, each
// other file defines "content" of one.
//
//go:embed pages/*.html
var pageFiles embed.FS

// wordFiles are the sentences of the pages, one flat list of keys a language.
//
//go:embed words/*.json
var wordFiles embed.FS

// words are the sentences of one language by their keys.
type words map[string]string

// pageSet is every page with every language.
type pageSet struct {
	pages map[string]*template.Template
	words map[string]words // by language
}

// loadPages reads the pages once.
var loadPages = sync.OnceValues(func() (*pageSet, error) {
	set := &pageSet{pages: map[string]*template.Template{}, words: map[string]words{}}
	for _, lang := range languages {
		data, err := wordFiles.ReadFile("words/" + lang + ".json")
		if err != nil {
			return nil, fmt.Errorf("read the words of the pages: %w", err)
		}
		var w words
		if err := json.Unmarshal(data, &w); err != nil {
			return nil, fmt.Errorf("read the words of the pages: %s: %w", lang, err)
		}
		set.words[lang] = w
	}
	files, err := pageFiles.ReadDir("pages")
	if err != nil {
		return nil, fmt.Errorf("read the pages: %w", err)
	}
	for _, f := range files {
		if f.Name() == "layout.html" {
			continue
		}
		t, err := template.ParseFS(pageFiles, "pages/layout.html", "pages/"+f.Name())
		if err != nil {
			return nil, fmt.Errorf("read the page %s: %w", f.Name(), err)
		}
		set.pages[strings.TrimSuffix(f.Name(), path.Ext(f.Name()))] = t
	}
	return set, nil
})

// languages are those that the pages speak; the first is the fallback.
var languages = []string{"en", "de"}

// page is what a template of the pages is given.
type page struct {
	Lang   string
	Title  string // key of what stands in the browser's title
	Script string // module that the page may do without; "" is none
	Wide   bool   // room for more than a form
	Style  string // further style sheet; "" is none
	Class  string // of the body
	Bare   bool   // without our name above
	Data   any    // the page's own

	site  *Site
	words words
}

// T is a sentence in the reader's language. args fill its %s in order.
func (p *page) T(key string, args ...any) string {
	s, ok := p.words[key]
	if !ok {
		return key
	}
	if len(args) == 0 {
		return s
	}
	return fmt.Sprintf(s, args...)
}

// Asset is where a file of the application is.
func (p *page) Asset(name string) string { return p.site.assets.url(name) }

// show answers with a page, in the language that the browser asks for. Nobody keeps it, unless the caller has said
// otherwise in Cache-Control.
func (s *Site) show(w http.ResponseWriter, r *http.Request, status int, name string, p page) {
	t := s.pages.pages[name]
	p.site, p.Lang = s, languageOf(r)
	p.words = s.pages.words[p.Lang]
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, "layout", &p); err != nil {
		// The pages are our own: one that cannot be made is a fault in it.
		panic(fmt.Errorf("make the page %s: %w", name, err))
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "private, no-store")
	}
	h.Set("Vary", "Accept-Language, Cookie")
	// With no-referrer a browser would send its forms with "Origin: null", as if another site had.
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Content-Length", strconv.Itoa(b.Len()))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(b.Bytes())
	}
}

// Framed answers with a page of somebody else, in the frame of ours. The content is HTML for css/page.css.
func (s *Site) Framed(w http.ResponseWriter, r *http.Request, status int, title string, content template.HTML) {
	s.show(w, r, status, "framed", page{Title: title, Wide: true, Data: content})
}

// languageOf is the language of ours that a browser likes best (RFC 9110 §12.5.4).
func languageOf(r *http.Request) string {
	best, most := languages[0], 0.0
	for i, item := range strings.Split(r.Header.Get("Accept-Language"), ",") {
		if i == 20 {
			break
		}
		tag, weight, _ := strings.Cut(item, ";")
		q := 1.0
		if text, ok := strings.CutPrefix(strings.TrimSpace(weight), "q="); ok {
			var err error
			if q, err = strconv.ParseFloat(text, 64); err != nil {
				continue
			}
		}
		primary, _, _ := strings.Cut(strings.TrimSpace(tag), "-")
		for _, lang := range languages {
			if q > most && strings.EqualFold(primary, lang) {
				best, most = lang, q
			}
		}
	}
	return best
}

// methods refuses what a page does not answer.
func methods(w http.ResponseWriter, r *http.Request, allowed ...string) bool {
	for _, m := range allowed {
		if r.Method == m {
			return true
		}
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	http.Error(w, "This page does not take this method.", http.StatusMethodNotAllowed)
	return false
}

// guarded lets no other site send forms here.
func (s *Site) guarded(next http.HandlerFunc) http.Handler {
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.show(w, r, http.StatusForbidden, "notice", page{Title: "notice.crossOrigin.title", Data: "notice.crossOrigin"})
	}))
	return guard.Handler(next)
}
