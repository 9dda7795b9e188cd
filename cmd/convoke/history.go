package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"convoke/storage"
)

// eventHistory is the task that puts the journal and the former versions of an
// event together, oldest first.
func eventHistory(ctx context.Context, h *house, n named) ([]step, error) {
	names := map[int64]string{0: "the server"}
	who := func(id int64) (string, error) {
		if name, ok := names[id]; ok {
			return name, nil
		}
		p, err := h.store.Principal(ctx, id)
		switch {
		case err == nil:
			names[id] = p.Name
		case errors.Is(err, storage.ErrNotFound):
			names[id] = "somebody removed since"
		default:
			return "", err
		}
		return names[id], nil
	}
	journal, err := h.store.JournalFor(ctx, n.Name)
	if err != nil {
		return nil, err
	}
	steps := []step{}
	for _, e := range journal {
		name, err := who(e.PrincipalID)
		if err != nil {
			return nil, err
		}
		steps = append(steps, step{At: e.At, Who: name, Door: e.Door, Agent: e.Agent, What: e.What, Detail: e.Detail})
	}
	versions, err := h.store.HistoryOf(ctx, n.Name)
	if err != nil {
		return nil, err
	}
	for _, v := range versions {
		name, err := who(v.Actor.PrincipalID)
		if err != nil {
			return nil, err
		}
		where, err := h.where(ctx, v.CollectionID)
		if err != nil {
			return nil, err
		}
		if owner := v.Actor.OnBehalf; owner != 0 && v.Actor.PrincipalID != 0 {
			of, err := who(owner)
			if err != nil {
				return nil, err
			}
			name += " for " + of
		}
		steps = append(steps, step{
			At: v.At, Who: name, Door: v.Actor.Door, Agent: v.Actor.Agent, What: v.What,
			Detail: fmt.Sprintf("%s%s, former version %d of %d bytes", where, v.Name, v.ID, v.Size),
		})
	}
	if len(steps) == 0 {
		if steps, err = h.unchanged(ctx, n.Name); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(steps, func(a, b step) int { return a.At.Compare(b.At) })
	return steps, nil
}

// unchanged are the steps of an event that concerns nobody else and was made and never changed: who
// made it is not noted.
func (h *house) unchanged(ctx context.Context, uid string) ([]step, error) {
	var found []*storage.Member
	err := h.store.Update(ctx, cli, func(tx *storage.Tx) error {
		held, err := tx.MembersOfUID(ctx, uid)
		found = nil
		for _, list := range held {
			found = append(found, list...)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	steps := []step{}
	for _, m := range found {
		where, err := h.where(ctx, m.CollectionID)
		if err != nil {
			return nil, err
		}
		steps = append(steps, step{At: m.Created, Who: "-", Door: "-", What: "create", Detail: where + m.Name + ", not changed since"})
	}
	return steps, nil
}

// where is the href of a collection, or a word for one that is gone.
func (h *house) where(ctx context.Context, id int64) (string, error) {
	c, err := h.store.CollectionByID(ctx, id)
	if errors.Is(err, storage.ErrNotFound) {
		return "a removed collection: ", nil
	}
	if err != nil {
		return "", err
	}
	owner, err := h.store.Principal(ctx, c.OwnerID)
	if err != nil {
		return "", err
	}
	return "/dav/" + c.Home + "/" + owner.Name + "/" + c.Name + "/", nil
}
