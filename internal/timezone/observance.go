package timezone

// A Line is one property of an observance: its name in upper case and its value unfolded.
type Line struct{ Name, Value string }

// An Observance is a STANDARD or DAYLIGHT component, RFC 5545 §3.6.5.
type Observance struct {
	Daylight bool
	Lines    []Line
}

// FromComponent makes a zone of the observances of a VTIMEZONE.
func FromComponent(tzid string, list []Observance) (*Zone, error) { return nil, nil }
