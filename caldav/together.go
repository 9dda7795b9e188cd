package caldav

import (
	"context"

	"convoke/scheduling"
	"convoke/server/dav"
)

// What pages ask of calendars and DAV has no verb for. It goes the road of PUT and DELETE, with the rules of those.

// Rehearse tells whom PUTs, one after the other, would tell something, and changes nothing.
func (c *calendar) Rehearse(ctx context.Context, writes ...dav.NamedPut) ([]scheduling.Notice, error) {
	puts := make([]*scheduling.Put, len(writes))
	for i, w := range writes {
		puts[i] = c.scheduled(ctx, w.Name, w.Put)
	}
	told, err := c.d.sched.Rehearse(ctx, puts...)
	return told, c.d.condition(ctx, c.Tree, err)
}

// Split stores the two halves of a series, both or none.
func (c *calendar) Split(ctx context.Context, first, second dav.NamedPut) (head, tail *dav.Stored, err error) {
	one, two, err := c.d.sched.Split(ctx, c.scheduled(ctx, first.Name, first.Put), c.scheduled(ctx, second.Name, second.Put))
	if err != nil {
		return nil, nil, c.d.condition(ctx, c.Tree, err)
	}
	return c.stored(ctx, one), c.stored(ctx, two), nil
}

// RehearseDelete tells whom a DELETE would tell something, and changes nothing.
func (o *object) RehearseDelete(ctx context.Context, r *dav.Removal) ([]scheduling.Notice, error) {
	if o.inInbox() {
		return nil, nil
	}
	told, err := o.d.sched.RehearseDelete(ctx, o.removal(ctx, r))
	return told, o.d.condition(ctx, o.Parent.Tree, err)
}
