package main

import (
	"fmt"
	"net/url"
	"strings"

	"convoke/reminder"
	"convoke/server/dav"
	"convoke/server/tree"
	"convoke/storage"
)

// reminderTable holds the limit of reminders by mail.
var reminderTable = []row{
	{"limits.reminder_mails_per_day", "100", "Mails in a day that remind one user of their own events; more are not sent. 0: any number.", func(s *settings) any { return &s.Limits.ReminderMails }},
}

// remind makes what tells people of their alarms. Without mail out and tellers it has nothing to do.
func (h *house) remind() {
	o := reminder.Options{Store: h.store, Log: h.log, Href: func(owner *storage.Principal, names []string) string {
		href := tree.HomeHref(storage.Calendars, owner)
		for i, name := range names {
			if href += dav.EscapeSegment(name); i < len(names)-1 {
				href += "/"
			}
		}
		return href
	}}
	if h.conf.mailGoesOut() {
		o.Mail = &reminder.Mail{Gateway: h.conf.SMTP.Gateway, Language: h.conf.SMTP.Language, PerDay: h.conf.Limits.ReminderMails, Link: h.placeOf}
	}
	if h.push.Possible() {
		o.Tellers = []reminder.Teller{h.push}
	}
	h.reminders = reminder.New(o)
	h.push.OnChange(h.reminders.Changed)
}

// placeOf is the address of something in the browser; "" where that is not known.
func (h *house) placeOf(n *reminder.Notice) string {
	base := strings.TrimRight(h.conf.Server.PublicURL, "/")
	if base == "" {
		return ""
	}
	return base + pathOf(n)
}

// pathOf is where something is in the pages.
func pathOf(n *reminder.Notice) string {
	if n.Task {
		return "/tasks?" + url.Values{"href": {n.Href}}.Encode()
	}
	query := url.Values{"open": {n.Href}}
	if n.RecurrenceID != "" {
		query.Set("at", n.RecurrenceID)
	}
	day := n.Zone.Local(n.Start).Date
	return fmt.Sprintf("/calendar/day/%04d-%02d-%02d?%s", day.Year, day.Month, day.Day, query.Encode())
}
