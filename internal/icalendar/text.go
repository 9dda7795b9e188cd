package icalendar

import (
	"iter"

	"convoke/internal/contentline"
)

func upper(s string) string { return contentline.Upper(s) }

// UnescapeText reads the escapes of TEXT (RFC 5545 §3.3.11).
func UnescapeText(s string) string { return contentline.UnescapeText(s) }

// EscapeText writes TEXT (RFC 5545 §3.3.11).
func EscapeText(s string) string { return contentline.EscapeText(s) }

// splitList cuts a raw value at its commas, but not at escaped ones.
func splitList(s string) iter.Seq[string] { return contentline.SplitEscaped(s, ',') }
