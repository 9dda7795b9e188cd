package imip

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"convoke/internal/icalendar"
	"convoke/scheduling"
	"convoke/storage"

	"golang.org/x/time/rate"
)

// OutgoingOptions configure an Outgoing.
type OutgoingOptions struct {
	Store     *storage.Store
	Scheduler *scheduling.Service
	Sender    Sender
	Clock     func() time.Time // nil: time.Now
	Log       *slog.Logger     // nil: nothing is logged
	// FromGateway writes mails from the gateway's own address, with Reply-To the person. Otherwise the person is the
	// sender, where the address is in one of Domains; with no Domains everywhere.
	FromGateway bool
	Domains     []string
	// Gateway is the gateway's own address; GatewayName stands behind a person's name where it writes for him.
	Gateway, GatewayName string
	// OneBounceAddress: bounces come to the gateway's address as it stands, because the server knows no
	// address+detail. They find their mail by its Message-ID then, if they tell it.
	OneBounceAddress bool
	Language         string // for people whose language is not known
	// Answer gives the secret address at which the recipient of an invitation may answer it in a browser; "" for none.
	// Nil: there is never one.
	Answer   func(row *storage.Outbound) string
	GiveUp   time.Duration // how long a mail is tried; 0: 48 hours
	Parallel int           // mails on their way at once; 0: 4
	Limits   OutgoingLimits
}

// OutgoingLimits bound what one person, and one domain, is sent (reliability.md §2). Zero is no limit.
type OutgoingLimits struct {
	Recipients      int // of one change; more wait for an administrator
	PerHour, PerDay int // recipients of one user
	NewPerDay       int // addresses that a user never wrote to
	DomainPerMinute int // mails to one domain
}

// Stats counts what became of mails since the start.
type Stats struct{ Sent, Retried, Failed, Merged, Bounced uint64 }

// Outgoing turns the queue into mail. Run works until it is told to stop; Round is one turn of that work.
type Outgoing struct {
	o       OutgoingOptions
	jitter  func() float64 // of [0, 1)
	mu      sync.Mutex
	domains map[string]*rate.Limiter
	slots   map[int64]bool // rows whose turn by their domain's limit was given already
	paused  time.Time      // no session before this time: the server cannot be reached
	pause   time.Duration

	sent, retried, failed, merged, bounced atomic.Uint64
}

// NewOutgoing makes an Outgoing.
func NewOutgoing(o OutgoingOptions) *Outgoing {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.GiveUp <= 0 {
		o.GiveUp = 48 * time.Hour
	}
	if o.Parallel <= 0 {
		o.Parallel = 4
	}
	return &Outgoing{o: o, jitter: rand.Float64, domains: map[string]*rate.Limiter{}, slots: map[int64]bool{}}
}

// Stats gives the counters.
func (o *Outgoing) Stats() Stats {
	return Stats{o.sent.Load(), o.retried.Load(), o.failed.Load(), o.merged.Load(), o.bounced.Load()}
}

// The worker's own times.
const (
	pollEvery    = time.Second      // how soon it sees a new row
	leaseFor     = 15 * time.Minute // longer than all mails of a round take
	graceFor     = 10 * time.Second // for mails that are on their way when it is told to stop
	linesARound  = 256
	versionsKept = 10 // former versions looked at for what changed
	forgetEvery  = time.Hour
	forgetAtOnce = 1000                 // rows in one transaction
	forgetAfter  = 30 * 24 * time.Hour  // settled rows
	lastVersion  = 400 * 24 * time.Hour // settled rows that hold the newest version somebody knows
	longestPause = 5 * time.Minute
	remindFor    = 6 * time.Hour // a reminder is worth nothing later
)

// actor is who the effects of mail are said to be of.
var actor = storage.Actor{Door: "mail"}

// Run empties the queue until ctx ends, and then lets what is on its way arrive for a moment.
func (o *Outgoing) Run(ctx context.Context) error {
	if err := o.o.Store.Update(ctx, actor, func(tx *storage.Tx) error { return tx.FreeOutbound() }); err != nil && ctx.Err() == nil {
		return fmt.Errorf("begin mailing: %w", err)
	}
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	var forgotten time.Time
	for ctx.Err() == nil {
		n, err := o.Round(ctx)
		if err != nil && ctx.Err() == nil {
			o.o.Log.Error("mailing", "err", err)
		}
		if now := o.o.Clock(); n == 0 && now.Sub(forgotten) > forgetEvery {
			forgotten = now
			o.forget(ctx, now)
		}
		if n > 0 && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
	return nil
}

// forget drops what was settled long ago.
func (o *Outgoing) forget(ctx context.Context, now time.Time) {
	for n := int64(forgetAtOnce); n == forgetAtOnce && ctx.Err() == nil; {
		err := o.o.Store.Update(ctx, actor, func(tx *storage.Tx) (err error) {
			n, err = tx.ForgetOutbound(now.Add(-forgetAfter), now.Add(-lastVersion), forgetAtOnce)
			return err
		})
		if err != nil {
			if ctx.Err() == nil {
				o.o.Log.Error("forget old mails", "err", err)
			}
			return
		}
	}
}

// Round sends what is due now and tells how many rows it settled or moved; 0 when there is nothing to do.
func (o *Outgoing) Round(ctx context.Context) (int, error) {
	now := o.o.Clock()
	if now.Before(o.pausedUntil()) {
		return 0, nil
	}
	due, err := o.o.Store.OutboundDue(ctx)
	if err != nil || due.IsZero() || due.After(now) {
		return 0, err
	}
	var lines [][]storage.Outbound
	err = o.o.Store.Update(ctx, actor, func(tx *storage.Tx) (err error) {
		lines, err = tx.LeaseOutbound(linesARound, leaseFor)
		return err
	})
	if err != nil || len(lines) == 0 {
		return 0, err
	}
	jobs, settled, err := o.prepare(ctx, lines)
	if err != nil {
		return 0, err
	}
	// What was begun is settled, also when we are told to stop.
	working, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(graceFor, cancel) })
	defer stop()
	results := make(chan []scheduling.Mailing, len(jobs)+1)
	results <- settled
	o.dispatch(ctx, working, jobs, results)
	return o.settle(context.WithoutCancel(ctx), results)
}

// dispatch works on jobs, some at once, and closes results behind the last.
func (o *Outgoing) dispatch(ctx, working context.Context, jobs []job, results chan<- []scheduling.Mailing) {
	queue := make(chan job, len(jobs))
	for _, j := range jobs {
		queue <- j
	}
	close(queue)
	var workers sync.WaitGroup
	for range min(o.o.Parallel, len(jobs)) {
		workers.Go(func() {
			for j := range queue {
				if ctx.Err() != nil || o.o.Clock().Before(o.pausedUntil()) {
					results <- o.free(j)
					continue
				}
				results <- o.deliver(working, j)
			}
		})
	}
	go func() {
		workers.Wait()
		close(results)
	}()
}

// settle commits results as they come, together what came together.
func (o *Outgoing) settle(ctx context.Context, results <-chan []scheduling.Mailing) (int, error) {
	n := 0
	var failed error
	for list := range results {
	more:
		for {
			select {
			case next, ok := <-results:
				if !ok {
					break more
				}
				list = append(list, next...)
			default:
				break more
			}
		}
		if len(list) == 0 {
			continue
		}
		if err := o.o.Scheduler.Mailed(ctx, actor, list); err != nil {
			failed = errors.Join(failed, fmt.Errorf("settle mails: %w", err)) // their leases end, and they go out once more
			continue
		}
		n += len(list)
	}
	return n, failed
}

// job is a line that may be sent now.
type job struct {
	letters  []letter
	former   []storage.Outbound // what the recipient was sent before, newest first
	versions []*icalendar.Object
}

// prepare merges the lines and holds them against the limits; settled is what is decided without sending.
func (o *Outgoing) prepare(ctx context.Context, lines [][]storage.Outbound) (jobs []job, settled []scheduling.Mailing, err error) {
	budget := budgets{o: o, now: o.o.Clock(), of: map[int64]*storage.Sendings{}}
	for _, line := range lines {
		var letters []letter
		for _, row := range line {
			object, err := icalendar.Parse(row.Data)
			if err != nil {
				object = nil // told when its turn comes
			}
			letters = append(letters, letter{row, object})
		}
		former, err := o.o.Store.OutboundBefore(ctx, &line[0], versionsKept)
		if err != nil {
			return nil, nil, fmt.Errorf("look for former mails: %w", err)
		}
		send, gone := merge(letters, len(former) > 0)
		for _, l := range gone {
			l.row.State, l.row.Status = storage.OutboundMerged, "said by a later one, or taken back before it was sent"
			settled = append(settled, scheduling.Mailing{Row: l.row, What: "merge", Detail: l.row.Method + " to " + l.row.Recipient})
			o.merged.Add(1)
		}
		if len(send) == 0 {
			continue
		}
		wait, err := budget.judge(ctx, send)
		if err != nil {
			return nil, nil, err
		}
		if wait != nil {
			settled = append(settled, wait...)
			continue
		}
		jobs = append(jobs, job{letters: send, former: former, versions: versionsOf(former)})
	}
	return jobs, settled, nil
}

// versionsOf reads what somebody was told, newest first, back to when it was cancelled.
func versionsOf(former []storage.Outbound) (list []*icalendar.Object) {
	for i := range former {
		switch former[i].Method {
		case "REQUEST", "ADD", "PUBLISH":
			if object, err := icalendar.Parse(former[i].Data); err == nil {
				list = append(list, object)
			}
		case "CANCEL":
			if former[i].Instance == "" {
				return list
			}
		}
	}
	return list
}

// free gives a line back as it was.
func (o *Outgoing) free(j job) (list []scheduling.Mailing) {
	for _, l := range j.letters {
		list = append(list, scheduling.Mailing{Row: l.row})
	}
	return list
}

// deliver sends the letters of a line, one after the other, until one has to wait; then all behind it wait with it.
func (o *Outgoing) deliver(ctx context.Context, j job) (list []scheduling.Mailing) {
	for i := range j.letters {
		l := &j.letters[i]
		m := o.one(ctx, l, &j)
		list = append(list, m)
		if m.Row.State != storage.OutboundWaiting {
			continue
		}
		for _, behind := range j.letters[i+1:] {
			behind.row.Next = m.Row.Next
			list = append(list, scheduling.Mailing{Row: behind.row})
		}
		break
	}
	return list
}

// one sends a letter and says what became of it. A panic is a failure for good: whatever makes it stands in the letter, and
// would be met at each start of the server.
func (o *Outgoing) one(ctx context.Context, l *letter, j *job) (m scheduling.Mailing) {
	row := l.row
	defer func() {
		if v := recover(); v != nil {
			o.o.Log.Error("a mail met a panic", "row", l.row.ID, "panic", v, "stack", string(debug.Stack()))
			row.Status = "it cannot be sent: a fault of this server"
			m = o.giveUp(row, scheduling.StatusExpired, row.Method+" to "+row.Recipient)
		}
	}()
	if row.Method == storage.MethodReminder && o.o.Clock().Sub(row.Created) >= remindFor { // we were down, or it waited for its turn
		row.Status = "it is too late to remind anybody"
		return o.giveUp(row, scheduling.StatusExpired, row.Method+" to "+row.Recipient)
	}
	mail, err := o.write(ctx, l, j)
	answer := ""
	if err == nil {
		row.Attempts++
		answer, err = o.o.Sender.Send(ctx, mail)
	}
	whom := row.Method + " to " + row.Recipient
	log := o.o.Log.With("row", row.ID, "method", row.Method, "domain", domainOf(row.Recipient), "attempt", row.Attempts)
	if err == nil {
		o.resume()
		o.sent.Add(1)
		row.State, row.Status = storage.OutboundSent, answer
		j.former = append([]storage.Outbound{row}, j.former...)
		j.versions = versionsOf(j.former)
		log.Info("mail sent")
		return scheduling.Mailing{Row: row, Code: scheduling.StatusSent, What: "mail", Detail: whom + ": " + answer}
	}
	var f *Failure
	if !errors.As(err, &f) {
		f = &Failure{Code: "4.0.0", Text: tidy(err.Error())}
	}
	row.Status = f.Error()
	switch now := o.o.Clock(); {
	case ctx.Err() != nil: // we stop; nobody knows whether it arrived, and it goes out again with the same Message-ID
		row.Next = now
		return scheduling.Mailing{Row: row}
	case f.Permanent:
		return o.giveUp(row, statusOf(f.Code), whom)
	case now.Sub(row.Since) >= o.patience(&row):
		return o.giveUp(row, scheduling.StatusExpired, whom)
	default:
		if f.Session {
			o.rest(now)
		}
		o.retried.Add(1)
		row.Next = now.Add(o.delay(row.Attempts))
		log.Warn("mail has to wait", "why", f.Code, "until", row.Next)
		return scheduling.Mailing{Row: row, What: "mail waits", Detail: whom + ": " + f.Error()}
	}
}

// patience is how long a mail is tried.
func (o *Outgoing) patience(row *storage.Outbound) time.Duration {
	if row.Method == storage.MethodReminder {
		return min(o.o.GiveUp, remindFor)
	}
	return o.o.GiveUp
}

// giveUp ends a row without success. The organizer sees it in SCHEDULE-STATUS and in the history of the event.
func (o *Outgoing) giveUp(row storage.Outbound, code, whom string) scheduling.Mailing {
	o.failed.Add(1)
	row.State = storage.OutboundFailed
	o.o.Log.Warn("mail failed", "row", row.ID, "method", row.Method, "domain", domainOf(row.Recipient), "status", code)
	return scheduling.Mailing{Row: row, Code: code, What: "mail failed", Detail: whom + ": " + row.Status}
}

// statusOf tells the SCHEDULE-STATUS of a permanent failure (RFC 6638 §3.2.9) by its enhanced status code: security and
// policy (RFC 3463 §3.8) is a refusal, anything else an address that takes no mail.
func statusOf(code string) string {
	if strings.HasPrefix(code, "5.7.") {
		return scheduling.StatusRefused
	}
	return scheduling.StatusNoWay
}

// delay is how long to wait after so many attempts: 1, 5, 15 and 60 minutes, then an hour, and up to a tenth more, so
// that what failed together does not come again together.
func (o *Outgoing) delay(attempts int) time.Duration {
	minutes := []int{1, 5, 15, 60}
	d := time.Duration(minutes[min(max(attempts, 1), len(minutes))-1]) * time.Minute
	return d + time.Duration(o.jitter()*float64(d)/10)
}

func (o *Outgoing) pausedUntil() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.paused
}

// rest keeps everything back for a while: the server cannot be reached, whatever the mail.
func (o *Outgoing) rest(now time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.pause = min(max(2*o.pause, 5*time.Second), longestPause)
	o.paused = now.Add(o.pause)
}

// resume ends the rest.
func (o *Outgoing) resume() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.pause, o.paused = 0, time.Time{}
}
