package scheduling

import (
	"errors"
	"fmt"

	"convoke/internal/icalendar"
	"convoke/scheduling/itip"
	"convoke/storage"
)

// exists judges an attendee's new object (RFC 6638 §3.2.2.2): the meeting that one of ours is said to organize
// has to be in his calendars. Else nobody would hear the answer, and a meeting would stand in one calendar alone.
// What is over may be kept, as a calendar that comes from elsewhere holds it, and so may what another agent
// schedules (SCHEDULE-AGENT). The refusal is allowed-attendee-scheduling-object-change, §3.2.4.4.
func (w *writing) exists(now *icalendar.Object, organizer itip.Address) error {
	if ownAgent(now) || facts(now, itip.Attendee).Last < w.s.now().Unix() {
		return nil
	}
	p, standing := w.s.Resolve(w.ctx, string(organizer))
	if standing != Local || p.Kind != storage.KindUser {
		return nil
	}
	list, err := w.tx.FindUID(w.ctx, p.ID, now.UID())
	if err != nil {
		return fmt.Errorf("look for the meeting: %w", err)
	}
	for _, o := range list {
		if o.Role == string(itip.Organizer) {
			return nil
		}
	}
	return forbid("allowed-attendee-scheduling-object-change", errors.New("the organizer has no such meeting"))
}
