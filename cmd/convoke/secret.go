package main

import (
	"context"
	"errors"
	"time"

	"convoke/storage"
)

// hash makes the slow hash of a password that may be used.
func (h *house) hash(ctx context.Context, password string) (string, error) {
	if password == "" {
		return "", refusef("the password is empty")
	}
	if len(password) > 1024 {
		return "", refusef("the password is too long: use at most 1024 bytes")
	}
	return h.store.HashPassword(ctx, password)
}

// secret is a password for a principal.
type secret struct {
	named
	Password string `json:"password"`
}

func setPassword(ctx context.Context, h *house, s secret) (none, error) {
	p, err := h.get(ctx, s.named)
	if err != nil {
		return none{}, err
	}
	hash, err := h.hash(ctx, s.Password)
	if err != nil {
		return none{}, err
	}
	return none{}, h.administer(ctx, func(tx *storage.Tx) error {
		if err := writeDown(tx, p, "change", "password"); err != nil {
			return err
		}
		return tx.SetPassword(p.ID, hash)
	})
}

// passwordHash is the slow hash of a password, "" if it is the present one already.
type passwordHash struct {
	Hash string `json:"hash"`
}

// hashPassword prepares a password for one of the principals of a file, who may be new.
func hashPassword(ctx context.Context, h *house, s secret) (passwordHash, error) {
	_, err := h.store.CheckAccountPassword(ctx, s.Name, s.Password)
	if err == nil {
		return passwordHash{}, nil
	}
	if !errors.Is(err, storage.ErrPassword) && !errors.Is(err, storage.ErrNotFound) {
		return passwordHash{}, err
	}
	hash, err := h.hash(ctx, s.Password)
	return passwordHash{hash}, err
}

// appPassword is one as commands show it; Secret is there once, when it is made.
type appPassword struct {
	ID      int64     `json:"id"`
	Label   string    `json:"label"`
	Created time.Time `json:"created"`
	Used    time.Time `json:"used,omitzero"`
	Secret  string    `json:"secret,omitempty"`
}

func listAppPasswords(ctx context.Context, h *house, n named) ([]appPassword, error) {
	p, err := h.get(ctx, n)
	if err != nil {
		return nil, err
	}
	kept, err := h.store.AppPasswords(ctx, p.ID)
	list := []appPassword{}
	for _, a := range kept {
		list = append(list, appPassword{ID: a.ID, Label: a.Label, Created: a.Created, Used: a.Used})
	}
	return list, err
}

// appChange makes or revokes an app password.
type appChange struct {
	named
	Label string `json:"label,omitempty"`
	ID    int64  `json:"id,omitempty"`
}

func addAppPassword(ctx context.Context, h *house, c appChange) (appPassword, error) {
	p, err := h.get(ctx, c.named)
	if err != nil {
		return appPassword{}, err
	}
	var made appPassword
	err = h.administer(ctx, func(tx *storage.Tx) error {
		if err := writeDown(tx, p, "app password", "made for "+c.Label); err != nil {
			return err
		}
		a, secret, err := tx.AddAppPassword(p.ID, c.Label)
		made = appPassword{ID: a.ID, Label: a.Label, Created: a.Created, Secret: secret}
		return err
	})
	return made, err
}

func revokeAppPassword(ctx context.Context, h *house, c appChange) (none, error) {
	p, err := h.get(ctx, c.named)
	if err != nil {
		return none{}, err
	}
	err = h.administer(ctx, func(tx *storage.Tx) error {
		if err := writeDown(tx, p, "app password", "revoked"); err != nil {
			return err
		}
		return tx.RemoveAppPassword(p.ID, c.ID)
	})
	if errors.Is(err, storage.ErrNotFound) {
		return none{}, refusef("%s has no app password %d", p.Name, c.ID)
	}
	return none{}, err
}
