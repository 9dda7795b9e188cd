package web

import (
	"bufio"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"convoke/internal/icalendar"
	"convoke/internal/timezone"
	"convoke/server"
	"convoke/storage"
)

// feedVersion changes with what a feed is made like, so that programs read it anew then.
const feedVersion = "1"

// zonesFrom and zonesTo are for when time zones are told exactly; what comes after goes on by their rules.
var zonesFrom, zonesTo = time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2040, 1, 1, 0, 0, 0, 0, time.UTC)

// feed writes the calendar as one iCalendar stream (RFC 5545 §3.4, RFC 7986 §5), object by object.
func (p *Public) feed(w http.ResponseWriter, r *http.Request, v *shown) {
	listing, err := p.store.Listing(r.Context(), v.calendar.ID)
	if err != nil {
		server.Note(r.Context(), "public-failed", err)
		http.Error(w, "This calendar cannot be read right now. Try again in a moment.", http.StatusServiceUnavailable)
		return
	}
	c := v.calendar
	tag := strconv.Quote(p.store.Blind(strings.Join([]string{feedVersion, v.link.Token, p.store.SyncToken(c.ID, listing.Change()), v.name(),
		c.Description, c.Color, v.zone.Name(), v.words["public.busy"]}, "\n")))
	h := w.Header()
	h.Set("Content-Type", "text/calendar; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="calendar.ics"`)
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Vary", "Accept-Language")
	h.Set("ETag", tag)
	if matches(r.Header.Get("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if r.Method == http.MethodHead {
		return
	}
	out := bufio.NewWriterSize(w, 64<<10)
	if err := p.write(r, out, v, listing); err != nil {
		// The answer has begun: only a broken connection tells that it is not whole (RFC 9112 §8).
		server.Note(r.Context(), "", err)
		panic(http.ErrAbortHandler)
	}
}

// matches judges If-None-Match (RFC 9110 §13.1.2).
func matches(header, tag string) bool {
	for one := range strings.SplitSeq(header, ",") {
		if one = strings.TrimSpace(one); one == "*" || strings.TrimPrefix(one, "W/") == tag {
			return true
		}
	}
	return false
}

func (p *Public) write(r *http.Request, out *bufio.Writer, v *shown, listing *storage.Listing) error {
	const end = "END:VCALENDAR\r\n"
	head := icalendar.NewComponent(icalendar.Calendar)
	head.Set("VERSION", "2.0")
	head.Set("PRODID", "-//Convoke//Convoke//EN")
	head.Set("CALSCALE", "GREGORIAN")
	head.SetText("NAME", v.name())
	head.SetText("X-WR-CALNAME", v.name())
	if d := v.calendar.Description; d != "" && v.link.Detail == storage.LinkFull {
		head.SetText("DESCRIPTION", d)
		head.SetText("X-WR-CALDESC", d)
	}
	head.SetText("X-WR-TIMEZONE", v.zone.Name())
	head.Set("REFRESH-INTERVAL", "PT1H").SetParam("VALUE", "DURATION")
	head.Set("X-PUBLISHED-TTL", "PT1H")
	begin := head.AppendTo(nil)
	if _, err := out.Write(begin[:len(begin)-len(end)]); err != nil {
		return err
	}
	publication, zones := v.publication(p.store), map[string]bool{}
	var buf []byte
	for m := range listing.All() {
		if err := r.Context().Err(); err != nil {
			return err
		}
		if m.Component != icalendar.Event {
			continue
		}
		o, err := p.store.Object(r.Context(), v.calendar.ID, m.Name)
		if errors.Is(err, storage.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		parsed := published(o, publication)
		if parsed == nil {
			continue
		}
		buf = appendNew(buf[:0], parsed, zones)
		if _, err := out.Write(buf); err != nil {
			return err
		}
	}
	if _, err := out.WriteString(end); err != nil {
		return err
	}
	return out.Flush()
}

// appendNew writes the components of an object, of its time zones those not yet written.
func appendNew(dst []byte, o *icalendar.Object, zones map[string]bool) []byte {
	used := map[string]bool{}
	for c := range o.Parts() {
		c.CollectZones(used)
	}
	for tzid := range used {
		if zone := timezone.Lookup(tzid); zone != nil && !zones[tzid] {
			zones[tzid] = true // what is known by name is written by us (RFC 5545 §3.6.5)
			dst = append(dst, timezone.VTimezone(zone, tzid, zonesFrom, zonesTo)...)
		}
	}
	for _, c := range o.Calendar.Children {
		if c.Name == icalendar.TimeZone {
			tzid := c.Text("TZID")
			if zones[tzid] || !used[tzid] {
				continue
			}
			zones[tzid] = true
		}
		dst = c.AppendTo(dst)
		if n := len(dst); n > 0 && dst[n-1] != '\n' {
			dst = append(dst, "\r\n"...)
		}
	}
	return dst
}
