package main

import (
	pages "html/template"
	"net/http"
	"strings"
)

// welcomePage is for a browser at the root. It says nothing of what is stored.
var welcomePage = pages.Must(pages.New("welcome").Parse(`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Convoke</title>
</head>
<body>
<main>
<h1>Convoke</h1>
<p>This is a calendar and contacts server. It has no pages to sign in to: use a calendar program.</p>
<h2>Where to connect</h2>
<dl>
<dt>Server</dt>
<dd>{{with .}}<code>{{.}}/</code>{{else}}the address that this page has{{end}}</dd>
<dt>If the program wants a CalDAV or CardDAV address</dt>
<dd><code>{{.}}/dav/</code></dd>
<dt>User name and password</dt>
<dd>those that you were given</dd>
</dl>
</main>
</body>
</html>
`))

// welcome serves the page.
func welcome(publicURL string) http.Handler {
	base := strings.TrimSuffix(publicURL, "/")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-cache")
		if r.Method != http.MethodHead {
			_ = welcomePage.Execute(w, base) // the client may have gone
		}
	})
}
