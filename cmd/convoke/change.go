package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"convoke/storage"
)

// wish is what shall be true of a principal. What is nil stays as it is.
type wish struct {
	Kind       string    `json:"kind,omitempty"` // "" is any, "bookable" a room or resource
	Name       string    `json:"name"`
	Display    *string   `json:"display_name,omitempty"`
	Addresses  *[]string `json:"addresses,omitempty"`
	Admin      *bool     `json:"admin,omitempty"`
	Members    *[]string `json:"members,omitempty"`
	AutoAccept *string   `json:"auto_accept,omitempty"`
	Capacity   *int      `json:"capacity,omitempty"`
	WindowDays *int      `json:"window_days,omitempty"`
	Location   *string   `json:"location,omitempty"`
	Delegates  *[]string `json:"delegates,omitempty"`
	Hash       string    `json:"hash,omitempty"` // of a password to set
}

// policies are how a room or resource may answer.
var policies = []string{"automatic", "accept-always", "decline-always", "accept-if-free", "decline-if-busy", "none"}

// judge refuses what no room or resource can have.
func (b *booking) judge() error {
	switch {
	case b.Capacity < 0:
		return refusef("a capacity of %d is no number of seats", b.Capacity)
	case b.WindowDays < 0:
		return refusef("a window of %d days is none: 0 is any", b.WindowDays)
	case b.AutoAccept != "" && !slices.Contains(policies, b.AutoAccept):
		return refusef("%q is no way to answer: %s", b.AutoAccept, strings.Join(policies, ", "))
	}
	return nil
}

// seats is the capacity for people, nothing where nothing is said of it.
func (b *booking) seats() string {
	if b.Capacity == 0 {
		return ""
	}
	return strconv.Itoa(b.Capacity)
}

// books tells whether something is said that only rooms and resources have.
func (w *wish) books() bool {
	return w.AutoAccept != nil || w.Capacity != nil || w.WindowDays != nil || w.Location != nil || w.Delegates != nil
}

// fits refuses what a principal of a kind cannot have.
func (w *wish) fits(kind string) error {
	switch {
	case !isKind(&storage.Principal{Kind: kind}, w.Kind):
		return refusef("%s exists and is a %s", w.Name, kind)
	case w.Members != nil && len(*w.Members) > 0 && kind != storage.KindGroup:
		return refusef("%s is a %s: only groups have members", w.Name, kind)
	case w.books() && !isKind(&storage.Principal{Kind: kind}, bookable):
		return refusef("%s is a %s: only rooms and resources have a policy, seats, a window, a location and delegates", w.Name, kind)
	case w.Admin != nil && *w.Admin && kind != storage.KindUser:
		return refusef("%s is a %s: only people administer", w.Name, kind)
	}
	return nil
}

// grants fulfils wishes in one transaction.
type grants struct {
	ctx    context.Context
	tx     *storage.Tx
	create bool   // whoever is not there
	home   string // the language of the names in new homes
}

// find is the principal of a name in any case or of a mail address.
func (g *grants) find(name string) (*storage.Principal, error) {
	p, err := g.tx.PrincipalByTypedName(g.ctx, name)
	if errors.Is(err, storage.ErrNotFound) && strings.Contains(name, "@") {
		p, err = g.tx.PrincipalByAddress(g.ctx, storage.NormalizeAddress("mailto:"+name))
	}
	return p, err
}

// ids are the principals of names.
func (g *grants) ids(names []string) ([]int64, error) {
	list := []int64{}
	for _, name := range names {
		p, err := g.find(name)
		if errors.Is(err, storage.ErrNotFound) {
			return nil, refusef("there is no principal named %s", name)
		}
		if err != nil {
			return nil, err
		}
		if !slices.Contains(list, p.ID) {
			list = append(list, p.ID)
		}
	}
	slices.Sort(list)
	return list, nil
}

// all fulfils a list of wishes that may name one another in any order, and tells what it did.
func (g *grants) all(list []wish) ([]outcome, error) {
	done := make([]outcome, len(list))
	found := make([]int64, len(list))
	for i := range list {
		p, created, err := g.take(&list[i])
		if err != nil {
			return nil, about(&list[i], err)
		}
		found[i], done[i] = p.ID, outcome{Name: p.Name, Kind: p.Kind, What: "unchanged"}
		if created {
			done[i].What = "created"
		}
	}
	// Addresses may pass from one to another, so all are given up before any is taken.
	for i := range list {
		released, err := g.release(found[i], &list[i])
		if err != nil {
			return nil, about(&list[i], err)
		}
		if released && done[i].What == "unchanged" {
			done[i].What = "updated"
		}
	}
	for i := range list {
		changed, err := g.fulfil(found[i], &list[i])
		if err != nil {
			return nil, about(&list[i], explain(g.ctx, g.tx, list[i].Name, err))
		}
		if changed && done[i].What == "unchanged" {
			done[i].What = "updated"
		}
		if err := g.record(found[i], &list[i], done[i].What); err != nil {
			return nil, err
		}
	}
	return done, nil
}

// record writes into the journal what became of a wish.
func (g *grants) record(id int64, w *wish, what string) error {
	if what == "unchanged" {
		return nil
	}
	p, err := g.tx.Principal(g.ctx, id)
	if err != nil {
		return err
	}
	return writeDown(g.tx, p, map[string]string{"created": "create", "updated": "change"}[what], w.words())
}

// words names what a wish is about.
func (w *wish) words() string {
	var list []string
	for _, of := range []struct {
		word string
		said bool
	}{
		{"display name", w.Display != nil}, {"addresses", w.Addresses != nil}, {"administrator", w.Admin != nil},
		{"members", w.Members != nil}, {"booking", w.books()}, {"password", w.Hash != ""},
	} {
		if of.said {
			list = append(list, of.word)
		}
	}
	return strings.Join(list, ", ")
}

// about says of whom an error is, unless its sentence does.
func about(w *wish, err error) error {
	var no *refused
	if errors.As(err, &no) && strings.Contains(no.sentence, w.Name) {
		return err
	}
	if errors.As(err, &no) {
		return refusef("%s: %s", w.Name, no.sentence)
	}
	return fmt.Errorf("%s: %w", w.Name, err)
}

// take finds the principal of a wish, or makes it with what cannot be left out.
func (g *grants) take(w *wish) (p *storage.Principal, created bool, err error) {
	if g.create {
		p, err = g.tx.PrincipalByTypedName(g.ctx, w.Name)
	} else {
		p, err = g.find(w.Name)
	}
	if err == nil {
		return p, false, w.fits(p.Kind)
	}
	if !errors.Is(err, storage.ErrNotFound) {
		return nil, false, err
	}
	if !g.create {
		return nil, false, refusef("there is no %s named %s", kindWord(w.Kind), w.Name)
	}
	p = &storage.Principal{Kind: w.Kind, Name: w.Name}
	switch w.Kind {
	case "":
		p.Kind = storage.KindUser
	case bookable:
		p.Kind = storage.KindRoom
	}
	if isKind(p, bookable) {
		p.Booking = &storage.Booking{AutoAccept: policies[0]}
	}
	if err := w.fits(p.Kind); err != nil {
		return nil, false, err
	}
	if err := g.tx.CreatePrincipal(p); err != nil {
		return nil, false, err
	}
	return p, true, nameHome(g.tx, p, g.home)
}

// release gives up the addresses that the wish doesn't name.
func (g *grants) release(id int64, w *wish) (some bool, err error) {
	if w.Addresses == nil {
		return false, nil
	}
	p, err := g.tx.Principal(g.ctx, id)
	if err != nil {
		return false, err
	}
	keep := *p
	keep.Addresses = nil
	for _, a := range *w.Addresses {
		address, err := mailAddress(a)
		if err != nil {
			return false, err
		}
		if slices.Contains(p.Addresses, address) && !slices.Contains(keep.Addresses, address) {
			keep.Addresses = append(keep.Addresses, address)
		}
	}
	if len(keep.Addresses) == len(p.Addresses) {
		return false, nil
	}
	return true, g.tx.UpdatePrincipal(&keep)
}

// fulfil brings one principal to its wish.
func (g *grants) fulfil(id int64, w *wish) (changed bool, err error) {
	p, err := g.tx.Principal(g.ctx, id)
	if err != nil {
		return false, err
	}
	next := *p
	if err := g.describe(&next, w); err != nil {
		return false, err
	}
	if !equalPrincipals(p, &next) {
		changed = true
		if err := g.tx.UpdatePrincipal(&next); err != nil {
			return false, err
		}
	}
	if w.Members != nil && p.Kind == storage.KindGroup {
		ids, err := g.ids(*w.Members)
		if err != nil {
			return false, err
		}
		if slices.Contains(ids, id) {
			return false, refusef("%s cannot be a member of itself", w.Name)
		}
		have, err := g.tx.GroupMembers(g.ctx, id)
		if err != nil {
			return false, err
		}
		if have = slices.Sorted(slices.Values(have)); !slices.Equal(have, ids) {
			changed = true
			if err := g.tx.SetMembers(id, ids); err != nil {
				return false, err
			}
		}
	}
	if w.Hash == "" {
		return changed, nil
	}
	return true, g.tx.SetPassword(id, w.Hash)
}

// describe puts the words of a wish into a principal.
func (g *grants) describe(p *storage.Principal, w *wish) error {
	set(&p.DisplayName, w.Display)
	set(&p.Admin, w.Admin)
	if w.Addresses != nil {
		p.Addresses = nil
		for _, a := range *w.Addresses {
			address, err := mailAddress(a)
			if err != nil {
				return err
			}
			if !slices.Contains(p.Addresses, address) {
				p.Addresses = append(p.Addresses, address)
			}
		}
	}
	if !w.books() {
		return nil
	}
	var b storage.Booking
	if p.Booking != nil {
		b = *p.Booking
	}
	set(&b.AutoAccept, w.AutoAccept)
	set(&b.Capacity, w.Capacity)
	set(&b.WindowDays, w.WindowDays)
	set(&b.Location, w.Location)
	if w.Delegates != nil {
		ids, err := g.ids(*w.Delegates)
		if err != nil {
			return err
		}
		b.Delegates = ids
	}
	p.Booking = &b
	return (&booking{AutoAccept: b.AutoAccept, Capacity: b.Capacity, WindowDays: b.WindowDays}).judge()
}

// set takes a value where there is one.
func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

func equalPrincipals(a, b *storage.Principal) bool {
	if a.DisplayName != b.DisplayName || a.Admin != b.Admin || !slices.Equal(a.Addresses, b.Addresses) {
		return false
	}
	if a.Booking == nil || b.Booking == nil {
		return a.Booking == b.Booking
	}
	x, y := *a.Booking, *b.Booking
	return x.AutoAccept == y.AutoAccept && x.Capacity == y.Capacity && x.WindowDays == y.WindowDays &&
		x.Location == y.Location && slices.Equal(slices.Sorted(slices.Values(x.Delegates)), slices.Sorted(slices.Values(y.Delegates)))
}

// changePrincipal is the task that changes one principal.
func changePrincipal(ctx context.Context, h *house, w wish) (person, error) {
	p, err := h.get(ctx, named{w.Name, w.Kind})
	if err != nil {
		return person{}, err
	}
	err = h.administer(ctx, func(tx *storage.Tx) error {
		_, err := (&grants{ctx: ctx, tx: tx}).all([]wish{w})
		return err
	})
	if err != nil {
		return person{}, h.explain(ctx, w.Name, err)
	}
	return showPrincipal(ctx, h, named{Name: p.Name})
}

// changed asks for a change and says so.
func changed(ctx context.Context, g *globals, w wish) error {
	return withDesk(ctx, g, func(d desk) error {
		var p person
		err := d.do(ctx, "change", w, &p)
		if err == nil {
			fmt.Fprintf(g.out, "Changed %s.\n", p.Name)
		}
		return err
	})
}

// given is a list that was given, nil if none was.
func given(list []string) *[]string {
	if len(list) == 0 {
		return nil
	}
	return &list
}

type userChange struct {
	Name    string   `arg:"" help:"Name or mail address."`
	Display *string  `name:"name" help:"Name that others see."`
	Email   []string `help:"Mail address in place of all there are; repeatable, the first is the primary one. user alias adds and drops single ones." sep:"none"`
	Admin   *bool    `help:"May read and write every home, and administer." negatable:""`
}

func (c *userChange) Run(ctx context.Context, g *globals) error {
	return changed(ctx, g, wish{Kind: storage.KindUser, Name: c.Name, Display: c.Display, Addresses: given(c.Email), Admin: c.Admin})
}

type groupChange struct {
	Name    string   `arg:"" help:"Name or mail address."`
	Display *string  `name:"name" help:"Name that others see."`
	Email   []string `help:"Mail address in place of all there are; repeatable, the first is the primary one." sep:"none"`
}

func (c *groupChange) Run(ctx context.Context, g *globals) error {
	return changed(ctx, g, wish{Kind: storage.KindGroup, Name: c.Name, Display: c.Display, Addresses: given(c.Email)})
}

type resourceChange struct {
	Name        string   `arg:"" help:"Name or mail address."`
	Display     *string  `name:"name" help:"Name that others see."`
	Email       []string `help:"Mail address in place of all there are; repeatable, the first is the primary one." sep:"none"`
	AutoAccept  *string  `help:"How invitations are answered: automatic, accept-always, decline-always, accept-if-free, decline-if-busy or none."`
	Capacity    *int     `help:"Seats; 0 says nothing of them."`
	WindowDays  *int     `help:"How many days ahead it may be booked; 0 is any."`
	Location    *string  `help:"Where it is."`
	Delegate    []string `help:"Who decides what the policy leaves open, in place of all there are; repeatable." sep:"none" xor:"delegates"`
	NoDelegates bool     `help:"Nobody decides." xor:"delegates"`
}

func (c *resourceChange) Run(ctx context.Context, g *globals) error {
	delegates := given(c.Delegate)
	if c.NoDelegates {
		delegates = &[]string{}
	}
	return changed(ctx, g, wish{
		Kind: bookable, Name: c.Name, Display: c.Display, Addresses: given(c.Email), AutoAccept: c.AutoAccept,
		Capacity: c.Capacity, WindowDays: c.WindowDays, Location: c.Location, Delegates: delegates,
	})
}

type resourceShow struct {
	Name string `arg:"" help:"Name or mail address."`
	jsonFlag
}

func (c *resourceShow) Run(ctx context.Context, g *globals) error {
	return withDesk(ctx, g, func(d desk) error {
		var p person
		if err := d.do(ctx, "principal", named{c.Name, bookable}, &p); err != nil {
			return err
		}
		return c.listing(g.out, p, "", func(w io.Writer) {
			b := p.Booking
			if b == nil {
				b = new(booking)
			}
			window := "any"
			if b.WindowDays > 0 {
				window = plural(b.WindowDays, "day") + " ahead"
			}
			for _, row := range [][2]string{
				{"name", p.Name}, {"kind", p.Kind}, {"display name", p.Display}, {"addresses", strings.Join(p.Addresses, ", ")},
				{"answers", b.AutoAccept}, {"seats", b.seats()}, {"booked", window}, {"location", b.Location},
				{"delegates", strings.Join(b.Delegates, ", ")}, {"uuid", p.UUID},
				{"since", p.Created.Format(time.DateOnly)}, {"calendar", "/dav/calendars/" + p.Name + "/default/"},
			} {
				if row[1] == "" {
					row[1] = "-"
				}
				fmt.Fprintf(w, "%s\t%s\n", row[0], row[1])
			}
		})
	})
}
