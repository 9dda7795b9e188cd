package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"convoke/internal/icalendar"
	"convoke/scheduling"
	"convoke/storage"
)

// policyCommand prints the rules for a person (M37).
type policyCommand struct {
	User string `arg:"" help:"Name or mail address of a person, room or resource."`
	jsonFlag
}

// rule is one line of a policy: where it comes from is a setting, or what was said of the principal.
type rule struct {
	Rule  string `json:"rule"`
	Value string `json:"value"`
	From  string `json:"from"`
}

func (c *policyCommand) Run(ctx context.Context, g *globals) error {
	return withDesk(ctx, g, func(d desk) error {
		var list []rule
		if err := d.do(ctx, "policy", named{Name: c.User}, &list); err != nil {
			return err
		}
		return c.listing(g.out, list, "RULE\tVALUE\tFROM", func(w io.Writer) {
			for _, r := range list {
				fmt.Fprintf(w, "%s\t%s\t%s\n", r.Rule, r.Value, r.From)
			}
		})
	})
}

// policyOf is the task.
func policyOf(ctx context.Context, h *house, n named) ([]rule, error) {
	p, err := h.get(ctx, n)
	if err != nil {
		return nil, err
	}
	list := []rule{{"invitations are sent by", "the server; by the client where an event says SCHEDULE-AGENT=CLIENT", "RFC 6638"}}
	for i, a := range p.Addresses {
		role := "also known as"
		if i == 0 {
			role = "writes as"
		}
		list = append(list, rule{role, strings.TrimPrefix(a, "mailto:") + ", " + h.standing(a), "convoke " + kindCommand(p.Kind) + " " + p.Name})
	}
	calendar := "none: invitations are refused"
	if c, err := h.sched.DefaultCalendar(ctx, p); err == nil && c != nil {
		calendar = "/dav/calendars/" + p.Name + "/" + c.Name + "/"
	}
	list = append(list, rule{"invitations go to", calendar, "schedule-default-calendar-URL"})
	if b := p.Booking; b != nil {
		list = append(list, rule{"answers by itself", b.AutoAccept, "convoke resource"})
	}
	list = append(list, h.ways()...)
	for _, r := range [][2]string{
		{"new invitations by mail", "trust.new_invitations"}, {"unverified invitations", "trust.unverified"}, {"senders are proven by", "trust.verify"},
		{"our mail servers are", "trust.authserv_ids"}, {"mails of one sender in an hour", "limits.mail_per_sender"},
		{"mails of one domain in an hour", "limits.mail_per_domain"}, {"mails in a day", "limits.mail_per_day"}, {"mails waiting for review", "limits.mail_waiting"},
		{"nobody is mailed after days", "scheduling.past_days"}, {"declines of unanswered mail", "scheduling.reply_outside"},
	} {
		if row := find(r[1]); row != nil {
			list = append(list, rule{r[0], strings.Trim(show(row.at(&h.conf.settings)), `"`), r[1]})
		}
	}
	waiting, err := h.store.HeldMessages(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	return append(list, rule{"waiting for review now", fmt.Sprint(len(waiting)), "convoke review list " + p.Name}), nil
}

// mailWays are the ways of mail out and in.
type mailWays struct {
	Out     string   `json:"out"`  // the mail server; "" without
	LMTP    string   `json:"lmtp"` // where mail is taken in; "" without
	IMAP    []string `json:"imap"` // servers whose mailboxes are read
	Deliver bool     `json:"deliver"`
}

func (h *house) mailWays() mailWays {
	w := mailWays{Out: h.conf.SMTP.Host, LMTP: h.conf.LMTP.Listen, IMAP: []string{}, Deliver: h.conf.Deliver.Enabled}
	for i := range h.conf.IMAP {
		w.IMAP = append(w.IMAP, h.conf.IMAP[i].Host)
	}
	return w
}

// ways says them.
func (h *house) ways() []rule {
	w := h.mailWays()
	out := rule{"people outside are told", "not at all: there is no mail server (SCHEDULE-STATUS 5.2)", "smtp.host"}
	if w.Out != "" {
		out.Value = "by mail, through " + w.Out
	}
	var in []string
	if w.LMTP != "" {
		in = append(in, "by LMTP at "+w.LMTP)
	}
	for _, host := range w.IMAP {
		in = append(in, "from mailboxes at "+host)
	}
	if w.Deliver {
		in = append(in, "by convoke deliver")
	}
	if len(in) == 0 {
		in = append(in, "not at all: the organizer's client may set their answers")
	}
	return []rule{out, {"answers of people outside come", strings.Join(in, "; "), "lmtp, imap, deliver"}}
}

// kindCommand is the command about a kind of principal.
func kindCommand(kind string) string {
	switch kind {
	case storage.KindUser, storage.KindGroup:
		return kind
	}
	return "resource"
}

// standing says what the domain of an address is to this server.
func (h *house) standing(address string) string {
	domain := strings.ToLower(address[strings.LastIndexByte(address, '@')+1:])
	is := func(d string) bool { return strings.EqualFold(d, domain) }
	switch {
	case slices.ContainsFunc(h.conf.Domains.Exclusive, is):
		return "in a domain that is ours alone"
	case slices.ContainsFunc(h.conf.Domains.Shared, is):
		return "in a domain that another system serves too"
	}
	return "in no domain of domains.exclusive or domains.shared"
}

// identityCommands are about who is whom.
type identityCommands struct {
	Check identityCheck `cmd:"" help:"List addresses that do not fit: people without one, organizers whom nobody knows, people here who are treated as outsiders."`
}

type identityCheck struct{ jsonFlag }

// drift is one address that does not fit (M41).
type drift struct {
	What    string `json:"what"`
	Address string `json:"address,omitempty"`
	Where   string `json:"where,omitempty"`
}

func (c *identityCheck) Run(ctx context.Context, g *globals) error {
	return withDesk(ctx, g, func(d desk) error {
		var list []drift
		if err := d.do(ctx, "identity", none{}, &list); err != nil {
			return err
		}
		err := c.listing(g.out, list, "WHAT\tADDRESS\tWHERE", func(w io.Writer) {
			for _, x := range list {
				fmt.Fprintf(w, "%s\t%s\t%s\n", x.What, x.Address, x.Where)
			}
		})
		switch {
		case err != nil || c.JSON && len(list) == 0:
		case len(list) == 0:
			fmt.Fprintln(g.errout, "All addresses fit.")
		case len(list) == 1:
			err = refusef("1 address does not fit")
		default:
			err = refusef("%d addresses do not fit", len(list))
		}
		return err
	})
}

// maxDrift lines are enough to see what is wrong.
const maxDrift = 1000

// checkIdentity is the task: it looks at all principals and at all events with an organizer.
func checkIdentity(ctx context.Context, h *house, _ none) ([]drift, error) {
	all, err := h.store.Principals(ctx)
	if err != nil {
		return nil, err
	}
	x := &identities{h: h, seen: map[string]bool{}, list: []drift{}}
	for _, p := range all {
		where := p.Kind + " " + p.Name
		if len(p.Addresses) == 0 {
			x.add("has no mail address: cannot be invited or organize", "", where)
		}
		for _, a := range p.Addresses {
			if strings.HasPrefix(a, "mailto:") && strings.HasPrefix(h.standing(a), "in no domain") && len(h.conf.Domains.Exclusive)+len(h.conf.Domains.Shared) > 0 {
				x.add("has an address in no domain of ours", a, where)
			}
		}
		if p.Kind == storage.KindGroup {
			continue
		}
		if err := x.calendars(ctx, p); err != nil {
			return nil, err
		}
	}
	return x.list, nil
}

// identities collects drift, each once.
type identities struct {
	h    *house
	seen map[string]bool
	list []drift
}

func (x *identities) add(what, address, where string) {
	address = strings.TrimPrefix(address, "mailto:")
	if key := what + "\n" + address; !x.seen[key] && len(x.list) < maxDrift || address == "" {
		x.seen[key] = true
		x.list = append(x.list, drift{what, address, where})
	}
}

// calendars looks at the events of one principal that take part in scheduling.
func (x *identities) calendars(ctx context.Context, p *storage.Principal) error {
	all, err := x.h.store.CollectionsOf(ctx, p.ID)
	if err != nil {
		return err
	}
	for _, c := range all {
		if c.Kind != storage.KindCalendar {
			continue
		}
		l, err := x.h.store.Listing(ctx, c.ID)
		if err != nil {
			return err
		}
		for m := range l.All() {
			o, err := x.h.store.Object(ctx, c.ID, m.Name)
			if errors.Is(err, storage.ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			object, err := icalendar.Parse(o.Data)
			if err != nil {
				continue // check tells of it
			}
			x.event(ctx, object, "/dav/calendars/"+p.Name+"/"+c.Name+"/"+m.Name)
		}
	}
	return nil
}

// event looks at the addresses of one.
func (x *identities) event(ctx context.Context, o *icalendar.Object, where string) {
	for c := range o.Parts() {
		for _, name := range []string{"ORGANIZER", "ATTENDEE"} {
			for q := range c.All(name) {
				_, standing := x.h.sched.Resolve(ctx, q.Value)
				address := storage.NormalizeAddress(q.Value)
				switch local, domain, mail := strings.Cut(strings.TrimPrefix(address, "mailto:"), "@"); {
				case standing == scheduling.Unknown && mail:
					x.add("is an "+name+" in a domain of ours and belongs to nobody", address, where)
				case standing == scheduling.Outside && slices.Contains(x.h.conf.Domains.Shared, domain) && x.named(ctx, local):
					x.add("is treated as outside, though somebody here has that name", address, where)
				}
			}
		}
	}
}

// named tells whether somebody here has a name.
func (x *identities) named(ctx context.Context, name string) bool {
	_, err := x.h.store.PrincipalByName(ctx, name)
	return err == nil
}
