package icalendar

import (
	"strings"

	"convoke/internal/contentline"
)

// maxHead bounds the properties of a VCALENDAR that StreamHead gives.
const maxHead = 200

// StreamHead gives the properties of the first VCALENDAR of a file, such as NAME (RFC 7986 §5.1), REFRESH-INTERVAL
// (§5.7) and COLOR (§5.9), without its components. It is empty where there is no VCALENDAR; lines that cannot be read are
// left out.
func StreamHead(data []byte) *Component {
	head := NewComponent(Calendar)
	var scan contentline.Scanner
	scan.Reset(string(data), contentline.Limits{Params: MaxParams})
	var l contentline.Line
	depth := 0
	for len(head.Props) < maxHead {
		if !scan.Scan(&l) {
			if scan.Err() != nil && scan.Resume() {
				continue
			}
			return head
		}
		switch {
		case l.Name == "BEGIN":
			depth++
		case l.Name == "END" && (depth <= 1 || strings.EqualFold(strings.TrimSpace(l.Value), Calendar)):
			return head
		case l.Name == "END":
			depth--
		case depth == 1:
			head.Props = append(head.Props, &Property{Name: l.Name, Value: l.Value, params: l.Params, line: int32(l.Number)})
		}
	}
	return head
}
