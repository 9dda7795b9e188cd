package imip

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"strings"
	"time"

	"convoke/storage"
)

// IMAPOptions configure an IMAP source.
type IMAPOptions struct {
	Way
	Store   *storage.Store // keeps how far the mailbox was read
	Account string         // under which name; one mailbox has one

	Address  string      // host:port
	TLS      string      // "tls", "starttls" or "none"
	Config   *tls.Config // nil: the system's authorities
	Username string      // whose mailbox
	Password string
	Master   string // a master user whose password it is; "": the user's own

	Folder    string // "" is INBOX
	Processed string // "keyword", or "move:FOLDER"
	// Recipient is the address of the mailbox's owner; "" is a shared mailbox of copies, where
	// each message tells whom it is for.
	Recipient string

	LookBack time.Duration // how old a message may be in a mailbox that is new to us; 0: any age
	Poll     time.Duration // how often is asked where IDLE brings nothing; 0 is five minutes
	Retry    time.Duration // first pause after a fault, doubled up to RetryMax; 0 is a second
	RetryMax time.Duration // 0 is five minutes
	Tries    int           // of a message that fails while others don't; 0 is 5
	// Seats bounds how many mailboxes are connected at once; nil: any number. A source gives
	// its seat away while it waits if others want one.
	Seats chan struct{}
	// Connected is told when a connection stands and when it has ended. Nil: nobody is.
	Connected func(bool)
}

// moveTo is the folder to which processed messages go; "" if they stay and get the keyword.
func (o *IMAPOptions) moveTo() string {
	if folder, moves := strings.CutPrefix(o.Processed, "move:"); moves {
		return folder
	}
	return ""
}

func (o *IMAPOptions) tlsConfig() *tls.Config {
	c := &tls.Config{}
	if o.Config != nil {
		c = o.Config.Clone()
	}
	if c.ServerName == "" {
		c.ServerName, _, _ = net.SplitHostPort(o.Address)
	}
	c.MinVersion = max(c.MinVersion, tls.VersionTLS12)
	return c
}

// IMAP reads a mailbox: what is there, then what comes. How far it has read is stored after
// the effects of the messages are, so that a crash repeats some, which does nothing. The
// keyword on a message is for people and other programs; it is never believed.
type IMAP struct {
	o      IMAPOptions
	fails  map[uint32]*failing // messages that met a fault
	done   map[uint32]bool     // messages above the stored position that are done with
	told   bool                // that no mark can be set
	faults int                 // sweeps in a row that met one
}

// failing is what is known of a message that met a fault of ours.
type failing struct {
	tries  int
	others bool // that another message was received since
}

// NewIMAP makes a source that is not connected yet.
func NewIMAP(o IMAPOptions) *IMAP {
	o.Way = o.Way.withDefaults()
	if o.Folder == "" {
		o.Folder = "INBOX"
	}
	if o.Connected == nil {
		o.Connected = func(bool) {}
	}
	setDefault(&o.Poll, 5*time.Minute)
	setDefault(&o.Retry, time.Second)
	setDefault(&o.RetryMax, 5*time.Minute)
	setDefault(&o.Tries, 5)
	return &IMAP{o: o, fails: map[uint32]*failing{}, done: map[uint32]bool{}}
}

// Serve reads until ctx ends. It connects again for ever, more slowly as long as that fails.
func (s *IMAP) Serve(ctx context.Context) error {
	for failed := 0; ; {
		swept, err := s.session(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if swept {
			failed = 0
		}
		pause := s.o.Poll
		if err != nil {
			pause = s.pause(failed)
			var refused *SignInError
			if errors.As(err, &refused) {
				pause = max(pause, min(s.o.RetryMax, 60*s.o.Retry)) // a mail server may count these
			}
			level := slog.LevelDebug // what goes on and on is said less and less
			if failed&(failed-1) == 0 {
				level = slog.LevelWarn
			}
			failed++
			s.o.Log.Log(ctx, level, "mailbox lost", "source", SourceIMAP, "account", s.o.Account, "err", err, "again", pause)
		}
		if !sleep(ctx, pause) {
			return nil
		}
	}
}

// pause doubles with each failure and has jitter, so that many sources do not knock together.
func (s *IMAP) pause(failed int) time.Duration {
	d := s.o.RetryMax
	if failed < 20 {
		d = min(d, s.o.Retry<<failed)
	}
	return d/2 + rand.N(d/2+1)
}

func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// session is one connection, from sign-in until it breaks or its seat is wanted. swept
// tells that the mailbox was read at least once.
func (s *IMAP) session(ctx context.Context) (swept bool, err error) {
	if s.o.Seats != nil {
		select {
		case s.o.Seats <- struct{}{}:
			defer func() { <-s.o.Seats }()
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
	m, err := openMailbox(ctx, &s.o)
	if err != nil {
		return false, err
	}
	defer m.close()
	s.o.Connected(true)
	defer s.o.Connected(false)
	s.o.Log.Info("mailbox open", "source", SourceIMAP, "account", s.o.Account, "idle", m.idles)
	for {
		faulty, err := s.sweep(ctx, m)
		if err != nil {
			return swept, err
		}
		swept = true
		limit := s.o.Poll
		if faulty {
			limit = min(limit, s.pause(s.faults))
			s.faults++
		} else {
			s.faults = 0
		}
		if s.o.Seats != nil && len(s.o.Seats) == cap(s.o.Seats) {
			return swept, nil
		}
		if err := m.wait(ctx, limit); err != nil {
			return swept, err
		}
	}
}

// position gives where to read on. A mailbox whose UIDs are no longer those we know, or that is
// new, is read from its start: what was received before is known by the ledger.
func (s *IMAP) position(ctx context.Context, m *mailbox) (storage.Mailbox, error) {
	at, err := s.o.Store.Mailbox(ctx, s.o.Account)
	if err != nil {
		return at, err
	}
	if at.UIDValidity == m.validity {
		return at, nil
	}
	if at.UIDValidity != 0 {
		s.o.Log.Warn("mailbox has new UIDs and is read again", "source", SourceIMAP, "account", s.o.Account,
			"was", at.UIDValidity, "is", m.validity)
	}
	clear(s.fails)
	clear(s.done)
	at = storage.Mailbox{Account: s.o.Account, UIDValidity: m.validity}
	return at, s.store(ctx, at)
}

// store keeps where to read on.
func (s *IMAP) store(ctx context.Context, at storage.Mailbox) error {
	return s.o.Store.Update(ctx, storage.Actor{Door: "mail"}, func(tx *storage.Tx) error { return tx.SetMailbox(at) })
}

// faultsInRow is how many messages may meet a fault one after the other before the rest is left for
// the next sweep: then it is not the messages.
const faultsInRow = 3

// sweep reads what is above the position. faulty tells that a message has to be tried again.
func (s *IMAP) sweep(ctx context.Context, m *mailbox) (faulty bool, err error) {
	at, err := s.position(ctx, m)
	if err != nil {
		return false, err
	}
	var since time.Time
	if at.LastUID == 0 && s.o.LookBack > 0 {
		since = time.Now().Add(-s.o.LookBack)
	}
	uids, err := m.after(ctx, at.LastUID, since)
	if err != nil {
		return false, err
	}
	if len(uids) == 0 && at.LastUID == 0 && m.uidNext > 1 {
		at.LastUID = m.uidNext - 1 // all that is there is too old
		return false, s.store(ctx, at)
	}
	row := 0
	for _, again := range []bool{false, true} { // what met a fault before waits for the others
		for first := 0; first < len(uids) && row < faultsInRow; first += imapBatch {
			batch := uids[first:min(first+imapBatch, len(uids))]
			if row, err = s.batch(ctx, m, batch, again, row); err != nil {
				return false, err
			}
			if !again {
				if at, err = s.advance(ctx, at, uids); err != nil {
					return false, err
				}
			}
		}
	}
	s.giveUp()
	_, err = s.advance(ctx, at, uids)
	return len(s.fails) > 0 || row >= faultsInRow, err
}

// batch receives some messages: those that were not tried yet, or those that were. row counts the
// faults that followed each other.
func (s *IMAP) batch(ctx context.Context, m *mailbox, uids []uint32, again bool, row int) (int, error) {
	var want []uint32
	for _, uid := range uids {
		if !s.done[uid] && (s.fails[uid] != nil) == again {
			want = append(want, uid)
		}
	}
	if len(want) == 0 {
		return row, nil
	}
	sizes, err := m.sizes(ctx, want)
	if err != nil {
		return row, err
	}
	for _, uid := range want {
		if row >= faultsInRow {
			return row, nil
		}
		size, there := sizes[uid]
		if there && size > s.o.MailBytes {
			s.o.Observe(SourceIMAP, NoAction)
		}
		if !there || size > s.o.MailBytes {
			s.done[uid] = true
			continue
		}
		fault, err := s.message(ctx, m, uid)
		if err != nil {
			return row, err
		}
		if fault {
			row++
		} else {
			row = 0
		}
	}
	return row, nil
}

// message receives one message. fault tells that it has to be tried again.
func (s *IMAP) message(ctx context.Context, m *mailbox, uid uint32) (fault bool, err error) {
	raw, err := m.fetch(ctx, uid, s.o.MailBytes)
	if err != nil {
		return false, err
	}
	processed := false
	if raw != nil {
		processed, err = s.receive(ctx, raw)
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		if err != nil {
			f := s.fails[uid]
			if f == nil {
				f = &failing{}
				s.fails[uid] = f
			}
			f.tries++
			return true, nil
		}
	}
	if processed {
		if err := m.mark(ctx, uid, s.o.moveTo()); errors.Is(err, errNoMark) {
			if !s.told {
				s.told = true
				s.o.Log.Warn("processed messages cannot be marked", "source", SourceIMAP, "account", s.o.Account, "err", err)
			}
		} else if err != nil {
			return false, err
		}
	}
	delete(s.fails, uid)
	s.done[uid] = true
	for _, f := range s.fails {
		f.others = true
	}
	return false, nil
}

// receive hands a message to the receiver for each recipient. processed tells that it was
// a scheduling message.
func (s *IMAP) receive(ctx context.Context, raw []byte) (processed bool, err error) {
	recipients := []string{s.o.Recipient}
	if s.o.Recipient == "" {
		if recipients, err = recipientsOf(ctx, raw, s.o.Whose); err != nil {
			s.o.Log.Warn("a recipient could not be looked up", "source", SourceIMAP, "err", err)
			return false, err
		}
	}
	for _, to := range recipients {
		out, failed := s.o.Take(ctx, Envelope{Recipient: to, Source: SourceIMAP, Choices: s.o.Choices}, raw)
		if failed != nil {
			err = failed
			continue
		}
		processed = processed || out.Method != "" || out.Held != 0 || out.Action != NoAction
	}
	return processed, err
}

// giveUp leaves messages alone that failed too often while others did not: they, and not
// we, are what is wrong.
func (s *IMAP) giveUp() {
	for uid, f := range s.fails {
		if f.tries >= s.o.Tries && f.others {
			s.o.Log.Error("a message is left alone after too many faults", "source", SourceIMAP, "account", s.o.Account,
				"uid", uid, "tries", f.tries)
			s.o.Observe(SourceIMAP, "left")
			delete(s.fails, uid)
			s.done[uid] = true
		}
	}
}

// advance stores the position below which all is done, if that has moved.
func (s *IMAP) advance(ctx context.Context, at storage.Mailbox, uids []uint32) (storage.Mailbox, error) {
	next := at
	for _, uid := range uids {
		if uid <= next.LastUID {
			continue
		}
		if !s.done[uid] {
			break
		}
		next.LastUID = uid
	}
	if next == at {
		return at, nil
	}
	if err := s.store(ctx, next); err != nil {
		return at, fmt.Errorf("store the position: %w", err)
	}
	for uid := range s.done {
		if uid <= next.LastUID {
			delete(s.done, uid)
		}
	}
	return next, nil
}
