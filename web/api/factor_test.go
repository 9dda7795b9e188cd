package api

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"convoke/web/session"

	"github.com/pquerna/otp/totp"
)

// code is the one-time password of a secret at the time of the test, so many steps later.
func (s *signing) code(t *testing.T, secret string, steps int) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, s.now().Add(time.Duration(steps)*30*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// withTOTP turns one-time passwords on and gives the secret and the recovery codes.
func (b *browser) withTOTP() (secret string, recovery []string) {
	b.t.Helper()
	begun := b.want(200, "POST", "/api/totp", "")
	secret = begun["secret"].(string)
	done := b.want(200, "POST", "/api/totp/confirm", fmt.Sprintf(`{"code":%q}`, b.signing.code(b.t, secret, 0)))
	for _, c := range done["recoveryCodes"].([]any) {
		recovery = append(recovery, c.(string))
	}
	return secret, recovery
}

func withCode(code string) string {
	return fmt.Sprintf(`{"name":"alice","password":"wonder land","code":%q}`, code)
}

func TestTOTP(t *testing.T) {
	s := newSigning(t)
	b := s.browser(t).signIn()
	b.code(409, "totp-off", "POST", "/api/totp/confirm", `{"code":"123456"}`)
	b.code(409, "totp-off", "POST", "/api/totp/recovery", "")
	begun := b.want(200, "POST", "/api/totp", "")
	if u, err := url.Parse(begun["address"].(string)); err != nil || u.Scheme != "otpauth" || u.Host != "totp" || u.Path != "/Convoke:alice" ||
		u.Query().Get("secret") != begun["secret"] || u.Query().Get("issuer") != "Convoke" {
		t.Errorf("address: %v", begun)
	}
	if rows := begun["rows"].([]any); len(rows) < 21 || len(rows) != int(begun["size"].(float64)) {
		t.Errorf("QR code: %v", begun)
	}
	// What is not confirmed is not asked for.
	b.signIn()
	b.code(403, "wrong-code", "POST", "/api/totp/confirm", `{"code":"000000"}`)
	secret, recovery := b.withTOTP()
	if secret == begun["secret"] || len(recovery) != 10 {
		t.Fatalf("secret %s, recovery codes %v", secret, recovery)
	}
	b.code(409, "totp-on", "POST", "/api/totp", "")
	b.code(409, "totp-on", "POST", "/api/totp/confirm", `{"code":"000000"}`)
	if v := b.want(200, "GET", "/api/totp", ""); v["on"] != true || v["recovery"] != 10.0 {
		t.Errorf("state: %v", v)
	}

	other := s.browser(t)
	other.code(401, "wrong-credentials", "POST", "/api/session", `{"name":"alice","password":"wonderland","code":"000000"}`)
	other.code(401, "second-factor", "POST", "/api/session", rightPassword)
	if other.cookie != nil {
		t.Fatal("a session without the second factor")
	}
	// Replay: the code that confirmed is used up (RFC 6238 §5.2).
	other.code(401, "wrong-code", "POST", "/api/session", withCode(s.code(t, secret, 0)))
	next := s.code(t, secret, 1)
	other.want(200, "POST", "/api/session", withCode(next[:3]+" "+next[3:]))
	other.code(401, "wrong-code", "POST", "/api/session", withCode(next))
	s.advance(2 * time.Minute)
	other.code(401, "wrong-code", "POST", "/api/session", withCode(s.code(t, secret, -2))) // too old
	other.want(200, "POST", "/api/session", withCode(s.code(t, secret, 1)))
	other.code(401, "wrong-code", "POST", "/api/session", withCode(s.code(t, secret, 0))) // older than what was used

	// With a second factor the account's password alone opens no DAV path.
	if w := other.dav(basic("wonder land")); w.Code != 401 {
		t.Errorf("DAV by the account's password: %d", w.Code)
	}

	// A recovery code opens once, in whatever spelling.
	other.want(200, "POST", "/api/session", withCode(strings.ToUpper(recovery[0])))
	other.code(401, "wrong-code", "POST", "/api/session", withCode(recovery[0]))
	if v := b.want(200, "GET", "/api/totp", ""); v["recovery"] != 9.0 {
		t.Errorf("left: %v", v)
	}
	b.want(200, "POST", "/api/totp/recovery", "")
	other.code(401, "wrong-code", "POST", "/api/session", withCode(recovery[1]))
	b.want(204, "DELETE", "/api/totp", "")
	other.signIn()
}

// Codes are guessed no faster than the limit allows, whichever network the guesses come from, and knowing the password
// does not help.
func TestCodesThrottled(t *testing.T) {
	s := newSigning(t)
	secret, _ := s.browser(t).signIn().withTOTP()
	for i := range 10 {
		b := s.proxied(t)
		b.head.Set("X-Forwarded-For", fmt.Sprintf("203.0.%d.9", i))
		b.code(401, "wrong-code", "POST", "/api/session", withCode("000000"))
	}
	b := s.browser(t)
	b.code(429, "too-many", "POST", "/api/session", withCode(s.code(t, secret, 1)))
	b.code(401, "second-factor", "POST", "/api/session", rightPassword)
	s.advance(time.Second)
	b.want(200, "POST", "/api/session", withCode(s.code(t, secret, 1)))
}

// device is an authenticator with one passkey (ES256, no attestation).
type device struct {
	key     *ecdsa.PrivateKey
	id      []byte
	handle  []byte
	counter uint32
	flags   byte
	origin  string
}

func newDevice(t *testing.T, origin string) *device {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	d := &device{key: key, id: make([]byte, 32), flags: 0x05, origin: origin} // user present and verified
	_, _ = rand.Read(d.id)
	return d
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// data is the authenticator data (WebAuthn §6.1) for a host.
func (d *device) data(host string, attested []byte) []byte {
	sum := sha256.Sum256([]byte(host))
	flags := d.flags
	if attested != nil {
		flags |= 0x40
	}
	b := append(sum[:], flags)
	return append(binary.BigEndian.AppendUint32(b, d.counter), attested...)
}

func (d *device) clientData(kind, challenge string) []byte {
	data, _ := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": d.origin, "crossOrigin": false})
	return data
}

// public are the members of what a browser is asked.
func public(begun map[string]any) map[string]any {
	return begun["options"].(map[string]any)["publicKey"].(map[string]any)
}

// register makes the passkey: the answer of navigator.credentials.create.
func (d *device) register(begun map[string]any) string {
	o := public(begun)
	d.handle, _ = base64.RawURLEncoding.DecodeString(o["user"].(map[string]any)["id"].(string))
	point, _ := d.key.PublicKey.Bytes()                                                  // 4, x, y
	cose := append([]byte{0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32}, point[1:33]...) // EC2, ES256, P-256
	cose = append(append(cose, 0x22, 0x58, 32), point[33:]...)
	attested := append(make([]byte, 16), 0, byte(len(d.id)))
	attested = append(append(attested, d.id...), cose...)
	auth := d.data(o["rp"].(map[string]any)["id"].(string), attested)
	object := append([]byte("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58"), byte(len(auth)))
	return d.answer(map[string]any{
		"clientDataJSON": b64(d.clientData("webauthn.create", o["challenge"].(string))), "attestationObject": b64(append(object, auth...)),
		"transports": []string{"internal"},
	})
}

// assert shows the passkey: the answer of navigator.credentials.get.
func (d *device) assert(begun map[string]any) string {
	o := public(begun)
	d.counter++
	auth, client := d.data(o["rpId"].(string), nil), d.clientData("webauthn.get", o["challenge"].(string))
	hash := sha256.Sum256(client)
	sum := sha256.Sum256(append(append([]byte{}, auth...), hash[:]...))
	signature, _ := ecdsa.SignASN1(rand.Reader, d.key, sum[:])
	return d.answer(map[string]any{
		"clientDataJSON": b64(client), "authenticatorData": b64(auth), "signature": b64(signature), "userHandle": b64(d.handle),
	})
}

func (d *device) answer(response map[string]any) string {
	data, _ := json.Marshal(map[string]any{
		"id": b64(d.id), "rawId": b64(d.id), "type": "public-key", "response": response, "clientExtensionResults": map[string]any{},
	})
	return string(data)
}

func TestPasskey(t *testing.T) {
	s := newSigning(t)
	b := s.proxied(t).signIn()
	d := newDevice(t, "https://example.com")
	begun := b.want(200, "POST", "/api/passkeys/begin", "")
	if o := public(begun); o["rp"].(map[string]any)["id"] != "example.com" ||
		o["authenticatorSelection"].(map[string]any)["userVerification"] != "required" || o["authenticatorSelection"].(map[string]any)["residentKey"] != "required" {
		t.Errorf("options: %v", o)
	}
	add := func(label string) string {
		return fmt.Sprintf(`{"state":%q,"label":%q,"response":%s}`, begun["state"], label, d.register(begun))
	}
	b.code(400, "bad-label", "POST", "/api/passkeys", add(""))
	b.want(200, "POST", "/api/passkeys", add("Phone"))
	b.code(403, "wrong-passkey", "POST", "/api/passkeys", add("Phone")) // it is known
	if again := public(b.want(200, "POST", "/api/passkeys/begin", "")); len(again["excludeCredentials"].([]any)) != 1 {
		t.Errorf("a device that has one would make a second: %v", again)
	}
	if list := b.items("/api/passkeys"); len(list) != 1 || list[0]["label"] != "Phone" || list[0]["used"] != nil {
		t.Errorf("list: %v", list)
	}

	in := s.proxied(t)
	sign := func(begun map[string]any, response string) string {
		return fmt.Sprintf(`{"state":%q,"response":%s}`, begun["state"], response)
	}
	begin := func() map[string]any { return in.want(200, "POST", "/api/session/passkey/begin", "") }
	begun = begin()
	right := sign(begun, d.assert(begun))
	if a := in.want(200, "POST", "/api/session/passkey", right); a["principal"].(map[string]any)["name"] != "alice" {
		t.Errorf("signed in as %v", a)
	}
	in.want(200, "GET", "/api/session", "")
	in.cookie = nil
	in.code(403, "wrong-passkey", "POST", "/api/session/passkey", right) // replay
	for what, change := range map[string]func(*device){
		"another key":              func(d *device) { d.key = newDevice(t, d.origin).key },
		"another site":             func(d *device) { d.origin = "https://evil.example" },
		"a user who is not known":  func(d *device) { d.handle = []byte("nobody") },
		"a user who is not proved": func(d *device) { d.flags = 0x01 },
		"a credential not known":   func(d *device) { d.id = make([]byte, 32) },
		"a counter that went back": func(d *device) { d.counter = 0 },
	} {
		wrong := *d
		change(&wrong)
		begun := begin()
		in.code(403, "wrong-passkey", "POST", "/api/session/passkey", sign(begun, wrong.assert(begun)))
		if in.cookie != nil {
			t.Errorf("%s signs in", what)
		}
	}
	begun = begin()
	in.code(403, "wrong-passkey", "POST", "/api/session/passkey", sign(map[string]any{"state": "x"}, d.assert(begun)))
	in.code(403, "wrong-passkey", "POST", "/api/session/passkey", sign(begin(), d.assert(begun))) // another ceremony
	begun = begin()
	s.advance(6 * time.Minute)
	in.code(403, "wrong-passkey", "POST", "/api/session/passkey", sign(begun, d.assert(begun))) // too old
	for _, junk := range []string{"{}", "[]", `"x"`, "null", `{"id":"` + strings.Repeat("A", 1000) + `"}`} {
		in.code(403, "wrong-passkey", "POST", "/api/session/passkey", sign(begin(), junk))
	}

	// A passkey that its device verified is both factors.
	b.withTOTP()
	begun = begin()
	in.want(200, "POST", "/api/session/passkey", sign(begun, d.assert(begun)))

	id := fmt.Sprint(b.items("/api/passkeys")[0]["id"])
	b.want(204, "DELETE", "/api/passkeys/"+id, "")
	begun = begin()
	in.code(403, "wrong-passkey", "POST", "/api/session/passkey", sign(begun, d.assert(begun)))
	s.advance(session.FreshFor)
	b.code(403, "confirm", "POST", "/api/passkeys/begin", "")
}

// A passkey is made for the person that began it, and at addresses where browsers make any.
func TestPasskeyBelongs(t *testing.T) {
	s := newSigning(t)
	s.addBob(t)
	alice, bob := s.proxied(t).signIn(), s.proxied(t)
	bob.want(200, "POST", "/api/session", `{"name":"bob","password":"wonder land"}`)
	d := newDevice(t, "https://example.com")
	begun := alice.want(200, "POST", "/api/passkeys/begin", "")
	bob.code(403, "wrong-passkey", "POST", "/api/passkeys", fmt.Sprintf(`{"state":%q,"label":"x","response":%s}`, begun["state"], d.register(begun)))
	plain := s.browser(t).signIn()
	plain.code(409, "no-passkeys", "POST", "/api/passkeys/begin", "")
	if v := plain.want(200, "GET", "/api/passkeys", ""); v["possible"] != false {
		t.Errorf("over plain HTTP: %v", v)
	}
}
