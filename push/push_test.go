package push

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"convoke/internal/outward"
	"convoke/storage"
)

// delivery is one request to the push service.
type delivery struct {
	path   string
	header http.Header
	body   []byte
}

// world is a push service on loopback, with TLS, and a server that may call it.
type world struct {
	t       testing.TB
	dir     string
	store   *storage.Store
	options Options
	*Service
	anna *storage.Principal
	url  string
	log  *bytes.Buffer

	mu     sync.Mutex
	now    time.Time
	answer func(http.ResponseWriter, *delivery) // nil: 201
	got    chan *delivery
	tries  chan struct{}
	ended  chan error
	stop   func()
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), now: time.Now().Truncate(time.Second), got: make(chan *delivery, 1000), tries: make(chan struct{}, 1000), log: &bytes.Buffer{}}
	service := httptest.NewTLSServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		d := &delivery{r.Method + " " + r.URL.Path, r.Header, body}
		w.mu.Lock()
		answer := w.answer
		w.mu.Unlock()
		if answer != nil {
			answer(rw, d)
		} else {
			rw.WriteHeader(http.StatusCreated)
		}
		w.got <- d
	}))
	t.Cleanup(service.Close)
	w.url = service.URL
	roots := x509.NewCertPool()
	roots.AddCert(service.Certificate())
	w.options = Options{
		Contact: "mailto:admin@example.org", Log: slog.New(slog.NewTextHandler(w.log, nil)),
		Client: outward.New(outward.Options{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, TLS: &tls.Config{RootCAs: roots}}),
	}
	w.open()
	t.Cleanup(func() { _ = w.store.Close() })
	w.anna = w.person("anna")
	return w
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

// advance moves the clock, and has the service look at it.
func (w *world) advance(d time.Duration) {
	w.mu.Lock()
	w.now = w.now.Add(d)
	w.mu.Unlock()
	w.poke()
}

func (w *world) answers(f func(http.ResponseWriter, *delivery)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answer = f
}

func (w *world) status(code int) {
	w.answers(func(rw http.ResponseWriter, _ *delivery) { rw.WriteHeader(code) })
}

// open opens the store and makes the service.
func (w *world) open() {
	w.t.Helper()
	store, err := storage.Open(context.Background(), w.dir, storage.Options{Clock: w.clock, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		w.t.Fatal(err)
	}
	w.store, w.options.Store = store, store
	w.Service = New(w.options)
	w.tried = func() { w.tries <- struct{}{} }
}

func (w *world) person(name string) *storage.Principal {
	w.t.Helper()
	p := &storage.Principal{Kind: storage.KindUser, Name: name, Addresses: []string{"mailto:" + name + "@example.org"}}
	w.update(func(tx *storage.Tx) error { return tx.CreatePrincipal(p) })
	return p
}

func (w *world) update(f func(*storage.Tx) error) {
	w.t.Helper()
	if err := w.store.Update(context.Background(), storage.Actor{}, f); err != nil {
		w.t.Fatal(err)
	}
}

// begin lets the service run until the test ends.
func (w *world) begin() {
	ctx, cancel := context.WithCancel(context.Background())
	w.ended = make(chan error, 1)
	go func() { w.ended <- w.Run(ctx) }()
	w.stop = sync.OnceFunc(func() { cancel(); <-w.ended })
	w.t.Cleanup(w.stop)
}

// signIn begins a session of somebody, for a day.
func (w *world) signIn(who *storage.Principal) *storage.WebSession {
	w.t.Helper()
	now := w.clock()
	s := &storage.WebSession{PrincipalID: who.ID, Created: now, Seen: now, Expires: now.Add(24 * time.Hour)}
	var id [32]byte
	_, _ = rand.Read(id[:])
	w.update(func(tx *storage.Tx) error { return tx.AddWebSession(s, id) })
	return s
}

// browser is what a browser keeps of its registration.
type browser struct {
	private *ecdh.PrivateKey
	auth    []byte
	Registration
}

func newBrowser(t testing.TB, endpoint string) *browser {
	t.Helper()
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	auth := make([]byte, 16)
	_, _ = rand.Read(auth)
	code := base64.RawURLEncoding.EncodeToString
	return &browser{key, auth, Registration{endpoint, code(key.PublicKey().Bytes()), code(auth)}}
}

// registered is a browser of a new session of anna's, whose address ends with a name.
func (w *world) registered(name string) (*browser, *storage.WebSession) {
	w.t.Helper()
	b, s := newBrowser(w.t, w.url+"/"+name), w.signIn(w.anna)
	w.register(s, b.Registration)
	return b, s
}

func (w *world) register(s *storage.WebSession, r Registration) {
	w.t.Helper()
	if err := w.Register(context.Background(), storage.Actor{}, s, r); err != nil {
		w.t.Fatal(err)
	}
}

// left are the addresses to which anna's messages go, by the ends of their names.
func (w *world) left() (names []string) {
	w.t.Helper()
	list, err := w.store.PushSubscriptions(context.Background(), w.anna.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, p := range list {
		names = append(names, p.Endpoint[strings.LastIndexByte(p.Endpoint, '/')+1:])
	}
	slices.Sort(names)
	return names
}

func (w *world) message(title string) Message {
	return Message{Title: title, Body: "Harbour", Tag: "/dav/x.ics#1#2", Path: "/calendar/day/2026-03-10?open=%2Fdav%2Fx.ics", Until: w.clock().Add(20 * time.Minute)}
}

func (w *world) send(titles ...string) {
	var list []Message
	for _, t := range titles {
		list = append(list, w.message(t))
	}
	w.Send(context.Background(), w.anna.ID, list)
}

// attempts waits for so many calls of the push service to be done with.
func (w *world) attempts(n int) {
	for range n {
		<-w.tries
	}
}

// open decrypts a message as RFC 8291 §3.4 and RFC 8188 §2 have it, from the receiver's side.
func open(private *ecdh.PrivateKey, auth, body []byte) ([]byte, error) {
	if len(body) < 21 {
		return nil, errors.New("no header")
	}
	salt, size, n := body[:16], int(binary.BigEndian.Uint32(body[16:20])), int(body[20])
	id, sealed := body[21:21+n], body[21+n:]
	if len(sealed) >= size {
		return nil, fmt.Errorf("a record of %d bytes is longer than %d", len(sealed), size)
	}
	sender, err := ecdh.P256().NewPublicKey(id)
	if err != nil {
		return nil, err
	}
	shared, err := private.ECDH(sender)
	if err != nil {
		return nil, err
	}
	mac := func(key []byte, parts ...[]byte) []byte {
		h := hmac.New(sha256.New, key)
		for _, p := range parts {
			h.Write(p)
		}
		return h.Sum(nil)
	}
	one := []byte{1}
	ikm := mac(mac(auth, shared), []byte("WebPush: info\x00"), private.PublicKey().Bytes(), id, one)
	prk := mac(salt, ikm)
	block, err := aes.NewCipher(mac(prk, []byte("Content-Encoding: aes128gcm\x00"), one)[:16])
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	plain, err := gcm.Open(nil, mac(prk, []byte("Content-Encoding: nonce\x00"), one)[:12], sealed, nil)
	if err != nil {
		return nil, err
	}
	plain = bytes.TrimRight(plain, "\x00")
	if !bytes.HasSuffix(plain, []byte{2}) {
		return nil, errors.New("the last record does not end with 2")
	}
	return plain[:len(plain)-1], nil
}

func unhex64(t testing.TB, s string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The decryption of these tests is right: it opens the example of RFC 8291 §5.
func TestOpenExample(t *testing.T) {
	private, err := ecdh.P256().NewPrivateKey(unhex64(t, "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"))
	if err != nil {
		t.Fatal(err)
	}
	body := unhex64(t, "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN")
	got, err := open(private, unhex64(t, "BTBZMqHH6r4Tts7J_aSIgg"), body)
	if err != nil || string(got) != "When I grow up, I want to be a watermelon" {
		t.Errorf("%q, %v", got, err)
	}
}

// RFC 8030 §5, RFC 8291 §4: a message comes as one record that its browser opens, with how long and how urgent it is, and a
// topic of its own that says nothing.
func TestDelivery(t *testing.T) {
	w := newWorld(t)
	phone, _ := w.registered("phone")
	laptop, _ := w.registered("laptop")
	w.begin()
	w.send("Review")
	for range 2 {
		d := <-w.got
		b := map[string]*browser{"POST /phone": phone, "POST /laptop": laptop}[d.path]
		if b == nil {
			t.Fatalf("%s was asked", d.path)
		}
		plain, err := open(b.private, b.auth, d.body)
		if err != nil {
			t.Fatalf("%s: %v", d.path, err)
		}
		var m Message
		if err := json.Unmarshal(plain, &m); err != nil {
			t.Fatal(err)
		}
		if want := w.message("Review"); m.Title != want.Title || m.Body != want.Body || m.Tag != want.Tag || m.Path != want.Path {
			t.Errorf("the browser reads %s", plain)
		}
		h := d.header
		for name, want := range map[string]string{"Content-Encoding": "aes128gcm", "Urgency": "high", "TTL": "1200"} {
			if got := h.Get(name); got != want {
				t.Errorf("%s is %q, want %q", name, got, want)
			}
		}
		topic := h.Get("Topic")
		if len(topic) == 0 || len(topic) > 32 || strings.Trim(topic, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			t.Errorf("Topic is %q (RFC 8030 §5.4)", topic)
		}
		if len(d.body) > 4096 {
			t.Errorf("%d bytes: RFC 8030 §7.2 has push services take 4096", len(d.body))
		}
	}
	w.attempts(2)
	list, _ := w.store.PushSubscriptions(context.Background(), w.anna.ID)
	for _, p := range list {
		if !p.Succeeded.Equal(w.clock()) {
			t.Errorf("%s succeeded %v", p.Endpoint, p.Succeeded)
		}
	}
	for _, secret := range []string{"phone", "Review", "Harbour"} {
		if strings.Contains(w.log.String(), secret) {
			t.Errorf("the log has %q: %s", secret, w.log)
		}
	}
}

// RFC 8292 §2: the request is signed by the key that browsers bound their registration to, for this push service and less
// than a day, and names whom to turn to. The key stays the same.
func TestIdentification(t *testing.T) {
	w := newWorld(t)
	public, err := w.PublicKey(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	_ = w.store.Close()
	w.open()
	if again, err := w.PublicKey(context.Background()); err != nil || again != public {
		t.Fatalf("the key is %s after a start, was %s: %v", again, public, err)
	}
	w.registered("phone")
	w.begin()
	w.send("x")
	d := <-w.got
	fields, ok := strings.CutPrefix(d.header.Get("Authorization"), "vapid ")
	params := map[string]string{}
	for part := range strings.SplitSeq(fields, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		params[name] = value
	}
	if !ok || params["k"] != public {
		t.Fatalf("Authorization is %q", d.header.Get("Authorization"))
	}
	parts := strings.Split(params["t"], ".")
	if len(parts) != 3 {
		t.Fatalf("token %q", params["t"])
	}
	point, sum, sig := unhex64(t, public), sha256.Sum256([]byte(parts[0]+"."+parts[1])), unhex64(t, parts[2])
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		t.Fatal(err)
	}
	if len(sig) != 64 || !ecdsa.Verify(key, sum[:], new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:])) {
		t.Error("the signature is not of that key")
	}
	var head struct{ Alg string }
	var claims struct {
		Aud, Sub string
		Exp      int64
	}
	if err := errors.Join(json.Unmarshal(unhex64(t, parts[0]), &head), json.Unmarshal(unhex64(t, parts[1]), &claims)); err != nil {
		t.Fatal(err)
	}
	if head.Alg != "ES256" || claims.Aud != w.url || claims.Sub != "mailto:admin@example.org" {
		t.Errorf("%+v %+v", head, claims)
	}
	if left := time.Until(time.Unix(claims.Exp, 0)); left <= 0 || left > 24*time.Hour {
		t.Errorf("the token is good for %v", left)
	}
	if bytes.Equal(d.body[21:21+65], point) {
		t.Error("RFC 8292 §3.2: the key of the message is another one")
	}
}

// RFC 8030 §7.3: a browser that its push service does not know any more is forgotten, alone.
func TestGone(t *testing.T) {
	for _, code := range []int{http.StatusNotFound, http.StatusGone} {
		w := newWorld(t)
		w.registered("gone")
		w.registered("here")
		var changed []int64
		w.OnChange(func(id int64) { changed = append(changed, id) })
		w.answers(func(rw http.ResponseWriter, d *delivery) {
			if d.path == "POST /gone" {
				rw.WriteHeader(code)
			}
		})
		w.begin()
		w.send("x")
		w.attempts(2)
		w.stop()
		if got := w.left(); !slices.Equal(got, []string{"here"}) {
			t.Errorf("after %d: %v", code, got)
		}
		if !slices.Equal(changed, []int64{w.anna.ID}) {
			t.Errorf("after %d it was told of %v", code, changed)
		}
	}
}

// A push service that is busy is asked again after as long as it says, a few times, and not when the message is no longer
// worth telling. What it refuses for good is not asked again.
func TestRetries(t *testing.T) {
	w := newWorld(t)
	w.registered("phone")
	w.answers(func(rw http.ResponseWriter, _ *delivery) {
		rw.Header().Set("Retry-After", "90")
		rw.WriteHeader(http.StatusTooManyRequests)
	})
	w.begin()
	w.send("x")
	w.attempts(1)
	if j, next := w.take(w.clock()); j != nil || !next.Equal(w.clock().Add(90*time.Second)) {
		t.Errorf("again at %v, now is %v", next, w.clock())
	}
	w.status(http.StatusCreated)
	w.advance(90 * time.Second)
	w.attempts(1)
	if n := len(w.got); n != 2 {
		t.Errorf("%d requests", n)
	}

	w.status(http.StatusServiceUnavailable)
	w.advance(time.Hour)
	m := w.message("y")
	m.Until = w.clock().Add(24 * time.Hour)
	w.Send(context.Background(), w.anna.ID, []Message{m})
	for range maxTries {
		w.attempts(1)
		w.advance(time.Hour)
	}
	if n := len(w.queue); n != 0 {
		t.Errorf("%d wait after %d tries", n, maxTries)
	}

	m.Until = w.clock().Add(10 * time.Second)
	w.Send(context.Background(), w.anna.ID, []Message{m})
	w.attempts(1)
	w.stop()
	if n := len(w.queue); n != 0 {
		t.Errorf("%d wait that are not worth telling by then", n)
	}
}

func TestRefusedForGood(t *testing.T) {
	w := newWorld(t)
	w.registered("phone")
	w.status(http.StatusForbidden)
	w.begin()
	w.send("x")
	w.attempts(1)
	w.stop()
	if n := len(w.queue); n != 0 || len(w.left()) != 1 {
		t.Errorf("%d wait, registered are %v", n, w.left())
	}
	w.logsFailure()
}

// logsFailure tells whether a failure is in the log, without the secret part of the endpoint and without the message.
func (w *world) logsFailure() {
	w.t.Helper()
	if said := w.log.String(); !strings.Contains(said, "was not taken") || !strings.Contains(said, "127.0.0.1") || strings.Contains(said, "/phone") || strings.Contains(said, "Harbour") {
		w.t.Errorf("the log says %s", said)
	}
}

// A push service that is not there is told in the log without the endpoint, which is a secret.
func TestUnreachable(t *testing.T) {
	w := newWorld(t)
	s := w.signIn(w.anna)
	gone := httptest.NewTLSServer(nil)
	gone.Close()
	w.register(s, newBrowser(t, gone.URL+"/phone").Registration)
	w.begin()
	m := w.message("x")
	m.Until = w.clock().Add(firstPause) // once
	w.Send(context.Background(), w.anna.ID, []Message{m})
	w.attempts(1)
	w.stop()
	w.logsFailure()
}

// reliability.md §6: no private address is called, whatever was registered.
func TestPrivateAddress(t *testing.T) {
	w := newWorld(t)
	w.options.Client = outward.New(outward.Options{})
	w.Service = New(w.options)
	w.tried = func() { w.tries <- struct{}{} }
	w.registered("phone")
	w.begin()
	w.send("x")
	w.attempts(1)
	w.stop()
	if len(w.got) != 0 || len(w.queue) != 0 {
		t.Errorf("%d calls, %d wait", len(w.got), len(w.queue))
	}
	w.logsFailure()
}

// What is registered is an address of https, a point of P-256 and 16 bytes.
func TestRegistration(t *testing.T) {
	w := newWorld(t)
	session, good := w.signIn(w.anna), newBrowser(t, "https://push.example.net/a?b=c").Registration
	for name, c := range map[string]struct {
		change func(*Registration)
		word   string
	}{
		"plain http":     {func(r *Registration) { r.Endpoint = "http://push.example.net/a" }, BadEndpoint},
		"another scheme": {func(r *Registration) { r.Endpoint = "file:///etc/passwd" }, BadEndpoint},
		"no host":        {func(r *Registration) { r.Endpoint = "https:///a" }, BadEndpoint},
		"a name in it":   {func(r *Registration) { r.Endpoint = "https://me:pw@push.example.net/a" }, BadEndpoint},
		"no address":     {func(r *Registration) { r.Endpoint = "" }, BadEndpoint},
		"too long":       {func(r *Registration) { r.Endpoint += strings.Repeat("x", maxEndpoint) }, BadEndpoint},
		"no point":       {func(r *Registration) { r.P256DH = strings.Repeat("A", 87) }, BadKeys},
		"off the curve": {func(r *Registration) {
			b, _ := decode(r.P256DH)
			b[64] ^= 1
			r.P256DH = base64.RawURLEncoding.EncodeToString(b)
		}, BadKeys},
		"compressed": {func(r *Registration) {
			b, _ := decode(r.P256DH)
			r.P256DH = base64.RawURLEncoding.EncodeToString(b[:33])
		}, BadKeys},
		"no base64":         {func(r *Registration) { r.P256DH = "%" }, BadKeys},
		"short secret":      {func(r *Registration) { r.Auth = "AAAA" }, BadKeys},
		"no base64, secret": {func(r *Registration) { r.Auth = "%%" }, BadKeys},
	} {
		r := good
		c.change(&r)
		var p *Problem
		if err := w.Register(context.Background(), storage.Actor{}, session, r); !errors.As(err, &p) || p.Word != c.word || p.Sentence == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	padded := good
	padded.Auth += "=="
	w.register(session, padded)
	if got := w.left(); len(got) != 1 {
		t.Errorf("registered: %v", got)
	}
}

// A session has one registration, an address belongs to whoever registered it last, and of many the oldest go.
func TestReplaced(t *testing.T) {
	w := newWorld(t)
	b, s := w.registered("one")
	w.register(s, newBrowser(t, w.url+"/two").Registration)
	if got := w.left(); !slices.Equal(got, []string{"two"}) {
		t.Errorf("%v", got)
	}
	w.register(s, b.Registration)
	ben := w.person("ben")
	w.register(w.signIn(ben), b.Registration)
	if got := w.left(); len(got) != 0 {
		t.Errorf("the browser that is now ben's still takes what is anna's: %v", got)
	}
	for n := range perPerson + 2 {
		w.registered(fmt.Sprintf("%02d", n))
	}
	if got := w.left(); len(got) != perPerson || got[0] != "02" {
		t.Errorf("%v", got)
	}
	if has, err := w.store.PushSubscriptions(context.Background(), ben.ID); len(has) != 1 || err != nil {
		t.Errorf("of ben: %v %v", has, err)
	}
}

// A registration ends with its session: when that is signed out, when it expires, when the password changes.
func TestSessionEnds(t *testing.T) {
	w := newWorld(t)
	_, s := w.registered("out")
	w.registered("stays")
	w.update(func(tx *storage.Tx) error { return tx.RemoveWebSession(w.anna.ID, s.ID) })
	if got := w.left(); !slices.Equal(got, []string{"stays"}) {
		t.Errorf("after signing out: %v", got)
	}
	if err := w.Register(context.Background(), storage.Actor{}, s, newBrowser(t, w.url+"/late").Registration); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("a session that is over registers: %v", err)
	}
	w.advance(24 * time.Hour)
	if got := w.left(); len(got) != 0 {
		t.Errorf("after a day: %v", got)
	}
	w.begin()
	w.send("x")
	w.registered("new")
	w.update(func(tx *storage.Tx) error { return tx.SetPassword(w.anna.ID, "") })
	if got := w.left(); len(got) != 0 {
		t.Errorf("after a change of the password: %v", got)
	}
	w.stop()
	if len(w.got) != 0 {
		t.Errorf("%d calls for sessions that are over", len(w.got))
	}
}

// Somebody is told so much in a while, and has so many messages waiting; telling waits for nobody.
func TestBounds(t *testing.T) {
	w := newWorld(t)
	w.registered("phone")
	release := make(chan struct{})
	w.answers(func(http.ResponseWriter, *delivery) { <-release })
	w.begin()
	titles := slices.Repeat([]string{"x"}, burst+5)
	w.send(titles...)
	ben := w.person("ben")
	w.register(w.signIn(ben), newBrowser(t, w.url+"/ben").Registration)
	close(release) // anna's first message was under way all the time
	w.Send(context.Background(), ben.ID, []Message{w.message("y")})
	w.attempts(burst + 1)
	w.advance(oneEvery)
	w.send("z", "z")
	w.attempts(1)
	w.stop()
	if n := len(w.got); n != burst+2 {
		t.Errorf("%d calls", n)
	}
	if !strings.Contains(w.log.String(), "too much to tell") {
		t.Errorf("nothing in the log: %s", w.log)
	}

	for n := range perPerson {
		w.registered(fmt.Sprintf("%02d", n))
	}
	w.advance(time.Hour / 2)
	w.send(slices.Repeat([]string{"x"}, 15)...)
	if n := len(w.queue); n > maxTheirs {
		t.Errorf("%d wait", n)
	}
}

// A push service that does not answer keeps nobody else's messages waiting.
func TestSlowService(t *testing.T) {
	w := newWorld(t)
	w.registered("slow")
	ben := w.person("ben")
	w.register(w.signIn(ben), newBrowser(t, w.url+"/ben").Registration)
	release := make(chan struct{})
	w.answers(func(_ http.ResponseWriter, d *delivery) {
		if d.path == "POST /slow" {
			<-release
		}
	})
	w.begin()
	w.send(slices.Repeat([]string{"x"}, atOnce+2)...)
	w.Send(context.Background(), ben.ID, []Message{w.message("y")})
	if d := <-w.got; d.path != "POST /ben" {
		t.Errorf("%s is first", d.path)
	}
	close(release)
	w.attempts(atOnce + 3)
}

// A message is no longer than push services take, and still JSON, whatever its texts are.
func TestPayload(t *testing.T) {
	for name, m := range map[string]Message{
		"long texts":  {Title: strings.Repeat("ä", 5000), Body: strings.Repeat("€", 5000)},
		"escaped":     {Title: strings.Repeat("\x01", 5000), Body: strings.Repeat("<", 5000)},
		"long href":   {Title: "x", Tag: strings.Repeat("t", 2000), Path: "/calendar/day/2026-03-10?open=" + strings.Repeat("p", 2000)},
		"all of them": {Title: strings.Repeat("<", 5000), Body: strings.Repeat("<", 5000), Tag: strings.Repeat("<", 2000), Path: "/calendar/day/2026-03-10?open=" + strings.Repeat("p", 5000)},
		"not UTF-8":   {Title: "a\xff\xfeb"},
	} {
		data, err := m.payload()
		var read Message
		if err != nil || len(data) > maxPayload || json.Unmarshal(data, &read) != nil || read.Title == "" {
			t.Errorf("%s: %d bytes, %v", name, len(data), err)
		}
		if strings.ContainsRune(read.Title+read.Body, '\uFFFD') {
			t.Errorf("%s: %q was cut within a character", name, read.Title)
		}
	}
}

// Show waits for the push service and tells plainly what it said.
func TestShow(t *testing.T) {
	w := newWorld(t)
	session := w.signIn(w.anna)
	show := func(want string) {
		t.Helper()
		err := w.Show(context.Background(), session, "de")
		var p *Problem
		if errors.As(err, &p); (p == nil) != (want == "") || p != nil && p.Word != want || err != nil && p == nil {
			t.Errorf("%v, want %q", err, want)
		}
	}
	show(NotRegistered)
	w.register(session, newBrowser(t, w.url+"/phone").Registration)
	show("")
	w.status(http.StatusForbidden)
	show(Failed)
	w.status(http.StatusGone)
	show(Gone)
	show(NotRegistered)
	w.status(http.StatusCreated)
	w.register(session, newBrowser(t, w.url+"/phone").Registration)
	for range burst - 3 {
		show("")
	}
	show(Often)
}

// Who runs the server is named by an address that others can reach.
func TestContact(t *testing.T) {
	for in, want := range map[string]string{
		"https://cal.example.org/":      "https://cal.example.org",
		"https://cal.example.org:8443":  "https://cal.example.org:8443",
		"mailto:admin@example.org":      "mailto:admin@example.org",
		"mailto:admin@example.org?cc=x": "mailto:admin@example.org",
		"http://cal.example.org":        "", "https://localhost": "", "https://192.168.1.2": "", "https://[2001:db8::1]/": "",
		"https://cal.lan": "", "https://cal": "", "mailto:root@localhost": "", "mailto:x": "", "admin@example.org": "", "": "", "%": "",
	} {
		if got := Contact(in); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
	w := newWorld(t)
	w.options.Contact = ""
	w.Service = New(w.options)
	var p *Problem
	err := w.Register(context.Background(), storage.Actor{}, w.signIn(w.anna), newBrowser(t, w.url).Registration)
	if w.Possible() || !errors.As(err, &p) || p.Word != Impossible {
		t.Errorf("without a contact: %v", err)
	}
	if err := w.Run(context.Background()); err != nil {
		t.Error(err)
	}
}

func FuzzRegistration(f *testing.F) {
	good := newBrowser(f, "https://push.example.net/a").Registration
	f.Add(good.Endpoint, good.P256DH, good.Auth)
	f.Add("https://a", "BA==", "AA")
	f.Fuzz(func(t *testing.T, endpoint, point, auth string) {
		one, err := (Registration{endpoint, point, auth}).read()
		if err != nil {
			return
		}
		if len(one.P256DH) != 65 || len(one.Auth) != 16 || !strings.HasPrefix(strings.ToLower(one.Endpoint), "https://") || len(one.Endpoint) > maxEndpoint {
			t.Errorf("%+v", one)
		}
	})
}
