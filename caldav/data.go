package caldav

import (
	"errors"
	"fmt"
	"mime"
	"strings"

	"convoke/server/davxml"
)

// maxSelectDepth bounds nested CALDAV:comp elements; iCalendar itself nests three deep.
const maxSelectDepth = 8

// dataRequest is CALDAV:calendar-data as a report asks for it, RFC 4791 §9.6. The zero value asks
// for the whole object as it is stored.
type dataRequest struct {
	comp      *compSelect
	expand    *timeRange // §9.6.5
	limitSet  *timeRange // §9.6.6
	limitBusy *timeRange // §9.6.7
}

// whole tells that the stored bytes answer the request.
func (d *dataRequest) whole() bool {
	return d == nil || d.comp == nil && d.expand == nil && d.limitSet == nil && d.limitBusy == nil
}

// compSelect is CALDAV:comp, RFC 4791 §9.6.1: what to return of a component.
type compSelect struct {
	name     string // upper case
	allProps bool
	props    map[string]bool // upper case; true for novalue="yes"
	allComps bool
	comps    []compSelect
}

// parseData reads CALDAV:calendar-data of a request. Errors are conditions:
// supported-calendar-data (RFC 4791 §7.8), 400 for what has no meaning.
func parseData(n *davxml.Node) (*dataRequest, error) {
	if err := supportedData(n.Attr("content-type"), n.Attr("version")); err != nil {
		return nil, err
	}
	d := &dataRequest{}
	for _, c := range n.Children {
		var err error
		switch c.Name {
		case davxml.Comp:
			if d.comp != nil {
				return nil, badRequest(errors.New("calendar-data: two comp elements"))
			}
			d.comp = &compSelect{}
			err = d.comp.parse(c, 1)
		case davxml.Expand:
			d.expand, err = dataRange(c)
		case davxml.LimitRecurrenceSet:
			d.limitSet, err = dataRange(c)
		case davxml.LimitFreeBusySet:
			d.limitBusy, err = dataRange(c)
		}
		if err != nil {
			return nil, err
		}
	}
	if d.expand != nil && d.limitSet != nil {
		return nil, badRequest(errors.New("calendar-data: expand beside limit-recurrence-set"))
	}
	return d, nil
}

// parse reads one CALDAV:comp. An empty one asks for everything in the component, as VTIMEZONE
// does in RFC 4791 §7.8.1; otherwise only what is listed is returned.
func (s *compSelect) parse(n *davxml.Node, depth int) error {
	if s.name = strings.ToUpper(n.Attr("name")); s.name == "" || depth > maxSelectDepth {
		return badRequest(errors.New("calendar-data: comp without a name or too deep"))
	}
	for _, c := range n.Children {
		switch c.Name {
		case davxml.AllCalendarProp:
			s.allProps = true
		case davxml.AllComp:
			s.allComps = true
		case davxml.CalendarProp:
			name := strings.ToUpper(c.Attr("name"))
			if name == "" {
				return badRequest(errors.New("calendar-data: prop without a name"))
			}
			if s.props == nil {
				s.props = make(map[string]bool, len(n.Children))
			}
			s.props[name] = c.Attr("novalue") == "yes"
		case davxml.Comp:
			var child compSelect
			if err := child.parse(c, depth+1); err != nil {
				return err
			}
			s.comps = append(s.comps, child)
		}
	}
	if !s.allProps && !s.allComps && s.props == nil && s.comps == nil {
		s.allProps, s.allComps = true, true
	}
	return nil
}

// dataRange reads the attributes of expand, limit-recurrence-set and limit-freebusy-set: both ends,
// in UTC, the end behind the start.
func dataRange(n *davxml.Node) (*timeRange, error) {
	t, ok := parseTimeRange(n.Attr("start"), n.Attr("end"), true)
	if !ok {
		return nil, badRequest(fmt.Errorf("calendar-data: %s from %q to %q", n.Name.Local, n.Attr("start"), n.Attr("end")))
	}
	return &t, nil
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
