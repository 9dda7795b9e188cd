package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"convoke/storage"
)

// queueCommands are about mails that wait to go out.
type queueCommands struct {
	List  queueList  `cmd:"" help:"List mails to people outside that wait, are held or failed."`
	Retry queueRetry `cmd:"" help:"Try mails again now, or let go what a limit holds."`
	Drop  queueDrop  `cmd:"" help:"Give mails up; whoever invites sees SCHEDULE-STATUS 5.3."`
}

// queued is a row of the queue as commands show it.
type queued struct {
	ID        int64     `json:"id"`
	State     string    `json:"state"`
	Method    string    `json:"method"`
	UID       string    `json:"uid"`
	Instance  string    `json:"instance,omitempty"`
	From      string    `json:"from"`
	To        string    `json:"to"`
	MessageID string    `json:"message_id"`
	Attempts  int       `json:"attempts"`
	Created   time.Time `json:"created"`
	Next      time.Time `json:"next,omitzero"`
	Settled   time.Time `json:"settled,omitzero"`
	Status    string    `json:"status,omitempty"`
}

// queueWish is what list is asked.
type queueWish struct {
	All bool `json:"all,omitempty"`
}

type queueList struct {
	All bool `help:"Also what was sent or merged."`
	jsonFlag
}

func (c *queueList) Run(ctx context.Context, g *globals) error {
	return withDesk(ctx, g, func(d desk) error {
		var list []queued
		if err := d.do(ctx, "queue", queueWish{c.All}, &list); err != nil {
			return err
		}
		if len(list) == 0 && !c.JSON {
			fmt.Fprintln(g.errout, "No mail waits or failed.")
		}
		return c.listing(g.out, list, "ID\tSTATE\tMETHOD\tTO\tTRIED\tNEXT\tSTATUS", func(w io.Writer) {
			for _, q := range list {
				next := "-"
				if !q.Next.IsZero() {
					next = q.Next.Local().Format(time.DateTime)
				}
				fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%d\t%s\t%s\n", q.ID, q.State, q.Method, q.To, q.Attempts, next, q.Status)
			}
		})
	})
}

// queuePick names rows.
type queuePick struct {
	IDs []int64 `json:"ids,omitempty"`
	All bool    `json:"all,omitempty"`
}

// queueDone tells how many rows something was done to.
type queueDone struct {
	Done int `json:"done"`
}

type queueRetry struct {
	IDs []int64 `arg:"" optional:"" name:"id" help:"As listed."`
	All bool    `help:"All that wait, are held or failed."`
	jsonFlag
}

func (c *queueRetry) Run(ctx context.Context, g *globals) error {
	return pick(ctx, g, "queue-retry", queuePick{c.IDs, c.All}, c.jsonFlag, "Trying %s again.\n")
}

type queueDrop struct {
	IDs []int64 `arg:"" name:"id" help:"As listed."`
	jsonFlag
}

func (c *queueDrop) Run(ctx context.Context, g *globals) error {
	return pick(ctx, g, "queue-drop", queuePick{IDs: c.IDs}, c.jsonFlag, "Gave up %s.\n")
}

// pick runs a task on rows and says on how many.
func pick(ctx context.Context, g *globals, task string, p queuePick, j jsonFlag, says string) error {
	if p.All == (len(p.IDs) > 0) {
		return usage("name mails by their ids, or --all")
	}
	return withDesk(ctx, g, func(d desk) error {
		var r queueDone
		if err := d.do(ctx, task, p, &r); err != nil {
			return err
		}
		return j.listing(g.out, r, "", func(w io.Writer) { fmt.Fprintf(w, says, plural(r.Done, "mail")) })
	})
}

// listQueue is the task behind `queue list`.
func listQueue(ctx context.Context, h *house, w queueWish) ([]queued, error) {
	rows, err := h.store.Outbounds(ctx, "")
	if err != nil {
		return nil, err
	}
	list := []queued{}
	for i := range rows {
		r := &rows[i]
		open := r.State == storage.OutboundWaiting || r.State == storage.OutboundHeld
		if !w.All && !open && r.State != storage.OutboundFailed {
			continue
		}
		list = append(list, queuedOf(r))
	}
	return list, nil
}

// retryQueue is the task behind `queue retry`.
func retryQueue(ctx context.Context, h *house, p queuePick) (queueDone, error) {
	if p.All {
		list, err := listQueue(ctx, h, queueWish{})
		if err != nil {
			return queueDone{}, err
		}
		for _, q := range list {
			p.IDs = append(p.IDs, q.ID)
		}
	}
	return eachRow(ctx, p.IDs, h.out.Retry, "was sent already")
}

// dropQueue is the task behind `queue drop`.
func dropQueue(ctx context.Context, h *house, p queuePick) (queueDone, error) {
	return eachRow(ctx, p.IDs, h.out.Drop, "does not wait any more")
}

// eachRow does something to rows; the first that is not there, or that it cannot be done to, ends it.
func eachRow(ctx context.Context, ids []int64, do func(context.Context, storage.Actor, int64) (bool, error), not string) (r queueDone, err error) {
	for _, id := range ids {
		ok, err := do(ctx, by(ctx), id)
		switch {
		case errors.Is(err, storage.ErrNotFound):
			return r, missingf("there is no mail %d in the queue", id)
		case err != nil:
			return r, err
		case !ok:
			return r, refusef("mail %d %s", id, not)
		}
		r.Done++
	}
	return r, nil
}
