package scheduling

import (
	"context"
	"errors"

	"convoke/scheduling/itip"
	"convoke/storage"
)

// Notice is one calendar user whom a write would tell something.
type Notice struct {
	Address itip.Address
	Method  itip.Method
	Why     itip.Reason
	Local   bool // on this server; else by mail
	Reached bool // nothing is in the way of telling them
	// Trouble says in plain words what is, and Code in one: nobody, refused, no-mail, over or failed; "" if nothing.
	Trouble, Code string
}

// errRehearsed takes a rehearsal back.
var errRehearsed = errors.New("this was a rehearsal")

// Rehearse does writes, one after the other, on the road that they really go, takes all of it back, and gives whom
// they would have told what, each calendar user once. Errors as of Put.
func (s *Service) Rehearse(ctx context.Context, puts ...*Put) ([]Notice, error) {
	var all []*prepared
	for _, p := range puts {
		ready, err := s.prepare(ctx, p)
		if err != nil {
			return nil, err
		}
		ready.rehearsed = true
		all = append(all, ready)
	}
	return s.rehearse(ctx, puts[0].Actor, func(tx *storage.Tx) (told []outcome, err error) {
		for _, ready := range all {
			if err := ready.run(tx, new(Result)); err != nil {
				return nil, err
			}
			told = append(told, ready.outcomes...)
		}
		return told, nil
	})
}

// RehearseDelete is Rehearse of Delete.
func (s *Service) RehearseDelete(ctx context.Context, r *Removal) ([]Notice, error) {
	return s.rehearse(ctx, r.Actor, func(tx *storage.Tx) ([]outcome, error) {
		w := s.removing(ctx, tx, r)
		w.rehearsed = true
		err := w.delete(r)
		return w.outcomes, err
	})
}

// rehearse runs do and takes it back.
func (s *Service) rehearse(ctx context.Context, actor storage.Actor, do func(*storage.Tx) ([]outcome, error)) ([]Notice, error) {
	var told []outcome
	err := s.store.Update(ctx, actor, func(tx *storage.Tx) (err error) {
		if told, err = do(tx); err == nil {
			err = errRehearsed
		}
		return err
	})
	if !errors.Is(err, errRehearsed) {
		return nil, err
	}
	var list []Notice
	at := map[itip.Address]int{}
	for i := range told {
		o := &told[i]
		_, standing := s.Resolve(ctx, string(o.to))
		n := Notice{Address: o.to, Method: o.method, Why: o.why, Local: standing == Local, Reached: o.reached()}
		if !n.Reached {
			n.Code, n.Trouble = o.unreached()
		}
		if known, twice := at[n.Address]; !twice {
			at[n.Address] = len(list)
			list = append(list, n)
		} else if n.Why.Outweighs(list[known].Why) {
			list[known] = n
		}
	}
	return list, nil
}

// reason tells why a message is sent, for a rehearsal.
func (w *writing) reason(plan *itip.Plan, world *itip.World, m *itip.Message) itip.Reason {
	if !w.rehearsed {
		return ""
	}
	return itip.ReasonOf(w.former, plan.Object, world, m)
}

// Split stores the two halves that a series is cut into in one transaction, so that there is never one without the
// other: first, the series as it now ends, and then the new series, which must not be there yet. Errors as of Put.
func (s *Service) Split(ctx context.Context, first, second *Put) (head, tail *Result, err error) {
	one, err := s.prepare(ctx, first)
	if err != nil {
		return nil, nil, err
	}
	two, err := s.prepare(ctx, second)
	if err != nil {
		return nil, nil, err
	}
	head, tail = new(Result), new(Result)
	err = s.store.Update(ctx, first.Actor, func(tx *storage.Tx) error {
		if err := one.run(tx, head); err != nil {
			return err
		}
		return two.run(tx, tail)
	})
	if err != nil {
		return nil, nil, err
	}
	return head, tail, nil
}
