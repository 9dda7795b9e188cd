package itip

import "convoke/internal/icalendar"

// Diff tells what the owner of an object must send after changing it from old to now.
// A nil old is a new object, a nil now a deleted one. RFC 6638 §3.2.1, §3.2.2; RFC 5546 §2.1.4.
func Diff(old, now *icalendar.Object, w *World) ([]Message, error) { return nil, nil }
