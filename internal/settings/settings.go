// Package settings reads what people have chosen in the pages, as far as the server acts on it. Settings are stored as the
// JSON object that a page has sent, whatever is in it: what is missing, or of another type than it should be, counts as not
// chosen and spoils nothing beside it.
package settings

import (
	"cmp"
	"encoding/json"
)

// The values of the setting mailReminders.
const (
	MailOff   = "off"
	MailAsked = "asked" // what asks for mail: ACTION:EMAIL
	MailAll   = "all"
)

// Settings are those of one person. The zero value of a field says that nothing was chosen.
type Settings struct {
	Language       string   // chosen
	DeviceLanguage string   // of the device that was used last
	TimeZone       string   // chosen
	DeviceZone     string   // of the device that was used last
	Hours24        *bool    // whether a day has 24 hours, or twice 12
	MailReminders  string   // MailOff, MailAsked or MailAll; MailAsked if not chosen
	QuietCalendars []string // hrefs of calendars that do not remind
}

// Read reads stored settings.
func Read(text string) Settings {
	var all map[string]json.RawMessage
	_ = json.Unmarshal([]byte(text), &all) // nothing is chosen in what is no object
	s := Settings{
		Language: value[string](all["language"]), DeviceLanguage: value[string](all["deviceLanguage"]),
		TimeZone: value[string](all["timeZone"]), DeviceZone: value[string](all["deviceZone"]),
		Hours24: value[*bool](all["hours24"]), MailReminders: value[string](all["mailReminders"]), QuietCalendars: value[[]string](all["quietCalendars"]),
	}
	if s.MailReminders != MailOff && s.MailReminders != MailAll {
		s.MailReminders = MailAsked
	}
	return s
}

// value is what a member holds, or the zero value where it is of another type.
func value[T any](member json.RawMessage) T {
	var v, none T
	if json.Unmarshal(member, &v) != nil {
		return none
	}
	return v
}

// Zone is the name of the time zone that was chosen, or else that of the device; "" if neither is known.
func (s Settings) Zone() string { return cmp.Or(s.TimeZone, s.DeviceZone) }

// Tongue is the language that was chosen, or else that of the device; "" if neither is known.
func (s Settings) Tongue() string { return cmp.Or(s.Language, s.DeviceLanguage) }
