package web

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"convoke/internal/icalendar"
	"convoke/internal/timezone"
	"convoke/scheduling"
	"convoke/scheduling/itip"
	"convoke/server"
	"convoke/storage"
)

// Guest serves /guest/TOKEN, where somebody outside answers an invitation without an account, from the address in its
// mail. Reading never changes anything, since the programs that look into mails follow each link; an answer is the form
// alone.
type Guest struct {
	site  *Site
	sched *scheduling.Service
	store *storage.Store
	rate  *buckets
}

const (
	guestsPerMinute = 60
	maxComment      = 1_000 // bytes
	nextShown       = 5     // of what repeats
	answerCosts     = 4
)

// Guest makes the handler of /guest/*.
func (s *Site) Guest(sched *scheduling.Service, store *storage.Store) http.Handler {
	g := &Guest{s, sched, store, newBuckets(guestsPerMinute, store.Now)}
	return s.guarded(g.serve)
}

func (g *Guest) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Robots-Tag", "noindex, nofollow")
	if !methods(w, r, http.MethodGet, http.MethodHead, http.MethodPost) {
		return
	}
	peer := server.Peer(r.Context())
	if !g.rate.take(peer, 1) || r.Method == http.MethodPost && !g.rate.take(peer, answerCosts) {
		w.Header().Set("Retry-After", "30")
		g.site.show(w, r, http.StatusTooManyRequests, "message", page{Title: "guest.often.title", Data: "guest.often"})
		return
	}
	token, file := strings.CutSuffix(strings.TrimPrefix(r.URL.Path, "/guest/"), ".ics")
	guest, ok := g.sched.ReadGuest(token)
	if !ok {
		g.rate.take(peer, answerCosts)
		g.site.show(w, r, http.StatusNotFound, "message", page{Title: "guest.none.title", Data: "guest.none"})
		return
	}
	v, err := g.sched.Invitation(r.Context(), guest)
	switch {
	case errors.Is(err, storage.ErrNotFound):
		g.site.show(w, r, http.StatusGone, "message", page{Title: "guest.gone.title", Data: "guest.gone"})
	case err != nil:
		g.fail(w, r, err)
	case file:
		g.download(w, v)
	case r.Method == http.MethodPost:
		g.answer(w, r, v)
	default:
		g.show(w, r, v, http.StatusOK, "")
	}
}

func (g *Guest) fail(w http.ResponseWriter, r *http.Request, err error) {
	server.Note(r.Context(), "guest-failed", err)
	g.site.show(w, r, http.StatusServiceUnavailable, "message", page{Title: "guest.failed.title", Data: "guest.failed"})
}

// download gives the event for the guest's own calendar: as an event of theirs, of which nobody is told anything.
func (g *Guest) download(w http.ResponseWriter, v *scheduling.Invitation) {
	h := w.Header()
	h.Set("Content-Type", "text/calendar; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="event.ics"`)
	h.Set("Cache-Control", "private, no-store")
	o := v.Object.Published(icalendar.Publication{Full: true, Known: true})
	if o == nil {
		http.Error(w, "There is no event here.", http.StatusNotFound)
		return
	}
	out := icalendar.New("-//Convoke//Convoke//EN").Bytes()
	end := len(out) - len("END:VCALENDAR\r\n")
	_, _ = w.Write(append(appendNew(out[:end:end], o, map[string]bool{}), "END:VCALENDAR\r\n"...))
}

// answer takes the form.
func (g *Guest) answer(w http.ResponseWriter, r *http.Request, v *scheduling.Invitation) {
	r.Body = http.MaxBytesReader(w, r.Body, maxFormBytes)
	says := strings.ToUpper(r.PostFormValue("answer"))
	if !slices.Contains([]string{itip.Accepted, itip.Tentative, itip.Declined}, says) {
		g.show(w, r, v, http.StatusBadRequest, "guest.choose")
		return
	}
	if s := g.stateOf(v); s != "" {
		g.show(w, r, v, http.StatusConflict, "")
		return
	}
	actor := server.ActorOf(r.Context(), "guest")
	got, err := g.sched.Answer(r.Context(), v, actor, says, block(r.PostFormValue("comment"), maxComment))
	if err != nil {
		g.fail(w, r, err)
		return
	}
	if !got.Applied && says != v.PartStat {
		server.Note(r.Context(), "guest-unapplied", errors.New(got.Reason))
		g.show(w, r, v, http.StatusConflict, "guest.unapplied")
		return
	}
	to := url.URL{Path: r.URL.Path, RawQuery: url.Values{"done": {"1"}, "zone": {r.PostFormValue("zone")}}.Encode()}
	http.Redirect(w, r, to.String(), http.StatusSeeOther) // so that loading it again sends nothing again
}

// stateOf is why an invitation takes no answer, as the end of a key: "cancelled" or "over"; "" if it does.
func (g *Guest) stateOf(v *scheduling.Invitation) string {
	cancelled := true
	for c := range v.Object.Parts() {
		cancelled = cancelled && strings.EqualFold(c.Text("STATUS"), "CANCELLED")
	}
	if cancelled {
		return "cancelled"
	}
	if v.Object.Span().Last < g.store.Now().Unix() {
		return "over"
	}
	return ""
}

// guestView is what the page shows.
type guestView struct {
	Title, Who, Mail, Guest   string
	When                      string
	Next                      []string // of what repeats
	Repeats                   bool
	Place, About, Link        string
	Zone                      string
	Zones                     []string
	Own                       bool   // the zone was chosen by the guest
	AllDay                    bool   // there is no time to put into a zone
	State                     string // "cancelled", "over", or ""
	Asked                     string // key of what stands above the answers
	Answer                    string // PARTSTAT in lower case; "" is none yet
	Done                      bool   // it was given just now
	Problem                   string // key
	File, At                  string
	Accept, Tentative, Reject bool
}

func (g *Guest) show(w http.ResponseWriter, r *http.Request, v *scheduling.Invitation, status int, problem string) {
	o := v.Object
	c := o.Master()
	for k := range o.Parts() {
		c = cmp.Or(c, k)
	}
	says := calendarLanguages[languageOf(r)]
	view := &guestView{
		Title: line(c.Text("SUMMARY"), maxText), Place: line(c.Text("LOCATION"), maxText), About: block(c.Text("DESCRIPTION"), 4*maxText), Link: webLink(c),
		Who: cmp.Or(line(v.Organizer.DisplayName, 200), v.Organizer.Name), Guest: cmp.Or(line(v.Name, 200), strings.TrimPrefix(v.Address, "mailto:")),
		State: g.stateOf(v), Problem: problem, File: r.URL.Path + ".ics", At: r.URL.Path, Zones: timezone.Names(), Done: r.URL.Query().Get("done") != "",
	}
	if p := c.Prop("ORGANIZER"); p != nil {
		view.Who = cmp.Or(line(p.Param("CN"), 200), view.Who)
		if mail := strings.TrimPrefix(strings.ToLower(p.Value), "mailto:"); strings.Contains(mail, "@") {
			view.Mail = mail
		}
	}
	switch v.PartStat {
	case itip.Accepted, itip.Tentative, itip.Declined:
		view.Answer = strings.ToLower(v.PartStat)
	}
	view.Asked = "guest.ask"
	if view.Answer != "" {
		view.Asked = "guest.said." + view.Answer
	}
	view.Accept, view.Tentative, view.Reject = view.Answer == "accepted", view.Answer == "tentative", view.Answer == "declined"
	zone := g.zone(r, view, c, o)
	view.Zone = zone.Name()
	g.times(view, o, zone, says)
	g.site.show(w, r, status, "guest", page{Title: cmp.Or(view.Title, "guest.untitled"), Style: "css/guest.css", Wide: true, Class: "guest", Data: view})
}

// zone is the one that the guest chose, or else that of the event, or of its organizer.
func (g *Guest) zone(r *http.Request, view *guestView, c *icalendar.Component, o *icalendar.Object) *timezone.Zone {
	if asked := r.URL.Query().Get("zone"); asked != "" && slices.Contains(view.Zones, asked) {
		if z := timezone.Lookup(asked); z != nil {
			view.Own = true
			return z
		}
	}
	if p := c.Prop("DTSTART"); p != nil {
		if at, err := p.Time(o.Zones()); err == nil && at.Zone != nil {
			if z := timezone.Lookup(at.Zone.Name()); z != nil {
				return z
			}
		}
	}
	return timezone.UTC()
}

// times says when it takes place: once, or the next times.
func (g *Guest) times(view *guestView, o *icalendar.Object, zone *timezone.Zone, says *calendarWords) {
	now := g.store.Now()
	view.Repeats = o.Span().Recurring
	from := now
	if !view.Repeats || view.State != "" {
		from = time.Time{}
	}
	list, _, err := o.Instances(from, time.Time{}, icalendar.Options{Floating: zone, Max: nextShown + 1})
	if err != nil || len(list) == 0 {
		return
	}
	view.AllDay = list[0].AllDay()
	view.When = says.sentence(stretchOf(&list[0], zone))
	for i := 1; i < len(list) && i < nextShown; i++ {
		view.Next = append(view.Next, says.sentence(stretchOf(&list[i], zone)))
	}
}
