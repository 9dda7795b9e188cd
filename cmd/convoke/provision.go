package main

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"convoke/storage"

	"golang.org/x/sync/errgroup"
)

// provisionCommand brings principals to what one file says: all of it, or nothing where
// something in it is wrong. Running it again changes nothing.
type provisionCommand struct {
	File   string `arg:"" help:"TOML or CSV file; see docs/provision.md." type:"existingfile"`
	DryRun bool   `help:"Say what would be done, and do nothing."`
	jsonFlag
}

// outcome is what was done about one principal.
type outcome struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
	What string `json:"what"` // "created", "updated" or "unchanged"
}

// provisioning is a whole file for the task.
type provisioning struct {
	Wishes []wish `json:"wishes"`
	Try    bool   `json:"try,omitempty"` // judge only
}

// record is one principal of a file.
type record struct {
	wish
	password string // set whenever it differs
	once     string // set when the principal is made
}

func (c *provisionCommand) Run(ctx context.Context, g *globals) error {
	records, err := readProvision(c.File)
	if err != nil {
		return err
	}
	return withDesk(ctx, g, func(d desk) error {
		list := make([]wish, len(records))
		for i := range records {
			list[i] = records[i].wish
		}
		// Hashing is slow: the file is judged before it, too.
		var done []outcome
		if err := d.do(ctx, "provision", provisioning{list, true}, &done); err != nil {
			return err
		}
		if err := hashAll(ctx, g, d, records, list, done); err != nil {
			return err
		}
		if err := d.do(ctx, "provision", provisioning{list, c.DryRun}, &done); err != nil {
			return err
		}
		if c.JSON {
			return c.listing(g.out, done, "", nil)
		}
		count := map[string]int{}
		for _, o := range done {
			count[o.What]++
		}
		format := "%d created, %d updated, %d unchanged.\n"
		if c.DryRun {
			format = "%d to create, %d to update, %d unchanged.\n"
		}
		fmt.Fprintf(g.out, format, count["created"], count["updated"], count["unchanged"])
		return nil
	})
}

// hashAll puts the hashes of passwords that are to be set into the wishes.
func hashAll(ctx context.Context, g *globals, d desk, records []record, list []wish, done []outcome) error {
	bar := g.progress("passwords", len(records))
	defer bar.done()
	var step sync.Mutex
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(4)
	for i, r := range records {
		password := r.password
		if password == "" && done[i].What == "created" {
			password = r.once
		}
		if password == "" {
			step.Lock()
			bar.step(1)
			step.Unlock()
			continue
		}
		group.Go(func() error {
			var made passwordHash
			if err := d.do(inner, "password-hash", secret{named{r.Name, ""}, password}, &made); err != nil {
				return about(&r.wish, err)
			}
			list[i].Hash = made.Hash
			step.Lock()
			defer step.Unlock()
			bar.step(1)
			return nil
		})
	}
	return group.Wait()
}

// errTried ends the transaction of a trial.
var errTried = errors.New("only tried")

// provision is the task that brings principals to what a file says, in one transaction.
func provision(ctx context.Context, h *house, p provisioning) ([]outcome, error) {
	var done []outcome
	err := h.administer(ctx, func(tx *storage.Tx) error {
		var err error
		if done, err = (&grants{ctx: ctx, tx: tx, create: true, home: h.conf.SMTP.Language}).all(p.Wishes); err == nil && p.Try {
			err = errTried
		}
		return err
	})
	if errors.Is(err, errTried) {
		err = nil
	}
	return done, h.explain(ctx, "", err)
}
