package importing

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"convoke/storage"
)

// bench is a runner over a store with ann and bob.
type bench struct {
	*Runner
	t        *testing.T
	store    *storage.Store
	ann, bob *storage.Principal
	stop     func()
}

func newBench(t *testing.T) *bench {
	t.Helper()
	store, err := storage.Open(t.Context(), t.TempDir(), storage.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	b := &bench{t: t, store: store, ann: &storage.Principal{Kind: storage.KindUser, Name: "ann"}, bob: &storage.Principal{Kind: storage.KindUser, Name: "bob"}}
	err = store.Update(t.Context(), storage.Actor{}, func(tx *storage.Tx) error {
		return errors.Join(tx.CreatePrincipal(b.ann), tx.CreatePrincipal(b.bob))
	})
	if err != nil {
		t.Fatal(err)
	}
	b.start()
	return b
}

// start begins a runner, as a server does.
func (b *bench) start() {
	b.Runner = New(Options{Store: b.store, Log: slog.New(slog.DiscardHandler), Waiting: 3})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	run := b.Runner
	go func() { done <- run.Run(ctx) }()
	b.stop = func() {
		cancel()
		if err := <-done; err != nil {
			b.t.Error(err)
		}
	}
	b.t.Cleanup(cancel)
}

// step is a work that says when it begins, and ends when it is told how.
type step struct {
	begun chan struct{}
	end   chan error
	freed chan struct{}
}

func (b *bench) add(who *storage.Principal, name string) (*step, Job) {
	b.t.Helper()
	s := &step{make(chan struct{}), make(chan error), make(chan struct{})}
	j, err := b.Add(b.t.Context(), who, name, Work{
		Free: func() { close(s.freed) },
		Do: func(ctx context.Context, progress func(int, int)) (Report, error) {
			progress(1, 2)
			close(s.begun)
			select {
			case err := <-s.end:
				return Report{Stored: 2}, err
			case <-ctx.Done():
				return Report{Stored: 1}, errors.New("broken off")
			}
		},
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return s, j
}

// state is that of a job; once it has ended it stays.
func (b *bench) state(who *storage.Principal, id int64) string {
	b.t.Helper()
	j, err := b.Job(b.t.Context(), who, id)
	if err != nil {
		b.t.Fatal(err)
	}
	return j.State
}

// ended waits until a job's end is stored and gives it.
func (b *bench) ended(who *storage.Principal, id int64) Job {
	b.t.Helper()
	for {
		j, err := b.Job(b.t.Context(), who, id)
		if err != nil {
			b.t.Fatal(err)
		}
		if !j.Ended.IsZero() {
			return j
		}
	}
}

// One job of a person runs at once, and two of all; the rest waits in order.
func TestOrder(t *testing.T) {
	b := newBench(t)
	first, j1 := b.add(b.ann, "1")
	<-first.begun
	second, j2 := b.add(b.ann, "2")
	other, _ := b.add(b.bob, "3")
	<-other.begun
	if s := b.state(b.ann, j2.ID); s != storage.JobWaiting {
		t.Errorf("the second of ann is %s", s)
	}
	j, err := b.Job(t.Context(), b.ann, j1.ID)
	if err != nil || j.State != storage.JobRunning || j.Done != 1 || j.Total != 2 {
		t.Errorf("%+v, %v", j, err)
	}
	first.end <- nil
	<-second.begun
	if j := b.ended(b.ann, j1.ID); j.State != Done || j.Stored != 2 {
		t.Errorf("%+v", j)
	}
	<-first.freed
	close(second.end)
	close(other.end)
}

// A person sees and ends their own jobs alone; one that waits is ended too, and what it holds is let go.
func TestCancel(t *testing.T) {
	b := newBench(t)
	runs, j1 := b.add(b.ann, "1")
	<-runs.begun
	waits, j2 := b.add(b.ann, "2")
	if err := b.Cancel(t.Context(), b.bob, j1.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("bob ends a job of ann: %v", err)
	}
	if _, err := b.Job(t.Context(), b.bob, j1.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("bob sees a job of ann: %v", err)
	}
	for _, id := range []int64{j2.ID, j1.ID} {
		if err := b.Cancel(t.Context(), b.ann, id); err != nil {
			t.Fatal(err)
		}
		if j := b.ended(b.ann, id); j.State != Cancelled {
			t.Errorf("%+v", j)
		}
	}
	<-waits.freed
	<-runs.freed
	if err := b.Cancel(t.Context(), b.ann, j1.ID); err != nil {
		t.Errorf("ending what has ended: %v", err)
	}
}

// No more than so many of one person wait.
func TestTooMany(t *testing.T) {
	b := newBench(t)
	for range 3 {
		b.add(b.ann, "x")
	}
	freed, taken := false, false
	work := Work{Free: func() { freed = true }, Take: func() error { taken = true; return nil }}
	if _, err := b.Add(t.Context(), b.ann, "x", work); !errors.Is(err, ErrTooMany) || !freed || taken {
		t.Errorf("%v, freed %t, taken %t", err, freed, taken)
	}
	if _, err := b.Jobs(t.Context(), nil); err != nil {
		t.Error(err)
	}
	b.add(b.bob, "x")
}

// A place is held while a job takes what it needs, and given back if that fails.
func TestTake(t *testing.T) {
	b := newBench(t)
	s, _ := b.add(b.ann, "1")
	<-s.begun
	b.add(b.ann, "2")
	broken, freed := errors.New("the upload broke off"), 0
	free := func() { freed++ }
	_, err := b.Add(t.Context(), b.ann, "3", Work{Free: free, Take: func() error {
		if _, err := b.Add(t.Context(), b.ann, "4", Work{Free: free}); !errors.Is(err, ErrTooMany) {
			t.Errorf("beside the last place: %v", err)
		}
		return broken
	}})
	if !errors.Is(err, broken) || freed != 2 {
		t.Errorf("%v, freed %d", err, freed)
	}
	if list, err := b.Jobs(t.Context(), b.ann); err != nil || len(list) != 2 {
		t.Errorf("%d jobs, %v", len(list), err)
	}
	b.add(b.ann, "5")
}

// A job that fails says why; a panic costs that job.
func TestFailure(t *testing.T) {
	b := newBench(t)
	s, j := b.add(b.ann, "1")
	s.end <- errors.New("it is no calendar")
	if got := b.ended(b.ann, j.ID); got.State != Failed || got.Error != "it is no calendar" || got.Stored != 2 {
		t.Errorf("%+v", got)
	}
	j, err := b.Add(t.Context(), b.ann, "2", Work{Free: func() {}, Do: func(context.Context, func(int, int)) (Report, error) { panic("x") }})
	if err != nil {
		t.Fatal(err)
	}
	if got := b.ended(b.ann, j.ID); got.State != Failed {
		t.Errorf("%+v", got)
	}
}

// What was at work when the server stopped, or fell, is interrupted; its owner sees that after the next start.
func TestInterrupted(t *testing.T) {
	b := newBench(t)
	runs, j1 := b.add(b.ann, "1")
	<-runs.begun
	_, j2 := b.add(b.ann, "2")
	b.stop()
	lost := storage.ImportJob{PrincipalID: b.ann.ID, Source: "3", State: storage.JobRunning}
	if err := b.store.Update(t.Context(), storage.Actor{}, func(tx *storage.Tx) error { return tx.AddImportJob(&lost) }); err != nil {
		t.Fatal(err)
	}
	b.start()
	for _, id := range []int64{j1.ID, j2.ID, lost.ID} {
		if j := b.ended(b.ann, id); j.State != Interrupted {
			t.Errorf("%+v", j)
		}
	}
	list, err := b.Jobs(t.Context(), b.ann)
	if err != nil || len(list) != 3 || !slices.IsSortedFunc(list, func(a, b Job) int { return int(b.ID - a.ID) }) {
		t.Errorf("%+v, %v", list, err)
	}
}

// A runner that is told to stop before it began ends without a fault, and interrupts what waits.
func TestStoppedAtOnce(t *testing.T) {
	b := newBench(t)
	b.stop()
	b.Runner = New(Options{Store: b.store, Log: slog.New(slog.DiscardHandler)})
	waits, j := b.add(b.ann, "1")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.Run(ctx); err != nil {
		t.Fatal(err)
	}
	<-waits.freed
	if j := b.ended(b.ann, j.ID); j.State != Interrupted {
		t.Errorf("%+v", j)
	}
}

// A report stays small, however much went wrong.
func TestReportBounds(t *testing.T) {
	b := newBench(t)
	j, err := b.Add(t.Context(), b.ann, "1", Work{Free: func() {}, Do: func(context.Context, func(int, int)) (Report, error) {
		long, failed := strings.Repeat("é", 10_000), make([]Failure, 2000)
		for i := range failed {
			failed[i] = Failure{long, long, long}
		}
		return Report{Skipped: 2000, Failed: failed, Files: []string{long}, Made: []string{long}, Notes: slices.Repeat([]string{long}, 2000)}, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	if got := b.ended(b.ann, j.ID); len(got.Failed) != maxFailures || got.Skipped != 2000 {
		t.Errorf("%d told of %d", len(got.Failed), got.Skipped)
	}
	rows, err := b.store.ImportJobs(t.Context(), b.ann.ID, 1)
	if err != nil || len(rows) != 1 {
		t.Fatalf("%d jobs, %v", len(rows), err)
	}
	if n := len(rows[0].Report); n > 2<<20 {
		t.Errorf("a report of %d bytes is stored", n)
	}
}
