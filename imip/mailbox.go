package imip

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-sasl"
)

// The bounds of a conversation with an IMAP server.
const (
	imapStep      = time.Minute      // a command and its answer
	imapIdle      = 25 * time.Minute // an IDLE before it is renewed (RFC 2177: at most 29)
	imapTalkBytes = 16 << 20         // what an answer without a message may have
	imapBatch     = 50               // messages whose sizes are asked for at once
	imapKeyword   = "$iMIPProcessed" // mark on messages that were processed
)

// errFlood is the end of a connection whose server says more than was asked for.
var errFlood = errors.New("the mail server sends too much")

// mailbox is a folder of an IMAP server, open over a connection of its own. No other file
// knows the library. Neither BODYSTRUCTURE nor ENVELOPE is ever asked for, and no message
// is marked as read.
type mailbox struct {
	client   *imapclient.Client
	conn     *meteredConn
	validity uint32
	uidNext  uint32
	flagged  bool          // keywords can be set
	moves    bool          // messages can be moved without touching others
	idles    bool          // IDLE is offered
	news     chan struct{} // the number of messages has changed
}

// openMailbox connects, signs in and selects the folder.
func openMailbox(ctx context.Context, o *IMAPOptions) (*mailbox, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*imapStep)
	defer cancel()
	raw, err := (&net.Dialer{Timeout: imapStep}).DialContext(ctx, "tcp", o.Address)
	if err != nil {
		return nil, err
	}
	m := &mailbox{conn: &meteredConn{Conn: raw}, news: make(chan struct{}, 1)}
	if err := m.step(ctx, func() error { return m.start(o) }); err != nil {
		m.close()
		return nil, err
	}
	if err := m.step(ctx, func() error { return m.choose(o) }); err != nil {
		m.close()
		return nil, fmt.Errorf("open folder %s: %w", o.Folder, err)
	}
	return m, nil
}

// start brings up TLS and signs in. A PREAUTH greeting is nobody's we know.
func (m *mailbox) start(o *IMAPOptions) error {
	opt := &imapclient.Options{TLSConfig: o.tlsConfig(), UnilateralDataHandler: &imapclient.UnilateralDataHandler{
		Mailbox: func(d *imapclient.UnilateralDataMailbox) {
			if d.NumMessages != nil {
				select {
				case m.news <- struct{}{}:
				default:
				}
			}
		},
	}}
	switch o.TLS {
	case "none":
		m.client = imapclient.New(m.conn, opt)
	case "starttls":
		c, err := imapclient.NewStartTLS(m.conn, opt)
		if err != nil {
			return fmt.Errorf("start TLS: %w", err)
		}
		m.client = c
	default:
		t := tls.Client(m.conn, opt.TLSConfig)
		if err := t.Handshake(); err != nil {
			return fmt.Errorf("start TLS: %w", err)
		}
		m.client = imapclient.New(t, opt)
	}
	if err := m.client.WaitGreeting(); err != nil {
		return err
	}
	if m.client.State() != imap.ConnStateNotAuthenticated {
		return errors.New("the server greets as if somebody had signed in")
	}
	err := m.signIn(o)
	var said *imap.Error
	if errors.As(err, &said) {
		return &SignInError{err}
	}
	return err
}

// signIn authenticates; a master user asks for somebody else's mailbox by SASL PLAIN
// (RFC 4616 §2), or as user*master where the server has no AUTH.
func (m *mailbox) signIn(o *IMAPOptions) error {
	plain := m.client.Caps().Has(imap.AuthCap(sasl.Plain))
	if o.Master != "" {
		if !plain {
			return m.client.Login(o.Username+"*"+o.Master, o.Password).Wait()
		}
		return m.client.Authenticate(sasl.NewPlainClient(o.Username, o.Master, o.Password))
	}
	if plain {
		return m.client.Authenticate(sasl.NewPlainClient("", o.Username, o.Password))
	}
	return m.client.Login(o.Username, o.Password).Wait()
}

// SignInError says that the mail server refused name and password.
type SignInError struct{ Err error }

func (e *SignInError) Error() string { return "sign in: " + e.Err.Error() }
func (e *SignInError) Unwrap() error { return e.Err }

// choose selects the folder, and makes the one that processed messages go to.
func (m *mailbox) choose(o *IMAPOptions) error {
	caps := m.client.Caps()
	m.idles = caps.Has(imap.CapIdle)
	m.moves = caps.Has(imap.CapMove) || caps.Has(imap.CapUIDPlus)
	if target := o.moveTo(); target != "" {
		var said *imap.Error
		if err := m.client.Create(target, nil).Wait(); err != nil && !errors.As(err, &said) {
			return err // an *imap.Error mostly says that it is there
		}
	}
	d, err := m.client.Select(o.Folder, nil).Wait()
	if err != nil {
		return err
	}
	m.validity, m.uidNext = d.UIDValidity, uint32(d.UIDNext)
	m.flagged = slices.Contains(d.PermanentFlags, imap.FlagWildcard) ||
		slices.ContainsFunc(d.PermanentFlags, func(f imap.Flag) bool { return strings.EqualFold(string(f), imapKeyword) })
	return nil
}

// step runs a command under the watchdog: a server that does not answer in time, or that
// floods, loses the connection.
func (m *mailbox) step(ctx context.Context, do func() error) error {
	return m.bounded(ctx, imapTalkBytes, do)
}

func (m *mailbox) bounded(ctx context.Context, bytes int64, do func() error) error {
	ctx, cancel := context.WithTimeout(ctx, imapStep)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = m.conn.Close() })
	defer stop()
	m.conn.left.Store(bytes)
	err := do()
	switch {
	case err == nil:
		return nil
	case m.conn.left.Load() <= 0:
		return errFlood
	case ctx.Err() != nil:
		return fmt.Errorf("the mail server does not answer: %w", ctx.Err())
	}
	return err
}

// after gives the messages above a UID in ascending order; since leaves out older ones
// unless it is zero.
func (m *mailbox) after(ctx context.Context, uid uint32, since time.Time) ([]uint32, error) {
	var list []uint32
	err := m.step(ctx, func() error {
		from := imap.UIDSet{imap.UIDRange{Start: imap.UID(uid + 1), Stop: 0}}
		d, err := m.client.UIDSearch(&imap.SearchCriteria{UID: []imap.UIDSet{from}, Since: since}, nil).Wait()
		if err != nil {
			return fmt.Errorf("search: %w", err)
		}
		for _, n := range d.AllUIDs() {
			if uint32(n) > uid { // the last message is in n:* whatever n is
				list = append(list, uint32(n))
			}
		}
		return nil
	})
	slices.Sort(list)
	return slices.Compact(list), err
}

// sizes gives the sizes of messages; those that are gone are left out.
func (m *mailbox) sizes(ctx context.Context, uids []uint32) (map[uint32]int64, error) {
	sizes := make(map[uint32]int64, len(uids))
	err := m.step(ctx, func() error {
		list, err := m.client.Fetch(setOf(uids...), &imap.FetchOptions{UID: true, RFC822Size: true}).Collect()
		for _, b := range list {
			sizes[uint32(b.UID)] = b.RFC822Size
		}
		return err
	})
	return sizes, err
}

// fetch gives a message without marking it as read; nil if it is gone.
func (m *mailbox) fetch(ctx context.Context, uid uint32, limit int64) ([]byte, error) {
	var raw []byte
	err := m.bounded(ctx, imapTalkBytes+2*limit, func() error {
		section := &imap.FetchItemBodySection{Peek: true}
		cmd := m.client.Fetch(setOf(uid), &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{section}})
		for msg := cmd.Next(); msg != nil; msg = cmd.Next() {
			for item := msg.Next(); item != nil; item = msg.Next() {
				body, ok := item.(imapclient.FetchItemDataBodySection)
				if !ok || body.Literal == nil {
					continue
				}
				data, err := io.ReadAll(io.LimitReader(body.Literal, limit+1))
				if err != nil {
					return err
				}
				raw = data
			}
		}
		return cmd.Close()
	})
	return raw, err
}

// errNoMark says that the server has no way to mark or move; it is no reason to read the
// message again.
var errNoMark = errors.New("the mailbox takes no mark")

// mark puts the keyword on a message, or moves it to a folder if one is named.
func (m *mailbox) mark(ctx context.Context, uid uint32, folder string) error {
	if folder != "" && !m.moves || folder == "" && !m.flagged {
		return errNoMark
	}
	err := m.step(ctx, func() error {
		if folder != "" {
			_, err := m.client.Move(setOf(uid), folder).Wait()
			return err
		}
		return m.client.Store(setOf(uid), &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imapKeyword}}, nil).Close()
	})
	var said *imap.Error
	if errors.As(err, &said) {
		return fmt.Errorf("%w: %w", errNoMark, err)
	}
	return err
}

// wait returns when there may be news, at the latest after limit: by IDLE where the server
// has it (RFC 2177), else by asking then.
func (m *mailbox) wait(ctx context.Context, limit time.Duration) error {
	limit = min(limit, imapIdle)
	select {
	case <-m.news:
		return nil
	default:
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	var idle *imapclient.IdleCommand
	if m.idles {
		err := m.step(ctx, func() (err error) {
			idle, err = m.client.Idle()
			return err
		})
		var said *imap.Error
		if errors.As(err, &said) {
			m.idles = false // offered, and refused: ask from now on
			return nil
		}
		if err != nil {
			return fmt.Errorf("idle: %w", err)
		}
	}
	select {
	case <-m.news:
	case <-timer.C:
	case <-ctx.Done():
		return ctx.Err()
	case <-m.client.Closed():
		return errors.New("the mail server closed the connection")
	}
	return m.step(ctx, func() error {
		if idle == nil {
			return m.client.Noop().Wait()
		}
		if err := idle.Close(); err != nil {
			return err
		}
		return idle.Wait()
	})
}

// close ends the connection. A server that is told nothing loses nothing.
func (m *mailbox) close() {
	_ = m.conn.Close()
	if m.client != nil {
		_ = m.client.Close()
	}
}

func setOf(uids ...uint32) imap.UIDSet {
	var set imap.UIDSet
	for _, u := range uids {
		set.AddNum(imap.UID(u))
	}
	return set
}

// meteredConn reads no more than it is allowed: the library gathers literals of any size.
type meteredConn struct {
	net.Conn
	left atomic.Int64
}

func (c *meteredConn) Read(p []byte) (int, error) {
	if c.left.Load() <= 0 {
		return 0, errFlood
	}
	n, err := c.Conn.Read(p)
	c.left.Add(-int64(n))
	return n, err
}
