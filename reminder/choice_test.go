package reminder

import (
	"reflect"
	"testing"
)

// What was chosen holds, and else what the device was seen to have.
func TestChosenOrSeen(t *testing.T) {
	for settings, want := range map[string]choice{
		`{}`: {Mail: MailAsked},
		`{"deviceZone":"Asia/Tokyo","deviceLanguage":"de"}`:                                                      {Mail: MailAsked, Language: "de", zone: "Asia/Tokyo"},
		`{"language":"en","timeZone":"Europe/Berlin","deviceZone":"Asia/Tokyo","deviceLanguage":"de"}`:           {Mail: MailAsked, Language: "en", zone: "Europe/Berlin"},
		`{"quietCalendars":["/dav/calendars/ann/default/"]}`:                                                     {Mail: MailAsked, quiet: []string{"/dav/calendars/ann/default/"}},
		`{"mailReminders":"off","language":"","timeZone":"","deviceZone":"Asia/Tokyo","deviceLanguage":["odd"]}`: {Mail: MailOff, zone: "Asia/Tokyo"},
	} {
		if got := readChoice(settings); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, want %+v", settings, got, want)
		}
	}
}
