package storage

import "context"

// CheckPassword tells whose name and password (of the account, or an app password) these are.
// ErrPassword for a wrong or unknown one, at the same cost. It is slow by design; at most one
// check for each processor runs at once.
func (s *Store) CheckPassword(ctx context.Context, name, password string) (*Principal, error) {
	return nil, errTODO
}

// Generation is a number that grows whenever a credential of the principal changes or it is
// removed: remembered credentials are good only while it stays. 0 for an unknown one.
func (s *Store) Generation(principalID int64) uint64 { return 0 }

// AppPasswords lists a principal's app passwords.
func (s *Store) AppPasswords(ctx context.Context, principalID int64) ([]AppPassword, error) {
	return nil, errTODO
}

// HashPassword makes the slow hash that SetPassword stores; call it outside of Update.
func (s *Store) HashPassword(ctx context.Context, password string) (string, error) {
	return "", errTODO
}

// SetPassword stores the hash of the account's password; "" takes the password away.
func (t *Tx) SetPassword(principalID int64, hash string) error { return errTODO }

// AddAppPassword makes an app password and gives its secret, which is not kept.
func (t *Tx) AddAppPassword(principalID int64, label string) (AppPassword, string, error) {
	return AppPassword{}, "", errTODO
}

// RemoveAppPassword takes an app password away, or gives ErrNotFound.
func (t *Tx) RemoveAppPassword(principalID, id int64) error { return errTODO }
