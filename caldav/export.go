package caldav

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"convoke/internal/icalendar"
	"convoke/server"
	"convoke/server/dav"
	"convoke/server/tree"
	"convoke/storage"
)

// Tag names the stream by all that it is made of: the objects, and the name and time zone of the calendar.
func (c *calendar) Tag(ctx context.Context) (string, error) {
	listing, err := c.Tree.Store.Listing(ctx, c.C.ID)
	if err != nil {
		return "", tree.Condition(err)
	}
	c.exported = listing // so that the tag is that of what Get gives
	state := c.Tree.Store.SyncToken(c.C.ID, listing.Change()) + "\n" + c.exportName() + "\n" + c.C.TimezoneID
	return c.ETag(storage.ETag([]byte(state))), nil
}

// Get gives the whole calendar as one iCalendar stream, for subscriptions and backups. RFC 4918 §9.4 leaves what GET
// on a collection gives to the server. The engine has asked Tag and judged the preconditions.
func (c *calendar) Get(w http.ResponseWriter, r *http.Request) error {
	h := w.Header()
	h.Set("Vary", "Accept, Authorization")
	h.Set("Content-Type", calendarType)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": fileName(c.C.Name)}))
	h.Set("X-Content-Type-Options", "nosniff")
	if r.Method == http.MethodHead {
		w.WriteHeader(http.StatusOK)
		return nil
	}
	out := bufio.NewWriterSize(w, 64<<10)
	if err := c.export(r.Context(), out); err != nil {
		// The answer has begun: only a broken connection tells that it is not whole (RFC 9112 §8).
		server.Note(r.Context(), "", err)
		panic(http.ErrAbortHandler)
	}
	return nil
}

// exportName is how the stream calls the calendar.
func (c *calendar) exportName() string { return cmp.Or(c.C.DisplayName, c.C.Name) }

// fileName is the name of a calendar without what a file name should not hold.
func fileName(name string) string {
	clean := strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, name)
	return clean + ".ics"
}

// export writes all objects as one VCALENDAR, each time zone once. One that is gone meanwhile, or is no calendar
// object, is left out; any other failure ends the export.
func (c *calendar) export(ctx context.Context, out *bufio.Writer) error {
	name := c.exportName()
	head := icalendar.NewComponent(icalendar.Calendar)
	head.Set("VERSION", "2.0")
	head.Set("PRODID", "-//Convoke//Convoke//EN")
	head.Set("CALSCALE", "GREGORIAN")
	head.SetText("NAME", name)         // RFC 7986 §5.1
	head.SetText("X-WR-CALNAME", name) // what is read more widely
	if c.C.TimezoneID != "" {
		head.SetText("X-WR-TIMEZONE", c.C.TimezoneID)
	}
	const end = "END:VCALENDAR\r\n"
	begin := head.AppendTo(nil)
	if _, err := out.Write(begin[:len(begin)-len(end)]); err != nil {
		return err
	}
	zones := map[string]bool{}
	var buf []byte
	for m := range c.exported.All() {
		o, ok := c.Member(m, nil).(*object)
		if !ok || o.Allow(ctx, dav.Read) != nil {
			continue
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if _, err := o.Load(ctx); errors.Is(err, dav.ErrNotFound) {
			continue
		} else if err != nil {
			return err
		}
		p, err := o.parsed(ctx)
		if err != nil {
			continue
		}
		buf = appendParts(buf[:0], p, zones)
		if _, err := out.Write(buf); err != nil {
			return err
		}
	}
	if _, err := io.WriteString(out, end); err != nil {
		return err
	}
	return out.Flush()
}

// appendParts writes the components of an object, of its time zones those not yet written.
func appendParts(dst []byte, p *icalendar.Object, zones map[string]bool) []byte {
	for _, k := range p.Calendar.Children {
		if k.Name == icalendar.TimeZone {
			tzid := k.Text("TZID")
			if zones[tzid] {
				continue
			}
			zones[tzid] = true
		}
		dst = k.AppendTo(dst)
		if n := len(dst); n > 0 && dst[n-1] != '\n' {
			dst = append(dst, "\r\n"...)
		}
	}
	return dst
}
