package main

import (
	"cmp"
	"net/netip"

	"convoke/internal/outward"
	"convoke/push"
)

// pushSettings say whether browsers are told of reminders where no page is open.
type pushSettings struct {
	Enabled bool
	Contact string
}

// pushTable holds the settings of [push].
var pushTable = []row{
	{"push.enabled", "true", "Browsers may be told of reminders where no page is open, by their push services (Google, Mozilla, Apple …), for whom what is told is encrypted.", func(s *settings) any { return &s.Push.Enabled }},
	{"push.contact", "", "Where push services reach those who run this server: an https or mailto address that others can reach; by default server.public_url, else server.tls.acme_email. Without one nobody is told.", func(s *settings) any { return &s.Push.Contact }},
}

// pusher makes what tells browsers where no page is open. It calls public addresses alone, whatever subscriptions may.
func (h *house) pusher() *push.Service {
	return push.New(push.Options{
		Store: h.store, Log: h.log, Contact: h.conf.pushContact(), Path: pathOf,
		Client: outward.New(outward.Options{
			MaxBytes: 64 << 10, Agent: "Convoke/" + version(), Own: func() []netip.AddrPort { return h.bound },
		}),
	})
}

// pushContact is where push services reach those who run this server; "" where nobody is told.
func (c *config) pushContact() string {
	if !c.Push.Enabled {
		return ""
	}
	if c.Push.Contact != "" {
		return push.Contact(c.Push.Contact)
	}
	mail := ""
	if c.Server.ACMEEmail != "" {
		mail = push.Contact("mailto:" + c.Server.ACMEEmail)
	}
	return cmp.Or(push.Contact(c.Server.PublicURL), mail)
}
