//go:build linux

package main

import (
	"encoding/xml"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"convoke/internal/icalendar"
	"convoke/internal/recur"
)

// The people of the property test. Each has two addresses; rooms answer by themselves.
var (
	agreePeople = []string{"ann", "ben", "cem", "dia"}
	agreeRooms  = []string{"attic"}
)

// agreeOwner tells whose an address is; "" is nobody's here.
func agreeOwner(address string) string {
	name, ok := strings.CutPrefix(strings.ToLower(address), "mailto:")
	if !ok {
		return ""
	}
	name, _, _ = strings.Cut(name, "@")
	return strings.TrimPrefix(name, "alias.")
}

// A meeting is one UID, as its organizer alone knows it.
type meeting struct {
	title   string // as acknowledged; "" is deleted
	pending *string
}

// attender is one person with a client: organizer of some meetings, attendee of others.
type attender struct {
	name     string
	rnd      *rand.Rand
	meetings map[string]*meeting // by UID, those it organizes
	made     int
	bad      string // an answer that no server may give
	last     string // the last request that changes something
	uid      string // what it is about
}

// copyOf is one object as a client reads it.
type copyOf struct {
	href, etag, tag string
	object          *icalendar.Object
}

// as sends a request as somebody; status 0 is no answer.
func (s *served) as(who, method, path, body string, head ...string) (int, string) {
	req, err := http.NewRequest(method, s.url+path, strings.NewReader(body))
	if err != nil {
		return 0, err.Error()
	}
	req.SetBasicAuth(who, who)
	for i := 0; i < len(head); i += 2 {
		req.Header.Set(head[i], head[i+1])
	}
	resp, err := s.web.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err.Error()
	}
	return resp.StatusCode, string(data)
}

const agreeQuery = `<C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:prop><D:getetag/><C:schedule-tag/><C:calendar-data/></D:prop>` +
	`<C:filter><C:comp-filter name="VCALENDAR"/></C:filter></C:calendar-query>`

// agreeCalendars are the two of each person, between which meetings are moved.
func agreeCalendars(owner string) []string {
	return []string{"/dav/calendars/" + owner + "/default/", "/dav/calendars/" + owner + "/other/"}
}

// copies reads all objects of somebody's calendars. False: the server is gone.
func (s *served) copies(who, owner string) ([]copyOf, bool, error) {
	var list []copyOf
	for _, cal := range agreeCalendars(owner) {
		if slices.Contains(agreeRooms, owner) && strings.HasSuffix(cal, "/other/") {
			continue
		}
		more, alive, err := s.objects(who, cal)
		if !alive || err != nil {
			return nil, alive, err
		}
		list = append(list, more...)
	}
	// The server names copies by chance; a seed shall not depend on that.
	slices.SortFunc(list, func(a, b copyOf) int { return strings.Compare(a.object.UID(), b.object.UID()) })
	return list, true, nil
}

// objects reads one calendar or inbox. False: the server is gone.
func (s *served) objects(who, cal string) ([]copyOf, bool, error) {
	code, text := s.as(who, "REPORT", cal, agreeQuery, "Depth", "1")
	if code == 0 {
		return nil, false, nil
	}
	var m struct {
		Responses []struct {
			Href string `xml:"href"`
			ETag string `xml:"propstat>prop>getetag"`
			Tag  string `xml:"propstat>prop>schedule-tag"`
			Data string `xml:"propstat>prop>calendar-data"`
		} `xml:"response"`
	}
	if err := xml.Unmarshal([]byte(text), &m); code != 207 || err != nil {
		return nil, true, fmt.Errorf("%s: %d %v %s", cal, code, err, text)
	}
	var list []copyOf
	for _, r := range m.Responses {
		o, err := icalendar.ParseString(r.Data)
		if err != nil {
			return nil, true, fmt.Errorf("%s: %w", r.Href, err)
		}
		list = append(list, copyOf{href: r.Href, etag: r.ETag, tag: r.Tag, object: o})
	}
	return list, true, nil
}

// run works until the server is gone or enough was acknowledged.
func (w *attender) run(s *served, acked *atomic.Int64, stop func()) {
	for w.bad == "" && w.step(s) {
		if acked.Add(-1) <= 0 {
			stop()
		}
	}
	if w.bad != "" {
		stop()
	}
}

// step does one thing. False: the server is gone, or what it said is wrong.
func (w *attender) step(s *served) bool {
	copies, alive, err := s.copies(w.name, w.name)
	if err != nil {
		w.bad = err.Error()
	}
	if err != nil || !alive {
		return false
	}
	if len(copies) == 0 || len(copies) < 12 && w.rnd.IntN(4) == 0 {
		return w.create(s)
	}
	c := copies[w.rnd.IntN(len(copies))]
	w.uid = c.object.UID()
	mine := agreeOwner(organizerOf(c.object)) == w.name
	switch n := w.rnd.IntN(20); {
	case n < 2 && mine:
		return w.cancel(s, c)
	case n < 2:
		return w.said("DELETE", s, c.href, "", 204, 404)
	case n == 2:
		return w.move(s, c)
	case mine:
		return w.change(s, c)
	default:
		return w.answer(s, c)
	}
}

// said sends a request whose effect nobody else has to know, and judges the answer: one of the statuses expected,
// or 412, since others were quicker.
func (w *attender) said(method string, s *served, path, body string, expect ...any) bool {
	var head []string
	var codes []int
	for _, e := range expect {
		switch e := e.(type) {
		case int:
			codes = append(codes, e)
		case string:
			head = append(head, e)
		}
	}
	code, text := w.send(s, method, path, body, head...)
	if code == 0 {
		return false
	}
	if code != 412 && !slices.Contains(codes, code) {
		w.bad = fmt.Sprintf("%s as %s of %s %v: %d %s\n%s", method, w.name, path, head, code, text, body)
		return false
	}
	return true
}

// send sends a request that changes something.
func (w *attender) send(s *served, method, path, body string, head ...string) (int, string) {
	w.last = fmt.Sprintf("%s as %s of %s %v\n%s", method, w.name, path, head, body)
	return s.as(w.name, method, path, body, head...)
}

// create invites some of the others to a new meeting.
func (w *attender) create(s *served) bool {
	w.made++
	uid := fmt.Sprintf("%s-%d-%d", w.name, w.made, w.rnd.Uint32())
	title := "first of " + uid
	w.uid = uid
	o, err := icalendar.ParseString("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//agree//EN\r\nBEGIN:VEVENT\r\nUID:" + uid +
		"\r\nDTSTAMP:" + time.Now().UTC().Format("20060102T150405Z") + "\r\nSUMMARY:" + title + "\r\n" + w.when() +
		"ORGANIZER:mailto:" + w.name + "@example.org\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:" + w.name + "@example.org\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
	if err != nil {
		w.bad = err.Error()
		return false
	}
	for _, who := range append(slices.Clone(agreePeople), agreeRooms...) {
		if who != w.name && w.rnd.IntN(2) == 0 {
			o.Master().Add(w.invited(who))
		}
	}
	w.meetings[uid] = &meeting{pending: &title}
	code, text := w.send(s, "PUT", agreeCalendars(w.name)[w.rnd.IntN(2)]+uid+".ics", string(o.Bytes()), "If-None-Match", "*")
	return w.settle(uid, title, code, text, string(o.Bytes()))
}

// settle notes what became of a change of a meeting that w organizes.
func (w *attender) settle(uid, title string, code int, text, body string) bool {
	m := w.meetings[uid]
	switch {
	case code == 0:
		return false
	case code/100 == 2:
		m.title, m.pending = title, nil
	case code == 412:
		m.pending = nil
	default:
		w.bad = fmt.Sprintf("change of %s: %d %s\n%s", uid, code, text, body)
		return false
	}
	return true
}

// when gives a start and length of any form, repeated or not, in the year to come.
func (w *attender) when() string {
	day := time.Now().UTC().AddDate(0, 0, 1+w.rnd.IntN(60))
	hour := 7 + w.rnd.IntN(12)
	rule := []string{"", "", "RRULE:FREQ=DAILY;COUNT=5\r\n", "RRULE:FREQ=WEEKLY;COUNT=4\r\n"}[w.rnd.IntN(4)]
	switch w.rnd.IntN(4) {
	case 0:
		return fmt.Sprintf("DTSTART;VALUE=DATE:%s\r\nDTEND;VALUE=DATE:%s\r\n%s", day.Format("20060102"), day.AddDate(0, 0, 1).Format("20060102"), rule)
	case 1:
		return fmt.Sprintf("DTSTART:%sT%02d0000Z\r\nDURATION:PT1H\r\n%s", day.Format("20060102"), hour, rule)
	}
	return fmt.Sprintf("DTSTART;TZID=Europe/Berlin:%[1]sT%02[2]d0000\r\nDTEND;TZID=Europe/Berlin:%[1]sT%02[2]d3000\r\n%[3]s", day.Format("20060102"), hour, rule)
}

// invited is the ATTENDEE property of somebody new, by either address.
func (w *attender) invited(who string) *icalendar.Property {
	alias := ""
	if w.rnd.IntN(3) == 0 && !slices.Contains(agreeRooms, who) {
		alias = "alias."
	}
	p := icalendar.NewProperty("ATTENDEE", "mailto:"+alias+who+"@example.org")
	p.SetParam("PARTSTAT", "NEEDS-ACTION")
	p.SetParam("RSVP", "TRUE")
	if slices.Contains(agreeRooms, who) {
		p.SetParam("CUTYPE", "ROOM")
	}
	return p
}

func organizerOf(o *icalendar.Object) string {
	for c := range o.Parts() {
		if p := c.Prop("ORGANIZER"); p != nil {
			return p.Value
		}
	}
	return ""
}

// attendeeIn finds somebody in a component, by whatever address.
func attendeeIn(c *icalendar.Component, who string) *icalendar.Property {
	for p := range c.All("ATTENDEE") {
		if agreeOwner(p.Value) == who {
			return p
		}
	}
	return nil
}

// pick gives any instance of a series, as an override of its own: the one there is, or a new one like the master.
func (w *attender) pick(o *icalendar.Object) *icalendar.Component {
	list, _, err := o.Instances(time.Time{}, time.Time{}, icalendar.Options{})
	if err != nil || len(list) == 0 {
		return nil
	}
	i := list[w.rnd.IntN(len(list))]
	if i.Override || o.Master() == nil || !o.Master().Has("RRULE") {
		return i.Component
	}
	c := o.Master().Clone()
	for _, name := range []string{"RRULE", "EXDATE", "RDATE", "DURATION", "DTEND"} {
		c.Remove(name)
	}
	c.SetTime("RECURRENCE-ID", i.RecurrenceID)
	c.SetTime("DTSTART", i.From)
	setEnd(c, i.From, i.End.Sub(i.Start))
	o.Calendar.AddChild(c)
	return c
}

// setEnd gives a component its length.
func setEnd(c *icalendar.Component, from icalendar.DateTime, length time.Duration) {
	c.Remove("DTEND")
	c.Remove("DURATION")
	if from.Form == icalendar.Date {
		c.Set("DURATION", fmt.Sprintf("P%dD", max(1, int(length/(24*time.Hour)))))
		return
	}
	c.Set("DURATION", fmt.Sprintf("PT%dM", int(length/time.Minute)))
}

// shift moves the start of a component, and its end with it.
func (w *attender) shift(c *icalendar.Component, z *icalendar.Zones) {
	start := c.Prop("DTSTART")
	at, err := start.Time(z)
	if err != nil {
		w.bad = err.Error()
		return
	}
	length := 30 * time.Minute
	if at.Form == icalendar.Date {
		length = 24 * time.Hour
		at.Local = recur.LocalOf(at.Local.UTC().AddDate(0, 0, 1+w.rnd.IntN(3)))
	} else {
		at.Local = recur.LocalOf(at.Local.UTC().Add(time.Duration(1+w.rnd.IntN(5)) * 20 * time.Minute))
	}
	start.SetTime(at)
	setEnd(c, at, length)
}

// change edits a meeting of one's own.
func (w *attender) change(s *served, c copyOf) bool {
	o := c.object.Clone()
	uid := o.UID()
	m := w.meetings[uid]
	title := m.title
	master := o.Master()
	if master == nil {
		w.bad = "a meeting of its organizer without its master: " + string(o.Bytes())
		return false
	}
	switch w.rnd.IntN(6) {
	case 0:
		title = fmt.Sprintf("%d of %s", w.rnd.Uint32(), uid)
		master.Set("SUMMARY", title)
	case 1: // clients drop what was told of single instances when they move a series
		o.Calendar.RemoveChildren(func(k *icalendar.Component) bool { return k.Has("RECURRENCE-ID") })
		master.Remove("EXDATE")
		w.shift(master, o.Zones())
	case 2, 3:
		who := append(slices.Clone(agreePeople), agreeRooms...)[w.rnd.IntN(len(agreePeople)+len(agreeRooms))]
		if who == w.name {
			break
		}
		out := attendeeIn(master, who) != nil
		for part := range o.Parts() {
			w.invite(part, who, out)
		}
	case 4:
		if i := w.pick(o); i != nil && i != master {
			w.shift(i, o.Zones())
			if w.rnd.IntN(3) == 0 {
				who := agreePeople[w.rnd.IntN(len(agreePeople))]
				if who != w.name {
					w.invite(i, who, attendeeIn(i, who) != nil)
				}
			}
		}
	case 5:
		if i := w.pick(o); i != nil && i != master {
			at, err := i.Prop("RECURRENCE-ID").Time(o.Zones())
			if err != nil {
				w.bad = err.Error()
				return false
			}
			o.Calendar.RemoveChild(i)
			p := icalendar.NewProperty("EXDATE", "")
			p.SetTime(at)
			master.Add(p)
		}
	}
	if n, ok := sequenceOf(master); ok && w.rnd.IntN(2) == 0 {
		master.Set("SEQUENCE", strconv.Itoa(n+1))
	}
	m.pending = &title
	code, text := w.send(s, "PUT", c.href, string(o.Bytes()), w.condition(c)...)
	return w.settle(uid, title, code, text, string(o.Bytes()))
}

// invite takes somebody in or out.
func (w *attender) invite(c *icalendar.Component, who string, out bool) {
	there := attendeeIn(c, who)
	switch {
	case out && there != nil:
		c.RemoveProp(there)
	case !out && there == nil:
		c.Add(w.invited(who))
	}
}

func sequenceOf(c *icalendar.Component) (int, bool) {
	if p := c.Prop("SEQUENCE"); p != nil {
		return p.Int()
	}
	return 0, true
}

// condition is by what a client makes sure that it changes what it has read.
func (w *attender) condition(c copyOf) []string {
	if w.rnd.IntN(2) == 0 && c.tag != "" {
		return []string{"If-Schedule-Tag-Match", c.tag}
	}
	return []string{"If-Match", c.etag}
}

// answer says whether w comes, to the series or to one instance of it.
func (w *attender) answer(s *served, c copyOf) bool {
	o := c.object.Clone()
	var parts []*icalendar.Component
	if w.rnd.IntN(3) == 0 {
		if i := w.pick(o); i != nil {
			parts = append(parts, i)
		}
	} else {
		parts = slices.Collect(o.Parts())
	}
	says := []string{"ACCEPTED", "TENTATIVE", "DECLINED"}[w.rnd.IntN(3)]
	for _, part := range parts {
		if p := attendeeIn(part, w.name); p != nil && part.Text("STATUS") != "CANCELLED" {
			p.SetParam("PARTSTAT", says)
			p.RemoveParam("RSVP")
		}
	}
	return w.said("PUT", s, c.href, string(o.Bytes()), slices.Concat([]any{201, 204}, anyOf(w.condition(c)))...)
}

func anyOf(list []string) (out []any) {
	for _, s := range list {
		out = append(out, s)
	}
	return out
}

// cancel deletes a meeting of one's own.
func (w *attender) cancel(s *served, c copyOf) bool {
	uid, none := c.object.UID(), ""
	w.meetings[uid].pending = &none
	code, text := w.send(s, "DELETE", c.href, "")
	if code == 404 {
		code = 204
	}
	return w.settle(uid, none, code, text, c.href)
}

// move brings an object into the other calendar.
func (w *attender) move(s *served, c copyOf) bool {
	cals := agreeCalendars(w.name)
	name := c.href[strings.LastIndexByte(c.href, '/')+1:]
	to := cals[0]
	if strings.HasPrefix(c.href, to) {
		to = cals[1]
	}
	return w.said("MOVE", s, c.href, "", 201, 204, 404, "Destination", to+name, "Overwrite", "F")
}

// agreeSeed is where the decisions of a run come from: CONVOKE_SEED repeats them.
func agreeSeed(t *testing.T) uint64 {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("CONVOKE_SEED"); text != "" {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		seed = n
	}
	t.Logf("CONVOKE_SEED=%d", seed)
	return seed
}

// agreeHouse makes the people and rooms, and starts the server.
func agreeHouse(t *testing.T, seed uint64) (*served, []*attender) {
	t.Helper()
	dir := t.TempDir()
	for _, who := range agreePeople {
		convoke(t, dir, "", "user", "add", who, "--email", who+"@example.org", "--email", "alias."+who+"@example.org", "--password", who)
	}
	convoke(t, dir, "", "user", "add", "admin", "--email", "admin@example.org", "--password", "admin", "--admin")
	for _, room := range agreeRooms {
		convoke(t, dir, "", "resource", "add", room, "--kind", "room", "--email", room+"@example.org")
	}
	s := startServe(t, dir)
	workers := make([]*attender, len(agreePeople))
	for i, name := range agreePeople {
		workers[i] = &attender{name: name, rnd: rand.New(rand.NewPCG(seed, uint64(i+2))), meetings: map[string]*meeting{}}
		if code, text := s.as(name, "MKCALENDAR", agreeCalendars(name)[1], ""); code != 201 {
			t.Fatalf("%d %s", code, text)
		}
	}
	return s, workers
}

// agreeFor is how long the property is tested: CONVOKE_AGREE=10m is longer than usual.
func agreeFor(t *testing.T) (until time.Time, long bool) {
	t.Helper()
	text := os.Getenv("CONVOKE_AGREE")
	if text == "" {
		return time.Time{}, false
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return time.Now().Add(d), true
}

// After each single thing that anybody does, all copies of all meetings agree as RFC 5546 §2.1 and RFC 6638 §3.2 say.
// CONVOKE_AGREE and CONVOKE_SEED: see agreeFor, agreeSeed.
func TestCopiesAgreeStepByStep(t *testing.T) {
	t.Parallel()
	seed := agreeSeed(t)
	until, long := agreeFor(t)
	s, workers := agreeHouse(t, seed)
	rnd := rand.New(rand.NewPCG(seed, 1))
	var before map[string]map[string]*held
	for step := 0; long && time.Now().Before(until) || !long && step < 300; step++ {
		w := workers[rnd.IntN(len(workers))]
		if !w.step(s) {
			t.Fatalf("step %d: %s\n%s", step, w.bad, s.log)
		}
		after := agreeCheck(t, s, workers)
		if t.Failed() {
			for owner, h := range before[w.uid] {
				t.Logf("%s before:\n%s", owner, h.text)
			}
			t.Fatalf("after step %d: %s", step, w.last)
		}
		before = after
	}
	agreeInboxes(t, s)
}

// Whoever organizes, answers, changes and deletes meetings at the same time, and whenever the server dies: all copies
// of a meeting agree after each crash.
func TestCopiesAgree(t *testing.T) {
	t.Parallel()
	seed := agreeSeed(t)
	until, long := agreeFor(t)
	s, workers := agreeHouse(t, seed)
	rnd := rand.New(rand.NewPCG(seed, 1))
	for round := 0; long && time.Now().Before(until) || !long && round < 4; round++ {
		var acked atomic.Int64
		acked.Store(int64(60 + rnd.IntN(120)))
		var all sync.WaitGroup
		var once sync.Once
		for _, w := range workers {
			all.Go(func() { w.run(s, &acked, func() { once.Do(s.kill) }) })
		}
		all.Wait()
		for _, w := range workers {
			if w.bad != "" {
				t.Fatalf("round %d: %s\n%s", round, w.bad, s.log)
			}
		}
		if out := convoke(t, s.dir, "", "check"); !strings.Contains(out, " 0 problems") {
			t.Fatalf("round %d: check: %s", round, out)
		}
		s = startServe(t, s.dir)
		agreeCheck(t, s, workers)
		agreeInboxes(t, s)
		if t.Failed() {
			t.Fatalf("in round %d", round)
		}
	}
}
