package main

import (
	"context"
	"fmt"

	"convoke/server"
	"convoke/server/dav"
	"convoke/server/tree"
	"convoke/storage"
)

// demoCalendar is a calendar that somebody has, by its name in the home.
type demoCalendar struct{ owner, name, title, color string }

// demoCalendars are the first calendar of each, which is there already, and what they made themselves.
var demoCalendars = []demoCalendar{
	{"anna", "default", "Calendar", "#3267d6"},
	{"anna", "family", "Family", "#2f8f5b"},
	{"anna", "travel", "Travel", "#d98e04"},
	{"ben", "default", "Calendar", "#7a4fc4"},
	{"ben", "travel", "Ben travels", "#0e8a9a"},
	{"clara", "default", "Calendar", "#c2477f"},
	{"clara", "private", "Private", "#4a7d2c"},
	{"david", "default", "Calendar", "#b4552d"},
	{"david", "family", "Family", "#2f8f5b"},
	{"emma", "default", "Calendar", "#157f8f"},
	{"emma", "home", "Home", "#a8741a"},
	{"felix", "default", "Calendar", "#5560c8"},
	{"felix", "music", "Music", "#a23b72"},
}

// demoShare is a calendar that its owner offered to somebody.
type demoShare struct {
	owner, name, whom string
	level             tree.Level
	accepted          bool
	color             string // that whom gives it
}

var demoShares = []demoShare{
	{"ben", "travel", "anna", tree.LevelRead, true, "#7a4fc4"},
	{"anna", "family", "clara", tree.LevelWrite, true, "#2f8f5b"},
	{"anna", "default", "david", tree.LevelBusy, true, "#c25a1e"},
	{"felix", "music", "anna", tree.LevelRead, false, ""},
}

// arrange makes the demo's calendars.
func (h *house) arrange(ctx context.Context, order int, c demoCalendar) error {
	owner, err := h.store.PrincipalByName(ctx, c.owner)
	if err != nil {
		return err
	}
	actor := storage.Actor{PrincipalID: owner.ID, Door: "caldav", Agent: "convoke demo"}
	return h.store.Update(ctx, actor, func(tx *storage.Tx) error {
		made := storage.Collection{OwnerID: owner.ID, Home: storage.Calendars, Kind: storage.KindCalendar, Name: c.name, Components: []string{"VEVENT"}}
		if c.name == "default" {
			there, err := tx.CollectionAt(ctx, storage.Calendars, c.owner, []string{c.name})
			if err != nil {
				return err
			}
			made = *there
		}
		made.DisplayName, made.Color, made.Order = c.title, c.color, fmt.Sprint(order)
		if made.ID != 0 {
			return tx.UpdateCollection(&made)
		}
		return tx.CreateCollection(&made)
	})
}

// share offers a calendar as its owner would, and accepts it for whom it is for.
func (h *house) share(ctx context.Context, ground *tree.Tree, s demoShare) error {
	owner, err := h.store.PrincipalByName(ctx, s.owner)
	if err != nil {
		return err
	}
	whom, err := h.store.PrincipalByName(ctx, s.whom)
	if err != nil {
		return err
	}
	stored, err := h.store.CollectionAt(ctx, storage.Calendars, s.owner, []string{s.name})
	if err != nil {
		return err
	}
	asOwner := server.WithPrincipal(ctx, owner)
	c, err := ground.At(asOwner, stored)
	if err != nil {
		return err
	}
	failed, err := c.Invite(asOwner, []tree.Invitation{{Href: tree.PrincipalHref(whom), Level: s.level}})
	if err != nil {
		return err
	}
	if len(failed) > 0 {
		return fmt.Errorf("offer it to %s: %w", s.whom, failed[0].Err)
	}
	if !s.accepted {
		return nil
	}
	asWhom := server.WithPrincipal(ctx, whom)
	path, err := dav.ParsePath(tree.HomeHref(storage.Calendars, whom))
	if err != nil {
		return err
	}
	found, err := ground.Find(asWhom, path)
	if err != nil {
		return err
	}
	home, ok := found.(*tree.Home)
	if !ok {
		return fmt.Errorf("%s has no calendars", s.whom)
	}
	_, err = home.Answer(asWhom, tree.Reply{Accept: true, Color: s.color, Host: tree.HomeHref(storage.Calendars, owner) + s.name + "/"})
	return err
}
