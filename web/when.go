package web

import (
	"fmt"
	"time"

	"convoke/internal/icalendar"
	"convoke/internal/recur"
	"convoke/internal/timezone"
)

// calendarWords are how a language writes dates. The forms take their parts by position.
type calendarWords struct {
	days, short [7]string // Sunday first
	months      [12]string
	month       string // month, year
	date        string // weekday, day, month, year
	dayMonth    string // weekday, day, month
	clock       string // hour, minute
}

var calendarLanguages = map[string]*calendarWords{
	"en": {
		days:   [7]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
		short:  [7]string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"},
		months: [12]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
		month:  "%s %d", date: "%[1]s, %[2]d %[3]s %[4]d", dayMonth: "%s, %d %s", clock: "%02d:%02d",
	},
	"de": {
		days:   [7]string{"Sonntag", "Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag"},
		short:  [7]string{"So", "Mo", "Di", "Mi", "Do", "Fr", "Sa"},
		months: [12]string{"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"},
		month:  "%s %d", date: "%[1]s, %[2]d. %[3]s %[4]d", dayMonth: "%s, %d. %s", clock: "%02d:%02d",
	},
}

func (w *calendarWords) dayOf(d recur.Date) string {
	return fmt.Sprintf(w.date, w.days[d.Weekday()], d.Day, w.months[(d.Month-time.January)%12], d.Year)
}

func (w *calendarWords) shortDay(d recur.Date) string {
	return fmt.Sprintf(w.dayMonth, w.days[d.Weekday()], d.Day, w.months[(d.Month-time.January)%12])
}

func (w *calendarWords) monthOf(d recur.Date) string {
	return fmt.Sprintf(w.month, w.months[(d.Month-time.January)%12], d.Year)
}

func (w *calendarWords) clockOf(l recur.Local) string { return fmt.Sprintf(w.clock, l.Hour, l.Minute) }

// stretch is when an instance takes place on the clock of a zone: whole days, or from one time to another.
type stretch struct {
	allDay   bool
	from, to recur.Local // to is the last day of whole days, else the end
}

// stretchOf puts an instance on a clock.
func stretchOf(i *icalendar.Instance, zone *timezone.Zone) stretch {
	s := stretch{from: zone.Local(i.Start), to: zone.Local(i.End)}
	if i.AllDay() {
		s.allDay = true
		s.from = i.From.Local
		// Their ends were computed with floating days in the same zone; the end is the day after the last.
		s.to = zone.Local(i.End.Add(-time.Second))
	}
	if s.to.Before(s.from) {
		s.to = s.from
	}
	return s
}

// lastDay is the last day on which it takes any time.
func (s stretch) lastDay() recur.Date {
	if !s.allDay && s.to.After(s.from) {
		return s.to.AddSeconds(-1).Date
	}
	return s.to.Date
}

// sentence says when something takes place: days, clock.
func (w *calendarWords) sentence(s stretch) string {
	switch {
	case s.allDay && s.lastDay() == s.from.Date:
		return w.dayOf(s.from.Date)
	case s.allDay:
		return w.dayOf(s.from.Date) + " – " + w.dayOf(s.lastDay())
	case s.to == s.from:
		return w.dayOf(s.from.Date) + ", " + w.clockOf(s.from)
	case s.to.Date == s.from.Date:
		return w.dayOf(s.from.Date) + ", " + w.clockOf(s.from) + "–" + w.clockOf(s.to)
	}
	return w.dayOf(s.from.Date) + ", " + w.clockOf(s.from) + " – " + w.dayOf(s.to.Date) + ", " + w.clockOf(s.to)
}
