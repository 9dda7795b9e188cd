package main

import (
	"bytes"
	pages "html/template"
	"net/http"
	"strconv"
	"strings"
	"time"

	"convoke/web"
)

// mailboxPath is where the demo shows the correspondent's mailbox.
const mailboxPath = "/demo/mailbox"

// mailboxPage plays somebody else's mail program, without script.
var mailboxPage = pages.Must(pages.New("mailbox").Parse(`<section lang="en">
<h1>Mailbox of {{.Name}}</h1>
<p>{{.Name}} ({{.Address}}) is outside of this server: everything here goes through real mail. Invite this address from a calendar,
and the invitation arrives below; answer it, and the calendar shows the answer.</p>
{{with .Problem}}<p class="problem" role="alert">{{.}}</p>{{end}}
<p class="actions"><a class="button quiet" href="` + mailboxPath + `">Look for new mail</a> <a class="button quiet" href="/">To the calendar</a></p>
{{range .Mails}}
<hr>
<article aria-labelledby="m{{.ID}}">
<h2 id="m{{.ID}}" dir="auto">{{.Subject}}</h2>
<p class="muted">From {{.From}}, <time datetime="{{.At.UTC.Format "2006-01-02T15:04:05Z"}}">{{.At.Format "2 January 2006, 15:04"}}</time></p>
{{with .Answered}}<p class="done">You {{.}}.</p>{{end}}
<p class="letter" dir="auto">{{.Text}}</p>
{{if eq .Method "REQUEST"}}<form method="post" action="` + mailboxPath + `/answer">
<input type="hidden" name="id" value="{{.ID}}">
<div class="actions"><button name="answer" value="ACCEPTED">Accept</button>
<button class="quiet" name="answer" value="TENTATIVE">Tentative</button>
<button class="quiet" name="answer" value="DECLINED">Decline</button></div>
<details><summary>Propose another time</summary>
<label>Later by (hours) <input type="number" name="hours" value="1" min="-168" max="168"></label>
<p><button class="quiet" name="answer" value="COUNTER">Propose new time</button></p></details>
</form>{{end}}
</article>
{{else}}<hr><p class="muted">There is no mail yet.</p>
{{end}}
<hr>
<h2>Invite Anna</h2>
<form method="post" action="` + mailboxPath + `/invite">
<label>Title <input name="title" value="Coffee with Clara" maxlength="200" required></label>
<label>When (UTC) <input type="datetime-local" name="at" value="{{.Next}}" required></label>
<button>Invite Anna</button>
</form>
</section>
`))

// mailbox serves the page in the frame of the site's others. Another site cannot press its buttons.
func (w *demoWorld) mailbox(site *web.Site) http.Handler {
	w.site = site
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+mailboxPath, func(rw http.ResponseWriter, r *http.Request) { w.show(rw, r, http.StatusOK, "") })
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
			w.show(rw, r, http.StatusBadRequest, sentence(err))
			return
		}
		http.Redirect(rw, r, mailboxPath, http.StatusSeeOther)
	}
}

func (w *demoWorld) show(rw http.ResponseWriter, r *http.Request, status int, problem string) {
	var b bytes.Buffer
	err := mailboxPage.Execute(&b, map[string]any{
		"Name": outsiderName, "Address": outsider, "Problem": problem, "Mails": w.list(),
		"Next": monday(w.now()).AddDate(0, 0, 9).Add(10 * time.Hour).Format("2006-01-02T15:04"),
	})
	if err != nil {
		http.Error(rw, "Something went wrong here.", http.StatusInternalServerError)
		return
	}
	w.site.Framed(rw, r, status, "Mailbox of "+outsiderName, pages.HTML(b.String()))
}
