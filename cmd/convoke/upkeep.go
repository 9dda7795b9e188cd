package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"convoke/server/dav"
	"convoke/storage"
)

// backupCommand writes a copy of everything while the server runs.
type backupCommand struct {
	File string `arg:"" help:"File to write; it must not exist." type:"path"`
}

// fileArg names a file for a task.
type fileArg struct {
	File string `json:"file"`
}

func (c *backupCommand) Run(ctx context.Context, g *globals) error {
	return withDesk(ctx, g, func(d desk) error {
		err := g.progress("backup", 0).during(func() error {
			return d.do(ctx, "backup", fileArg{c.File}, nil)
		})
		if err != nil {
			return err
		}
		fmt.Fprintf(g.out, "Wrote and verified %s.\n", c.File)
		return nil
	})
}

// backupStore is the task behind it.
func backupStore(ctx context.Context, h *house, a fileArg) (none, error) {
	if _, err := os.Stat(a.File); err == nil {
		return none{}, refusef("%s is there already", a.File)
	}
	if _, err := os.Stat(filepath.Dir(a.File)); errors.Is(err, os.ErrNotExist) {
		return none{}, refusef("there is no folder %s", filepath.Dir(a.File))
	}
	return none{}, h.explain(ctx, "", h.backup(ctx, a.File))
}

// restoreCommand makes a data directory from a backup.
type restoreCommand struct {
	File  string `arg:"" help:"Backup to restore." type:"existingfile"`
	Force bool   `help:"Replace what the data directory holds now."`
}

func (c *restoreCommand) Run(ctx context.Context, g *globals) error {
	if (&remoteDesk{path: filepath.Join(g.Data, socketName)}).answers(ctx) {
		return refusef("a server is running on %s: stop it first", g.Data)
	}
	err := g.progress("restore", 0).during(func() error {
		return storage.Restore(ctx, c.File, g.Data, c.Force)
	})
	switch {
	case errors.Is(err, storage.ErrExists):
		return refusef("%s holds a store already; --force replaces it", g.Data)
	case errors.Is(err, storage.ErrLocked):
		return refusef("another convoke is using %s: stop it first", g.Data)
	case errors.Is(err, storage.ErrNoBackup):
		return refusef("%s is no whole backup of convoke, nothing was restored (%v)", c.File, err)
	case err != nil:
		return err
	}
	fmt.Fprintf(g.out, "Restored %s into %s.\n", c.File, g.Data)
	return nil
}

// checkCommand proves that what is stored is whole.
type checkCommand struct {
	File   string `arg:"" optional:"" help:"A backup to check instead of the data directory." type:"existingfile"`
	Repair bool   `help:"Rebuild derived data and move aside what cannot be read; deletes nothing."`
	jsonFlag
}

// checkArgs is what check is asked.
type checkArgs struct {
	Repair bool `json:"repair"`
}

// checkReport is what was found.
type checkReport struct {
	Objects  int            `json:"objects"`
	Problems []checkProblem `json:"problems"`
}

type checkProblem struct {
	What       string `json:"what"`
	Href       string `json:"href,omitempty"`
	Collection int64  `json:"collection,omitempty"`
	Name       string `json:"name,omitempty"`
	Repaired   bool   `json:"repaired,omitempty"`
}

func (c *checkCommand) Run(ctx context.Context, g *globals) error {
	if c.File != "" {
		return c.backup(ctx, g)
	}
	return withDesk(ctx, g, func(d desk) error { return c.check(ctx, g, d) })
}

// backup restores a backup aside and checks that.
func (c *checkCommand) backup(ctx context.Context, g *globals) error {
	if c.Repair {
		return usage("--repair works on the data directory, not on a backup")
	}
	dir, err := os.MkdirTemp("", "convoke-check-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	switch err := storage.Restore(ctx, c.File, dir, true); {
	case errors.Is(err, storage.ErrNoBackup):
		return refusef("%s is no whole backup of convoke (%v)", c.File, err)
	case err != nil:
		return fmt.Errorf("read %s: %w", c.File, err)
	}
	aside := *g
	aside.Data = dir
	return withDesk(ctx, &aside, func(d desk) error { return c.check(ctx, g, d) })
}

// check runs the task and prints what it found. Problems that stay make it fail.
func (c *checkCommand) check(ctx context.Context, g *globals, d desk) error {
	var r checkReport
	err := g.progress("check", 0).during(func() error {
		return d.do(ctx, "check", checkArgs{c.Repair}, &r)
	})
	if err != nil {
		return err
	}
	left := 0
	for _, p := range r.Problems {
		if !p.Repaired {
			left++
		}
	}
	err = c.listing(g.out, r, "", func(w io.Writer) {
		for _, p := range r.Problems {
			state := ""
			if p.Repaired {
				state = " (repaired)"
			}
			at := cmp.Or(p.Href, "the database")
			fmt.Fprintf(w, "%s: %s%s\n", at, p.What, state)
		}
		fmt.Fprintf(w, "%s checked, %s, %d of them left.\n", plural(r.Objects, "object"), plural(len(r.Problems), "problem"), left)
	})
	if err == nil && left > 0 {
		if c.Repair {
			return refusef("the store is not whole: %s left; keep a copy of the data directory, then restore the newest backup", plural(left, "problem"))
		}
		return refusef("the store is not whole: %s; `convoke check --repair` mends what can be, the newest backup has the rest", plural(left, "problem"))
	}
	return err
}

// checkStore is the task behind it.
func checkStore(ctx context.Context, h *house, a checkArgs) (checkReport, error) {
	found, err := h.store.Check(ctx, a.Repair, h.facts)
	if err != nil {
		return checkReport{}, err
	}
	r := checkReport{Objects: found.Objects, Problems: []checkProblem{}}
	for _, p := range found.Problems {
		r.Problems = append(r.Problems, checkProblem{p.What, h.hrefOf(ctx, p.CollectionID, p.Name), p.CollectionID, p.Name, p.Repaired})
	}
	return r, nil
}

// hrefOf is where clients find an object, or with no name a collection; "" where there is none.
func (h *house) hrefOf(ctx context.Context, collection int64, name string) string {
	at := dav.Path{Segments: []string{name}}
	if name == "" {
		at = dav.Path{Slash: true}
	}
	for up := collection; up != 0; {
		c, err := h.store.CollectionByID(ctx, up)
		if err != nil {
			return ""
		}
		at.Segments = append([]string{c.Name}, at.Segments...)
		if up = c.ParentID; up == 0 {
			owner, err := h.store.Principal(ctx, c.OwnerID)
			if err != nil {
				return ""
			}
			at.Segments = append([]string{"dav", c.Home, owner.Name}, at.Segments...)
		}
	}
	if len(at.Segments) < 4 {
		return ""
	}
	return at.Href()
}

// eventCommands are about single events.
type eventCommands struct {
	History historyCommand `cmd:"" help:"Who changed an event, by which door, and what was sent."`
}

type historyCommand struct {
	UID string `arg:"" help:"The event's UID."`
	jsonFlag
}

// step is one line of an event's history.
type step struct {
	At     time.Time `json:"at"`
	Who    string    `json:"who"`
	Door   string    `json:"door"`
	Agent  string    `json:"agent,omitempty"`
	What   string    `json:"what"`
	Detail string    `json:"detail,omitempty"`
}

func (c *historyCommand) Run(ctx context.Context, g *globals) error {
	return withDesk(ctx, g, func(d desk) error {
		var steps []step
		if err := d.do(ctx, "history", named{Name: c.UID}, &steps); err != nil {
			return err
		}
		if len(steps) == 0 {
			return refusef("nothing is known of an event with the UID %s", c.UID)
		}
		return c.listing(g.out, steps, "WHEN\tWHO\tDOOR\tWHAT\tDETAIL", func(w io.Writer) {
			for _, s := range steps {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", s.At.Local().Format(time.DateTime), s.Who, s.Door, s.What, s.Detail)
			}
		})
	})
}
