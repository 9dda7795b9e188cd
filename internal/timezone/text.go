package timezone

import "time"

type texts struct{}

// VTimezone writes a VTIMEZONE named tzid that is right for the range; folded, CRLF.
func VTimezone(z *Zone, tzid string, from, to time.Time) []byte { return nil }
