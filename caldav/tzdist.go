package caldav

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"convoke/internal/timezone"
	"convoke/storage"
)

// TimeZonesPath is where TimeZones is mounted.
const TimeZonesPath = "/timezones"

// TimeZones serves the zones of the tz database to everybody, RFC 7808: GET of capabilities, zones, zones/TZID and
// zones/TZID/observances. What it serves is part of the program, so that nothing changes while it runs.
func TimeZones() http.Handler {
	s := &tzdist{}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "Time zones can be read only.", http.StatusMethodNotAllowed)
			return
		}
		s.serve(w, r)
	})
}

// tzdist keeps the list of zones, which takes a while to make.
type tzdist struct {
	once  sync.Once
	zones []*tzZone
	token string
}

// tzZone is one zone in a list, RFC 7808 §6.2.
type tzZone struct {
	TZID         string   `json:"tzid"`
	ETag         string   `json:"etag"`
	LastModified string   `json:"last-modified"`
	Publisher    string   `json:"publisher"`
	Version      string   `json:"version"`
	Aliases      []string `json:"aliases,omitempty"`
}

// tzPublished is told as the time of change of all zones: the table of names is renewed with the program.
const tzPublished = "2026-01-01T00:00:00Z"

const tzVersion = "tzdata"

// tzText is the VTIMEZONE of a zone from 1970 on, as a calendar.
func tzText(zone *timezone.Zone, tzid string) []byte {
	b := []byte("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Convoke//Convoke//EN\r\n")
	b = append(b, timezone.VTimezone(zone, tzid, time.Time{}, time.Time{})...)
	return append(b, "END:VCALENDAR\r\n"...)
}

// list makes the list once.
func (s *tzdist) list() []*tzZone {
	s.once.Do(func() {
		byName := map[string]*tzZone{}
		var all strings.Builder
		for _, name := range timezone.Names() {
			zone, _ := timezone.Canonical(name)
			z := byName[zone]
			if z == nil {
				z = &tzZone{TZID: zone, ETag: storage.ETag(tzText(timezone.Lookup(zone), zone)), LastModified: tzPublished,
					Publisher: "IANA", Version: tzVersion}
				byName[zone] = z
				s.zones = append(s.zones, z)
				all.WriteString(z.ETag)
			}
			if name != zone {
				z.Aliases = append(z.Aliases, name)
			}
		}
		slices.SortFunc(s.zones, func(a, b *tzZone) int { return strings.Compare(a.TZID, b.TZID) })
		s.token = strings.Trim(storage.ETag([]byte(all.String())), `"`)
	})
	return s.zones
}

func (s *tzdist) serve(w http.ResponseWriter, r *http.Request) {
	path := strings.Trim(strings.TrimPrefix(r.URL.EscapedPath(), TimeZonesPath), "/")
	steps := strings.Split(path, "/") // a TZID is one of them: its slashes are escaped
	query, err := url.ParseQuery(r.URL.RawQuery)
	switch {
	case err != nil:
		tzRefuse(w, http.StatusBadRequest, "invalid-action", "The query cannot be read.")
	case path == "capabilities":
		tzJSON(w, r, http.StatusOK, "", tzCapabilities)
	case path == "zones":
		s.zonesLike(w, r, query)
	case len(steps) == 2 && steps[0] == "zones" && steps[1] != "observances":
		tzGet(w, r, steps[1])
	case len(steps) == 3 && steps[0] == "zones" && steps[2] == "observances":
		tzExpand(w, r, steps[1], query)
	default:
		tzRefuse(w, http.StatusBadRequest, "invalid-action", "There is no such action.")
	}
}

// tzRefuse answers with a problem, RFC 7808 §4.1.7.
func tzRefuse(w http.ResponseWriter, status int, name, title string) {
	body, _ := json.Marshal(map[string]any{"type": "urn:ietf:params:tzdist:error:" + name, "title": title, "status": status})
	h := w.Header()
	h.Set("Content-Type", "application/problem+json; charset=utf-8")
	h.Set("Content-Language", "en")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// tzJSON answers with JSON; etag may be "".
func tzJSON(w http.ResponseWriter, r *http.Request, status int, etag string, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		http.Error(w, "", http.StatusInternalServerError)
		return
	}
	tzSend(w, r, status, "application/json; charset=utf-8", etag, body)
}

func tzSend(w http.ResponseWriter, r *http.Request, status int, mediaType, etag string, body []byte) {
	h := w.Header()
	h.Set("Cache-Control", "public, max-age=86400")
	if etag != "" {
		h.Set("ETag", etag)
		if slices.Contains(strings.Split(strings.ReplaceAll(r.Header.Get("If-None-Match"), " ", ""), ","), etag) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	h.Set("Content-Type", mediaType)
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// tzCapabilities is RFC 7808 §6.1.
var tzCapabilities = func() any {
	type parameter struct {
		Name     string `json:"name"`
		Required bool   `json:"required"`
		Multi    bool   `json:"multi"`
	}
	action := func(name, template string, parameters ...parameter) any {
		return map[string]any{"name": name, "uri-template": TimeZonesPath + template, "parameters": append([]parameter{}, parameters...)}
	}
	return map[string]any{
		"version": 1,
		"info": map[string]any{
			"primary-source": "IANA:" + tzVersion, "formats": []string{"text/calendar"}, "contacts": []string{},
			"truncated": map[string]any{"any": false, "untruncated": true},
		},
		"actions": []any{
			action("capabilities", "/capabilities"),
			action("list", "/zones{?changedsince}", parameter{Name: "changedsince"}),
			action("get", "/zones{/tzid}"),
			action("expand", "/zones{/tzid}/observances{?start,end}", parameter{Name: "start", Required: true}, parameter{Name: "end", Required: true}),
			action("find", "/zones{?pattern}", parameter{Name: "pattern", Required: true}),
		},
	}
}()

// zonesLike lists all zones, or those that match a pattern: RFC 7808 §5.2, §5.5.
func (s *tzdist) zonesLike(w http.ResponseWriter, r *http.Request, query url.Values) {
	zones := s.list()
	switch patterns, since := query["pattern"], query["changedsince"]; {
	case len(since) > 1:
		tzRefuse(w, http.StatusBadRequest, "invalid-changedsince", "changedsince stands more than once.")
		return
	case len(patterns) > 0:
		match := tzPattern(patterns[0])
		if match == nil || len(patterns) > 1 {
			tzRefuse(w, http.StatusBadRequest, "invalid-pattern", "The pattern cannot be read.")
			return
		}
		var found []*tzZone
		for _, z := range zones {
			if match(z.TZID) || slices.ContainsFunc(z.Aliases, match) {
				found = append(found, z)
			}
		}
		zones = found
	case len(since) == 1 && since[0] == s.token:
		zones = nil
	}
	tzJSON(w, r, http.StatusOK, "", map[string]any{"synctoken": s.token, "timezones": append([]*tzZone{}, zones...)})
}

// tzPattern reads a pattern, RFC 7808 §5.5; nil if it is none.
func tzPattern(pattern string) func(name string) bool {
	start, end := strings.HasPrefix(pattern, "*"), false
	pattern = strings.TrimPrefix(pattern, "*")
	var text strings.Builder
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case c == '*' && i == len(pattern)-1:
			end = true
		case c == '*' || c == '\\' && (i+1 == len(pattern) || pattern[i+1] != '*' && pattern[i+1] != '\\'):
			return nil
		case c == '\\':
			i++
			text.WriteByte(pattern[i])
		default:
			text.WriteByte(c)
		}
	}
	want := tzPlain(text.String())
	if want == "" {
		return nil
	}
	return func(name string) bool {
		name = tzPlain(name)
		switch {
		case start && end:
			return strings.Contains(name, want)
		case start:
			return strings.HasSuffix(name, want)
		case end:
			return strings.HasPrefix(name, want)
		}
		return name == want
	}
}

// tzPlain is a name as patterns are compared with it.
func tzPlain(s string) string { return strings.ToLower(strings.ReplaceAll(s, "_", " ")) }

// tzFind gives a zone of the tz database by one of its names, escaped as in a path.
func tzFind(w http.ResponseWriter, escaped string) (tzid string, zone *timezone.Zone) {
	tzid, err := url.PathUnescape(escaped)
	if err == nil {
		if canonical, ok := timezone.Canonical(tzid); ok {
			return tzid, timezone.Lookup(canonical)
		}
	}
	tzRefuse(w, http.StatusNotFound, "tzid-not-found", "There is no such time zone.")
	return "", nil
}

// tzGet answers with a zone under the name asked for, RFC 7808 §5.3.
func tzGet(w http.ResponseWriter, r *http.Request, escaped string) {
	tzid, zone := tzFind(w, escaped)
	if zone == nil {
		return
	}
	if accept := r.Header.Get("Accept"); accept != "" && !strings.Contains(accept, "*/*") && !strings.Contains(accept, "text/") {
		tzRefuse(w, http.StatusNotAcceptable, "invalid-format", "Time zones are given as text/calendar.")
		return
	}
	text := tzText(zone, tzid)
	tzSend(w, r, http.StatusOK, calendarType, storage.ETag(text), text)
}

// tzExpand answers with the changes of the clock in a zone, RFC 7808 §5.4.
func tzExpand(w http.ResponseWriter, r *http.Request, escaped string, query url.Values) {
	tzid, zone := tzFind(w, escaped)
	if zone == nil {
		return
	}
	instant := func(name string) (time.Time, bool) {
		if len(query[name]) != 1 {
			return time.Time{}, false
		}
		t, err := time.Parse("2006-01-02T15:04:05Z", query.Get(name))
		return t, err == nil
	}
	start, ok := instant("start")
	if !ok {
		tzRefuse(w, http.StatusBadRequest, "invalid-start", "start is missing or no time in UTC.")
		return
	}
	end, ok := instant("end")
	if !ok || !end.After(start) {
		tzRefuse(w, http.StatusBadRequest, "invalid-end", "end is missing, no time in UTC, or not after start.")
		return
	}
	type observance struct {
		Name  string `json:"name"`
		Onset string `json:"onset"`
		From  int    `json:"utc-offset-from"`
		To    int    `json:"utc-offset-to"`
	}
	list := []observance{}
	for _, o := range zone.Onsets(start.Unix(), end.Unix()) {
		name := "Standard"
		if o.Daylight {
			name = "Daylight"
		}
		list = append(list, observance{name, time.Unix(o.At, 0).UTC().Format(time.RFC3339), o.From, o.To})
	}
	tzJSON(w, r, http.StatusOK, storage.ETag(tzText(zone, tzid)), map[string]any{"tzid": tzid, "observances": list})
}
