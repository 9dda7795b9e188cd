package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"convoke/storage"
)

// resourceCommands are about what can be booked.
type resourceCommands struct {
	Add    resourceAdd    `cmd:"" help:"Add a room or resource."`
	List   resourceList   `cmd:"" help:"List rooms and resources."`
	Show   resourceShow   `cmd:"" help:"Show a room or resource."`
	Change resourceChange `cmd:"" help:"Change a room or resource."`
	Remove resourceRemove `cmd:"" help:"Remove a room or resource with its calendar."`
}

type resourceAdd struct {
	Name       string   `arg:"" help:"Name; also part of addresses."`
	Kind       string   `help:"room or resource." enum:"room,resource" default:"room"`
	Email      []string `help:"Mail address; repeatable, the first is the primary one." sep:"none"`
	Display    string   `name:"name" help:"Name that others see."`
	AutoAccept string   `help:"How invitations are answered: automatic, accept-always, decline-always, accept-if-free, decline-if-busy or none." enum:"automatic,accept-always,decline-always,accept-if-free,decline-if-busy,none" default:"automatic"`
	Capacity   int      `help:"Seats; 0 says nothing of them."`
	WindowDays int      `help:"How many days ahead it may be booked; 0 is any."`
	Location   string   `help:"Where it is."`
	Delegate   []string `help:"Who decides what the policy leaves open; repeatable." sep:"none"`
}

func (c *resourceAdd) Run(ctx context.Context, g *globals) error {
	p := person{
		Kind: c.Kind, Name: c.Name, Display: c.Display, Addresses: c.Email,
		Booking: &booking{
			AutoAccept: c.AutoAccept, Capacity: c.Capacity, WindowDays: c.WindowDays,
			Location: c.Location, Delegates: c.Delegate,
		},
	}
	err := add(ctx, g, p)
	if err == nil && len(c.Email) == 0 {
		fmt.Fprintf(g.errout, "%s has no mail address, by which most programs invite: convoke resource change %s --email ADDRESS\n", c.Name, c.Name)
	}
	return err
}

// add creates a principal and says so.
func add(ctx context.Context, g *globals, p person) error {
	return withDesk(ctx, g, func(d desk) error {
		err := d.do(ctx, "create", p, nil)
		if err == nil {
			fmt.Fprintf(g.out, "Added %s.\n", p.Name)
		}
		return err
	})
}

type resourceList struct{ jsonFlag }

func (c *resourceList) Run(ctx context.Context, g *globals) error {
	return withDesk(ctx, g, func(d desk) error {
		var list []person
		if err := d.do(ctx, "principals", named{Kind: bookable}, &list); err != nil {
			return err
		}
		return c.listing(g.out, list, "NAME\tKIND\tDISPLAY NAME\tADDRESSES\tANSWERS\tSEATS", func(w io.Writer) {
			for _, p := range list {
				b := p.Booking
				if b == nil {
					b = new(booking)
				}
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", p.Name, p.Kind, p.Display,
					strings.Join(p.Addresses, ", "), b.AutoAccept, b.seats())
			}
		})
	})
}

type resourceRemove struct {
	Name string `arg:"" help:"Name or mail address."`
}

func (c *resourceRemove) Run(ctx context.Context, g *globals) error {
	return remove(ctx, g, named{c.Name, bookable})
}

// groupCommands are about groups.
type groupCommands struct {
	Add    groupAdd       `cmd:"" help:"Add a group."`
	Change groupChange    `cmd:"" help:"Change a group's name or addresses."`
	List   groupList      `cmd:"" help:"List groups."`
	Member memberCommands `cmd:"" help:"Members of a group."`
	Remove groupRemove    `cmd:"" help:"Remove a group; its members stay."`
}

type groupAdd struct {
	Name    string   `arg:"" help:"Name; also part of addresses."`
	Email   []string `help:"Mail address; repeatable, the first is the primary one." sep:"none"`
	Display string   `name:"name" help:"Name that others see."`
	Member  []string `help:"Name of a member; repeatable." sep:"none"`
}

func (c *groupAdd) Run(ctx context.Context, g *globals) error {
	return add(ctx, g, person{
		Kind: storage.KindGroup, Name: c.Name, Display: c.Display, Addresses: c.Email, Members: c.Member,
	})
}

type groupList struct{ jsonFlag }

func (c *groupList) Run(ctx context.Context, g *globals) error {
	return withDesk(ctx, g, func(d desk) error {
		var list []person
		if err := d.do(ctx, "principals", named{Kind: storage.KindGroup}, &list); err != nil {
			return err
		}
		return c.listing(g.out, list, "NAME\tDISPLAY NAME\tADDRESSES\tMEMBERS", func(w io.Writer) {
			for _, p := range list {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", p.Name, p.Display,
					strings.Join(p.Addresses, ", "), strings.Join(p.Members, ", "))
			}
		})
	})
}

type groupRemove struct {
	Name string `arg:"" help:"Name or mail address."`
}

func (c *groupRemove) Run(ctx context.Context, g *globals) error {
	return remove(ctx, g, named{c.Name, storage.KindGroup})
}

// memberCommands change who is in a group.
type memberCommands struct {
	Add    memberAdd    `cmd:"" help:"Add members."`
	Remove memberRemove `cmd:"" help:"Take members out."`
	List   memberList   `cmd:"" help:"List members."`
}

type memberAdd struct {
	Group string   `arg:"" help:"Name of the group."`
	Names []string `arg:"" name:"name" help:"Names of the members."`
}

func (c *memberAdd) Run(ctx context.Context, g *globals) error {
	return members(ctx, g, change{named: named{Name: c.Group}, Add: c.Names}, jsonFlag{})
}

type memberRemove struct {
	Group string   `arg:"" help:"Name of the group."`
	Names []string `arg:"" name:"name" help:"Names of the members."`
}

func (c *memberRemove) Run(ctx context.Context, g *globals) error {
	return members(ctx, g, change{named: named{Name: c.Group}, Drop: c.Names}, jsonFlag{})
}

type memberList struct {
	Group string `arg:"" help:"Name of the group."`
	jsonFlag
}

func (c *memberList) Run(ctx context.Context, g *globals) error {
	return withDesk(ctx, g, func(d desk) error {
		var p person
		if err := d.do(ctx, "principal", named{c.Group, storage.KindGroup}, &p); err != nil {
			return err
		}
		return c.members(g.out, p)
	})
}

// members changes a group and prints who is in it now.
func members(ctx context.Context, g *globals, c change, j jsonFlag) error {
	return withDesk(ctx, g, func(d desk) error {
		var p person
		if err := d.do(ctx, "members", c, &p); err != nil {
			return err
		}
		return j.members(g.out, p)
	})
}

func (j jsonFlag) members(w io.Writer, p person) error {
	list := p.Members
	if list == nil {
		list = []string{}
	}
	return j.listing(w, list, "", func(w io.Writer) {
		for _, m := range list {
			fmt.Fprintln(w, m)
		}
	})
}
