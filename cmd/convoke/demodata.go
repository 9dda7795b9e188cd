package main

import (
	"fmt"
	"strings"
	"time"

	"convoke/internal/timezone"
	"convoke/storage"
)

// demoDomain is reserved for examples (RFC 2606 §3).
const demoDomain = "example.org"

// demoPeople are six colleagues; two of them work from New York.
var demoPeople = []person{
	{Name: "anna", Display: "Anna Berg", Addresses: []string{"anna@example.org", "office@example.org"}, Admin: true},
	{Name: "ben", Display: "Ben Carter", Addresses: []string{"ben@example.org"}},
	{Name: "clara", Display: "Clara Diaz", Addresses: []string{"clara@example.org", "clara.diaz@example.org"}},
	{Name: "david", Display: "David Evans", Addresses: []string{"david@example.org"}},
	{Name: "emma", Display: "Emma Fischer", Addresses: []string{"emma@example.org"}},
	{Name: "felix", Display: "Felix Grün", Addresses: []string{"felix@example.org"}},
}

// demoRooms answer invitations by themselves.
var demoRooms = []person{
	{Kind: storage.KindRoom, Name: "room-oak", Display: "Room Oak", Addresses: []string{"room-oak@example.org"},
		Booking: &booking{AutoAccept: "automatic", Capacity: 12, Location: "Ground floor"}},
	{Kind: storage.KindRoom, Name: "room-birch", Display: "Room Birch", Addresses: []string{"room-birch@example.org"},
		Booking: &booking{AutoAccept: "automatic", Capacity: 4, Location: "First floor"}},
}

const (
	berlin  = "Europe/Berlin"
	newYork = "America/New_York"
)

// demoEvent is one event, told by days from this week's Monday.
type demoEvent struct {
	owner, title string
	day          int    // from Monday of this week
	at           string // "15:04" in zone; "" is all day
	minutes      int    // or days, if all day
	zone         string
	rule         string // RRULE
	place        string
	notes        string
	alarm        int // minutes before; 0 is none
	invited      []string
	answers      map[string]string // participation status by name
	free         bool
	calendar     string   // "" is the default one
	guests       []string // addresses of people outside
}

const (
	yes   = "ACCEPTED"
	no    = "DECLINED"
	maybe = "TENTATIVE"
)

// demoMeeting is with somebody outside, who answers as soon as the mail arrives.
var demoMeeting = demoEvent{owner: "anna", title: "Contract with Clara Novak", day: 7, at: "15:00", minutes: 60, zone: berlin, place: "Room Oak", guests: []string{outsider}}

// demoEvents are a month: what repeats, what is met about, and what is one's own.
var demoEvents = []demoEvent{
	// What repeats.
	{owner: "anna", title: "Weekly planning", day: -14, at: "09:30", minutes: 45, zone: berlin, rule: "FREQ=WEEKLY;BYDAY=MO", place: "Room Oak", alarm: 10,
		invited: []string{"ben", "clara", "david", "emma", "felix", "room-oak"}, answers: map[string]string{"ben": yes, "clara": yes, "emma": yes, "felix": maybe}},
	{owner: "clara", title: "Stand-up", day: -14, at: "10:30", minutes: 15, zone: berlin, rule: "FREQ=WEEKLY;BYDAY=TU,WE,TH,FR",
		invited: []string{"david", "emma", "felix"}, answers: map[string]string{"david": yes, "emma": yes, "felix": yes}},
	{owner: "ben", title: "New York and Berlin", day: -12, at: "10:00", minutes: 60, zone: newYork, rule: "FREQ=WEEKLY;INTERVAL=2;BYDAY=WE", notes: "Video link in the team's notes.", alarm: 5,
		invited: []string{"anna", "david"}, answers: map[string]string{"anna": yes, "david": yes}},
	{owner: "emma", title: "Review of the month", day: -7, at: "14:00", minutes: 90, zone: berlin, rule: "FREQ=MONTHLY;BYDAY=-1TH;COUNT=12", place: "Room Oak",
		invited: []string{"anna", "clara", "room-oak"}, answers: map[string]string{"anna": yes, "clara": maybe}},
	{owner: "felix", title: "Choir", day: -13, at: "19:30", minutes: 120, zone: berlin, rule: "FREQ=WEEKLY;BYDAY=TU", place: "Town hall"},
	{owner: "david", title: "Gym", day: -14, at: "07:00", minutes: 60, zone: newYork, rule: "FREQ=WEEKLY;BYDAY=MO,TH"},
	{owner: "anna", title: "Birthday of Clara", day: 9, minutes: 1, rule: "FREQ=YEARLY", free: true},

	// What is met about.
	{owner: "anna", title: "Budget for next year", day: 1, at: "13:00", minutes: 60, zone: berlin, place: "Room Birch", alarm: 15,
		invited: []string{"emma", "room-birch"}, answers: map[string]string{"emma": yes}},
	{owner: "clara", title: "Interview: designer", day: 2, at: "15:00", minutes: 45, zone: berlin, place: "Room Birch",
		invited: []string{"anna", "felix", "room-birch"}, answers: map[string]string{"anna": yes, "felix": no}},
	{owner: "ben", title: "Call with a supplier", day: 3, at: "11:00", minutes: 30, zone: newYork,
		invited: []string{"david", "clara"}, answers: map[string]string{"david": yes}},
	{owner: "emma", title: "Workshop: onboarding", day: 4, at: "09:00", minutes: 180, zone: berlin, place: "Room Oak", notes: "Bring examples of what confused you in your first week.",
		invited: []string{"anna", "ben", "clara", "david", "felix", "room-oak"}, answers: map[string]string{"anna": yes, "clara": yes, "felix": maybe}},
	{owner: "felix", title: "Design review", day: -3, at: "16:00", minutes: 60, zone: berlin,
		invited: []string{"clara", "emma"}, answers: map[string]string{"clara": yes, "emma": yes}},
	{owner: "david", title: "Release rehearsal", day: 8, at: "09:30", minutes: 90, zone: newYork, alarm: 30,
		invited: []string{"ben", "clara", "emma"}, answers: map[string]string{"ben": yes, "clara": yes}},
	{owner: "anna", title: "Lunch with Ben", day: 10, at: "12:30", minutes: 60, zone: berlin, place: "Corner café",
		invited: []string{"ben"}},
	{owner: "clara", title: "Release", day: 14, at: "11:00", minutes: 30, zone: berlin, place: "Room Oak",
		invited: []string{"anna", "ben", "david", "emma", "felix", "room-oak"}, answers: map[string]string{"david": yes, "emma": yes}},
	{owner: "emma", title: "Retrospective", day: 17, at: "14:30", minutes: 60, zone: berlin, place: "Room Birch",
		invited: []string{"clara", "david", "felix", "room-birch"}},
	{owner: "ben", title: "Customer visit", day: -9, at: "09:00", minutes: 240, zone: newYork, place: "At the customer's"},
	{owner: "anna", title: "Board meeting", day: 22, at: "10:00", minutes: 120, zone: berlin, place: "Room Oak", alarm: 60,
		invited: []string{"emma", "ben", "room-oak"}, answers: map[string]string{"ben": maybe}},

	// What is hard to draw: several at once, over days, from right to left, words without end.
	{owner: "anna", title: "Call with the printer", day: 1, at: "13:15", minutes: 30, zone: berlin},
	{owner: "anna", title: "Rückfrage Haushaltsplanungsausschussvorbereitungsunterlagen", day: 1, at: "13:30", minutes: 60, zone: berlin, place: "Donaudampfschifffahrtsgesellschaftsgebäude"},
	{owner: "anna", title: "פגישה עם הספקים", day: 3, at: "15:00", minutes: 60, zone: berlin, place: "تل أبيب"},
	{owner: "anna", title: "Exhibition: setting up", day: 9, at: "18:00", minutes: 2520, zone: berlin, free: true},
	{owner: "anna", title: "Trade fair", day: 4, minutes: 4, free: true},

	// What is one's own.
	{owner: "anna", title: "Dentist", day: 3, at: "08:15", minutes: 45, zone: berlin, alarm: 60},
	{owner: "ben", title: "Flight to Berlin", day: 6, at: "18:40", minutes: 470, zone: newYork, place: "JFK", alarm: 180},
	{owner: "ben", title: "In Berlin", day: 7, minutes: 4, free: true},
	{owner: "clara", title: "Holiday", day: 21, minutes: 5, notes: "Felix stands in."},
	{owner: "david", title: "School concert", day: 4, at: "18:00", minutes: 90, zone: newYork},
	{owner: "emma", title: "Plumber", day: 0, at: "08:00", minutes: 60, zone: berlin},
	{owner: "emma", title: "Train to Hamburg", day: 11, at: "16:36", minutes: 104, zone: berlin, place: "Main station", alarm: 45},
	{owner: "felix", title: "Focus time", day: 1, at: "13:00", minutes: 180, zone: berlin},
	{owner: "felix", title: "Dinner with friends", day: 5, at: "20:00", minutes: 150, zone: berlin},
	{owner: "clara", title: "Parents' evening", day: 9, at: "18:30", minutes: 90, zone: berlin},
}

// uid is made of the title, so that a demo looks the same each time.
func (e *demoEvent) uid() string {
	return "demo-" + e.owner + "-" + strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, strings.ToLower(e.title))
}

// monday is midnight of this week's Monday as a date.
func monday(now time.Time) time.Time {
	day := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)
	return day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
}

const (
	localForm = "20060102T150405"
	utcForm   = "20060102T150405Z"
	dateForm  = "20060102"
)

// text writes the event as a client would (RFC 5545 §3.6.1).
func (e *demoEvent) text(now time.Time) ([]byte, error) {
	var b strings.Builder
	line := func(format string, args ...any) { fold(&b, fmt.Sprintf(format, args...)) }
	line("BEGIN:VCALENDAR")
	line("VERSION:2.0")
	line("PRODID:-//Convoke//Demo//EN")
	day := monday(now).AddDate(0, 0, e.day)
	if e.at != "" {
		zone := timezone.Lookup(e.zone)
		if zone == nil {
			return nil, fmt.Errorf("time zone %s is not known", e.zone)
		}
		b.Write(timezone.VTimezone(zone, e.zone, day, day.AddDate(1, 0, 0)))
	}
	line("BEGIN:VEVENT")
	line("UID:%s", e.uid())
	line("DTSTAMP:%s", now.UTC().Format(utcForm))
	line("SUMMARY:%s", escapeText(e.title))
	if e.at == "" {
		line("DTSTART;VALUE=DATE:%s", day.Format(dateForm))
		line("DTEND;VALUE=DATE:%s", day.AddDate(0, 0, e.minutes).Format(dateForm))
	} else {
		clock, err := time.Parse("15:04", e.at)
		if err != nil {
			return nil, err
		}
		start := day.Add(time.Duration(clock.Hour())*time.Hour + time.Duration(clock.Minute())*time.Minute)
		line("DTSTART;TZID=%s:%s", e.zone, start.Format(localForm))
		line("DTEND;TZID=%s:%s", e.zone, start.Add(time.Duration(e.minutes)*time.Minute).Format(localForm))
	}
	e.details(line)
	line("END:VEVENT")
	line("END:VCALENDAR")
	return []byte(b.String()), nil
}

// details writes what only some events have.
func (e *demoEvent) details(line func(string, ...any)) {
	if e.rule != "" {
		line("RRULE:%s", e.rule)
	}
	if e.place != "" {
		line("LOCATION:%s", escapeText(e.place))
	}
	if e.notes != "" {
		line("DESCRIPTION:%s", escapeText(e.notes))
	}
	if e.free {
		line("TRANSP:TRANSPARENT")
	}
	if len(e.invited)+len(e.guests) > 0 {
		line("ORGANIZER;CN=%s:mailto:%s@%s", shownAs(e.owner), e.owner, demoDomain)
		line("ATTENDEE;CN=%s;PARTSTAT=ACCEPTED:mailto:%s@%s", shownAs(e.owner), e.owner, demoDomain)
	}
	for _, name := range e.invited {
		kind := "INDIVIDUAL"
		if strings.HasPrefix(name, "room-") {
			kind = "ROOM"
		}
		line("ATTENDEE;CUTYPE=%s;CN=%s;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:%s@%s", kind, shownAs(name), name, demoDomain)
	}
	for _, guest := range e.guests {
		line("ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:%s", guest)
	}
	if e.alarm > 0 {
		line("BEGIN:VALARM")
		line("ACTION:DISPLAY")
		line("DESCRIPTION:%s", escapeText(e.title))
		line("TRIGGER:-PT%dM", e.alarm)
		line("END:VALARM")
	}
}

// shownAs is the display name of a demo principal.
func shownAs(name string) string {
	for _, list := range [][]person{demoPeople, demoRooms} {
		for _, p := range list {
			if p.Name == name {
				return p.Display
			}
		}
	}
	return name
}

// fold writes a content line (RFC 5545 §3.1): at most 75 octets, cut between
// characters.
func fold(b *strings.Builder, line string) {
	width := 75
	for len(line) > width {
		cut := width
		for line[cut]&0xc0 == 0x80 {
			cut--
		}
		b.WriteString(line[:cut] + "\r\n ")
		line, width = line[cut:], 74
	}
	b.WriteString(line + "\r\n")
}

// escapeText is TEXT of RFC 5545 §3.3.11 and RFC 6350 §3.4.
func escapeText(s string) string {
	return strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`).Replace(s)
}

// demoTask is a to-do.
type demoTask struct {
	owner, title string
	due          int // days from this week's Monday; 0 is none
	done         bool
	priority     int
}

var demoTasks = []demoTask{
	{owner: "anna", title: "Send the budget to the board", due: 4, priority: 1},
	{owner: "anna", title: "Order a cake for Clara", due: 8},
	{owner: "ben", title: "Renew passport", due: 20, priority: 5},
	{owner: "clara", title: "Write release notes", due: 11, priority: 2},
	{owner: "clara", title: "Book the interview room", done: true},
	{owner: "david", title: "Rehearse the restore", due: 7, priority: 1},
	{owner: "emma", title: "Prepare the workshop", due: 3},
	{owner: "felix", title: "New icons", due: 12},
	{owner: "felix", title: "Return library books"},
}

// text writes a to-do (RFC 5545 §3.6.2).
func (t *demoTask) text(i int, now time.Time) []byte {
	var b strings.Builder
	line := func(format string, args ...any) { fold(&b, fmt.Sprintf(format, args...)) }
	line("BEGIN:VCALENDAR")
	line("VERSION:2.0")
	line("PRODID:-//Convoke//Demo//EN")
	line("BEGIN:VTODO")
	line("UID:demo-task-%d", i+1)
	line("DTSTAMP:%s", now.UTC().Format(utcForm))
	line("SUMMARY:%s", escapeText(t.title))
	if t.due != 0 {
		line("DUE;VALUE=DATE:%s", monday(now).AddDate(0, 0, t.due).Format(dateForm))
	}
	if t.priority != 0 {
		line("PRIORITY:%d", t.priority)
	}
	status := "NEEDS-ACTION"
	if t.done {
		status = "COMPLETED"
		line("COMPLETED:%s", now.UTC().AddDate(0, 0, -1).Format(utcForm))
	}
	line("STATUS:%s", status)
	line("END:VTODO")
	line("END:VCALENDAR")
	return []byte(b.String())
}

// demoContact is a card in somebody's address book.
type demoContact struct {
	owner, name, mail, phone, org string
}

var demoContacts = []demoContact{
	{"anna", outsiderName, outsider, "+420 2 5550100", "Novak Gallery"},
	{"anna", "Greta Hansen", "greta.hansen@example.net", "+49 30 5550101", "Hansen & Partner"},
	{"anna", "Henry Irving", "henry@example.com", "+1 212 555 0102", "Irving Supplies"},
	{"anna", "Ines Jung", "ines.jung@example.net", "+49 30 5550103", "City Council"},
	{"ben", "Jack Kelly", "jack@example.com", "+1 212 555 0104", "Kelly Freight"},
	{"ben", "Kate Lopez", "kate.lopez@example.com", "+1 212 555 0105", ""},
	{"clara", "Lena Maier", "lena@example.net", "+49 40 5550106", "Studio Maier"},
	{"clara", "Marco Neri", "marco.neri@example.net", "+39 02 5550107", "Neri S.r.l."},
	{"david", "Nora Owens", "nora@example.com", "+1 718 555 0108", "Lincoln School"},
	{"emma", "Oskar Paulsen", "oskar@example.net", "+49 40 5550109", "Paulsen Sanitär"},
	{"emma", "Petra Quandt", "petra.quandt@example.net", "+49 30 5550110", "Training Works"},
	{"felix", "Rosa Stein", "rosa@example.net", "+49 30 5550111", "Choir"},
	{"felix", "Tom Unger", "tom.unger@example.net", "+49 30 5550112", ""},
}

// text writes a card (RFC 2426).
func (c *demoContact) text(i int) []byte {
	var b strings.Builder
	line := func(format string, args ...any) { fold(&b, fmt.Sprintf(format, args...)) }
	given, family, _ := strings.Cut(c.name, " ")
	line("BEGIN:VCARD")
	line("VERSION:3.0")
	line("PRODID:-//Convoke//Demo//EN")
	line("UID:demo-contact-%d", i+1)
	line("FN:%s", escapeText(c.name))
	line("N:%s;%s;;;", escapeText(family), escapeText(given))
	line("EMAIL;TYPE=WORK:%s", c.mail)
	line("TEL;TYPE=WORK:%s", c.phone)
	if c.org != "" {
		line("ORG:%s", escapeText(c.org))
	}
	line("END:VCARD")
	return []byte(b.String())
}
