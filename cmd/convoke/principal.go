package main

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"convoke/storage"
)

// administer changes principals, and writes into the journal what was done to whom. A server that has an administrator keeps one.
func (h *house) administer(ctx context.Context, change func(*storage.Tx) error) error {
	return h.store.Update(ctx, by(ctx), func(tx *storage.Tx) error {
		had := tx.Administered()
		if err := change(tx); err != nil {
			return err
		}
		if had && !tx.Administered() {
			return refusef("nobody would administer this server any more: make somebody else an administrator first")
		}
		return nil
	})
}

// writeDown adds a line about a principal to the journal.
func writeDown(tx *storage.Tx, p *storage.Principal, what, detail string) error {
	return tx.Journal(storage.Entry{SubjectID: p.ID, What: what, Detail: strings.TrimSpace(p.Kind + " " + p.Name + " " + detail)})
}

func createPrincipal(ctx context.Context, h *house, v person) (person, error) {
	p, err := h.principalOf(ctx, v)
	if err != nil {
		return person{}, err
	}
	members, err := h.idsOf(ctx, v.Members)
	if err != nil {
		return person{}, err
	}
	hash := ""
	if v.Password != "" {
		if hash, err = h.hash(ctx, v.Password); err != nil {
			return person{}, err
		}
	}
	err = h.administer(ctx, func(tx *storage.Tx) error {
		if err := tx.CreatePrincipal(p); err != nil {
			return err
		}
		if err := nameHome(tx, p, cmp.Or(v.Language, h.conf.SMTP.Language)); err != nil {
			return err
		}
		if err := writeDown(tx, p, "create", ""); err != nil {
			return err
		}
		if hash != "" {
			if err := tx.SetPassword(p.ID, hash); err != nil {
				return err
			}
		}
		if p.Kind == storage.KindGroup {
			return tx.SetMembers(p.ID, members)
		}
		return nil
	})
	if err != nil {
		return person{}, h.explain(ctx, v.Name, err)
	}
	return h.view(ctx, p)
}

// homeNames are what the collections of a new home are called, by the language; in English as storage names them.
var homeNames = map[string]map[string]string{
	"de": {"Calendar": "Kalender", "Tasks": "Aufgaben", "Contacts": "Kontakte"},
}

// nameHome calls the collections of somebody just made what they are called in a language.
func nameHome(tx *storage.Tx, p *storage.Principal, language string) error {
	names := homeNames[language]
	all, err := tx.CollectionsOf(context.Background(), p.ID)
	if err != nil {
		return err
	}
	for _, c := range all {
		named := *c
		if named.DisplayName = names[c.DisplayName]; named.DisplayName == "" {
			continue
		}
		if err := tx.UpdateCollection(&named); err != nil {
			return err
		}
	}
	return nil
}

// explain makes a sentence of what storage refuses.
func (h *house) explain(ctx context.Context, name string, err error) error {
	return explain(ctx, h.store, name, err)
}

// knows is a store or a transaction, which knows more.
type knows interface {
	Principal(ctx context.Context, id int64) (*storage.Principal, error)
}

func explain(ctx context.Context, from knows, name string, err error) error {
	var taken *storage.AddressTakenError
	switch {
	case errors.As(err, &taken):
		who := "somebody else"
		if p, err := from.Principal(ctx, taken.PrincipalID); err == nil {
			who = p.Name
		}
		return refusef("the address %s belongs to %s", strings.TrimPrefix(taken.Address, "mailto:"), who)
	case errors.Is(err, storage.ErrExists):
		return refusef("there is already somebody or something named %s", name)
	case errors.Is(err, storage.ErrFull):
		return refusef("the disk is full: nothing was changed")
	}
	return err
}

// change adds to and takes from a list of a principal.
type change struct {
	named
	Add  []string `json:"add,omitempty"`
	Drop []string `json:"drop,omitempty"`
	Lead string   `json:"lead,omitempty"` // goes first
}

func changeAddresses(ctx context.Context, h *house, c change) (person, error) {
	p, err := h.get(ctx, c.named)
	if err != nil {
		return person{}, err
	}
	next := *p
	next.Addresses = slices.Clone(p.Addresses)
	if c.Lead != "" {
		c.Add = append(c.Add, c.Lead)
	}
	for _, a := range c.Add {
		address, err := mailAddress(a)
		if err != nil {
			return person{}, err
		}
		if !slices.Contains(next.Addresses, address) {
			next.Addresses = append(next.Addresses, address)
		}
	}
	for _, a := range c.Drop {
		address, err := mailAddress(a)
		if err != nil {
			return person{}, err
		}
		i := slices.Index(next.Addresses, address)
		if i < 0 {
			return person{}, refusef("%s does not have the address %s", p.Name, a)
		}
		next.Addresses = slices.Delete(next.Addresses, i, i+1)
	}
	if c.Lead != "" {
		lead, _ := mailAddress(c.Lead)
		if i := slices.Index(next.Addresses, lead); i > 0 {
			next.Addresses = slices.Insert(slices.Delete(next.Addresses, i, i+1), 0, lead)
		}
	}
	err = h.administer(ctx, func(tx *storage.Tx) error {
		if err := writeDown(tx, p, "change", "addresses"); err != nil {
			return err
		}
		return tx.UpdatePrincipal(&next)
	})
	if err != nil {
		return person{}, h.explain(ctx, p.Name, err)
	}
	return h.view(ctx, &next)
}

func changeMembers(ctx context.Context, h *house, c change) (person, error) {
	c.Kind = storage.KindGroup
	p, err := h.get(ctx, c.named)
	if err != nil {
		return person{}, err
	}
	ids, err := h.store.GroupMembers(ctx, p.ID)
	if err != nil {
		return person{}, err
	}
	add, err := h.idsOf(ctx, c.Add)
	if err != nil {
		return person{}, err
	}
	drop, err := h.idsOf(ctx, c.Drop)
	if err != nil {
		return person{}, err
	}
	members := slices.DeleteFunc(slices.Clone(ids), func(id int64) bool { return slices.Contains(drop, id) })
	for _, id := range add {
		if id == p.ID {
			return person{}, refusef("%s cannot be a member of itself", p.Name)
		}
		if !slices.Contains(members, id) {
			members = append(members, id)
		}
	}
	err = h.administer(ctx, func(tx *storage.Tx) error {
		if err := writeDown(tx, p, "change", "members"); err != nil {
			return err
		}
		return tx.SetMembers(p.ID, members)
	})
	if err != nil {
		return person{}, err
	}
	return h.view(ctx, p)
}

func removePrincipal(ctx context.Context, h *house, n named) (none, error) {
	p, err := h.get(ctx, n)
	if err != nil {
		return none{}, err
	}
	return none{}, h.administer(ctx, func(tx *storage.Tx) error {
		if err := writeDown(tx, p, "remove", ""); err != nil {
			return err
		}
		return tx.RemovePrincipal(p.ID)
	})
}
