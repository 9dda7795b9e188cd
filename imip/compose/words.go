package compose

import (
	"fmt"
	"strings"
	"time"

	"convoke/internal/icalendar"
	"convoke/internal/recur"
)

// words is one language. Sentences take their parts by position.
type words struct {
	tag                                                                                     string
	invitation, update                                                                      string // subjects of REQUEST, by what the recipient knows
	cancel, counter, no                                                                     string // subjects of CANCEL, COUNTER, DECLINECOUNTER
	refresh, add, publish                                                                   string
	answers                                                                                 map[string]string // subjects of REPLY by PARTSTAT
	leads                                                                                   map[string]string // first sentence by method; %s is who speaks
	says                                                                                    map[string]string // first sentence of a REPLY by PARTSTAT
	partstat                                                                                map[string]string // in lists of attendees
	untitled                                                                                string
	title, whenIs, due, repeats, where, link, organizer, attendees, aboutIs, comment, dates string

	hint, changed, was                string
	answerHere, hintHere              string // where there is a page to answer at
	one                               string // this message is about one date of a series
	off                               string // that date does not take place
	allDay, more                      string
	date, clock, until, times         string
	days                              [7]string // Sunday first
	months                            [12]string
	every, everyN                     [8]string // by recur.Freq
	on, in, monthDay, lastDay, orRule string
	ordinals                          [6]string // 1 to 5; 0 is the last
	and                               string

	reminder, reminds, open, hintReminder string // subject, first sentence, before the link, last sentence
}

// languages are those we speak, by tag.
var languages = map[string]*words{"en": &english, "de": &german}

// wordsOf chooses the first language of a list that we speak, by its primary subtag (RFC 5646 §2.1); else English.
func wordsOf(tags ...string) *words {
	for _, tag := range tags {
		primary, _, _ := strings.Cut(strings.ToLower(strings.ReplaceAll(tag, "_", "-")), "-")
		if w := languages[primary]; w != nil {
			return w
		}
	}
	return &english
}

// Speaks tells whether mails can be written in a language.
func Speaks(tag string) bool { return languages[tag] != nil }

var english = words{
	tag:        "en",
	invitation: "Invitation: %s", update: "Updated: %s", cancel: "Cancelled: %s",
	counter: "New time proposed: %s", no: "Proposal declined: %s", refresh: "Latest version wanted: %s", add: "New date: %s", publish: "Event: %s",
	answers: map[string]string{"ACCEPTED": "Accepted: %s", "DECLINED": "Declined: %s", "TENTATIVE": "Tentative: %s",
		"DELEGATED": "Delegated: %s", "COMPLETED": "Completed: %s", "IN-PROCESS": "In process: %s", "": "Answer: %s"},
	leads: map[string]string{
		"REQUEST": "%s invites you:", "UPDATE": "%s has changed this:", "CANCEL": "%s has cancelled this:", "ADD": "%s has added a date:",
		"COUNTER": "%s proposes a change:", "DECLINECOUNTER": "%s keeps this as it was:", "REFRESH": "%s asks for the latest version of this:",
		"PUBLISH": "%s sends you this:"},
	says: map[string]string{"ACCEPTED": "%s accepts.", "DECLINED": "%s declines.", "TENTATIVE": "%s may come.", "DELEGATED": "%s sends somebody else.",
		"COMPLETED": "%s is done.", "IN-PROCESS": "%s is at it.", "": "%s has not decided yet."},
	partstat: map[string]string{"ACCEPTED": "accepted", "DECLINED": "declined", "TENTATIVE": "tentative", "DELEGATED": "delegated",
		"COMPLETED": "completed", "IN-PROCESS": "in process"},
	untitled: "(no title)",
	title:    "What", whenIs: "When", due: "Due", repeats: "Repeats", where: "Where", link: "Link", organizer: "Organizer", attendees: "Invited",
	aboutIs: "About", comment: "Comment", dates: "Dates that differ",
	hint:       "To answer, use the buttons of your mail program, or open the attached invitation with your calendar.",
	answerHere: "Answer in the browser",
	hintHere:   "You can also answer with the buttons of your mail program, or open the attached invitation with your calendar. The link is yours alone: whoever has it can answer for you.",
	changed:    "changed", was: "before", one: "This is about one date of a series.", off: "does not take place",
	allDay: "all day", more: "and %d more",
	date: "%[1]s, %[2]d %[3]s %[4]d", clock: "%02d:%02d", until: "until %s", times: "%d times",
	days: [7]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
	months: [12]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
		"November", "December"},
	every:  [8]string{"", "every second", "every minute", "every hour", "every day", "every week", "every month", "every year"},
	everyN: [8]string{"", "every %d seconds", "every %d minutes", "every %d hours", "every %d days", "every %d weeks", "every %d months", "every %d years"},
	on:     "on %s", in: "in %s", monthDay: "day %d", lastDay: "the last day", orRule: "by a rule of its own",
	ordinals: [6]string{"the last %s", "the first %s", "the second %s", "the third %s", "the fourth %s", "the fifth %s"},
	and:      "and",
	reminder: "Reminder: %s", reminds: "A reminder from your calendar:", open: "Open in the calendar",
	hintReminder: "You get this mail because you are reminded by mail. The settings of your calendar change that.",
}

var german = words{
	tag:        "de",
	invitation: "Einladung: %s", update: "Geändert: %s", cancel: "Abgesagt: %s",
	counter: "Neuer Termin vorgeschlagen: %s", no: "Vorschlag abgelehnt: %s", refresh: "Neuester Stand erbeten: %s", add: "Weiterer Termin: %s", publish: "Termin: %s",
	answers: map[string]string{"ACCEPTED": "Zugesagt: %s", "DECLINED": "Abgelehnt: %s", "TENTATIVE": "Mit Vorbehalt: %s",
		"DELEGATED": "Weitergegeben: %s", "COMPLETED": "Erledigt: %s", "IN-PROCESS": "In Arbeit: %s", "": "Antwort: %s"},
	leads: map[string]string{
		"REQUEST": "%s lädt Sie ein:", "UPDATE": "%s hat dies geändert:", "CANCEL": "%s hat dies abgesagt:", "ADD": "%s hat einen Termin hinzugefügt:",
		"COUNTER": "%s schlägt eine Änderung vor:", "DECLINECOUNTER": "%s lässt es, wie es war:", "REFRESH": "%s bittet um den neuesten Stand:",
		"PUBLISH": "%s sendet Ihnen dies:"},
	says: map[string]string{"ACCEPTED": "%s sagt zu.", "DECLINED": "%s sagt ab.", "TENTATIVE": "%s sagt mit Vorbehalt zu.", "DELEGATED": "%s schickt jemand anderen.",
		"COMPLETED": "%s ist fertig.", "IN-PROCESS": "%s arbeitet daran.", "": "%s hat sich noch nicht entschieden."},
	partstat: map[string]string{"ACCEPTED": "zugesagt", "DECLINED": "abgesagt", "TENTATIVE": "mit Vorbehalt", "DELEGATED": "weitergegeben",
		"COMPLETED": "erledigt", "IN-PROCESS": "in Arbeit"},
	untitled: "(ohne Titel)",
	title:    "Was", whenIs: "Wann", due: "Fällig", repeats: "Wiederholung", where: "Wo", link: "Link", organizer: "Organisiert von", attendees: "Eingeladen",
	aboutIs: "Worum es geht", comment: "Kommentar", dates: "Abweichende Termine",
	hint:       "Antworten können Sie mit den Schaltflächen Ihres Mailprogramms, oder indem Sie die angehängte Einladung mit Ihrem Kalender öffnen.",
	answerHere: "Im Browser antworten",
	hintHere:   "Auch die Schaltflächen Ihres Mailprogramms antworten, oder Ihr Kalender, der die angehängte Einladung öffnet. Der Link ist nur für Sie: Wer ihn hat, kann für Sie antworten.",
	changed:    "geändert", was: "vorher", one: "Es geht um einen einzelnen Termin einer Serie.", off: "fällt aus",
	allDay: "ganztägig", more: "und %d weitere",
	date: "%[1]s, %[2]d. %[3]s %[4]d", clock: "%02d:%02d Uhr", until: "bis %s", times: "%d Mal",
	days: [7]string{"Sonntag", "Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag"},
	months: [12]string{"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober",
		"November", "Dezember"},
	every:  [8]string{"", "jede Sekunde", "jede Minute", "jede Stunde", "täglich", "wöchentlich", "monatlich", "jährlich"},
	everyN: [8]string{"", "alle %d Sekunden", "alle %d Minuten", "alle %d Stunden", "alle %d Tage", "alle %d Wochen", "alle %d Monate", "alle %d Jahre"},
	on:     "am %s", in: "im %s", monthDay: "%d.", lastDay: "letzten Tag", orRule: "nach eigener Regel",
	ordinals: [6]string{"letzten %s", "ersten %s", "zweiten %s", "dritten %s", "vierten %s", "fünften %s"},
	and:      "und",
	reminder: "Erinnerung: %s", reminds: "Zur Erinnerung, aus Ihrem Kalender:", open: "Im Kalender öffnen",
	hintReminder: "Diese Mail kommt, weil Sie sich per Mail erinnern lassen. Das lässt sich in den Einstellungen Ihres Kalenders ändern.",
}

// subject is the line by which people know the mail.
func (w *words) subject(in *Input) string {
	c := principal(in.Object)
	title := line(c.Text("SUMMARY"), maxName)
	if title == "" {
		title = w.untitled
	}
	form := w.publish
	switch in.Object.Method() {
	case "REQUEST":
		form = w.invitation
		if len(in.Former) > 0 {
			form = w.update
		}
	case "CANCEL":
		form = w.cancel
	case "REPLY":
		form = w.answers[partstat(c)]
		if form == "" {
			form = w.answers[""]
		}
	case "COUNTER":
		form = w.counter
	case "DECLINECOUNTER":
		form = w.no
	case "REFRESH":
		form = w.refresh
	case "ADD":
		form = w.add
	}
	return fmt.Sprintf(form, title)
}

// lead is the sentence that opens the text.
func (w *words) lead(in *Input, who string) string {
	method := in.Object.Method()
	if method == "REPLY" {
		form := w.says[partstat(principal(in.Object))]
		if form == "" {
			form = w.says[""]
		}
		return fmt.Sprintf(form, who)
	}
	if method == "REQUEST" && len(in.Former) > 0 {
		method = "UPDATE"
	}
	form := w.leads[method]
	if form == "" {
		form = w.leads["PUBLISH"]
	}
	return fmt.Sprintf(form, who)
}

// partstat is the answer of a REPLY: that of its one attendee.
func partstat(c *icalendar.Component) string {
	if p := c.Prop("ATTENDEE"); p != nil {
		return strings.ToUpper(p.Param("PARTSTAT"))
	}
	return ""
}

// principal is the component that a message is mostly about: the series, else its first instance.
func principal(o *icalendar.Object) *icalendar.Component {
	if c := o.Master(); c != nil {
		return c
	}
	for c := range o.Parts() {
		return c
	}
	return icalendar.NewComponent(icalendar.Event)
}

// day writes a date with its weekday.
func (w *words) day(d recur.Date) string {
	return fmt.Sprintf(w.date, w.days[d.Weekday()], d.Day, w.months[(d.Month-time.January)%12], d.Year)
}

// list joins words: a, b and c.
func (w *words) list(items []string) string {
	if n := len(items); n > 1 {
		return strings.Join(items[:n-1], ", ") + " " + w.and + " " + items[n-1]
	}
	return strings.Join(items, "")
}
