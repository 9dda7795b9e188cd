// Package passkey makes and checks passkeys (W3C Web Authentication, Level 3) by go-webauthn, whose types stay in here:
// its interface still moves.
//
// Invariants:
//   - A passkey alone signs in, so it must be one that the device finds by itself, and the device must know its person.
//   - Nothing is kept between the two halves of a ceremony but the state that the caller keeps; it must come back unchanged.
//   - Attestation is not asked for: any device will do.
package passkey

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// ErrRefused says that an answer of a device does not prove what it should.
var ErrRefused = errors.New("the passkey was refused")

// ErrNoParty says that there are no passkeys at an address: browsers want a host name, and https but for localhost.
var ErrNoParty = errors.New("passkeys need a host name and https")

// ceremonyFor is how long a browser waits for its device.
const ceremonyFor = 5 * time.Minute

// Party is who passkeys are made for: a host.
type Party struct {
	id, origin string
}

// PartyOf is the party of an address such as https://cal.example.org, or ErrNoParty.
func PartyOf(address string) (Party, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || net.ParseIP(u.Hostname()) != nil {
		return Party{}, ErrNoParty
	}
	host := strings.ToLower(u.Hostname())
	if u.Scheme != "https" && host != "localhost" {
		return Party{}, ErrNoParty
	}
	return Party{host, u.Scheme + "://" + strings.ToLower(u.Host)}, nil
}

// Person is whose passkey it is. Handle names them to their devices and must tell nothing else.
type Person struct {
	Handle        []byte
	Name, Display string
}

// Key is a passkey as it is stored.
type Key struct {
	CredentialID, PublicKey, AAGUID []byte
	Counter                         uint32
	Flags                           uint8
	Transports                      []string
}

// user is a Person for the library.
type user struct {
	Person
	keys []webauthn.Credential
}

func (u *user) WebAuthnID() []byte                         { return u.Handle }
func (u *user) WebAuthnName() string                       { return u.Name }
func (u *user) WebAuthnDisplayName() string                { return u.Display }
func (u *user) WebAuthnCredentials() []webauthn.Credential { return u.keys }

func credential(k Key) webauthn.Credential {
	c := webauthn.Credential{
		ID: k.CredentialID, PublicKey: k.PublicKey, Flags: webauthn.NewCredentialFlags(protocol.AuthenticatorFlags(k.Flags)),
		Authenticator: webauthn.Authenticator{AAGUID: k.AAGUID, SignCount: k.Counter},
	}
	for _, t := range k.Transports {
		c.Transport = append(c.Transport, protocol.AuthenticatorTransport(t))
	}
	return c
}

func keyOf(c *webauthn.Credential) Key {
	k := Key{
		CredentialID: c.ID, PublicKey: c.PublicKey, AAGUID: c.Authenticator.AAGUID, Counter: c.Authenticator.SignCount,
		Flags: uint8(c.Flags.ProtocolValue()),
	}
	for _, t := range c.Transport {
		k.Transports = append(k.Transports, string(t))
	}
	return k
}

func (p Party) library() (*webauthn.WebAuthn, error) {
	required := true
	timeout := webauthn.TimeoutConfig{Timeout: ceremonyFor, TimeoutUVD: ceremonyFor}
	return webauthn.New(&webauthn.Config{
		RPID: p.id, RPDisplayName: "Convoke", RPOrigins: []string{p.origin},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			RequireResidentKey: &required, ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired,
		},
		Timeouts: webauthn.TimeoutsConfig{Login: timeout, Registration: timeout},
	})
}

// begun gives the two halves of what a ceremony begins with.
func begun(options any, session *webauthn.SessionData, err error) (json.RawMessage, []byte, error) {
	if err != nil {
		return nil, nil, fmt.Errorf("begin with a passkey: %w", err)
	}
	public, err := json.Marshal(options)
	if err != nil {
		return nil, nil, err
	}
	state, err := json.Marshal(session)
	return public, state, err
}

// BeginRegister gives what a browser is asked to make a passkey with, and the state to finish with. have are the keys of
// the person: a device that has one makes no second.
func (p Party) BeginRegister(who Person, have []Key) (options json.RawMessage, state []byte, err error) {
	lib, err := p.library()
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrNoParty, err)
	}
	u := &user{Person: who}
	var exclude []protocol.CredentialDescriptor
	for _, k := range have {
		c := credential(k)
		exclude = append(exclude, c.Descriptor())
	}
	o, session, err := lib.BeginRegistration(u, webauthn.WithExclusions(exclude))
	return begun(o, session, err)
}

// FinishRegister takes the browser's answer. ErrRefused for one that does not fit.
func (p Party) FinishRegister(who Person, state, response []byte) (Key, error) {
	lib, session, err := p.resume(state)
	if err != nil {
		return Key{}, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(response)
	if err != nil {
		return Key{}, refused(err)
	}
	c, err := lib.CreateCredential(&user{Person: who}, *session, parsed)
	if err != nil {
		return Key{}, refused(err)
	}
	return keyOf(c), nil
}

// BeginSignIn gives what a browser is asked to sign in with, by any passkey that it finds for us.
func (p Party) BeginSignIn() (options json.RawMessage, state []byte, err error) {
	lib, err := p.library()
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrNoParty, err)
	}
	o, session, err := lib.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	return begun(o, session, err)
}

// FinishSignIn takes the browser's answer and gives the key with its counter and flags of now. find tells whose key a
// credential id and a handle name. ErrRefused for an answer that does not fit, or a counter that says there are two of
// the device.
func (p Party) FinishSignIn(state, response []byte, find func(credentialID, handle []byte) (Person, Key, error)) (Key, error) {
	lib, session, err := p.resume(state)
	if err != nil {
		return Key{}, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(response)
	if err != nil {
		return Key{}, refused(err)
	}
	_, c, err := lib.ValidatePasskeyLogin(func(id, handle []byte) (webauthn.User, error) {
		who, key, err := find(id, handle)
		if err != nil {
			return nil, err
		}
		return &user{who, []webauthn.Credential{credential(key)}}, nil
	}, *session, parsed)
	if err != nil {
		return Key{}, refused(err)
	}
	if c.Authenticator.CloneWarning {
		return Key{}, fmt.Errorf("%w: its counter went back", ErrRefused)
	}
	return keyOf(c), nil
}

func (p Party) resume(state []byte) (*webauthn.WebAuthn, *webauthn.SessionData, error) {
	lib, err := p.library()
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrNoParty, err)
	}
	session := new(webauthn.SessionData)
	if err := json.Unmarshal(state, session); err != nil {
		return nil, nil, refused(err)
	}
	return lib, session, nil
}

// refused says for the log why the library took an answer not; its errors keep the reason in a field.
func refused(err error) error {
	var p *protocol.Error
	if errors.As(err, &p) {
		return fmt.Errorf("%w: %s (%s)", ErrRefused, p.Details, p.DevInfo)
	}
	return fmt.Errorf("%w: %w", ErrRefused, err)
}
