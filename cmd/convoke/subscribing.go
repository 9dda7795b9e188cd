package main

import (
	"net/netip"

	"convoke/internal/outward"
	"convoke/subscription"
)

// subscriptionSettings say what may be subscribed to.
type subscriptionSettings struct {
	HTTP     bool
	Networks []string
}

// subscriptionTable holds the settings of [subscriptions], and their limits.
var subscriptionTable = []row{
	{"limits.subscriptions", "20", "Calendars on the web that one user may subscribe to.", func(s *settings) any { return &s.Limits.Subscriptions }},
	{"limits.feed_bytes", "5MiB", "One calendar on the web; what is larger is not read.", func(s *settings) any { return &s.Limits.FeedBytes }},

	{"subscriptions.http", "false", "Calendars may be read over plain http, too.", func(s *settings) any { return &s.Subscriptions.HTTP }},
	{"subscriptions.networks", "", "Private addresses or networks whose calendars may be subscribed to; by default none, since whoever subscribes could look around there.", func(s *settings) any { return &s.Subscriptions.Networks }},
}

// caller is the one way to addresses that people name.
func (h *house) caller() (*outward.Client, error) {
	networks, err := prefixes(h.conf.Subscriptions.Networks)
	if err != nil {
		return nil, err
	}
	return outward.New(outward.Options{
		HTTP: h.conf.Subscriptions.HTTP, Networks: networks, MaxBytes: h.conf.Limits.FeedBytes, Agent: "Convoke/" + version(),
		Own: func() []netip.AddrPort { return h.bound },
	}), nil
}

// subscribe makes what reads calendars on the web.
func (h *house) subscribe() error {
	client, err := h.caller()
	if err != nil {
		return err
	}
	h.subscriptions = subscription.New(subscription.Options{
		Store: h.store, Scheduler: h.sched, Client: client, Log: h.log, PerUser: h.conf.Limits.Subscriptions,
	})
	return nil
}
