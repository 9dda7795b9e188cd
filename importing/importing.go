// Package importing runs imports as jobs on the server, so that they outlive the page that asked for them. What an
// import does is its caller's affair; here is when it runs, how far it is, how it ends and what is remembered of it.
//
// Invariants:
//   - A few jobs run at once, and one of each person; the others wait in the order in which they came.
//   - Each job ends in one state, which is stored. One that was at work when the server stopped is called interrupted at
//     the next start: it is safe to ask for it again, because what is in already stays as it is.
//   - Who asked for a job sees it, can end it, and nobody else does.
//   - What a job holds (a file, a password) is taken only once there is a place for the job, let go when it ends, and never stored.
package importing

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"convoke/storage"
)

// States of a job that has ended.
const (
	Done        = "done"
	Failed      = "failed"
	Cancelled   = "cancelled"
	Interrupted = "interrupted"
)

// Failure is an item that was not stored, and why.
type Failure struct {
	Name   string `json:"name"` // file and line, or address
	UID    string `json:"uid,omitempty"`
	Reason string `json:"reason"`
}

// maxFailures are told one by one, each in so many bytes; the rest is counted.
const (
	maxFailures = 500
	maxText     = 500
)

// Report is what became of the items of a job.
type Report struct {
	Stored    int       `json:"stored"` // new ones, and such that were changed
	Unchanged int       `json:"unchanged"`
	Skipped   int       `json:"skipped"` // of which the first are told below
	Failed    []Failure `json:"failed"`
	Files     []string  `json:"skippedFiles,omitempty"` // that hold no calendar or contacts by their names
	Made      []string  `json:"made,omitempty"`         // new collections, in words
	Notes     []string  `json:"notes,omitempty"`
	Error     string    `json:"error,omitempty"` // why it failed as a whole
}

// Job is an import as its owner sees it.
type Job struct {
	ID      int64     `json:"id"`
	Source  string    `json:"source"`
	State   string    `json:"state"`
	Done    int       `json:"done"`
	Total   int       `json:"total"` // 0 is that it is not known yet
	Created time.Time `json:"created"`
	Ended   time.Time `json:"ended,omitzero"`
	Report
}

// Work is an import. It tells how far it is by progress, and ends soon after ctx does.
type Work struct {
	Take func() error // gets what the work needs, such as its file, when a place is sure; nil: it has that
	Do   func(ctx context.Context, progress func(done, total int)) (Report, error)
	Free func() // lets go what the work holds; called once, whatever becomes of it
}

// Errors of a Runner.
var (
	ErrTooMany  = errors.New("too many of your imports wait already")
	ErrNotFound = errors.New("there is no such import")
)

// Options configure a Runner.
type Options struct {
	Store   *storage.Store
	Log     *slog.Logger
	AtOnce  int                    // 0: 2
	Waiting int                    // of one person; 0: 10
	Explain func(err error) string // a sentence for people; nil: the error's text
}

// Runner runs jobs. It is safe for concurrent use.
type Runner struct {
	o Options

	mu      sync.Mutex
	jobs    []*job // that have not ended, in the order in which they came
	stopped bool
	wake    chan struct{}
}

// job is one that has not ended.
type job struct {
	row    storage.ImportJob
	work   Work
	cancel context.CancelFunc // nil: it waits
	gone   bool               // its owner wants it no more
	done   int
	total  int
}

// New makes a Runner; nothing runs before Run.
func New(o Options) *Runner {
	o.AtOnce, o.Waiting = cmp.Or(o.AtOnce, 2), cmp.Or(o.Waiting, 10)
	if o.Explain == nil {
		o.Explain = error.Error
	}
	return &Runner{o: o, wake: make(chan struct{}, 1)}
}

// Add puts a job at the end. The work is freed if it is not taken, too.
func (r *Runner) Add(ctx context.Context, who *storage.Principal, source string, work Work) (Job, error) {
	j := &job{row: storage.ImportJob{PrincipalID: who.ID, Source: source, State: storage.JobWaiting, Report: []byte("{}")}, work: work}
	j.work.Free = sync.OnceFunc(work.Free)
	if err := r.admit(j); err != nil {
		j.work.Free()
		return Job{}, err
	}
	row := j.row
	added := false
	defer func() { // whatever goes wrong, a panic too: the place is not lost
		if !added {
			r.drop(j)
			j.work.Free()
		}
	}()
	if work.Take != nil {
		if err := work.Take(); err != nil {
			return Job{}, err
		}
	}
	err := r.o.Store.Update(ctx, storage.Actor{PrincipalID: who.ID, Door: "import"}, func(tx *storage.Tx) error { return tx.AddImportJob(&row) })
	if err != nil {
		return Job{}, err
	}
	added = true
	defer r.nudge()
	r.mu.Lock()
	defer r.mu.Unlock()
	j.row = row
	return j.view(), nil
}

// admit holds a place for a job. It does not run before it has an ID.
func (r *Runner) admit(j *job) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for _, other := range r.jobs {
		if other.row.PrincipalID == j.row.PrincipalID {
			n++
		}
	}
	if n >= r.o.Waiting || r.stopped {
		return ErrTooMany
	}
	r.jobs = append(r.jobs, j)
	return nil
}

func (r *Runner) drop(j *job) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.jobs = slices.DeleteFunc(r.jobs, func(other *job) bool { return other == j })
}

// nudge says that there may be something to do.
func (r *Runner) nudge() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// Run works until ctx ends.
func (r *Runner) Run(ctx context.Context) error {
	err := r.o.Store.Update(ctx, storage.Actor{Door: "import"}, func(tx *storage.Tx) error { return tx.EndImportJobs(Interrupted) })
	if err != nil && ctx.Err() == nil {
		return err
	}
	var at sync.WaitGroup
	for {
		for j := r.next(ctx); j != nil; j = r.next(ctx) {
			at.Go(func() { r.run(ctx, j) })
		}
		select {
		case <-r.wake:
			continue
		case <-ctx.Done():
		}
		break
	}
	r.mu.Lock()
	r.stopped = true
	// One without an ID is just being added: it stays waiting, and is called interrupted at the next start.
	left := slices.DeleteFunc(slices.Clone(r.jobs), func(j *job) bool { return j.row.ID == 0 })
	r.mu.Unlock()
	at.Wait()
	for _, j := range left {
		if j.cancel == nil {
			r.end(j, Report{}, context.Canceled)
		}
	}
	return nil
}

// next takes the first job that may run now, or nil.
func (r *Runner) next(ctx context.Context) *job {
	r.mu.Lock()
	defer r.mu.Unlock()
	running := map[int64]bool{}
	for _, j := range r.jobs {
		if j.cancel != nil {
			running[j.row.PrincipalID] = true
		}
	}
	if len(running) >= r.o.AtOnce || ctx.Err() != nil {
		return nil
	}
	for _, j := range r.jobs {
		if j.cancel == nil && j.row.ID != 0 && !running[j.row.PrincipalID] {
			j.row.State, j.cancel = storage.JobRunning, func() {}
			return j
		}
	}
	return nil
}

// run does one job.
func (r *Runner) run(ctx context.Context, j *job) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r.mu.Lock()
	j.cancel = cancel
	if j.gone {
		cancel()
	}
	r.mu.Unlock()
	var report Report
	err := r.note(ctx, j)
	if err == nil {
		report, err = r.work(ctx, j)
	}
	if err != nil && ctx.Err() != nil {
		err = ctx.Err()
	}
	r.end(j, report, err)
	r.nudge()
}

// work is the work of a job; a panic in it is a fault of its own.
func (r *Runner) work(ctx context.Context, j *job) (report Report, err error) {
	defer func() {
		if v := recover(); v != nil {
			r.o.Log.Error("import met a panic", "job", j.row.ID, "panic", v, "stack", string(debug.Stack()))
			err = errors.New("something went wrong here; the log of the server tells more")
		}
	}()
	return j.work.Do(ctx, func(done, total int) {
		r.mu.Lock()
		defer r.mu.Unlock()
		j.done, j.total = done, total
	})
}

// note stores that a job runs.
func (r *Runner) note(ctx context.Context, j *job) error {
	r.mu.Lock()
	row := j.row
	r.mu.Unlock()
	return r.o.Store.Update(ctx, storage.Actor{Door: "import"}, func(tx *storage.Tx) error { return tx.SetImportJob(&row) })
}

// end stores how a job ended, and lets it go.
func (r *Runner) end(j *job, report Report, err error) {
	j.work.Free()
	r.mu.Lock()
	state := Done
	switch {
	case err == nil:
	case j.gone:
		state = Cancelled
	case r.stopped || errors.Is(err, context.Canceled):
		state = Interrupted
	default:
		state, report.Error = Failed, r.o.Explain(err)
	}
	j.row.State, j.row.Report = state, reportText(report)
	row := j.row
	r.mu.Unlock()
	err = r.o.Store.Update(context.Background(), storage.Actor{PrincipalID: row.PrincipalID, Door: "import"}, func(tx *storage.Tx) error {
		if err := tx.SetImportJob(&row); err != nil {
			return err
		}
		return tx.Journal(storage.Entry{PrincipalID: row.PrincipalID, What: "import " + state,
			Detail: fmt.Sprintf("%s: %d stored, %d unchanged, %d skipped", row.Source, report.Stored, report.Unchanged, report.Skipped)})
	})
	if err != nil && !errors.Is(err, storage.ErrNotFound) { // whose person was removed is gone with them
		r.o.Log.Error("the end of an import is not noted", "job", row.ID, "err", err)
	}
	r.drop(j)
}

// reportText is a report as it is stored, not longer than is read.
func reportText(r Report) []byte {
	r.Skipped = max(r.Skipped, len(r.Failed))
	r.Failed = append([]Failure{}, r.Failed[:min(maxFailures, len(r.Failed))]...)
	for i, f := range r.Failed {
		r.Failed[i] = Failure{short(f.Name), short(f.UID), short(f.Reason)}
	}
	for _, list := range []*[]string{&r.Files, &r.Made, &r.Notes} {
		*list = slices.Clone((*list)[:min(maxFailures, len(*list))])
		for i, text := range *list {
			(*list)[i] = short(text)
		}
	}
	r.Error = short(r.Error)
	data, err := json.Marshal(r)
	if err != nil {
		return []byte("{}")
	}
	return data
}

// short is a text of a bounded length: names in it are as long as a file makes them.
func short(text string) string {
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "") + "…"
	}
	return text
}

// view is a job that has not ended.
func (j *job) view() Job {
	return Job{ID: j.row.ID, Source: j.row.Source, State: j.row.State, Done: j.done, Total: j.total, Created: j.row.Created, Report: Report{Failed: []Failure{}}}
}

// maxJobs are listed.
const maxJobs = 100

// Jobs lists what somebody imports and imported, newest first; nil is everybody.
func (r *Runner) Jobs(ctx context.Context, who *storage.Principal) ([]Job, error) {
	id := int64(0)
	if who != nil {
		id = who.ID
	}
	rows, err := r.o.Store.ImportJobs(ctx, id, maxJobs)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	list := make([]Job, len(rows))
	for i := range rows {
		row := &rows[i]
		if n := slices.IndexFunc(r.jobs, func(j *job) bool { return j.row.ID == row.ID }); n >= 0 {
			list[i] = r.jobs[n].view()
			continue
		}
		list[i] = Job{ID: row.ID, Source: row.Source, State: row.State, Created: row.Created, Ended: row.Ended}
		_ = json.Unmarshal(row.Report, &list[i].Report) // what cannot be read says nothing
		if list[i].Failed == nil {
			list[i].Failed = []Failure{}
		}
		list[i].Done = list[i].Stored + list[i].Unchanged + list[i].Skipped
		list[i].Total = list[i].Done
	}
	return list, nil
}

// Job gives one of somebody's, or ErrNotFound.
func (r *Runner) Job(ctx context.Context, who *storage.Principal, id int64) (Job, error) {
	list, err := r.Jobs(ctx, who)
	if err != nil {
		return Job{}, err
	}
	if i := slices.IndexFunc(list, func(j Job) bool { return j.ID == id }); i >= 0 {
		return list[i], nil
	}
	return Job{}, ErrNotFound
}

// Cancel ends one of somebody's jobs; what it has stored stays. One that has ended stays as it is.
func (r *Runner) Cancel(ctx context.Context, who *storage.Principal, id int64) error {
	r.mu.Lock()
	var waits *job
	i := slices.IndexFunc(r.jobs, func(j *job) bool { return id != 0 && j.row.ID == id && j.row.PrincipalID == who.ID })
	if i >= 0 {
		j := r.jobs[i]
		first := !j.gone
		j.gone = true
		if j.cancel != nil {
			j.cancel()
		} else if first {
			waits = j
			r.jobs = slices.Delete(r.jobs, i, i+1)
		}
	}
	r.mu.Unlock()
	if waits != nil {
		r.end(waits, Report{}, context.Canceled)
	}
	if i >= 0 {
		return nil
	}
	_, err := r.Job(ctx, who, id)
	return err
}
