package main

import (
	"fmt"
	"strings"
	"time"
)

// demoTask is a to-do.
type demoTask struct {
	owner, title string
	due          int // days from this week's Monday; 0 is none
	done         bool
	priority     int
	of           string // title of the task that it is a part of
}

var demoTasks = []demoTask{
	{owner: "anna", title: "Send the budget to the board", due: 4, priority: 1},
	{owner: "anna", title: "Order a cake for Clara", due: 8},
	{owner: "ben", title: "Renew passport", due: 20, priority: 5},
	{owner: "clara", title: "Write release notes", due: 11, priority: 2},
	{owner: "clara", title: "Book the interview room", done: true},
	{owner: "david", title: "Rehearse the restore", due: 7, priority: 1},
	{owner: "emma", title: "Prepare the workshop", due: 3},
	{owner: "felix", title: "New icons", due: 12},
	{owner: "felix", title: "Return library books"},
	{owner: "anna", title: "Prepare the trade fair", due: 3, priority: 2},
	{owner: "anna", title: "Print the flyers", done: true, of: "Prepare the trade fair"},
	{owner: "anna", title: "Pack the samples", due: 2, of: "Prepare the trade fair"},
	{owner: "anna", title: "Name badges for everybody", due: 3, of: "Prepare the trade fair"},
	{owner: "anna", title: "Pay for the swimming lessons", due: 6},
	{owner: "anna", title: "Choose a present for Mia", due: 11},
	{owner: "anna", title: "Check the proofs of the catalogue", due: 15, priority: 5},
	{owner: "anna", title: "Read about new bindings"},
}

// taskUID is that of the task in a place of the list.
func taskUID(i int) string { return fmt.Sprintf("demo-task-%d", i+1) }

// text writes a to-do (RFC 5545 §3.6.2), as a part of another by RELATED-TO (§3.8.4.5).
func (t *demoTask) text(i int, now time.Time) []byte {
	var b strings.Builder
	line := func(format string, args ...any) { fold(&b, fmt.Sprintf(format, args...)) }
	line("BEGIN:VCALENDAR")
	line("VERSION:2.0")
	line("PRODID:-//Convoke//Demo//EN")
	line("BEGIN:VTODO")
	line("UID:%s", taskUID(i))
	line("DTSTAMP:%s", now.UTC().Format(utcForm))
	line("SUMMARY:%s", escapeText(t.title))
	if t.due != 0 {
		line("DUE;VALUE=DATE:%s", monday(now).AddDate(0, 0, t.due).Format(dateForm))
	}
	if t.priority != 0 {
		line("PRIORITY:%d", t.priority)
	}
	for whole, other := range demoTasks {
		if t.of != "" && other.title == t.of {
			line("RELATED-TO:%s", taskUID(whole))
		}
	}
	status := "NEEDS-ACTION"
	if t.done {
		status = "COMPLETED"
		line("COMPLETED:%s", now.UTC().AddDate(0, 0, -1).Format(utcForm))
	}
	line("STATUS:%s", status)
	line("END:VTODO")
	line("END:VCALENDAR")
	return []byte(b.String())
}
