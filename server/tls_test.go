package server

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// writeCert writes a certificate for loopback, valid for serial, and gives its
// pool.
func writeCert(t *testing.T, dir string, serial int64) (cert, key string, pool *x509.CertPool) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "convoke test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for file, block := range map[string]*pem.Block{
		cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: secret},
	} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool = x509.NewCertPool()
	pool.AddCert(parsed)
	return cert, key, pool
}

// Over TLS, HTTP/2 is spoken, pages carry HSTS, and passwords are taken; a plain
// listener beside it stays plain.
func TestTLS(t *testing.T) {
	cert, key, pool := writeCert(t, t.TempDir(), 1)
	f := newFixture(t, func(o *Options) { o.TLS = TLS{Cert: cert, Key: key} })
	bound, err := f.Listen([]string{"127.0.0.1:0", "http://127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- f.ServeOn(ctx, bound) }()
	defer func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}
	defer transport.CloseIdleConnections()
	for _, row := range []struct {
		url, path string
		status    int
		proto     int
		hsts      bool
	}{
		{bound[0].URL, "/page", 200, 2, true},
		{bound[0].URL, "/dav/", 207, 2, false},
		{bound[1].URL, "/page", 200, 1, false},
	} {
		req, err := http.NewRequest("PROPFIND", row.url+row.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.SetBasicAuth("alice", "wonder land")
		resp, err := transport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != row.status || resp.ProtoMajor != row.proto || (resp.Header.Get("Strict-Transport-Security") != "") != row.hsts {
			t.Errorf("%s%s: %d, HTTP/%d, HSTS %q", row.url, row.path, resp.StatusCode, resp.ProtoMajor, resp.Header.Get("Strict-Transport-Security"))
		}
	}
}

// The framing of HTTP/1.1 over TLS is followed as it is on plain connections, and plain HTTP
// there is told what to do.
func TestSmugglingOverTLS(t *testing.T) {
	cert, key, pool := writeCert(t, t.TempDir(), 1)
	f := newFixture(t, func(o *Options) { o.TLS = TLS{Cert: cert, Key: key} })
	addr := f.listen(t)
	over := func(t *testing.T, addr, request string) (string, bool) {
		t.Helper()
		c, err := tls.Dial("tcp", addr, &tls.Config{RootCAs: pool})
		if err != nil {
			t.Fatal(err)
		}
		return talk(t, c, request)
	}
	smuggle(t, addr, over)
	const good = "PROPFIND /dav/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Basic YWxpY2U6d29uZGVyIGxhbmQ=\r\n\r\n"
	if status, _ := over(t, addr, good); status != "HTTP/1.1 207 Multi-Status" {
		t.Errorf("what is good: %q", status)
	}
	if status, _ := raw(t, addr, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); status != "HTTP/1.1 400 Bad Request" {
		t.Errorf("plain HTTP: %q", status)
	}
}

// A renewed certificate is used without a restart; one that cannot be read leaves
// the old one in use.
func TestCertificateRenewal(t *testing.T) {
	dir := t.TempDir()
	cert, key, _ := writeCert(t, dir, 1)
	at := &clock{t: time.Now()}
	files := &certFiles{cert: cert, key: key, now: at.now}
	serial := func() int64 {
		t.Helper()
		got, err := files.get(nil)
		if err != nil {
			t.Fatal(err)
		}
		return got.Leaf.SerialNumber.Int64()
	}
	if n := serial(); n != 1 {
		t.Fatalf("serial %d", n)
	}
	writeCert(t, dir, 2)
	later := time.Now().Add(time.Hour)
	if err := os.Chtimes(cert, later, later); err != nil {
		t.Fatal(err)
	}
	if n := serial(); n != 1 {
		t.Errorf("the file is read with every handshake")
	}
	at.advance(time.Minute)
	if n := serial(); n != 2 {
		t.Errorf("serial %d after renewal", n)
	}
	if err := os.WriteFile(cert, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	at.advance(time.Minute)
	if n := serial(); n != 2 {
		t.Errorf("serial %d after a broken renewal", n)
	}
	if _, err := (&certFiles{cert: cert, key: key, now: at.now}).get(nil); err == nil {
		t.Error("a broken certificate is taken at the start")
	}
}
