package icalendar

// OfMeeting tells the private (X-) properties that are part of a meeting and travel with it: places, conference links
// and what calendars show of its busy time. All others are one person's or one program's.
func OfMeeting(name string) bool {
	switch name {
	case "X-APPLE-STRUCTURED-LOCATION", "X-ALT-DESC", "X-MICROSOFT-CDO-BUSYSTATUS", "X-MICROSOFT-CDO-ALLDAYEVENT",
		"X-MICROSOFT-SKYPETEAMSMEETINGURL", "X-MICROSOFT-ONLINEMEETINGEXTERNALLINK", "X-GOOGLE-CONFERENCE":
		return true
	}
	return false
}

// CollectZones adds the time zones that a component and its parts name (RFC 5545 §3.2.19) to a set.
func (c *Component) CollectZones(into map[string]bool) {
	for _, p := range c.Props {
		if tzid := p.Param("TZID"); tzid != "" {
			into[tzid] = true
		}
	}
	for _, k := range c.Children {
		k.CollectZones(into)
	}
}
