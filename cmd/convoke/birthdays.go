package main

import (
	"context"

	"convoke/birthday"
	"convoke/server/dav"
	"convoke/storage"
)

// rememberBirthdays makes what keeps calendars of the dates in address books.
func (h *house) rememberBirthdays() *birthday.Service {
	ground := h.ground()
	return birthday.New(birthday.Options{
		Store: h.store, Scheduler: h.sched, Log: h.log,
		Books: func(ctx context.Context, who *storage.Principal) ([]*storage.Collection, error) {
			all, err := ground.Reach(ctx, who)
			if err != nil {
				return nil, err
			}
			var own, taken []*storage.Collection
			for _, r := range all {
				switch {
				case r.Collection.Kind != storage.KindAddressBook || !r.Privileges.Has(dav.Read):
				case r.Shared(who):
					taken = append(taken, r.Collection)
				default:
					own = append(own, r.Collection)
				}
			}
			return append(own, taken...), nil
		},
	})
}
