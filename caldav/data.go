package caldav

import (
	"errors"
	"fmt"
	"mime"
	"strings"

	"convoke/internal/icalendar"
	"convoke/server/davxml"
)

// maxSelectDepth bounds nested CALDAV:comp elements; iCalendar itself nests three deep.
const maxSelectDepth = 8

// parseData reads CALDAV:calendar-data as a report asks for it, RFC 4791 §9.6; nil is the whole object as stored.
// Errors are conditions: supported-calendar-data (RFC 4791 §7.8), 400 for what has no meaning.
func parseData(n *davxml.Node) (*icalendar.Retrieval, error) {
	if n == nil {
		return nil, nil
	}
	if err := supportedData(n.Attr("content-type"), n.Attr("version")); err != nil {
		return nil, err
	}
	if len(n.Children) == 0 {
		return nil, nil
	}
	r := &icalendar.Retrieval{}
	for _, c := range n.Children {
		var err error
		switch c.Name {
		case davxml.Comp:
			if r.Select != nil {
				return nil, badRequest(errors.New("calendar-data: two comp elements"))
			}
			r.Select, err = parseSelection(c, 1)
		case davxml.Expand:
			r.Expand, err = dataRange(c)
		case davxml.LimitRecurrenceSet:
			r.LimitRecurrence, err = dataRange(c)
		case davxml.LimitFreeBusySet:
			r.LimitFreeBusy, err = dataRange(c)
		}
		if err != nil {
			return nil, err
		}
	}
	if r.Expand != nil && r.LimitRecurrence != nil {
		return nil, badRequest(errors.New("calendar-data: expand beside limit-recurrence-set"))
	}
	return r, nil
}

// parseSelection reads one CALDAV:comp, RFC 4791 §9.6.1.
func parseSelection(n *davxml.Node, depth int) (*icalendar.Selection, error) {
	s := &icalendar.Selection{Name: strings.ToUpper(n.Attr("name"))}
	if s.Name == "" || depth > maxSelectDepth {
		return nil, badRequest(errors.New("calendar-data: comp without a name or too deep"))
	}
	for _, c := range n.Children {
		switch c.Name {
		case davxml.AllCalendarProp:
			s.AllProps = true
		case davxml.AllComp:
			s.AllComps = true
		case davxml.CalendarProp:
			name := strings.ToUpper(c.Attr("name"))
			if name == "" {
				return nil, badRequest(errors.New("calendar-data: prop without a name"))
			}
			s.Props = append(s.Props, icalendar.PropSelection{Name: name, NoValue: c.Attr("novalue") == "yes"})
		case davxml.Comp:
			child, err := parseSelection(c, depth+1)
			if err != nil {
				return nil, err
			}
			s.Comps = append(s.Comps, child)
		}
	}
	return s, nil
}

// dataRange reads the attributes of expand, limit-recurrence-set and limit-freebusy-set: both ends,
// in UTC, the end behind the start.
func dataRange(n *davxml.Node) (*icalendar.Range, error) {
	t, ok := parseTimeRange(n.Attr("start"), n.Attr("end"), true)
	if !ok {
		return nil, badRequest(fmt.Errorf("calendar-data: %s from %q to %q", n.Name.Local, n.Attr("start"), n.Attr("end")))
	}
	return &icalendar.Range{From: t.start, To: t.end}, nil
}

// supportedData tells whether we can answer in a media type and version: iCalendar 2.0 alone,
// CALDAV:supported-calendar-data of RFC 4791 §5.2.4.
func supportedData(contentType, version string) error {
	if !isCalendarType(contentType) {
		return refuse(davxml.SupportedCalendarData, fmt.Errorf("calendar data of type %q", contentType))
	}
	if version != "" && version != "2.0" {
		return refuse(davxml.SupportedCalendarData, fmt.Errorf("iCalendar version %q", version))
	}
	return nil
}

// isCalendarType tells whether a media type is text/calendar; none given is taken for it.
// Parameters (charset, component) do not matter.
func isCalendarType(contentType string) bool {
	if contentType == "" || contentType == "text/calendar" {
		return true
	}
	media, _, err := mime.ParseMediaType(contentType)
	if errors.Is(err, mime.ErrInvalidMediaParameter) {
		err = nil
	}
	return err == nil && media == "text/calendar"
}
