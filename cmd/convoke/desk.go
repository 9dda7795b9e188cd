package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"convoke/storage"
)

// socketName is the file in the data directory by which commands reach a running
// server. It is made with mode 0600: who may read the store may ask.
const socketName = "convoke.sock"

// desk is where a command has its work done: by the running server, or here over
// the store itself when no server runs.
type desk interface {
	// do runs a task of the tasks table. args and reply are what the task takes
	// and gives; a nil reply drops the answer.
	do(ctx context.Context, task string, args, reply any) error
	Close() error
}

// refused is a task's answer that something cannot be done as asked. Its text is
// a sentence for people.
type refused struct {
	sentence string
	missing  bool // because what it names is not there
}

func (r *refused) Error() string { return r.sentence }

// Missing is api.Refused's.
func (r *refused) Missing() bool { return r.missing }

func refusef(format string, args ...any) error {
	return &refused{sentence: fmt.Sprintf(format, args...)}
}

func missingf(format string, args ...any) error {
	return &refused{fmt.Sprintf(format, args...), true}
}

// makers are the commands for which a new data directory is right, besides serve and restore. Any other
// would take a mistyped --data for an empty store.
var makers = []string{"user add <name>", "provision <file>"}

// openDesk finds the desk of a data directory.
func openDesk(ctx context.Context, g *globals) (desk, error) {
	// A server that begins has the store before it answers, and a command has it for a moment.
	deadline := time.Now().Add(g.patience)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		d, err := tryDesk(ctx, g)
		if !errors.Is(err, errInUse) {
			return d, err
		}
		if time.Now().After(deadline) {
			return nil, refusef("%s is in use: %s; try again when that is done", g.Data, err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, refusef("interrupted: nothing was changed")
		}
	}
}

// patience is how long a command waits for a store that another one has.
const patience = 5 * time.Second

// errInUse says that a store cannot be had now.
var errInUse = errors.New("")

// tryDesk is openDesk without waiting.
func tryDesk(ctx context.Context, g *globals) (desk, error) {
	remote := &remoteDesk{path: filepath.Join(g.Data, socketName)}
	if err := remote.reach(ctx); err == nil {
		return remote, nil
	} else if errors.Is(err, syscall.EAGAIN) || errors.Is(err, os.ErrDeadlineExceeded) {
		return nil, fmt.Errorf("the server there is busy and takes no more commands for now%w", errInUse)
	}
	if there, err := storage.Exists(g.Data); err != nil {
		return nil, err
	} else if !there && !g.makes {
		return nil, refusef("there is no store in %s: name the data directory with --data; `convoke serve` makes a new one", g.Data)
	}
	c, err := g.config()
	if err != nil {
		return nil, err
	}
	h, err := openHouse(ctx, g.Data, c, quietLog())
	if errors.Is(err, storage.ErrLocked) {
		return nil, fmt.Errorf("another command is at work there, or a server begins or ends%w", errInUse)
	}
	if err != nil {
		return nil, err
	}
	return &localDesk{h}, nil
}

// localDesk works on the store in this process.
type localDesk struct{ *house }

// do runs the task here. Arguments and answers go through JSON as they do over
// the socket, so that both ways behave alike.
func (l *localDesk) do(ctx context.Context, task string, args, reply any) error {
	in, err := json.Marshal(args)
	if err != nil {
		return fmt.Errorf("task %s: %w", task, err)
	}
	run, ok := tasks[task]
	if !ok {
		return fmt.Errorf("there is no task %q", task)
	}
	answer, err := run(ctx, l.house, in)
	if err != nil || reply == nil {
		return err
	}
	out, err := json.Marshal(answer)
	if err != nil {
		return fmt.Errorf("task %s: %w", task, err)
	}
	return json.Unmarshal(out, reply)
}

// remoteDesk asks the running server.
type remoteDesk struct{ path string }

func (r *remoteDesk) client() *http.Client {
	return &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", r.path)
		},
	}}
}

// answers tells whether a server listens on the socket.
func (r *remoteDesk) answers(ctx context.Context) bool { return r.reach(ctx) == nil }

// reach gives nil if a server listens on the socket. A socket may be left behind by one that
// was killed.
func (r *remoteDesk) reach(ctx context.Context) error {
	c, err := (&net.Dialer{Timeout: 2 * time.Second}).DialContext(ctx, "unix", r.path)
	if err != nil {
		return err
	}
	return c.Close()
}

// problem is how a task's failure travels over the socket.
type problem struct {
	Sentence string `json:"sentence"`
	Refused  bool   `json:"refused"`
}

func (r *remoteDesk) do(ctx context.Context, task string, args, reply any) error {
	in, err := json.Marshal(args)
	if err != nil {
		return fmt.Errorf("task %s: %w", task, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://convoke/"+task, bytes.NewReader(in))
	if err != nil {
		return err
	}
	resp, err := r.client().Do(req)
	if err != nil {
		return fmt.Errorf("ask the running server: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		var p problem
		if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&p); err != nil || p.Sentence == "" {
			return fmt.Errorf("the running server answered %s to %s", resp.Status, task)
		}
		if p.Refused {
			return &refused{sentence: p.Sentence}
		}
		return errors.New(p.Sentence)
	}
	if reply == nil {
		return nil
	}
	return json.NewDecoder(resp.Body).Decode(reply)
}

// Close is for symmetry with a desk that holds the store.
func (r *remoteDesk) Close() error { return nil }

// maxTaskBytes bounds the arguments of one task over the socket.
const maxTaskBytes = 128 << 20

// listenDesk opens the socket of a data directory. A socket that nobody listens
// on is a leftover and is replaced; the store's lock says that we alone are here.
func listenDesk(dir string) (net.Listener, error) {
	path := filepath.Join(dir, socketName)
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("replace socket: %w", err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("open socket for commands: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		_ = l.Close()
		return nil, fmt.Errorf("protect socket: %w", err)
	}
	return l, nil
}

// serveDesk answers commands until ctx ends.
func serveDesk(ctx context.Context, l net.Listener, h *house) error {
	srv := &http.Server{
		ReadHeaderTimeout: 10 * time.Second,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			serveTask(w, r, h)
		}),
	}
	stop := context.AfterFunc(ctx, func() { _ = srv.Close() })
	defer stop()
	if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve commands: %w", err)
	}
	return nil
}

// serveTask runs one task for a command.
func serveTask(w http.ResponseWriter, r *http.Request, h *house) {
	fail := func(status int, err error) {
		var no *refused
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(problem{Sentence: err.Error(), Refused: errors.As(err, &no)})
	}
	name := strings.TrimPrefix(r.URL.Path, "/")
	run, ok := tasks[name]
	if !ok || r.Method != http.MethodPost {
		fail(http.StatusNotFound, fmt.Errorf("the running server does not know the task %q; it may be another version", name))
		return
	}
	in, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxTaskBytes))
	if err != nil {
		fail(http.StatusBadRequest, err)
		return
	}
	answer, err := run(r.Context(), h, in)
	if err != nil {
		fail(http.StatusConflict, err)
		return
	}
	_ = json.NewEncoder(w).Encode(answer)
}
