package scheduling

import (
	"context"
	"fmt"

	"convoke/internal/icalendar"
	"convoke/scheduling/itip"
	"convoke/storage"
)

// Facts are what storage shall index of an object's bytes in a collection, as Put and
// Receive would store them. It is what `convoke check` compares the index with.
func (s *Service) Facts(ctx context.Context, c *storage.Collection, data []byte) (storage.Facts, error) {
	o, err := icalendar.Parse(data)
	if err != nil {
		return storage.Facts{}, fmt.Errorf("read object: %w", err)
	}
	if c.Kind != storage.KindCalendar || c.Source != "" || !itip.Scheduled(o) {
		return facts(o, itip.None), nil
	}
	owner, err := s.store.Principal(ctx, c.OwnerID)
	if err != nil {
		return storage.Facts{}, fmt.Errorf("find the owner: %w", err)
	}
	role, _, err := itip.RoleOf(o, s.world(ctx, s.store, owner))
	if err != nil {
		role = itip.None // as a lenient import stores it
	}
	return facts(o, role), nil
}
