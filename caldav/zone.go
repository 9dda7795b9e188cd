package caldav

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"convoke/internal/icalendar"
	"convoke/internal/timezone"
	"convoke/server/davxml"
	"convoke/storage"
)

// readZone reads the value of CALDAV:calendar-timezone or CALDAV:timezone: "an iCalendar object with exactly one
// VTIMEZONE" (RFC 4791 §5.2.2, §9.8). The error is the condition valid-calendar-data.
func readZone(text string) (tzid string, zone *timezone.Zone, err error) {
	// XML text may have lost its CR, and stands with white space around it.
	o, err := icalendar.Parse(bytes.TrimSpace([]byte(text)))
	if err != nil {
		return "", nil, refuse(davxml.ValidCalendarData, err)
	}
	if len(o.Calendar.Children) != 1 || o.Calendar.Children[0].Name != icalendar.TimeZone {
		return "", nil, refuse(davxml.ValidCalendarData, errors.New("not one VTIMEZONE"))
	}
	z := o.Calendar.Children[0]
	if tzid = z.Text("TZID"); tzid == "" || z.Child("STANDARD") == nil && z.Child("DAYLIGHT") == nil {
		return "", nil, refuse(davxml.ValidCalendarData, errors.New("a VTIMEZONE without TZID or observances"))
	}
	if zone = o.Zones().Lookup(tzid); zone == nil {
		return "", nil, refuse(davxml.ValidCalendarData, fmt.Errorf("a VTIMEZONE %q that says nothing", tzid))
	}
	return tzid, zone, nil
}

// readWholeZone is readZone for a query, where nobody has to be borne with: "a valid iCalendar object" (RFC 4791 §9.8)
// has VERSION and PRODID (RFC 5545 §3.6).
func readWholeZone(text string) (string, *timezone.Zone, error) {
	tzid, zone, err := readZone(text)
	if err == nil {
		o, _ := icalendar.Parse(bytes.TrimSpace([]byte(text)))
		if o.Calendar.Prop("VERSION") == nil || o.Calendar.Prop("PRODID") == nil {
			return "", nil, refuse(davxml.ValidCalendarData, errors.New("a VCALENDAR without VERSION or PRODID"))
		}
	}
	return tzid, zone, err
}

// namedZone finds a zone by CALDAV:timezone-id or calendar-timezone-id; valid-timezone if we don't know it
// (RFC 7809 §3.1.5, §3.1.6).
func namedZone(tzid string) (*timezone.Zone, error) {
	if zone := timezone.Lookup(tzid); zone != nil {
		return zone, nil
	}
	return nil, refuse(davxml.ValidTimezone, fmt.Errorf("time zone %q", tzid))
}

// zoneText is the VCALENDAR with the VTIMEZONE of a zone known by name: its rules of these years.
func zoneText(zone *timezone.Zone, tzid string, now time.Time) string {
	var b bytes.Buffer
	b.WriteString("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Convoke//Convoke//EN\r\n")
	b.Write(timezone.VTimezone(zone, tzid, now.AddDate(-1, 0, 0), now.AddDate(5, 0, 0)))
	b.WriteString("END:VCALENDAR\r\n")
	return b.String()
}

// zoneOf is the zone in which floating times of a calendar are read: its calendar-timezone, or UTC (nil), which is
// the "time zone of their choice" of RFC 4791 §7.3.
func zoneOf(c *storage.Collection) *timezone.Zone {
	if c.TimezoneID != "" {
		if zone := timezone.Lookup(c.TimezoneID); zone != nil {
			return zone
		}
	}
	if c.Timezone == "" {
		return nil
	}
	_, zone, err := readZone(c.Timezone)
	if err != nil {
		return nil
	}
	return zone
}
