package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"convoke/imip"

	"github.com/google/uuid"
)

// The bounds of a spool.
const (
	spoolMails = 10_000
	spoolBytes = 2 << 30
	spoolRound = 100 // mails taken before new ones are looked for
	spoolTries = 5   // of a mail that fails while others do not
)

// The pauses between rounds.
const (
	spoolPause    = 2 * time.Second
	spoolPauseMax = time.Minute
)

// spool is a folder of mails that wait for the server: one file a mail, named so that the
// oldest comes first. A line of JSON with the envelope stands before the mail. A mail that
// cannot be taken is kept in aside/.
type spool struct{ dir string }

// spoolOf is the spool of a data directory.
func spoolOf(data string) spool { return spool{filepath.Join(data, "spool")} }

const spoolExt = ".mail"

// put keeps a mail. When it returns nil, the mail is on disk.
func (s spool) put(e imip.Envelope, raw []byte) error {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return err
	}
	if err := syncDir(filepath.Dir(s.dir)); err != nil { // the folder may be new
		return err
	}
	if err := s.room(int64(len(raw))); err != nil {
		return err
	}
	envelope, err := json.Marshal(e)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(s.dir, "new-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	for _, part := range [][]byte{envelope, []byte("\n"), raw} {
		if _, err := f.Write(part); err != nil {
			return err
		}
	}
	if err := f.Sync(); err != nil {
		return err
	}
	name := fmt.Sprintf("%020d-%s%s", time.Now().UnixNano(), uuid.NewString(), spoolExt)
	if err := os.Rename(f.Name(), filepath.Join(s.dir, name)); err != nil {
		return err
	}
	return syncDir(s.dir)
}

// syncDir makes a rename last.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// room refuses more than the spool may hold.
func (s spool) room(more int64) error {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return err
	}
	total := more
	for _, e := range entries {
		if info, err := e.Info(); err == nil {
			total += info.Size()
		}
	}
	if len(entries) >= spoolMails || total > spoolBytes {
		return errors.New("the spool is full")
	}
	return nil
}

// names are the mails that wait, the oldest first.
func (s spool) names() ([]string, error) {
	entries, err := os.ReadDir(s.dir) // sorted
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	var list []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), spoolExt) && e.Type().IsRegular() {
			list = append(list, e.Name())
		}
	}
	return list, err
}

// waiting is how many mails wait.
func (s spool) waiting() int {
	list, _ := s.names()
	return len(list)
}

// read takes a mail apart.
func (s spool) read(name string) (e imip.Envelope, raw []byte, err error) {
	data, err := os.ReadFile(filepath.Join(s.dir, name))
	if err != nil {
		return e, nil, err
	}
	head, raw, ok := bytes.Cut(data, []byte("\n"))
	if !ok {
		return e, nil, errNoSpooled
	}
	if err := json.Unmarshal(head, &e); err != nil {
		return e, nil, fmt.Errorf("%w: %w", errNoSpooled, err)
	}
	return e, raw, nil
}

// errNoSpooled is a file in the spool that nobody of us wrote.
var errNoSpooled = errors.New("this is no spooled mail")

// aside puts a mail away for people to look at.
func (s spool) aside(name string) error {
	dir := filepath.Join(s.dir, "aside")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return os.Rename(filepath.Join(s.dir, name), filepath.Join(dir, name))
}

// spoolFail is what is known of a mail that met a fault.
type spoolFail struct {
	tries  int
	others bool // that another mail was taken since
}

// leftoverFor is how long a file may be without having become a mail: longer than any command writes.
const leftoverFor = time.Hour

// sweep removes what commands that died while they wrote have left: nobody was told that it is kept.
func (s spool) sweep(now time.Time) {
	left, _ := filepath.Glob(filepath.Join(s.dir, "new-*"))
	for _, name := range left {
		if info, err := os.Stat(name); err == nil && now.Sub(info.ModTime()) > leftoverFor {
			_ = os.Remove(name)
		}
	}
}

// drain hands the mails to the receiver until ctx ends.
func (s spool) drain(ctx context.Context, way imip.Way) error {
	s.sweep(time.Now())
	fails := map[string]*spoolFail{}
	wait := spoolPause
	for {
		faulty := s.round(ctx, way, fails)
		if wait = min(2*wait, spoolPauseMax); !faulty {
			wait = spoolPause
		}
		if !pause(ctx, wait) {
			return nil
		}
	}
}

// round hands on what waits now, in order. faulty tells that something has to be tried again: after three
// faults in a row the rest is left, as then it is not the mails.
func (s spool) round(ctx context.Context, way imip.Way, fails map[string]*spoolFail) (faulty bool) {
	names, err := s.names()
	if err != nil {
		way.Log.Warn("the spool cannot be read", "err", err)
		return true
	}
	maps.DeleteFunc(fails, func(name string, _ *spoolFail) bool { _, waits := slices.BinarySearch(names, name); return !waits })
	row := 0
	for _, name := range inTurn(names[:min(len(names), spoolRound+len(fails))], fails) {
		if ctx.Err() != nil || row == 3 {
			return true
		}
		err := s.take(ctx, way, name)
		switch {
		case err == nil:
			row = 0
			delete(fails, name)
			for _, f := range fails {
				f.others = true
			}
			continue
		case errors.Is(err, errNoSpooled):
			way.Log.Error("a file in the spool is no mail and is put aside", "file", name, "err", err)
			faulty = s.aside(name) != nil || faulty
			continue
		}
		row++
		faulty = true
		f := fails[name]
		if f == nil {
			f = &spoolFail{}
			fails[name] = f
		}
		if f.tries++; f.tries >= spoolTries && f.others {
			way.Log.Error("a mail in the spool is put aside after too many faults", "file", name, "tries", strconv.Itoa(f.tries))
			if s.aside(name) == nil {
				delete(fails, name)
			}
		}
	}
	return faulty
}

// inTurn puts what met a fault behind what did not, and what failed most last: it must not keep the others back for ever.
func inTurn(names []string, fails map[string]*spoolFail) []string {
	tries := func(name string) int {
		if f := fails[name]; f != nil {
			return f.tries
		}
		return 0
	}
	names = slices.Clone(names)
	slices.SortStableFunc(names, func(a, b string) int { return tries(a) - tries(b) })
	return names
}

// take hands one mail on and forgets it once its effects are committed.
func (s spool) take(ctx context.Context, way imip.Way, name string) error {
	e, raw, err := s.read(name)
	if err != nil {
		return err
	}
	if _, err := way.Take(ctx, e, raw); err != nil {
		return err
	}
	return os.Remove(filepath.Join(s.dir, name))
}
