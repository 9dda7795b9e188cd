package scheduling

import (
	"context"
	"fmt"

	"convoke/scheduling/itip"
	"convoke/storage"
)

// Move renames a calendar object or takes it into another calendar. Nobody is told (RFC 6638
// §3.2.3.4); it replaces only what has the same UID. *Violation for what PUT would refuse at the
// destination.
func (s *Service) Move(ctx context.Context, t *Transfer) (*Result, error) {
	return s.transfer(ctx, t, true)
}

// Copy copies a calendar object. A scheduling object is refused within one owner's
// calendars, since its UID would be there twice (RFC 6638 §3.2.3.3, §3.2.4.1).
func (s *Service) Copy(ctx context.Context, t *Transfer) (*Result, error) {
	return s.transfer(ctx, t, false)
}

func (s *Service) transfer(ctx context.Context, t *Transfer, move bool) (*Result, error) {
	var r Result
	err := s.store.Update(ctx, t.Actor, func(tx *storage.Tx) error {
		r = Result{}
		w := &writing{s: s, ctx: ctx, tx: tx, actor: t.Actor, maySend: t.MaySend}
		return w.transfer(t, move, &r)
	})
	if err != nil {
		return nil, err
	}
	return &r, nil
}

// transfer is one COPY or MOVE inside the transaction.
func (w *writing) transfer(t *Transfer, move bool, r *Result) error {
	source, err := find(w.ctx, w.tx, t.From.ID, t.Name)
	if err != nil {
		return err
	}
	there, err := find(w.ctx, w.tx, t.To.ID, t.NewName)
	if err != nil {
		return err
	}
	if t.Check != nil {
		if err := t.Check(w.tx, source, there); err != nil {
			return err
		}
	}
	switch {
	case source == nil:
		return storage.ErrNotFound
	case there != nil && !t.Overwrite:
		return storage.ErrExists
	}
	if err := supported(t.To, source.Component); err != nil {
		return err
	}
	if err := w.uniqueThere(t, source, there, move); err != nil {
		return err
	}
	if move {
		r.Created, err = w.tx.MoveObject(t.From.ID, t.Name, t.To.ID, t.NewName)
	} else {
		r.Created, err = w.tx.CopyObject(t.From.ID, t.Name, t.To.ID, t.NewName)
	}
	if err != nil {
		return err
	}
	return w.retag(t, source, r)
}

// uniqueThere checks the UID at the destination (RFC 4791 §5.3.2.1, RFC 6638 §3.2.4.1).
func (w *writing) uniqueThere(t *Transfer, source, there *storage.Object, move bool) error {
	list, err := w.tx.FindUID(w.ctx, t.To.OwnerID, source.UID)
	if err != nil {
		return err
	}
	if there != nil && there.UID != source.UID {
		// Nor may it "overwrite an existing calendar object resource with one that has a different UID".
		return taken("no-uid-conflict", there.CollectionID, there.Name)
	}
	for _, o := range list {
		itself := o.CollectionID == t.From.ID && o.Name == t.Name
		replaced := there != nil && o.CollectionID == there.CollectionID && o.Name == there.Name
		switch {
		case replaced, itself && move:
		case o.CollectionID == t.To.ID:
			return taken("no-uid-conflict", o.CollectionID, o.Name)
		case source.Role != "" && o.Role != "":
			return taken("unique-scheduling-object-resource", o.CollectionID, o.Name)
		}
	}
	return nil
}

// retag gives the object at its new place the role its owner there has, and a new
// Schedule-Tag: "MUST change … when changed directly via an HTTP request" (RFC 6638 §3.2.10).
func (w *writing) retag(t *Transfer, source *storage.Object, r *Result) error {
	o, err := w.tx.Object(w.ctx, t.To.ID, t.NewName)
	if err != nil {
		return err
	}
	r.Object = o
	object, err := parsed(source)
	if err != nil || !itip.Scheduled(object) {
		return nil
	}
	owner, err := w.tx.Principal(w.ctx, t.To.OwnerID)
	if err != nil {
		return fmt.Errorf("find the owner: %w", err)
	}
	role, organizer, err := itip.RoleOf(object, w.world(owner))
	if err != nil {
		role = itip.None
	}
	if t.Guest && role == itip.None && organizer != "" {
		return strange(organizer)
	}
	tagged := &storage.Object{Member: storage.Member{CollectionID: t.To.ID, Name: t.NewName, ContentType: o.ContentType, Facts: o.Facts}, Data: o.Data}
	tagged.Role = string(role)
	if role != itip.None {
		tagged.ScheduleTag = newTag()
	}
	if _, err := w.tx.PutObject(tagged); err != nil {
		return err
	}
	r.Object = tagged
	return w.note(source.UID, "move", fmt.Sprintf("%q to %q", t.Name, t.NewName))
}
