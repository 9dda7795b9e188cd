package main

import (
	"bytes"
	pages "html/template"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// mailboxPath is where the demo shows the correspondent's mailbox.
const mailboxPath = "/demo/mailbox"

// mailboxPage needs no script and no style: it plays somebody else's mail program.
var mailboxPage = pages.Must(pages.New("mailbox").Parse(`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Mailbox of {{.Name}}</title>
</head>
<body>
<main>
<h1>Mailbox of {{.Name}}</h1>
<p>{{.Name}} ({{.Address}}) is outside of this server: everything here goes through real mail. Invite this address from a calendar,
and the invitation arrives below; answer it, and the calendar shows the answer.</p>
{{with .Problem}}<p role="alert"><strong>{{.}}</strong></p>{{end}}
<form method="post" action="` + mailboxPath + `/invite">
<p><label>Title <input name="title" value="Coffee with Clara" maxlength="200" required></label>
<label>When (UTC) <input type="datetime-local" name="at" value="{{.Next}}" required></label>
<button>Invite Anna</button></p>
</form>
<p><a href="` + mailboxPath + `">Look for new mail</a> · <a href="/">The calendar</a></p>
{{range .Mails}}
<article aria-labelledby="m{{.ID}}">
<h2 id="m{{.ID}}" dir="auto">{{.Subject}}</h2>
<p>From {{.From}}, {{.At.Format "2 January 2006, 15:04"}}{{with .Answered}} · <strong>{{.}}</strong>{{end}}</p>
<pre dir="auto">{{.Text}}</pre>
{{if eq .Method "REQUEST"}}<form method="post" action="` + mailboxPath + `/answer">
<input type="hidden" name="id" value="{{.ID}}">
<p><button name="answer" value="ACCEPTED">Accept</button>
<button name="answer" value="TENTATIVE">Tentative</button>
<button name="answer" value="DECLINED">Decline</button>
<label>Later by (hours) <input type="number" name="hours" value="1" min="-168" max="168"></label>
<button name="answer" value="COUNTER">Propose new time</button></p>
</form>{{end}}
</article>
{{else}}<p>There is no mail yet.</p>
{{end}}
</main>
</body>
</html>
`))

// mailbox serves the page. Another site cannot press its buttons.
func (w *demoWorld) mailbox() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+mailboxPath, func(rw http.ResponseWriter, r *http.Request) { w.show(rw, http.StatusOK, "") })
	mux.HandleFunc("POST "+mailboxPath+"/answer", w.form(func(r *http.Request) error {
		id, _ := strconv.Atoi(r.PostFormValue("id"))
		answer := r.PostFormValue("answer")
		if answer != "COUNTER" {
			return w.answer(id, answer, 0)
		}
		hours, err := strconv.Atoi(r.PostFormValue("hours"))
		if err != nil || hours == 0 || hours < -168 || hours > 168 {
			return refusef("say by how many hours, at most a week")
		}
		return w.answer(id, "", time.Duration(hours)*time.Hour)
	}))
	mux.HandleFunc("POST "+mailboxPath+"/invite", w.form(func(r *http.Request) error {
		at, err := time.Parse("2006-01-02T15:04", r.PostFormValue("at"))
		title := clip(strings.TrimSpace(r.PostFormValue("title")), 200)
		if err != nil || title == "" {
			return refusef("say what it is and when")
		}
		return w.invite(strings.ToValidUTF8(title, ""), at)
	}))
	return http.NewCrossOriginProtection().Handler(mux)
}

// form does something and then shows the mailbox.
func (w *demoWorld) form(do func(*http.Request) error) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(rw, r.Body, 64<<10)
		if err := do(r); err != nil {
			w.show(rw, http.StatusBadRequest, sentence(err))
			return
		}
		http.Redirect(rw, r, mailboxPath, http.StatusSeeOther)
	}
}

func (w *demoWorld) show(rw http.ResponseWriter, status int, problem string) {
	var b bytes.Buffer
	err := mailboxPage.Execute(&b, map[string]any{
		"Name": outsiderName, "Address": outsider, "Problem": problem, "Mails": w.list(),
		"Next": monday(w.now()).AddDate(0, 0, 9).Add(10 * time.Hour).Format("2006-01-02T15:04"),
	})
	if err != nil {
		http.Error(rw, "Something went wrong here.", http.StatusInternalServerError)
		return
	}
	h := rw.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	rw.WriteHeader(status)
	_, _ = rw.Write(b.Bytes())
}
