package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"convoke/storage"
)

// A socket that a killed server left does not keep commands away; a store that another one has
// is said to be in use, not to be silent.
func TestDeskOfAnotherProcess(t *testing.T) {
	dir := t.TempDir()
	left, err := net.Listen("unix", filepath.Join(dir, socketName))
	if err != nil {
		t.Fatal(err)
	}
	left.(*net.UnixListener).SetUnlinkOnClose(false)
	_ = left.Close()
	g := &globals{Data: dir, makes: true}
	d, err := openDesk(context.Background(), g)
	if err != nil {
		t.Fatalf("beside a socket that was left behind: %v", err)
	}
	if _, err := openDesk(context.Background(), g); err == nil || !strings.Contains(err.Error(), "is in use: another command is at work there, or a server begins or ends; try again when that is done") {
		t.Errorf("beside another command: %v", err)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}

// A command waits for a store that another command has for a moment.
func TestDeskIsWaitedFor(t *testing.T) {
	g := &globals{Data: t.TempDir(), makes: true, patience: patience}
	first, err := openDesk(context.Background(), g)
	if err != nil {
		t.Fatal(err)
	}
	closed := make(chan error)
	go func() { closed <- first.Close() }()
	second, err := openDesk(context.Background(), g)
	if err != nil {
		t.Fatal(err)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if err := second.Close(); err != nil {
		t.Error(err)
	}
}

// What keeps people out is said when the server starts.
func TestAdviceAtTheStart(t *testing.T) {
	for _, row := range []struct {
		what    string
		change  func(*config)
		listen  string
		want    string
		unasked string
	}{
		{"this machine alone", nil, "127.0.0.1:0", "", "WARN"},
		{"all addresses", nil, "http://0.0.0.0:0", "nobody can sign in from another machine", "yet"},
		{"behind a proxy", func(c *config) { c.Server.TrustedProxies = []string{"10.0.0.0/8"} }, "0.0.0.0:0", "", "WARN"},
		{"plain by setting", func(c *config) { c.Server.PlainLogin = true }, "0.0.0.0:0", "passwords travel unencrypted", "nobody"},
	} {
		conf, err := loadConfig("", nil)
		if err != nil {
			t.Fatal(err)
		}
		if row.change != nil {
			row.change(conf)
		}
		var log bytes.Buffer
		h, err := openHouse(context.Background(), t.TempDir(), conf, slog.New(slog.NewTextHandler(&log, nil)))
		if err != nil {
			t.Fatal(err)
		}
		srv, err := h.doors()
		if err != nil {
			t.Fatal(err)
		}
		bound, err := srv.Listen([]string{row.listen})
		if err != nil {
			t.Fatal(err)
		}
		h.advise(bound)
		if !strings.Contains(log.String(), row.want) || strings.Contains(log.String(), row.unasked) {
			t.Errorf("%s: %s", row.what, &log)
		}
		for _, b := range bound {
			_ = b.Close()
		}
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	}
}

// While nobody can sign in, it is said once how somebody can: by the link and the command, and in no line of the log.
func TestFirstAdvice(t *testing.T) {
	conf, err := loadConfig("", nil)
	if err != nil {
		t.Fatal(err)
	}
	conf.Server.PublicURL = "https://cal.example.org/"
	var said bytes.Buffer
	h, err := openHouse(context.Background(), t.TempDir(), conf, slog.New(slog.NewTextHandler(&said, nil)))
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	srv, err := h.doors()
	if err != nil {
		t.Fatal(err)
	}
	bound, err := srv.Listen([]string{"127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	defer closeAll(bound)
	h.advise(bound)
	h.printSetup(t.Context(), &said, bound[0])
	if text := said.String(); strings.Count(strings.ToLower(text), "sign in") != 1 || !strings.Contains(text, "\n  https://cal.example.org/setup?key=") || !strings.Contains(text, "convoke user add") {
		t.Errorf("at first: %s", text)
	}
	said.Reset()
	if _, err := createPrincipal(t.Context(), h, person{Kind: storage.KindUser, Name: "ann", Password: "something long"}); err != nil {
		t.Fatal(err)
	}
	h.advise(bound)
	h.printSetup(t.Context(), &said, bound[0])
	if said.Len() > 0 {
		t.Errorf("afterwards: %s", &said)
	}
}

// A browser at the root gets the application; a calendar program is asked to sign in there.
func TestFrontPage(t *testing.T) {
	conf, err := loadConfig("", nil)
	if err != nil {
		t.Fatal(err)
	}
	conf.Server.PublicURL = "https://cal.example.org"
	h, err := openHouse(context.Background(), t.TempDir(), conf, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	srv, err := h.doors()
	if err != nil {
		t.Fatal(err)
	}
	ask := func(method, accept string) (int, string, string) {
		r := httptest.NewRequest(method, "/", nil)
		r.RemoteAddr = "127.0.0.1:5000"
		r.Header.Set("Accept", accept)
		w := httptest.NewRecorder()
		srv.Handler().ServeHTTP(w, r)
		body, _ := io.ReadAll(w.Body)
		if w.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s %s: no nosniff", method, accept)
		}
		return w.Code, w.Header().Get("Content-Security-Policy"), string(body)
	}
	const browser = "text/html,application/xhtml+xml,*/*;q=0.8"
	code, csp, body := ask("GET", browser)
	if code != 200 || !strings.Contains(csp, "default-src 'none'") || !strings.Contains(body, `<script type="module" src="/a/`) {
		t.Errorf("a browser: %d, %q, %s", code, csp, body)
	}
	if strings.Contains(body, "<style") || strings.Contains(body, "<script>") || strings.Contains(body, " style=") {
		t.Error("the policy would stop a part of the page")
	}
	if code, _, _ := ask("GET", "*/*"); code != 401 {
		t.Errorf("GET by a program: %d", code)
	}
	if code, _, _ := ask("PROPFIND", browser); code != 401 {
		t.Errorf("PROPFIND: %d", code)
	}
}
