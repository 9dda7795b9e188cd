package scheduling

import (
	"context"

	"convoke/scheduling/itip"
	"convoke/storage"
)

// Outcome tells what became of a message that arrived.
type Outcome struct {
	Applied bool
	Reason  string // why not, in plain words
	Status  string // iTIP REQUEST-STATUS code such as "2.0", "1.2"
}

// Receive applies a message from outside to the recipient's calendars, by the same
// rules as one from inside. The sender has been vouched for by the caller.
func (s *Service) Receive(ctx context.Context, actor storage.Actor, recipient *storage.Principal, m *itip.Message) (*Outcome, error) {
	return nil, nil
}
