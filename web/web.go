// Package web is the door for people: the application in the browser, which is itself a CalDAV and CardDAV client of
// this server, and the few pages outside of it that work without script.
//
// Invariants:
//   - `go build` is the whole build: what is embedded is what was written.
//   - No script or style stands inside a page, and none is ever made of data (Content-Security-Policy).
//   - The page of the application says nothing of what is stored: all of it comes by DAV and /api/.
package web

import (
	"bytes"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
)

// Screens are the paths of the application; each is the same page, and the script shows the right screen.
var Screens = []string{"/calendar", "/invitations", "/tasks", "/contacts", "/search", "/settings", "/import", "/trash", "/admin"}

// Site is the application as it is served. It is safe for concurrent use.
type Site struct {
	assets *assets
	page   *asset
	pages  *pageSet
}

// New makes the site.
func New() (*Site, error) {
	a, err := loadAssets()
	if err != nil {
		return nil, err
	}
	s := &Site{assets: a}
	if s.pages, err = loadPages(); err != nil {
		return nil, err
	}
	shell, err := template.New("shell").Parse(shellPage)
	if err != nil {
		return nil, fmt.Errorf("read the page of the application: %w", err)
	}
	var b bytes.Buffer
	first := make([]string, len(a.first))
	for i, name := range a.first {
		first[i] = a.url(name)
	}
	if err := shell.Execute(&b, map[string]any{"Base": a.url(""), "Modules": first}); err != nil {
		return nil, fmt.Errorf("make the page of the application: %w", err)
	}
	s.page = newAsset("index.html", b.Bytes())
	return s, nil
}

// Assets serves /a/.
func (s *Site) Assets() http.Handler { return http.HandlerFunc(s.assets.serve) }

// Shell serves the page of the application.
func (s *Site) Shell() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "This can only be read.", http.StatusMethodNotAllowed)
			return
		}
		h := w.Header()
		h.Set("Cache-Control", "no-cache")
		h.Set("ETag", strconv.Quote(s.assets.build))
		if r.Header.Get("If-None-Match") == strconv.Quote(s.assets.build) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		s.page.send(w, r)
	})
}

// Worker serves /sw.js, which shows what is pushed to a browser while no page is open. Its address stays the same and
// stands at the root: a browser asks for it anew, and what it may do is for all pages.
func (s *Site) Worker() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "This can only be read.", http.StatusMethodNotAllowed)
			return
		}
		h := w.Header()
		h.Set("Cache-Control", "no-cache")
		h.Set("Service-Worker-Allowed", "/")
		s.assets.files["sw.js"].send(w, r)
	})
}

// shellPage is what every screen begins as. The languages and theme of the person come with the session.
const shellPage = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="color-scheme" content="light dark">
<title>Convoke</title>
<link rel="icon" href="{{.Base}}icon.svg" type="image/svg+xml">
<link rel="manifest" href="{{.Base}}app.webmanifest">
<link rel="stylesheet" href="{{.Base}}css/base.css">
<link rel="stylesheet" href="{{.Base}}css/calendar.css">
{{range .Modules}}<link rel="modulepreload" href="{{.}}">
{{end}}<script type="module" src="{{.Base}}app.js"></script>
</head>
<body>
<div id="app"></div>
<noscript><p>The calendar needs JavaScript. Calendar programs and phones don't: connect them to this address.</p></noscript>
</body>
</html>
`
