//go:build unix

package storage

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

const (
	childDir  = "CONVOKE_STORAGE_TEST_DIR"
	childRole = "CONVOKE_STORAGE_TEST_ROLE"
)

// TestMain lets the test binary be its own child process.
func TestMain(m *testing.M) {
	switch os.Getenv(childRole) {
	case "load":
		loadUntilKilled(os.Getenv(childDir))
	case "bad-disk":
		writeOnBadDisk(os.Getenv(childDir))
	case "small-disk":
		fillSmallDisk(os.Getenv(childDir))
	default:
		os.Exit(m.Run())
	}
}

func child(t *testing.T, role, dir string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), childDir+"="+dir, childRole+"="+role)
	cmd.Stderr = os.Stderr
	return cmd
}

// loadUntilKilled writes with many goroutines and prints the name of each acknowledged write.
func loadUntilKilled(dir string) {
	ctx := context.Background()
	s, err := Open(ctx, dir, Options{Log: quiet()})
	if err != nil {
		panic(err)
	}
	c, err := s.CollectionAt(ctx, Calendars, "alice", []string{"default"})
	if err != nil {
		panic(err)
	}
	start := int(c.Change)
	var mu sync.Mutex
	for w := range 16 {
		go func() {
			for i := 0; ; i++ {
				o := event(c.ID, start+i*16+w)
				err := s.Update(ctx, Actor{}, func(tx *Tx) error {
					if _, err := tx.PutObject(o); err != nil {
						return err
					}
					return tx.Journal(Entry{UID: o.UID, What: "put"})
				})
				if err != nil {
					panic(err)
				}
				mu.Lock()
				os.Stdout.WriteString(o.Name + " " + o.ETag + "\n")
				mu.Unlock()
			}
		}()
	}
	select {}
}

// Acknowledged writes survive kill -9, whole. reliability.md §1.2.
func TestAcknowledgedWritesSurviveKill(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	s, err := Open(ctx, dir, Options{Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	person(t, s, "alice")
	s.Close()
	acknowledged := map[string]string{}
	for round := range 5 {
		cmd := child(t, "load", dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for n := 0; lines.Scan(); n++ {
			name, etag, ok := strings.Cut(lines.Text(), " ")
			if ok && strings.HasSuffix(etag, `"`) {
				acknowledged[name] = etag
			}
			if n == 200+round*173 {
				cmd.Process.Kill() // what it printed until then is still to be read
			}
		}
		cmd.Wait()
		s, err := Open(ctx, dir, Options{Log: quiet()})
		if err != nil {
			t.Fatalf("open after kill: %v", err)
		}
		c, err := s.CollectionAt(ctx, Calendars, "alice", []string{"default"})
		if err != nil {
			t.Fatal(err)
		}
		for name, etag := range acknowledged {
			o, err := s.Object(ctx, c.ID, name)
			if err != nil || o.ETag != etag || ETag(o.Data) != etag {
				t.Fatalf("acknowledged %s is not there: %v", name, err)
			}
			if j, err := s.JournalFor(ctx, o.UID); err != nil || len(j) == 0 {
				t.Fatalf("half of the transaction of %s: %v", name, err)
			}
		}
		if r, err := s.Check(ctx, false, nil); err != nil || len(r.Problems) > 0 {
			t.Fatalf("check: %v %v", err, r)
		}
		s.Close()
	}
	if len(acknowledged) < 1000 {
		t.Fatalf("only %d writes", len(acknowledged))
	}
}

// fillSmallDisk writes until the file may grow no more, and prints how it went.
func fillSmallDisk(dir string) {
	ctx := context.Background()
	signal.Ignore(syscall.SIGXFSZ)
	s, err := Open(ctx, dir, Options{Log: quiet()})
	if err != nil {
		panic(err)
	}
	c, err := s.CollectionAt(ctx, Calendars, "alice", []string{"default"})
	if err != nil {
		panic(err)
	}
	put := func(i int) error {
		o := event(c.ID, i)
		return s.Update(ctx, Actor{}, func(tx *Tx) error { _, err := tx.PutObject(o); return err })
	}
	var before syscall.Rlimit
	syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before)
	limit := syscall.Rlimit{Cur: 3 << 20, Max: before.Max}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		panic(err)
	}
	n := 0
	for ; err == nil && n < 10_000; n++ {
		err = put(n)
	}
	fmt.Println("full:", errors.Is(err, ErrFull), "ready:", s.Ready() == nil)
	l, lerr := s.Listing(ctx, c.ID)
	fmt.Println("kept:", lerr == nil && l.Len() == n-1)
	syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before)
	fmt.Println("again:", put(n), s.Ready())
	s.Close()
}

// A full disk refuses the write, keeps all before it, and heals. reliability.md §4.
func TestDiskFull(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(context.Background(), dir, Options{Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	person(t, s, "alice")
	s.Close()
	out, err := child(t, "small-disk", dir).Output()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	want := "full: true ready: false\nkept: true\nagain: <nil> <nil>\n"
	if string(out) != want {
		t.Errorf("got:\n%s", out)
	}
}

// SQLite's own answer to a full disk.
func TestDatabaseFull(t *testing.T) {
	ctx := context.Background()
	s := open(t, Options{})
	_, coll := person(t, s, "alice")
	setPages := func(n int) {
		s.Update(ctx, Actor{}, func(tx *Tx) error {
			_, err := tx.c.exec(fmt.Sprintf("PRAGMA max_page_count = %d", n))
			return err
		})
	}
	setPages(100)
	n := 0
	var err error
	for ; err == nil; n++ {
		o := event(coll, n)
		err = s.Update(ctx, Actor{}, func(tx *Tx) error { _, err := tx.PutObject(o); return err })
	}
	if !errors.Is(err, ErrFull) || !errors.Is(s.Ready(), ErrFull) {
		t.Fatalf("got %v, ready %v", err, s.Ready())
	}
	if l, err := s.Listing(ctx, coll); err != nil || l.Len() != n-1 {
		t.Fatalf("listing: %v", err)
	}
	setPages(1 << 30)
	fill(t, s, coll, n+5)
	if l, err := s.Listing(ctx, coll); err != nil || l.Len() != n+5 || s.Ready() != nil {
		t.Fatalf("after: %v, ready %v", err, s.Ready())
	}
	if r, err := s.Check(ctx, false, nil); err != nil || len(r.Problems) > 0 {
		t.Fatalf("check: %v %v", err, r)
	}
}

func TestSecondProcessIsRefused(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(context.Background(), dir, Options{Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(context.Background(), dir, Options{Log: quiet()}); !errors.Is(err, ErrLocked) {
		t.Errorf("second: %v", err)
	}
	if err := Restore(context.Background(), "nothing", dir, true); !errors.Is(err, ErrLocked) {
		t.Errorf("restore under a server: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("second close: %v", err)
	}
	if err := s.Update(context.Background(), Actor{}, func(*Tx) error { return nil }); !errors.Is(err, ErrClosed) {
		t.Errorf("update after close: %v", err)
	}
	if _, err := s.FindUID(context.Background(), 1, "x"); !errors.Is(err, ErrClosed) {
		t.Errorf("read after close: %v", err)
	}
	s, err = Open(context.Background(), dir, Options{Log: quiet()})
	if err != nil {
		t.Fatalf("after close: %v", err)
	}
	s.Close()
}

// edit changes the database behind the store's back.
func edit(t *testing.T, dir string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, databaseName))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, statement := range statements {
		if _, err := db.Exec(statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

func TestNewerDatabaseIsRefused(t *testing.T) {
	dir := t.TempDir()
	for range 2 { // the second start finds nothing to do
		s, err := Open(context.Background(), dir, Options{Log: quiet()})
		if err != nil {
			t.Fatal(err)
		}
		s.Close()
	}
	edit(t, dir, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)")
	_, err := Open(context.Background(), dir, Options{Log: quiet()})
	if !errors.Is(err, ErrNewer) || !strings.Contains(err.Error(), "9999") {
		t.Errorf("got %v", err)
	}
}

func TestBackupAndRestore(t *testing.T) {
	ctx := context.Background()
	s := open(t, Options{})
	_, coll := person(t, s, "alice")
	fill(t, s, coll, 200)
	l, err := s.Listing(ctx, coll)
	if err != nil {
		t.Fatal(err)
	}
	token := s.SyncToken(coll, l.Change())
	file := filepath.Join(t.TempDir(), "backup.db")
	done := make(chan error)
	go func() { done <- s.Backup(ctx, file) }()
	fill(t, s, coll, 50) // overwrites meanwhile
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if err := s.Backup(ctx, file); !errors.Is(err, ErrExists) {
		t.Errorf("backup over a file: %v", err)
	}
	dir := t.TempDir()
	if err := Restore(ctx, file, dir, false); err != nil {
		t.Fatal(err)
	}
	if err := Restore(ctx, file, dir, false); !errors.Is(err, ErrExists) {
		t.Errorf("restore over a store: %v", err)
	}
	if err := Restore(ctx, file, dir, true); err != nil {
		t.Fatal(err)
	}
	r, err := Open(ctx, dir, Options{Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for m := range l.All() {
		if o, err := r.Object(ctx, coll, m.Name); err != nil || o.ETag != m.ETag {
			t.Fatalf("%s: %v", m.Name, err)
		}
	}
	if _, err := r.ParseSyncToken(coll, token); !errors.Is(err, ErrBadToken) {
		t.Errorf("token from before: %v", err)
	}
	if report, err := r.Check(ctx, false, nil); err != nil || len(report.Problems) > 0 {
		t.Errorf("check: %v %v", err, report)
	}
	damaged := filepath.Join(t.TempDir(), "damaged.db")
	if err := os.WriteFile(damaged, []byte("no database at all"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Restore(ctx, damaged, t.TempDir(), false); err == nil {
		t.Error("a damaged backup was restored")
	}
}

func TestCheckRepairs(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	s, err := Open(ctx, dir, Options{Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	_, coll := person(t, s, "alice")
	fill(t, s, coll, 10)
	s.Close()
	name := func(i int) string { return event(coll, i).Name }
	in := " WHERE name = '"
	edit(t, dir,
		"UPDATE object SET first = 7"+in+name(1)+"'",
		"UPDATE object SET etag = x'00'"+in+name(2)+"'",
		"DELETE FROM blob WHERE id = (SELECT blob_id FROM object"+in+name(3)+"')",
		"INSERT INTO blob (id, data) VALUES (900, 'stray')",
		"UPDATE collection SET members = 99",
		fmt.Sprintf("INSERT INTO tombstone VALUES (%d, '%s', 1)", coll, name(4)),
		"UPDATE object SET change = 5000"+in+name(5)+"'",
		"UPDATE object SET solo = 0"+in+name(6)+"'",
		"UPDATE blob SET data = 'unreadable' WHERE id = (SELECT blob_id FROM object"+in+name(7)+"')",
	)
	if s, err = Open(ctx, dir, Options{Log: quiet()}); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	facts := map[string]Facts{}
	for i := range 10 {
		facts[string(body(i))] = event(coll, i).Facts
	}
	parse := func(_ *Collection, _ string, data []byte) (Facts, error) {
		f, ok := facts[string(data)]
		if !ok {
			return Facts{}, errors.New("unreadable")
		}
		return f, nil
	}
	r, err := s.Check(ctx, false, parse)
	if err != nil || len(r.Problems) < 9 {
		t.Fatalf("check: %v, %d problems: %v", err, len(r.Problems), r.Problems)
	}
	if _, err := s.Check(ctx, true, parse); err != nil {
		t.Fatal(err)
	}
	r, err = s.Check(ctx, true, parse)
	for _, p := range r.Problems {
		t.Errorf("after repair: %s %s", p.What, p.Name)
	}
	if err != nil {
		t.Fatal(err)
	}
	l, err := s.Listing(ctx, coll)
	if err != nil || l.Len() != 8 {
		t.Errorf("listing after repair: %v, %d", err, l.Len())
	}
	if v, err := s.History(ctx, coll, name(7)); err != nil || len(v) != 1 || v[0].What != "stray" {
		t.Errorf("what was set aside: %v %v", err, v)
	}
	if m, ok := l.Member(name(1)); !ok || m.First != event(coll, 1).First {
		t.Error("facts are not rebuilt in the listing")
	}
}

// writeOnBadDisk writes until a write fails, and prints how it went.
func writeOnBadDisk(dir string) {
	ctx := context.Background()
	s, err := Open(ctx, dir, Options{Log: quiet()})
	if err != nil {
		panic(err)
	}
	c, err := s.CollectionAt(ctx, Calendars, "alice", []string{"default"})
	if err != nil {
		panic(err)
	}
	n := 0
	put := func() error {
		o := event(c.ID, n)
		return s.Update(ctx, Actor{}, func(tx *Tx) error { _, err := tx.PutObject(o); return err })
	}
	for ; err == nil && n < 1000; n++ {
		err = put()
	}
	l, lerr := s.Listing(ctx, c.ID)
	fmt.Println("failed:", errors.Is(err, ErrFailed), "full:", errors.Is(err, ErrFull), "kept:", lerr == nil && l.Len() == n-1)
	ready, again := s.Ready() == nil, false
	for range 50 { // strace counts for each thread by itself, and the writer may come to run on another
		again = again || put() == nil
	}
	fmt.Println("ready:", ready, "again:", again)
	s.Close()
}

// Errors of the disk as the kernel tells them. reliability.md §8.4.
func TestDiskErrors(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is not here")
	}
	for what, want := range map[string]string{
		"fdatasync:error=EIO:when=30+":      "failed: true full: false kept: true\nready: false again: false\n",
		"pwrite64:error=ENOSPC:when=90+200": "failed: false full: true kept: true\nready: false again: true\n",
	} {
		t.Run(what, func(t *testing.T) {
			dir := t.TempDir()
			s, err := Open(context.Background(), dir, Options{Log: quiet()})
			if err != nil {
				t.Fatal(err)
			}
			person(t, s, "alice")
			s.Close()
			cmd := child(t, "bad-disk", dir)
			cmd.Args = append([]string{"strace", "-f", "-qq", "-o", os.DevNull, "-e", "trace=fdatasync,pwrite64", "-e", "inject=" + what}, cmd.Path)
			cmd.Path = strace
			out, err := cmd.Output()
			if err != nil {
				t.Skipf("strace does not work here: %v", err)
			}
			if string(out) != want {
				t.Errorf("got:\n%swant:\n%s", out, want)
			}
			if s, err = Open(context.Background(), dir, Options{Log: quiet()}); err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if r, err := s.Check(context.Background(), false, nil); err != nil || len(r.Problems) > 0 {
				t.Errorf("check: %v %v", err, r.Problems)
			}
		})
	}
}
