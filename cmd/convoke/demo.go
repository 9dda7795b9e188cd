package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"convoke/internal/icalendar"
	"convoke/scheduling"
	"convoke/server"
	"convoke/storage"
)

// demoCommand runs a server that is thrown away when it stops.
type demoCommand struct {
	Listen []string `help:"Address to listen on, host:port; repeatable." sep:"none" default:"127.0.0.1:8080"`
}

// demoPassword is everybody's.
const demoPassword = "demo"

func (c *demoCommand) Run(ctx context.Context, g *globals) (err error) {
	if g.dataGiven {
		return usage("the demo keeps nothing and takes no --data: for a server that does, convoke serve --data DIR")
	}
	conf, err := g.config()
	if err != nil {
		return err
	}
	if err := conf.set("server.listen", c.Listen, fromFlag); err != nil {
		return err
	}
	conf.Log.Level, conf.Domains.Exclusive = "warn", []string{demoDomain}
	dir, err := os.MkdirTemp("", "convoke-demo-")
	if err != nil {
		return fmt.Errorf("make a place for the demo: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	log, flush := newLog(g.errout, conf)
	defer flush()
	world, err := newDemoWorld(conf, dir)
	if err != nil {
		return err
	}
	defer world.listener.Close()
	h, err := openHouse(ctx, dir, conf, log)
	if err != nil {
		return err
	}
	world.beside(h)
	defer func() { err = errors.Join(err, h.Close()) }()
	if err := h.furnish(ctx, time.Now()); err != nil {
		return fmt.Errorf("make the demo's people and events: %w", err)
	}
	return h.serve(ctx, func(bound []*server.Bound) { printDemo(g.out, bound[0].URL) })
}

// printDemo says how to look around.
func printDemo(w io.Writer, base string) {
	fmt.Fprintf(w, "A month in the life of six people, until you press Ctrl-C; then all of it is gone.\n\n")
	fmt.Fprintf(w, "Point a browser or a client at\n%s\nand sign in as one of these, with the password %q:\n\n", clientURLs(base), demoPassword)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "  NAME\tIS\tMAIL\tCALENDAR")
	for _, p := range demoPeople {
		is := p.Display
		if p.Admin {
			is += " (administrator)"
		}
		fmt.Fprintf(t, "  %s\t%s\t%s\t%s/dav/calendars/%s/default/\n", p.Name, is, p.Addresses[0], base, p.Name)
	}
	_ = t.Flush()
	fmt.Fprintf(w, "\n%s, %s, is outside of the server: read and answer the mails at\n  %s%s\n", outsiderName, outsider, base, mailboxPath)
	fmt.Fprintf(w, "\nInvite room-oak@%s or room-birch@%s and see them answer; team@%s is all six.\n",
		demoDomain, demoDomain, demoDomain)
}

// furnish fills an empty house with the demo's people and their month around now.
func (h *house) furnish(ctx context.Context, now time.Time) error {
	for _, p := range demoPeople {
		p.Kind, p.Password = storage.KindUser, demoPassword
		if _, err := createPrincipal(ctx, h, p); err != nil {
			return err
		}
	}
	for _, p := range demoRooms {
		if _, err := createPrincipal(ctx, h, p); err != nil {
			return err
		}
	}
	team := person{
		Kind: storage.KindGroup, Name: "team", Display: "The whole team", Addresses: []string{"team@" + demoDomain},
	}
	for _, p := range demoPeople {
		team.Members = append(team.Members, p.Name)
	}
	if _, err := createPrincipal(ctx, h, team); err != nil {
		return err
	}
	for i, c := range demoCalendars {
		if err := h.arrange(ctx, i+1, c); err != nil {
			return fmt.Errorf("%s of %s: %w", c.title, c.owner, err)
		}
	}
	for _, e := range append([]demoEvent{demoMeeting}, demoEvents...) {
		if err := h.hold(ctx, e, now); err != nil {
			return fmt.Errorf("%s: %w", e.title, err)
		}
	}
	for i, task := range demoTasks {
		name := fmt.Sprintf("task-%d.ics", i+1)
		if err := h.keep(ctx, task.owner, storage.Calendars, "tasks", name, task.text(i, now)); err != nil {
			return fmt.Errorf("%s: %w", task.title, err)
		}
	}
	for i, c := range demoContacts {
		if err := h.keepCard(ctx, c.owner, fmt.Sprintf("contact-%d.vcf", i+1), func() ([]byte, error) { return c.text(i, now) }); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	for i, g := range demoGroups {
		if err := h.keepCard(ctx, g.owner, fmt.Sprintf("group-%d.vcf", i+1), func() ([]byte, error) { return g.text(i) }); err != nil {
			return fmt.Errorf("%s: %w", g.name, err)
		}
	}
	anna, err := h.store.PrincipalByName(ctx, "anna")
	if err != nil {
		return err
	}
	if _, err := h.birthdays.On(ctx, anna, storage.Actor{PrincipalID: anna.ID, Door: "web", Agent: "convoke demo"}, ""); err != nil {
		return fmt.Errorf("calendar of birthdays: %w", err)
	}
	ground := h.ground()
	for _, s := range demoShares {
		if err := h.share(ctx, ground, s); err != nil {
			return fmt.Errorf("share %s of %s: %w", s.name, s.owner, err)
		}
	}
	return nil
}

// keepCard stores a card in the first address book.
func (h *house) keepCard(ctx context.Context, owner, name string, text func() ([]byte, error)) error {
	data, err := text()
	if err != nil {
		return err
	}
	return h.keep(ctx, owner, storage.AddressBooks, "default", name, data)
}

// keep stores one object that concerns nobody else.
func (h *house) keep(ctx context.Context, owner, home, slug, name string, data []byte) error {
	c, err := h.store.CollectionAt(ctx, home, owner, []string{slug})
	if err != nil {
		return err
	}
	_, err = h.put(ctx, c, name, data, "")
	return err
}

// hold puts an event into its organizer's calendar as a client would, so that the
// invitations go out, and lets those who are said to have answered do so.
func (h *house) hold(ctx context.Context, e demoEvent, now time.Time) error {
	organizer, err := h.store.PrincipalByName(ctx, e.owner)
	if err != nil {
		return err
	}
	c, err := h.store.CollectionAt(ctx, storage.Calendars, e.owner, []string{cmp.Or(e.calendar, "default")})
	if err != nil {
		return err
	}
	text, err := e.text(now)
	if err != nil {
		return err
	}
	_, err = h.sched.Put(ctx, &scheduling.Put{
		Actor: storage.Actor{PrincipalID: organizer.ID, Door: "caldav", Agent: "convoke demo"},
		Who:   organizer, Collection: c, Name: e.uid() + ".ics", Data: text,
	})
	if err != nil {
		return err
	}
	for name, answer := range e.answers {
		if err := h.answer(ctx, name, e.uid(), answer); err != nil {
			return fmt.Errorf("answer of %s: %w", name, err)
		}
	}
	return nil
}

// answer is an attendee's reply: the participation status in the own copy changes.
func (h *house) answer(ctx context.Context, name, uid, status string) error {
	who, err := h.store.PrincipalByName(ctx, name)
	if err != nil {
		return err
	}
	found, err := h.store.FindUID(ctx, who.ID, uid)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return errors.New("the invitation has not arrived")
	}
	c, err := h.store.CollectionByID(ctx, found[0].CollectionID)
	if err != nil {
		return err
	}
	parsed, err := icalendar.Parse(found[0].Data)
	if err != nil {
		return err
	}
	copied := parsed.Clone()
	for part := range copied.Parts() {
		for a := range part.All("ATTENDEE") {
			if storage.NormalizeAddress(a.Value) == who.Addresses[0] {
				a.SetParam("PARTSTAT", status)
				a.RemoveParam("RSVP")
			}
		}
	}
	_, err = h.sched.Put(ctx, &scheduling.Put{
		Actor: storage.Actor{PrincipalID: who.ID, Door: "caldav", Agent: "convoke demo"},
		Who:   who, Collection: c, Name: found[0].Name, Data: copied.Bytes(),
	})
	return err
}
