package icalendar
import "convoke/internal/timezone"
func zoneOf(c *Component) (*timezone.Zone, error) { return timezone.FromComponent(c) }
