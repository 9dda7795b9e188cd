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
	lisbon  = "Europe/Lisbon"
	tokyo   = "Asia/Tokyo"
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
	{owner: "anna", title: "Weekly planning", day: -28, at: "09:30", minutes: 45, zone: berlin, rule: "FREQ=WEEKLY;BYDAY=MO", place: "Room Oak", alarm: 10,
		invited: []string{"ben", "clara", "david", "emma", "felix", "room-oak"}, answers: map[string]string{"ben": yes, "clara": yes, "emma": yes, "felix": maybe}},
	{owner: "clara", title: "Stand-up", day: -14, at: "10:30", minutes: 15, zone: berlin, rule: "FREQ=WEEKLY;BYDAY=TU,WE,TH,FR",
		invited: []string{"david", "emma", "felix"}, answers: map[string]string{"david": yes, "emma": yes, "felix": yes}},
	{owner: "ben", title: "New York and Berlin", day: -26, at: "10:00", minutes: 60, zone: newYork, rule: "FREQ=WEEKLY;INTERVAL=2;BYDAY=WE", notes: "Video link in the team's notes.", alarm: 5,
		invited: []string{"anna", "david"}, answers: map[string]string{"anna": yes, "david": yes}},
	{owner: "emma", title: "Review of the month", day: -4, at: "14:00", minutes: 90, zone: berlin, rule: "FREQ=MONTHLY;BYDAY=-1TH;COUNT=12", place: "Room Oak",
		invited: []string{"anna", "clara", "room-oak"}, answers: map[string]string{"anna": yes, "clara": maybe}},
	{owner: "felix", title: "Choir", day: -13, at: "19:30", minutes: 120, zone: berlin, rule: "FREQ=WEEKLY;BYDAY=TU", place: "Town hall", calendar: "music"},
	{owner: "david", title: "Gym", day: -14, at: "07:00", minutes: 60, zone: newYork, rule: "FREQ=WEEKLY;BYDAY=MO,TH"},
	{owner: "anna", title: "Swimming lesson", day: -25, at: "16:30", minutes: 45, zone: berlin, rule: "FREQ=WEEKLY;BYDAY=TH;COUNT=10", place: "Swimming pool", alarm: 30, calendar: "family"},

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
	{owner: "ben", title: "Customer visit", day: -9, at: "09:00", minutes: 240, zone: newYork, place: "At the customer's", calendar: "travel"},
	{owner: "anna", title: "Board meeting", day: 22, at: "10:00", minutes: 120, zone: berlin, place: "Room Oak", alarm: 60,
		invited: []string{"emma", "ben", "room-oak"}, answers: map[string]string{"ben": maybe}},
	{owner: "anna", title: "Kick-off: spring catalogue", day: -20, at: "10:00", minutes: 90, zone: berlin, place: "Room Birch", notes: "Bring last year's catalogue.",
		invited: []string{"clara", "felix", "room-birch"}, answers: map[string]string{"clara": yes, "felix": yes}},
	{owner: "anna", title: "Proofs of the catalogue", day: 15, at: "11:00", minutes: 45, zone: berlin,
		invited: []string{"clara"}, answers: map[string]string{"clara": yes}},

	// What is hard to draw: several at once, over days, from right to left, words without end.
	{owner: "anna", title: "Call with the printer", day: 1, at: "13:15", minutes: 30, zone: berlin},
	{owner: "anna", title: "Rückfrage Haushaltsplanungsausschussvorbereitungsunterlagen", day: 1, at: "13:30", minutes: 60, zone: berlin, place: "Donaudampfschifffahrtsgesellschaftsgebäude"},
	{owner: "anna", title: "פגישה עם הספקים", day: 3, at: "15:00", minutes: 60, zone: berlin, place: "تل أبيب"},
	{owner: "anna", title: "Exhibition: setting up", day: 9, at: "18:00", minutes: 2520, zone: berlin, free: true},
	{owner: "anna", title: "Trade fair", day: 4, minutes: 4, free: true},

	// What is one's own.
	{owner: "anna", title: "Dentist", day: 3, at: "08:15", minutes: 45, zone: berlin, alarm: 60},
	{owner: "anna", title: "Lunch with Ines", day: -13, at: "12:30", minutes: 60, zone: berlin, place: "Corner café"},
	{owner: "anna", title: "Call with the studio in Tokyo", day: 2, at: "17:00", minutes: 45, zone: tokyo, notes: "It is 17:00 with them.", alarm: 10},
	{owner: "anna", title: "Vet", day: -10, at: "16:15", minutes: 30, zone: berlin, calendar: "family"},
	{owner: "anna", title: "School closed", day: -17, minutes: 1, free: true, calendar: "family"},
	{owner: "anna", title: "Cinema", day: -2, at: "20:00", minutes: 150, zone: berlin, place: "Old Cinema", calendar: "family"},
	{owner: "anna", title: "Lunch at Grandma's", day: 6, at: "12:30", minutes: 150, zone: berlin, calendar: "family"},
	{owner: "anna", title: "Birthday party of Mia", day: 12, at: "15:00", minutes: 180, zone: berlin, notes: "Bring the cake.", alarm: 120, calendar: "family"},
	{owner: "anna", title: "Train to Prague", day: -19, at: "17:05", minutes: 255, zone: berlin, place: "Main station", alarm: 45, calendar: "travel"},
	{owner: "anna", title: "Prague: Novak Gallery", day: -18, minutes: 2, free: true, calendar: "travel"},
	{owner: "anna", title: "Flight to Lisbon", day: 16, at: "10:05", minutes: 220, zone: berlin, alarm: 120, calendar: "travel"},
	{owner: "anna", title: "Visit of the printing works", day: 16, at: "16:00", minutes: 120, zone: lisbon, place: "Lisbon", calendar: "travel"},
	{owner: "ben", title: "Flight to Berlin", day: 6, at: "18:40", minutes: 470, zone: newYork, place: "JFK", alarm: 180, calendar: "travel"},
	{owner: "ben", title: "In Berlin", day: 7, minutes: 4, free: true, calendar: "travel"},
	{owner: "clara", title: "Holiday", day: 21, minutes: 5, notes: "Felix stands in."},
	{owner: "david", title: "School concert", day: 4, at: "18:00", minutes: 90, zone: newYork, calendar: "family"},
	{owner: "emma", title: "Plumber", day: 0, at: "08:00", minutes: 60, zone: berlin, calendar: "home"},
	{owner: "emma", title: "Train to Hamburg", day: 11, at: "16:36", minutes: 104, zone: berlin, place: "Main station", alarm: 45, calendar: "home"},
	{owner: "felix", title: "Focus time", day: 1, at: "13:00", minutes: 180, zone: berlin},
	{owner: "felix", title: "Dinner with friends", day: 5, at: "20:00", minutes: 150, zone: berlin},
	{owner: "clara", title: "Parents' evening", day: 9, at: "18:30", minutes: 90, zone: berlin, calendar: "private"},
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
