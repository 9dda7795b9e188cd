package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"convoke/scheduling"
)

const gus = "mailto:gus@example.net"

// invite puts a meeting of Ann's with Gus, and gives the address in his mail.
func (q *square) invite(lines ...string) string {
	q.t.Helper()
	q.put("m", append([]string{"ORGANIZER;CN=Ann Example:mailto:ann@example.org", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:ann@example.org",
		"ATTENDEE;CN=Gus <b>;PARTSTAT=NEEDS-ACTION:" + gus, "ATTENDEE;CN=Secret;PARTSTAT=NEEDS-ACTION:mailto:secret@example.net"}, lines...)...)
	return "/guest/" + q.sched.GuestToken(scheduling.Guest{Organizer: q.ann.ID, UID: "m", Address: gus})
}

var lunch = []string{"DTSTART;TZID=Europe/Berlin:20261205T120000", "DTEND;TZID=Europe/Berlin:20261205T133000", "SUMMARY:Lunch <script>", "LOCATION:Corner", "DESCRIPTION:Bring cake", "CLASS:PRIVATE"}

// post sends the form.
func (q *square) post(target string, form url.Values, head ...string) *httptest.ResponseRecorder {
	q.t.Helper()
	r := httptest.NewRequest("POST", target, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(head); i += 2 {
		r.Header.Set(head[i], head[i+1])
	}
	w := httptest.NewRecorder()
	q.srv.Handler().ServeHTTP(w, r)
	return w
}

// state is what Ann's calendar holds.
func (q *square) state() string {
	q.t.Helper()
	o, err := q.store.Object(q.t.Context(), q.c.ID, "m.ics")
	if err != nil {
		q.t.Fatal(err)
	}
	return strings.ReplaceAll(string(o.Data), "\r\n ", "")
}

// Reading, which programs that look into mails do with each link, changes nothing; the form answers, and may be sent again.
func TestGuest(t *testing.T) {
	q := newSquare(t)
	at := q.invite(lunch...)
	before := q.state()
	q.has(q.ask("GET", at), 200, "Lunch &lt;script", "!<script", "12:00–13:30", "Europe/Berlin", "Ann Example", "Gus &lt;b&gt;", "Corner", "Bring cake", "Will you come?", "!secret", "!Secret")
	for _, target := range []string{at + "?answer=accepted", at + "?answer=declined&done=1", at + ".ics"} {
		q.has(q.ask("GET", target), 200)
		q.has(q.ask("HEAD", target), 200)
	}
	if q.state() != before {
		t.Error("reading changed the event")
	}
	for _, answer := range []string{"accepted", "tentative", "declined", "accepted"} {
		q.now = q.now.Add(time.Minute)
		w := q.post(at, url.Values{"answer": {answer}, "comment": {"I bring\r\nmore"}})
		if w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), at+"?done=1") {
			t.Fatalf("%s: %d to %s: %s", answer, w.Code, w.Header().Get("Location"), w.Body)
		}
		if !strings.Contains(q.state(), "CN=Gus <b>;PARTSTAT="+strings.ToUpper(answer)+";") {
			t.Errorf("%s: stored is\n%s", answer, q.state())
		}
		q.has(q.ask("GET", w.Header().Get("Location")), 200, "Thank you. Ann Example sees your answer.", `value="`+answer+`" aria-pressed="true"`)
	}
	if strings.Contains(q.state(), "more") || !strings.Contains(q.state(), "CN=Secret;PARTSTAT=NEEDS-ACTION;") {
		t.Errorf("more than an answer was taken:\n%s", q.state())
	}
	q.has(q.post(at, url.Values{"answer": {"delegated"}}), 400, "Choose one")
	q.has(q.post(at, url.Values{}), 400, "Choose one")
	before = q.state()
	q.has(q.post(at, url.Values{"answer": {"declined"}}, "Sec-Fetch-Site", "cross-site"), 403)
	if q.state() != before {
		t.Error("another site answered")
	}
}

func TestGuestZones(t *testing.T) {
	q := newSquare(t)
	at := q.invite(lunch...)
	q.has(q.ask("GET", at+"?zone=America%2FNew_York"), 200, "06:00–07:30", `<option selected>America/New_York`, `name="zone" value="America/New_York"`)
	q.has(q.ask("GET", at+"?zone=Nowhere"), 200, "12:00–13:30")
	q.has(q.ask("GET", at, "Accept-Language", "de"), 200, `lang="de"`, "Samstag, 5. Dezember 2026", "Zusagen")
}

// What the guest takes into their own calendar is theirs: nobody is told of it, and who else comes is not theirs to tell.
func TestGuestDownload(t *testing.T) {
	q := newSquare(t)
	w := q.ask("GET", q.invite(lunch...)+".ics")
	q.has(w, 200, "SUMMARY:Lunch <script>", "TZID:Europe/Berlin", "!ATTENDEE", "!ORGANIZER", "!METHOD", "!secret")
	if h := w.Header(); h.Get("Content-Type") != "text/calendar; charset=utf-8" || !strings.HasPrefix(h.Get("Content-Disposition"), "attachment") {
		t.Errorf("header %v", h)
	}
}

func TestGuestSeries(t *testing.T) {
	q := newSquare(t)
	at := q.invite("DTSTART;TZID=Europe/Berlin:20261103T090000", "DTEND;TZID=Europe/Berlin:20261103T093000", "RRULE:FREQ=WEEKLY", "SUMMARY:Weekly")
	q.has(q.ask("GET", at), 200, "1 December 2026, 09:00–09:30", "This repeats", "8 December", "!10 November")
	all := q.invite("DTSTART;VALUE=DATE:20261205", "DTEND;VALUE=DATE:20261207", "SUMMARY:Camp", "SEQUENCE:1")
	q.has(q.ask("GET", all), 200, "5 December 2026 – Sunday, 6 December 2026", "all day", "!<select")
}

// What takes no answer says why, and takes none.
func TestGuestStates(t *testing.T) {
	q := newSquare(t)
	at := q.invite(append(lunch, "STATUS:CANCELLED")...)
	q.has(q.ask("GET", at), 200, "has cancelled this event", "!<button name", "!.ics")
	q.has(q.post(at, url.Values{"answer": {"accepted"}}), 409, "has cancelled")
	q.now = time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	at = q.invite(append(lunch, "SEQUENCE:2")...)
	q.has(q.ask("GET", at), 200, "This event is over", "!<button name")
	q.has(q.post(at, url.Values{"answer": {"accepted"}}), 409, "over")
	if strings.Contains(q.state(), "CN=Gus <b>;PARTSTAT=ACCEPTED") {
		t.Error("an answer was taken")
	}
	if err := q.sched.Delete(t.Context(), &scheduling.Removal{Collection: q.c, Name: "m.ics"}); err != nil {
		t.Fatal(err)
	}
	q.has(q.ask("GET", at), http.StatusGone, "no longer stands")
	q.has(q.post(at, url.Values{"answer": {"accepted"}}), http.StatusGone, "no longer stands")
	q.has(q.ask("GET", "/guest/abc"), 404, "leads nowhere")
	q.has(q.ask("GET", "/guest/"), 404, "leads nowhere")
	q.has(q.ask("DELETE", at), http.StatusMethodNotAllowed)
	n := 0
	for q.ask("GET", "/guest/abc").Code == 404 && n < 100 {
		n++
	}
	if n >= 100 {
		t.Error("nothing slows guessing down")
	}
}
