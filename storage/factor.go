package storage

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"time"
)

// TOTP is what a person's one-time passwords are made of (RFC 6238).
type TOTP struct {
	Secret    []byte
	Confirmed bool // a code was shown: from then on it is asked for
	Created   time.Time
}

// TOTP gives that of a principal, or ErrNotFound.
func (s *Store) TOTP(ctx context.Context, principalID int64) (*TOTP, error) {
	var p TOTP
	var created int64
	err := s.read(ctx, false, func(c *session) error {
		return c.row("SELECT secret, confirmed, created FROM totp WHERE principal_id = ?", []any{principalID}, &p.Secret, &p.Confirmed, &created)
	})
	if err != nil {
		return nil, err
	}
	p.Created = time.Unix(created, 0).UTC()
	return &p, nil
}

// SetTOTP begins one-time passwords anew with a secret that is not yet confirmed. ErrExists if a confirmed one is there.
func (t *Tx) SetTOTP(principalID int64, secret []byte) error {
	if _, err := t.Principal(context.Background(), principalID); err != nil {
		return err
	}
	r, err := t.exec(`INSERT INTO totp (principal_id, secret, confirmed, step, created) VALUES (?, ?, 0, 0, ?)
		ON CONFLICT (principal_id) DO UPDATE SET secret = excluded.secret, step = 0, created = excluded.created WHERE confirmed = 0`,
		principalID, secret, t.now.Unix())
	if err != nil {
		return fmt.Errorf("store one-time passwords: %w", err)
	}
	if n, err := r.RowsAffected(); err != nil || n == 0 {
		return fmt.Errorf("one-time passwords: %w", ErrExists)
	}
	return nil
}

// UseTOTP notes that the code of a time step was shown, which confirms the secret. False if that step or a later one was
// used before: a code is good once (RFC 6238 §5.2).
func (t *Tx) UseTOTP(principalID int64, step int64) (bool, error) {
	r, err := t.exec("UPDATE totp SET step = ?, confirmed = 1 WHERE principal_id = ? AND step < ?", step, principalID, step)
	if err != nil {
		return false, fmt.Errorf("use one-time password: %w", err)
	}
	n, err := r.RowsAffected()
	return n > 0, err
}

// RemoveTOTP ends one-time passwords and takes the recovery codes away.
func (t *Tx) RemoveTOTP(principalID int64) error {
	if _, err := t.exec("DELETE FROM totp WHERE principal_id = ?", principalID); err != nil {
		return fmt.Errorf("remove one-time passwords: %w", err)
	}
	return t.SetRecoveryCodes(principalID, nil)
}

// SetRecoveryCodes replaces the recovery codes of a principal.
func (t *Tx) SetRecoveryCodes(principalID int64, hashes [][sha256.Size]byte) error {
	if _, err := t.exec("DELETE FROM recovery_code WHERE principal_id = ?", principalID); err != nil {
		return fmt.Errorf("remove recovery codes: %w", err)
	}
	for _, h := range hashes {
		if _, err := t.exec("INSERT INTO recovery_code (principal_id, hash) VALUES (?, ?)", principalID, h[:]); err != nil {
			return t.spoil(fmt.Errorf("store recovery code: %w", err))
		}
	}
	return nil
}

// UseRecoveryCode takes a recovery code away; false if there is no such.
func (t *Tx) UseRecoveryCode(principalID int64, hash [sha256.Size]byte) (bool, error) {
	r, err := t.exec("DELETE FROM recovery_code WHERE principal_id = ? AND hash = ?", principalID, hash[:])
	if err != nil {
		return false, fmt.Errorf("use recovery code: %w", err)
	}
	n, err := r.RowsAffected()
	return n > 0, err
}

// RecoveryCodes counts the recovery codes that a principal has left.
func (s *Store) RecoveryCodes(ctx context.Context, principalID int64) (int, error) {
	var n int
	err := s.read(ctx, false, func(c *session) error {
		return c.row("SELECT count(*) FROM recovery_code WHERE principal_id = ?", []any{principalID}, &n)
	})
	return n, err
}

// Passkey is a key pair of a person's device (WebAuthn); the secret half never leaves that.
type Passkey struct {
	ID           int64
	PrincipalID  int64
	CredentialID []byte
	PublicKey    []byte // COSE
	AAGUID       []byte
	Counter      uint32
	Flags        uint8
	Transports   string // separated by blanks
	Label        string
	Created      time.Time
	Used         time.Time // zero if never
}

const passkeyColumns = "id, principal_id, credential_id, public_key, aaguid, counter, flags, transports, label, created, used"

func scanPasskey(scan func(...any) error) (Passkey, error) {
	var p Passkey
	var created, used int64
	err := scan(&p.ID, &p.PrincipalID, &p.CredentialID, &p.PublicKey, &p.AAGUID, &p.Counter, &p.Flags, &p.Transports, &p.Label, &created, &used)
	p.Created = time.Unix(created, 0).UTC()
	if used != 0 {
		p.Used = time.Unix(used, 0).UTC()
	}
	return p, err
}

// Passkeys lists a principal's passkeys, oldest first.
func (s *Store) Passkeys(ctx context.Context, principalID int64) ([]Passkey, error) {
	return s.passkeys(ctx, "principal_id = ? ORDER BY id", principalID)
}

// PasskeyByCredential gives a passkey by its credential id, or ErrNotFound.
func (s *Store) PasskeyByCredential(ctx context.Context, credential []byte) (*Passkey, error) {
	list, err := s.passkeys(ctx, "credential_id = ?", credential)
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("passkey: %w", ErrNotFound)
	}
	if err != nil {
		return nil, err
	}
	return &list[0], nil
}

func (s *Store) passkeys(ctx context.Context, where string, arg any) ([]Passkey, error) {
	var list []Passkey
	err := s.read(ctx, false, func(c *session) error {
		return c.each("SELECT "+passkeyColumns+" FROM passkey WHERE "+where, []any{arg}, func(r *sql.Rows) error {
			p, err := scanPasskey(r.Scan)
			list = append(list, p)
			return err
		})
	})
	return list, err
}

// AddPasskey stores a passkey and fills in ID and Created. ErrExists if the credential is known.
func (t *Tx) AddPasskey(p *Passkey) error {
	if _, err := t.Principal(context.Background(), p.PrincipalID); err != nil {
		return err
	}
	p.Created = seconds(t.now)
	r, err := t.exec(`INSERT INTO passkey (principal_id, credential_id, public_key, aaguid, counter, flags, transports, label, created, used)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0)`,
		p.PrincipalID, p.CredentialID, p.PublicKey, p.AAGUID, p.Counter, p.Flags, p.Transports, p.Label, p.Created.Unix())
	if uniqueViolation(err) {
		return fmt.Errorf("passkey: %w", ErrExists)
	}
	if err != nil {
		return fmt.Errorf("store passkey: %w", err)
	}
	p.ID, err = r.LastInsertId()
	return t.spoil(err)
}

// UsePasskey notes that a passkey signed in, with its counter and flags of then. ErrNotFound if it is gone meanwhile.
func (t *Tx) UsePasskey(id int64, counter uint32, flags uint8) error {
	r, err := t.exec("UPDATE passkey SET counter = ?, flags = ?, used = ? WHERE id = ?", counter, flags, t.now.Unix(), id)
	if err != nil {
		return fmt.Errorf("use passkey: %w", err)
	}
	return changedOne(r, "passkey")
}

// RemovePasskey takes a passkey away, or gives ErrNotFound.
func (t *Tx) RemovePasskey(principalID, id int64) error {
	r, err := t.exec("DELETE FROM passkey WHERE principal_id = ? AND id = ?", principalID, id)
	if err != nil {
		return fmt.Errorf("remove passkey: %w", err)
	}
	return changedOne(r, "passkey")
}

// changedOne gives ErrNotFound where a statement met no row.
func changedOne(r sql.Result, what string) error {
	n, err := r.RowsAffected()
	if err == nil && n == 0 {
		return fmt.Errorf("%s: %w", what, ErrNotFound)
	}
	return err
}
