package session

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"net/url"
	"strings"
	"time"

	"convoke/server"
	"convoke/storage"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
)

// One-time passwords as every authenticator app makes them (RFC 6238 §1.2, RFC 4226 §5.3).
const (
	secretBytes   = 20
	stepFor       = 30 * time.Second
	stepsAside    = 1 // how many steps the clock of a phone may be off, either way (RFC 6238 §5.2)
	recoveryCodes = 10
	recoveryRunes = 10
)

// secrets spells secrets for people to type: base32 without padding.
var secrets = base32.StdEncoding.WithPadding(base32.NoPadding)

// NewTOTP begins one-time passwords for somebody: the secret as people type it, and the address of it that apps read from
// a QR code. They are asked for once Confirm has seen one. storage.ErrExists if they are already.
func (k *Keeper) NewTOTP(ctx context.Context, who *storage.Principal) (secret, address string, err error) {
	raw := make([]byte, secretBytes)
	_, _ = rand.Read(raw)
	err = k.update(ctx, who.ID, func(tx *storage.Tx) error { return tx.SetTOTP(who.ID, raw) })
	if err != nil {
		return "", "", err
	}
	secret = secrets.EncodeToString(raw)
	v := url.Values{"secret": {secret}, "issuer": {"Convoke"}}
	return secret, "otpauth://totp/" + url.PathEscape("Convoke:"+who.Name) + "?" + v.Encode(), nil
}

// ConfirmTOTP turns one-time passwords on for who shows the first one, keeps the account's password off DAV paths, and
// gives the recovery codes. Errors are those of server.Server.CheckCode; storage.ErrNotFound if none were begun.
func (d *Door) ConfirmTOTP(ctx context.Context, who *storage.Principal, code string) ([]string, error) {
	if err := d.checkTOTP(ctx, who, code); err != nil {
		return nil, err
	}
	return d.newRecoveryCodes(ctx, who, func(tx *storage.Tx) error { return tx.SetAppOnly(who.ID, true) })
}

// NewRecoveryCodes gives recovery codes in place of those that were.
func (d *Door) NewRecoveryCodes(ctx context.Context, who *storage.Principal) ([]string, error) {
	return d.newRecoveryCodes(ctx, who, func(*storage.Tx) error { return nil })
}

func (d *Door) newRecoveryCodes(ctx context.Context, who *storage.Principal, also func(*storage.Tx) error) ([]string, error) {
	const letters = "abcdefghijkmnpqrstuvwxyz23456789" // 32, none of which is mistaken for another
	codes, hashes := make([]string, recoveryCodes), make([][sha256.Size]byte, recoveryCodes)
	for i := range codes {
		var raw [recoveryRunes]byte
		_, _ = rand.Read(raw[:])
		for j := range raw {
			raw[j] = letters[raw[j]%32]
		}
		codes[i] = string(raw[:5]) + "-" + string(raw[5:])
		hashes[i] = sha256.Sum256(raw[:])
	}
	err := d.update(ctx, who.ID, func(tx *storage.Tx) error {
		if err := also(tx); err != nil {
			return err
		}
		return tx.SetRecoveryCodes(who.ID, hashes)
	})
	return codes, err
}

// asksCode tells whether somebody has one-time passwords.
func (d *Door) asksCode(ctx context.Context, who *storage.Principal) (bool, error) {
	p, err := d.o.Store.TOTP(ctx, who.ID)
	if errors.Is(err, storage.ErrNotFound) {
		return false, nil
	}
	return err == nil && p.Confirmed, err
}

// checkCode takes a one-time password or a recovery code.
func (d *Door) checkCode(ctx context.Context, who *storage.Principal, code string) error {
	code = plainCode(code)
	if len(code) != recoveryRunes {
		return d.checkTOTP(ctx, who, code)
	}
	return d.Guard.CheckCode(ctx, who, func() (right bool, err error) {
		err = d.update(ctx, who.ID, func(tx *storage.Tx) error {
			right, err = tx.UseRecoveryCode(who.ID, sha256.Sum256([]byte(code)))
			return err
		})
		return right, err
	})
}

// checkTOTP takes a one-time password, each once.
func (d *Door) checkTOTP(ctx context.Context, who *storage.Principal, code string) error {
	p, err := d.o.Store.TOTP(ctx, who.ID)
	if err != nil {
		return err
	}
	return d.Guard.CheckCode(ctx, who, func() (right bool, err error) {
		step, ok := stepOf(plainCode(code), p.Secret, d.o.Now())
		if !ok {
			return false, nil
		}
		err = d.update(ctx, who.ID, func(tx *storage.Tx) error {
			right, err = tx.UseTOTP(who.ID, step)
			return err
		})
		return right, err
	})
}

// plainCode is a code as it was made: apps show blanks in it, people type capitals.
func plainCode(code string) string {
	return strings.ToLower(strings.NewReplacer(" ", "", "-", "", "\u00a0", "").Replace(code))
}

// stepOf finds the time step near now whose code this is.
func stepOf(code string, secret []byte, now time.Time) (int64, bool) {
	at := now.Unix() / int64(stepFor/time.Second)
	for step := at - stepsAside; step <= at+stepsAside; step++ {
		ok, err := hotp.ValidateCustom(code, uint64(step), secrets.EncodeToString(secret), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if ok && err == nil {
			return step, true
		}
	}
	return 0, false
}

// ticketFor is how long the second step of a sign-in may take.
const ticketFor = 5 * time.Minute

// ticket says that somebody has shown the password, for the page that asks for the code next.
func (k *Keeper) ticket(who *storage.Principal) string {
	var b []byte
	for _, n := range []uint64{uint64(who.ID), k.o.Store.Generation(who.ID)} {
		b = binary.BigEndian.AppendUint64(b, n)
	}
	return k.seal("ticket", b, ticketFor)
}

// bearerOf is whose a ticket is; server.ErrCredentials for one that is no longer good.
func (k *Keeper) bearerOf(ctx context.Context, ticket string) (*storage.Principal, error) {
	b, ok := k.unseal("ticket", ticket)
	if !ok || len(b) != 16 {
		return nil, server.ErrCredentials
	}
	id := int64(binary.BigEndian.Uint64(b))
	if k.o.Store.Generation(id) != binary.BigEndian.Uint64(b[8:]) {
		return nil, server.ErrCredentials
	}
	who, err := k.o.Store.Principal(ctx, id)
	if errors.Is(err, storage.ErrNotFound) {
		return nil, server.ErrCredentials
	}
	return who, err
}

// seal makes something that a browser keeps for us and cannot change, for a time.
func (k *Keeper) seal(what string, data []byte, life time.Duration) string {
	b := binary.BigEndian.AppendUint64(nil, uint64(k.o.Now().Add(life).Unix()))
	b = append(b, data...)
	return base64.RawURLEncoding.EncodeToString(append(b, k.mac(what, b)...))
}

// unseal gives what was sealed, unless it was changed or is too old.
func (k *Keeper) unseal(what, text string) ([]byte, bool) {
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(b) < 8+sha256.Size {
		return nil, false
	}
	b, sum := b[:len(b)-sha256.Size], b[len(b)-sha256.Size:]
	if !k.right(what, b, sum) || k.o.Now().Unix() >= int64(binary.BigEndian.Uint64(b)) {
		return nil, false
	}
	return b[8:], true
}
