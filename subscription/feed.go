package subscription

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strings"
	"time"

	"convoke/internal/icalendar"
	"convoke/internal/outward"
	"convoke/storage"
)

// feed is what was read from an address. With same there is nothing new.
type feed struct {
	same           bool
	etag, modified string
	digest         []byte
	head           *icalendar.Component
	objects        []*icalendar.Object
	skips          Skips
}

// Skips are the entries of a feed that could not be taken.
type Skips struct {
	Count int    `json:"count"`
	Items []Skip `json:"items"` // the first of them
}

// Skip is one of them.
type Skip struct {
	Line   int    `json:"line"` // where it begins in the feed; 0 is unknown
	Title  string `json:"title,omitempty"`
	Reason string `json:"reason"`
}

const (
	maxSkips     = 20 // that are told one by one
	maxObjects   = 20_000
	maxBytes     = 64 << 20 // of all events with their time zones: they are in memory until they are stored
	maxValidator = 1024     // bytes of an ETag or a date that are kept
)

// read fetches a feed. Errors are *Problem.
func (s *Service) read(ctx context.Context, one *storage.Subscription) (*feed, error) {
	h := http.Header{"Accept": {"text/calendar, */*;q=0.5"}}
	if one.ETag != "" {
		h.Set("If-None-Match", one.ETag) // RFC 9110 §13.1.2
	}
	if one.Modified != "" {
		h.Set("If-Modified-Since", one.Modified)
	}
	answer, err := s.o.Client.Get(ctx, one.URL, h)
	if err != nil {
		var e *outward.Error
		if !errors.As(err, &e) {
			e = &outward.Error{Reason: outward.Unreachable, Err: err}
		}
		p := problem(e.Reason)
		p.Err = e.Err
		return nil, p
	}
	switch answer.Status {
	case http.StatusOK:
	case http.StatusNotModified:
		if one.ETag == "" && one.Modified == "" {
			return nil, problem(Answered, answer.Status)
		}
		return &feed{same: true, etag: one.ETag, modified: one.Modified, digest: one.Digest}, nil
	case http.StatusUnauthorized, http.StatusForbidden:
		return nil, problem(SignIn)
	case http.StatusNotFound, http.StatusGone:
		return nil, problem(NotThere)
	default:
		return nil, problem(Answered, answer.Status)
	}
	sum := sha256.Sum256(answer.Body)
	f := &feed{etag: validator(answer.Header.Get("ETag")), modified: validator(answer.Header.Get("Last-Modified")), digest: sum[:]}
	if bytes.Equal(f.digest, one.Digest) {
		f.same = true
		return f, nil
	}
	if err := s.parse(f, answer.Body, one.Alarms); err != nil {
		return nil, err
	}
	return f, nil
}

// validator is a header field as it is sent back; nothing where it is too long to keep.
func validator(value string) string {
	if len(value) > maxValidator {
		return ""
	}
	return value
}

// parse reads the calendar. What cannot be taken is skipped and told; what is no calendar at all is a *Problem.
func (s *Service) parse(f *feed, data []byte, alarms bool) error {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	f.head = icalendar.StreamHead(data)
	seen, found, held := map[string]bool{}, false, 0
	for item := range icalendar.ParseStream(data) {
		if item.Line == 0 { // the whole of it is none
			if !bytes.Contains(bytes.ToUpper(data[:min(len(data), 4096)]), []byte("BEGIN:VCALENDAR")) {
				return problem(NoCalendar)
			}
			f.skip(item, "it cannot be read")
			continue
		}
		found = true
		if len(f.objects) == maxObjects {
			f.skip(item, fmt.Sprintf("there are more than %d events", maxObjects))
			continue
		}
		o, reason := s.event(item, seen, alarms)
		if o == nil {
			f.skip(item, reason)
			continue
		}
		if held += len(o.Bytes()); held > maxBytes {
			f.skip(item, fmt.Sprintf("there are more than %d MB of events with their time zones", maxBytes>>20))
			continue
		}
		f.objects = append(f.objects, o)
	}
	if !found && !bytes.Contains(bytes.ToUpper(data[:min(len(data), 4096)]), []byte("BEGIN:VCALENDAR")) {
		return problem(NoCalendar)
	}
	return nil
}

// event makes the object to store of an item, or says why there is none.
func (s *Service) event(item icalendar.Item, seen map[string]bool, alarms bool) (o *icalendar.Object, reason string) {
	switch {
	case item.Err != nil:
		return nil, item.Err.Error()
	case item.Kind != icalendar.Event:
		return nil, "a " + item.Kind + " is no event"
	}
	o = item.Object
	if item.UID == "" {
		identify(o)
	}
	uid := o.UID()
	if seen[uid] {
		return nil, "another event has the same UID"
	}
	for c := range o.Parts() {
		if !alarms {
			c.RemoveChildren(func(k *icalendar.Component) bool { return k.Name == icalendar.Alarm })
		}
		if !c.Has("DTSTAMP") { // RFC 5545 §3.8.7.2 wants one, and some clients
			c.Set("DTSTAMP", "19700101T000000Z")
		}
	}
	if err := s.o.Scheduler.Fit(o); err != nil {
		return nil, causeOf(err)
	}
	seen[uid] = true
	return o.Freeze(), ""
}

// causeOf is the innermost reason of a refusal: what is wrong with the event.
func causeOf(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err.Error()
		}
		err = inner
	}
}

// identify gives an event without UID one that stays the same while the event does.
func identify(o *icalendar.Object) {
	h := sha256.New()
	for c := range o.Parts() {
		for _, p := range c.Props {
			if p.Name != "DTSTAMP" && p.Name != "CREATED" && p.Name != "LAST-MODIFIED" {
				fmt.Fprintf(h, "%s;%s:%s\n", p.Name, p.ParamText(), p.Value)
			}
		}
	}
	uid := hex.EncodeToString(h.Sum(nil)[:16])
	for c := range o.Parts() {
		c.SetText("UID", uid)
	}
}

func (f *feed) skip(item icalendar.Item, reason string) {
	f.skips.Count++
	if len(f.skips.Items) == maxSkips {
		return
	}
	one := Skip{Line: item.Line, Reason: clip(reason)}
	if item.Object != nil {
		for c := range item.Object.Parts() {
			one.Title = clip(c.Text("SUMMARY"))
			break
		}
	}
	f.skips.Items = append(f.skips.Items, one)
}

func (f *feed) text(name string) string {
	if f.head == nil {
		return ""
	}
	return strings.TrimSpace(f.head.Text(name))
}

// name is how the feed calls itself (RFC 7986 §5.1), else its file or host.
func (f *feed) name(address string) string {
	if name := clip(cmp.Or(f.text("NAME"), f.text("X-WR-CALNAME"))); name != "" {
		return name
	}
	u, err := url.Parse(address)
	if err != nil {
		return "Calendar"
	}
	if base := path.Base(u.Path); strings.HasSuffix(strings.ToLower(base), ".ics") && len(base) > len(".ics") {
		return clip(base[:len(base)-len(".ics")])
	}
	return clip(u.Hostname())
}

// color is that of the feed, "" if it has none (RFC 7986 §5.9).
func (f *feed) color() string {
	return cmp.Or(colorOf(f.text("X-APPLE-CALENDAR-COLOR")), colorOf(f.text("COLOR")))
}

var hex6 = regexp.MustCompile(`^#[0-9A-Fa-f]{6}([0-9A-Fa-f]{2})?$`)

// colorOf gives a colour as clients write it, #RRGGBB; "" for what is none.
func colorOf(s string) string {
	s = strings.TrimSpace(s)
	if hex6.MatchString(s) {
		return s[:7]
	}
	return cssColors[strings.ToLower(s)]
}

// advised is how often the feed wants to be read (RFC 7986 §5.7); 0 if it says nothing.
func (f *feed) advised() time.Duration {
	if f.head == nil {
		return 0
	}
	for _, name := range []string{"REFRESH-INTERVAL", "X-PUBLISHED-TTL"} {
		if p := f.head.Prop(name); p != nil {
			if d, err := p.Duration(); err == nil && d.Nominal() > 0 {
				return min(max(d.Nominal(), MinInterval), MaxInterval)
			}
		}
	}
	return 0
}
