package session

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"convoke/server"
	"convoke/storage"
	"convoke/web/passkey"
)

// maxPasskeys is how many passkeys one person has at most.
const maxPasskeys = 30

// ceremonyFor is how long making or showing a passkey may take.
const ceremonyFor = 5 * time.Minute

// ErrPasskey says that the answer of a device proves nothing, or that its ceremony is over.
var ErrPasskey = errors.New("the passkey was refused")

// ErrTooMany says that a person has as many as they may.
var ErrTooMany = errors.New("there are too many")

// Ceremony is what a browser needs to make or show a passkey: Options for its own interface, State to bring back with the
// answer.
type Ceremony struct {
	State   string          `json:"state"`
	Options json.RawMessage `json:"options"`
}

// Party is for whom passkeys are made at the address of a request; passkey.ErrNoParty where browsers make none.
func (k *Keeper) Party(r *http.Request) (passkey.Party, error) {
	return passkey.PartyOf(k.Address(r))
}

// Address is the one that people use, without a slash at its end: the configured one, or that of the request.
func (k *Keeper) Address(r *http.Request) string {
	if k.o.PublicURL != "" {
		return strings.TrimSuffix(k.o.PublicURL, "/")
	}
	if server.HTTPS(r.Context()) {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

func person(who *storage.Principal) passkey.Person {
	display := who.DisplayName
	if display == "" {
		display = who.Name
	}
	return passkey.Person{Handle: []byte(who.UUID), Name: who.Name, Display: display}
}

func keyOf(p *storage.Passkey) passkey.Key {
	return passkey.Key{
		CredentialID: p.CredentialID, PublicKey: p.PublicKey, AAGUID: p.AAGUID, Counter: p.Counter, Flags: p.Flags,
		Transports: strings.Fields(p.Transports),
	}
}

// BeginPasskey begins to make a passkey for somebody.
func (k *Keeper) BeginPasskey(r *http.Request, who *storage.Principal) (*Ceremony, error) {
	party, err := k.Party(r)
	if err != nil {
		return nil, err
	}
	have, err := k.o.Store.Passkeys(r.Context(), who.ID)
	if err != nil {
		return nil, err
	}
	if len(have) >= maxPasskeys {
		return nil, ErrTooMany
	}
	keys := make([]passkey.Key, len(have))
	for i := range have {
		keys[i] = keyOf(&have[i])
	}
	options, state, err := party.BeginRegister(person(who), keys)
	if err != nil {
		return nil, err
	}
	return &Ceremony{k.seal("register "+who.UUID, state, ceremonyFor), options}, nil
}

// AddPasskey ends what BeginPasskey began.
func (k *Keeper) AddPasskey(r *http.Request, who *storage.Principal, state, label string, response []byte) (*storage.Passkey, error) {
	party, err := k.Party(r)
	if err != nil {
		return nil, err
	}
	begun, ok := k.unseal("register "+who.UUID, state)
	if !ok {
		return nil, ErrPasskey
	}
	key, err := party.FinishRegister(person(who), begun, response)
	if err != nil {
		server.Note(r.Context(), "passkey", err)
		return nil, ErrPasskey
	}
	p := &storage.Passkey{
		PrincipalID: who.ID, CredentialID: key.CredentialID, PublicKey: key.PublicKey, AAGUID: key.AAGUID,
		Counter: key.Counter, Flags: key.Flags, Transports: strings.Join(key.Transports, " "), Label: label,
	}
	err = k.update(r.Context(), who.ID, func(tx *storage.Tx) error { return tx.AddPasskey(p) })
	if errors.Is(err, storage.ErrExists) {
		return nil, ErrPasskey
	}
	return p, err
}

// BeginSignIn begins to sign somebody in by a passkey of theirs.
func (k *Keeper) BeginSignIn(r *http.Request) (*Ceremony, error) {
	party, err := k.Party(r)
	if err != nil {
		return nil, err
	}
	options, state, err := party.BeginSignIn()
	if err != nil {
		return nil, err
	}
	return &Ceremony{k.seal("sign in", state, ceremonyFor), options}, nil
}

// SignInByPasskey ends what BeginSignIn began: a passkey, whose device knows its person, is both factors. ErrPasskey for
// whatever does not fit.
func (d *Door) SignInByPasskey(w http.ResponseWriter, r *http.Request, state string, response []byte, keep bool) (*storage.Principal, error) {
	if !server.Secure(r.Context()) {
		return nil, server.ErrPlain
	}
	party, err := d.Party(r)
	if err != nil {
		return nil, err
	}
	begun, ok := d.unseal("sign in", state)
	if !ok {
		return nil, ErrPasskey
	}
	var who *storage.Principal
	var stored *storage.Passkey
	key, err := party.FinishSignIn(begun, response, func(credential, handle []byte) (passkey.Person, passkey.Key, error) {
		if stored, who, err = d.owner(r.Context(), credential); err != nil {
			return passkey.Person{}, passkey.Key{}, err
		}
		return person(who), keyOf(stored), nil
	})
	if err != nil {
		server.Note(r.Context(), "passkey", err)
		return nil, ErrPasskey
	}
	if !d.spend(begun) {
		return nil, ErrPasskey
	}
	err = d.update(r.Context(), who.ID, func(tx *storage.Tx) error { return tx.UsePasskey(stored.ID, key.Counter, key.Flags) })
	if errors.Is(err, storage.ErrNotFound) {
		return nil, ErrPasskey
	}
	if err != nil {
		return nil, err
	}
	return who, d.enter(w, r, who, keep)
}

// owner gives a passkey and whose it is.
func (k *Keeper) owner(ctx context.Context, credential []byte) (*storage.Passkey, *storage.Principal, error) {
	p, err := k.o.Store.PasskeyByCredential(ctx, credential)
	if err != nil {
		return nil, nil, err
	}
	who, err := k.o.Store.Principal(ctx, p.PrincipalID)
	return p, who, err
}

// spend uses a ceremony up: false if it was before. Only ceremonies that signed somebody in come here.
func (k *Keeper) spend(state []byte) bool {
	name, now := sha256.Sum256(state), k.o.Now()
	k.mu.Lock()
	defer k.mu.Unlock()
	for other, until := range k.spent {
		if !now.Before(until) {
			delete(k.spent, other)
		}
	}
	if _, ok := k.spent[name]; ok {
		return false
	}
	k.spent[name] = now.Add(ceremonyFor)
	return true
}
