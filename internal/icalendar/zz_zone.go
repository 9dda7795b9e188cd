package icalendar

import "convoke/internal/timezone"

// zoneOf makes a zone of the observances of a VTIMEZONE.
func zoneOf(c *Component) (*timezone.Zone, error) {
	var list []timezone.Observance
	for _, child := range c.Children {
		o := timezone.Observance{Daylight: child.Name == "DAYLIGHT"}
		if !o.Daylight && child.Name != "STANDARD" {
			continue
		}
		for _, p := range child.Props {
			o.Lines = append(o.Lines, timezone.Line{Name: p.Name, Value: p.Value})
		}
		list = append(list, o)
	}
	tzid := ""
	if p := c.Prop("TZID"); p != nil {
		tzid = p.Text()
	}
	return timezone.FromComponent(tzid, list)
}
