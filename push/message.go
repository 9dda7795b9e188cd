package push

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"
)

// Message is what a browser shows as a notification.
type Message struct {
	Title string `json:"title"`
	Body  string `json:"body,omitempty"`
	// Tag names what it is about: of messages and notifications of the page with one tag, one is shown.
	Tag      string `json:"tag"`
	Path     string `json:"path"` // of the page that a click opens, with its query
	Language string `json:"lang,omitempty"`
	Time     *Time  `json:"time,omitempty"` // put before the body, as the browser writes times

	Until time.Time `json:"-"` // it is worth telling
}

// Time is when something takes place.
type Time struct {
	Start   int64  `json:"start"` // milliseconds; where AllDay, of the day in UTC
	End     int64  `json:"end"`
	AllDay  bool   `json:"allDay,omitempty"`
	Zone    string `json:"zone,omitempty"`
	Hours24 *bool  `json:"hours24,omitempty"` // nil: as usual in the language
}

// maxPayload bounds a message before it is encrypted. Push services take 3,993 bytes (RFC 8291 §4).
const maxPayload = 3_000

// payload is a message as the service worker reads it. Where it is too long, texts are cut, and then what it is about.
func (m Message) payload() ([]byte, error) {
	m.Title, m.Body = clip(m.Title, 400), clip(m.Body, 600)
	data, err := json.Marshal(m)
	if err == nil && len(data) > maxPayload {
		m.Tag = m.topic()
		data, err = json.Marshal(m)
	}
	if err == nil && len(data) > maxPayload {
		m.Path, _, _ = strings.Cut(m.Path, "?")
		m.Title, m.Body = clip(m.Title, 150), clip(m.Body, 150) // whatever is escaped takes six bytes
		data, err = json.Marshal(m)
	}
	return data, err
}

// topic names it to the push service, which keeps one message of each for a browser that is away (RFC 8030 §5.4), and tells
// nothing of what it is about.
func (m Message) topic() string {
	sum := sha256.Sum256([]byte(m.Tag))
	return base64.RawURLEncoding.EncodeToString(sum[:24]) // 32 characters are the most
}

// clip cuts a text after so many bytes, at the end of a character.
func clip(s string, most int) string {
	s = strings.ToValidUTF8(strings.TrimSpace(s), "")
	if len(s) <= most {
		return s
	}
	cut := most - len("…")
	for !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}
