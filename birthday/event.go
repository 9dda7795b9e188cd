package birthday

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"convoke/internal/icalendar"
	"convoke/internal/recur"
	"convoke/internal/vcard"
)

const (
	product = "-//Convoke//Birthdays//EN"
	// firstYear is where a day begins of which no year is known, or one that is too long ago. It was a leap year, and no client finds it too long ago.
	firstYear = 1972
	oldest    = 1900 // no calendar object begins earlier
	lastYear  = 2200 // nor later
	maxName   = 200  // bytes of a name
)

// The kinds of days.
const (
	kindBirthday    = "birthday"
	kindAnniversary = "anniversary"
)

// words are what the server writes, in one language; what %s and %d stand for are the name and the year.
type words struct{ title, birthday, anniversary, born, since string }

var languages = map[string]words{
	"en": {"Birthdays", "%s's birthday", "%s's anniversary", "Born in %d", "Since %d"},
	"de": {"Geburtstage", "Geburtstag von %s", "Jahrestag von %s", "Geboren %d", "Seit %d"},
}

// languageOf gives the one of ours that a language tag (RFC 5646) asks for, English for all others.
func languageOf(tag string) string {
	primary, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
	if _, ok := languages[primary]; ok {
		return primary
	}
	return "en"
}

// date is a day of somebody, and what its event says.
type date struct {
	uid      string // of the event
	kind     string
	name     string
	day      vcard.Day
	class    string // of the card, "" is public
	modified time.Time
}

// datesOf reads the dates of a card. uid is the card's.
func datesOf(data []byte, uid string, modified time.Time) []date {
	card, err := vcard.Parse(data)
	if err != nil || card.IsGroup() {
		return nil
	}
	name := clip(cmp.Or(strings.TrimSpace(card.Text("FN")), strings.TrimSpace(card.Text("NICKNAME")), strings.TrimSpace(card.Text("ORG"))))
	if name == "" {
		return nil
	}
	var list []date
	add := func(kind string, day vcard.Day, ok bool) {
		if ok && day.Year < lastYear {
			list = append(list, date{eventUID(kind, uid), kind, name, day, classOf(card.Text("CLASS")), modified})
		}
	}
	day, ok := card.Birthday()
	add(kindBirthday, day, ok)
	day, ok = card.Anniversary()
	add(kindAnniversary, day, ok)
	return list
}

// eventUID is made of the card's, so that a card that is moved to another book, or comes back, has the same event.
func eventUID(kind, card string) string {
	sum := sha256.Sum256([]byte(kind + "\x00" + card))
	return hex.EncodeToString(sum[:16]) + "-" + kind
}

// classOf keeps what CLASS says of who may see it: RFC 2426 §3.7.1 and RFC 5545 §3.8.1.3 have the same words, and what is
// none of them is private by the latter.
func classOf(class string) string {
	switch class = strings.ToUpper(strings.TrimSpace(class)); class {
	case "", "PUBLIC":
		return ""
	case "CONFIDENTIAL":
		return class
	}
	return "PRIVATE"
}

// clip gives a name on one line, without what controls anything, at most so long.
func clip(name string) string {
	name = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(name, ""), func(r rune) bool { return r <= ' ' || r == 0x7f }), " ")
	if len(name) > maxName {
		name = strings.ToValidUTF8(name[:maxName], "")
	}
	return name
}

// object makes the event: a whole day of each year that takes no time of anybody's.
func (d *date) object(w words) *icalendar.Object {
	year := d.day.Year
	if year < oldest {
		year = firstYear
	}
	from := recur.Date{Year: year, Month: d.day.Month, Day: d.day.Day}
	rule := "FREQ=YEARLY"
	if from.Month == time.February && from.Day == 29 {
		// In common years it is the 28th: the last day of February. FREQ=YEARLY alone would leave those years out
		// (RFC 5545 §3.3.10).
		rule = "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1"
	}
	summary, about := w.birthday, w.born
	if d.kind == kindAnniversary {
		summary, about = w.anniversary, w.since
	}
	e := icalendar.NewComponent(icalendar.Event)
	e.SetText("UID", d.uid)
	e.SetTime("DTSTAMP", icalendar.FromInstant(d.modified))
	e.SetTime("DTSTART", icalendar.FromDate(from)) // without an end it lasts the day (RFC 5545 §3.6.1)
	e.Set("RRULE", rule)
	e.SetText("SUMMARY", fmt.Sprintf(summary, d.name))
	if d.day.Year != 0 {
		e.SetText("DESCRIPTION", fmt.Sprintf(about, d.day.Year))
		e.Set("X-CONVOKE-YEAR", fmt.Sprint(d.day.Year)) // the pages tell the age by it
	}
	if d.class != "" {
		e.Set("CLASS", d.class)
	}
	e.Set("TRANSP", "TRANSPARENT")
	o := icalendar.New(product)
	o.Calendar.AddChild(e)
	return o.Freeze()
}
