package dav

import (
	"cmp"
	"errors"
	"net/http"
	"strings"
)

// transfer answers COPY and MOVE, RFC 4918 §9.8 and §9.9.
func (c *call) transfer() error {
	move := c.r.Method == "MOVE"
	dest, err := c.destination()
	if err != nil {
		return err
	}
	overwrite, err := c.overwrite()
	if err != nil {
		return err
	}
	depth, err := ParseDepth(c.r.Header)
	if err != nil {
		return err
	}
	src, err := c.find()
	if err != nil {
		return err
	}
	if err := src.Allow(c.ctx, Read); err != nil {
		return err
	}
	if depth == Depth1 || move && depth == Depth0 && src.Kind().Collection {
		return Status(http.StatusBadRequest, errors.New("Depth not for this method"))
	}
	switch {
	case dest.Equal(c.path):
		return Status(http.StatusForbidden, errors.New("source equals destination")) // §9.8.5
	case dest.Within(c.path) && (move || depth != Depth0):
		return Status(http.StatusConflict, errors.New("the destination is within the source"))
	case c.path.Within(dest):
		return Status(http.StatusForbidden, errors.New("the source is within the destination"))
	}
	t := &Transfer{Name: dest.Name(), Source: src, Move: move, Shallow: depth == Depth0, Overwrite: overwrite, Header: c.r.Header}
	return c.receive(t, dest)
}

// receive asks all privileges and does the transfer.
func (c *call) receive(t *Transfer, dest Path) error {
	src := t.Source
	if t.Move {
		if _, ok := src.(Deleter); !ok {
			return Status(http.StatusForbidden, errors.New("cannot be moved"))
		}
		if err := c.mayRemove(src, c.path); err != nil {
			return err
		}
	} else if err := c.conditions(src.Href()); err != nil {
		return err
	}
	t.If = c.ifs
	target, err := c.lookup(dest) // first: what hides it hides whether its parent is there
	if err != nil {
		return err
	}
	parent, err := c.parent(dest)
	if err != nil {
		return err
	}
	if err := c.mayReceive(parent, target, t.Move); err != nil {
		return err
	}
	if target != nil && !t.Overwrite { // RFC 4918 §10.6
		return Status(http.StatusPreconditionFailed, nil)
	}
	mover, ok := parent.(Mover)
	if !ok {
		return Status(http.StatusForbidden, errors.New("no members by COPY and MOVE here"))
	}
	stored, err := mover.Receive(c.ctx, t)
	if err != nil {
		return err
	}
	if t.Move {
		c.forgetLocks()
	}
	at := Path{Segments: dest.Segments, Slash: src.Kind().Collection}
	if stored.Created && stored.Href == "" {
		stored.Href = at.Href()
	}
	return c.stored(stored, at)
}

// mayReceive asks for what RFC 3744 appendix B wants of the destination.
func (c *call) mayReceive(parent, target Resource, move bool) error {
	if target == nil {
		if err := parent.Allow(c.ctx, Bind); err != nil {
			return err
		}
		return c.unlocked(parent.Href(), false)
	}
	if move {
		for _, p := range []Privilege{Bind, Unbind} {
			if err := parent.Allow(c.ctx, p); err != nil {
				return cmp.Or(c.hides(target), err)
			}
		}
	} else {
		if err := target.Allow(c.ctx, WriteContent); err != nil {
			return err
		}
		if err := target.Allow(c.ctx, WriteProperties); err != nil {
			return err
		}
	}
	if _, ok := target.(Deleter); !ok {
		return Status(http.StatusForbidden, errors.New("cannot be replaced"))
	}
	return c.unlocked(target.Href(), true)
}

// destination reads the Destination header, RFC 4918 §10.3: absent or unreadable 400, elsewhere 502.
func (c *call) destination() (Path, error) {
	values := c.r.Header["Destination"]
	if len(values) != 1 || strings.TrimSpace(values[0]) == "" {
		return Path{}, Status(http.StatusBadRequest, errors.New("no Destination"))
	}
	p, err := c.reference(values[0])
	switch {
	case errors.Is(err, errForeign):
		return p, Status(http.StatusBadGateway, err)
	case err != nil:
		return p, Status(http.StatusBadRequest, err)
	case len(p.Segments) == 0:
		return p, Status(http.StatusForbidden, errors.New("the root as destination"))
	}
	return p, nil
}

// overwrite reads the Overwrite header, RFC 4918 §10.6; absent is T.
func (c *call) overwrite() (bool, error) {
	switch v := c.r.Header.Get("Overwrite"); {
	case v == "" && len(c.r.Header["Overwrite"]) == 0, strings.EqualFold(v, "T"):
		return true, nil
	case strings.EqualFold(v, "F"):
		return false, nil
	}
	return false, Status(http.StatusBadRequest, errors.New("bad Overwrite header"))
}
