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
	p, standing := w.resolve(organizer)
	if standing != Local || p.Kind != storage.KindUser {
		return nil
	}
	list, err := w.holding(p, now.UID())
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

// mendable gives what a client sent if the only thing wrong with it may be that an instance lost its RECURRENCE-ID
// (valid-calendar-object-resource, RFC 4791 §5.3.2.1); mend finds out. Else nil.
func (s *Service) mendable(p *Put, err error) *icalendar.Object {
	var v *Violation
	if p.Import || !errors.As(err, &v) || v.Precondition != string(icalendar.ValidObject) {
		return nil
	}
	now, err := s.parse(p.Data, true)
	if err != nil || !itip.Scheduled(now) {
		return nil
	}
	return now
}

// mend takes an attendee's answer to single instances whose client knows none without a series: it sends the first
// of them as if it were one.
func (w *writing) mend(old *storage.Object, now *icalendar.Object) (*icalendar.Object, error) {
	if old == nil || old.Role != string(itip.Attendee) {
		return nil, w.flaw
	}
	former, err := parsed(old)
	if err != nil {
		return nil, w.flaw
	}
	named := itip.NameInstances(former, now)
	if named == nil {
		return nil, w.flaw
	}
	if _, err := w.s.parse(named.Bytes(), false); err != nil {
		return nil, w.flaw
	}
	return named.Freeze(), nil
}
