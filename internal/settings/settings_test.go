package settings

import (
	"reflect"
	"testing"
)

func TestRead(t *testing.T) {
	no := false
	for text, want := range map[string]Settings{
		``:        {MailReminders: MailAsked},
		`{}`:      {MailReminders: MailAsked},
		`["all"]`: {MailReminders: MailAsked},
		`{"mailReminders":"all","hours24":false,"language":"de","timeZone":"Europe/Berlin"}`:      {MailReminders: MailAll, Hours24: &no, Language: "de", TimeZone: "Europe/Berlin"},
		`{"mailReminders":"off","hours24":null,"quietCalendars":["/dav/calendars/ann/default/"]}`: {MailReminders: MailOff, QuietCalendars: []string{"/dav/calendars/ann/default/"}},
		// What is odd spoils nothing beside it.
		`{"mailReminders":"never","hours24":"yes","language":7,"deviceLanguage":["odd"],"quietCalendars":["a",7],"deviceZone":"Asia/Tokyo"}`: {MailReminders: MailAsked, DeviceZone: "Asia/Tokyo"},
	} {
		if got := Read(text); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, want %+v", text, got, want)
		}
	}
}

// What was chosen holds, and else what the device was seen to have.
func TestChosenOrSeen(t *testing.T) {
	for text, want := range map[string][2]string{
		`{}`: {"", ""},
		`{"deviceZone":"Asia/Tokyo","deviceLanguage":"de"}`:                                            {"Asia/Tokyo", "de"},
		`{"language":"en","timeZone":"Europe/Berlin","deviceZone":"Asia/Tokyo","deviceLanguage":"de"}`: {"Europe/Berlin", "en"},
		`{"language":"","timeZone":"","deviceZone":"Asia/Tokyo","deviceLanguage":"de"}`:                {"Asia/Tokyo", "de"},
	} {
		s := Read(text)
		if got := [2]string{s.Zone(), s.Tongue()}; got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}
