package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode"

	"convoke/imip"
	"convoke/internal/vcard"
	"convoke/storage"
)

// deliverCommand takes one mail on standard input, for a pipe or Sieve. It does what
// RFC 9671 says of processcalendar, and answers `outcome=WORD reason=TEXT`.
type deliverCommand struct {
	To              string        `help:"Recipient; else $$RECIPIENT, $$ORIG_RECIPIENT or $$USER." placeholder:"ADDRESS"`
	From            *string       `help:"Sender of the envelope, <> or nothing for none (RFC 5321 §4.5.5); else $$SENDER." placeholder:"ADDRESS"`
	Address         []string      `help:"Further address of the recipient; repeatable." placeholder:"ADDRESS" sep:"none"`
	AllowPublic     bool          `help:"Take what invites nobody: PUBLISH and plain iCalendar." aliases:"allowpublic"`
	UpdatesOnly     bool          `help:"Never make a new event." aliases:"updatesonly"`
	Calendar        string        `help:"Calendar for new events, as it is called in its address; else the default one." placeholder:"ID" aliases:"calendarid"`
	DeleteCancelled bool          `help:"Remove what was cancelled instead of marking it." aliases:"deletecancelled,delete-canceled,deletecanceled"`
	Organizers      string        `help:"Take messages of these organizers alone: addresses and @domains with commas, addressbook, group:NAME or file:PATH." placeholder:"LIST"`
	Outcome         bool          `hidden:""` // always told
	Reason          bool          `hidden:"" aliases:"errstr"`
	Deadline        time.Duration `help:"How long the server may take before the mail is left for later." default:"2s"`
}

// deliverArgs are what the task takes.
type deliverArgs struct {
	imip.Envelope
	Raw []byte
}

// deliverAnswer is what it gives.
type deliverAnswer struct{ Action, Reason string }

// tempFail is a failure after which the mail is still with whoever gave it: EX_TEMPFAIL.
type tempFail struct{ error }

const exTempFail = 75

func (c *deliverCommand) Run(ctx context.Context, g *globals) error {
	if c.UpdatesOnly && c.Calendar != "" {
		return usage("--updates-only makes no event, so --calendar has nothing to say (RFC 9671 §4.3)")
	}
	late := time.Now().Add(c.Deadline)
	args, err := c.arguments(g)
	if err != nil {
		return err
	}
	raw, err := readAll(g.in, maxMailBytes)
	if err != nil {
		return tempFail{fmt.Errorf("read the message: %w", err)}
	}
	args.Raw = raw
	switch {
	case args.Recipient == "":
		return tell(g.out, deliverAnswer{imip.NoAction, "no recipient is named"})
	case len(raw) > maxMailBytes:
		return tell(g.out, deliverAnswer{imip.NoAction, "the message is too large"})
	case len(bytes.TrimSpace(raw)) == 0:
		return tell(g.out, deliverAnswer{imip.NoAction, "the message is empty"})
	}
	ctx, cancel := context.WithDeadline(ctx, late)
	defer cancel()
	got, err := deliverNow(ctx, g, args)
	var no *refused
	if errors.As(err, &no) {
		return tell(g.out, deliverAnswer{imip.Failed, sentence(err)})
	}
	if err == nil {
		return tell(g.out, got)
	}
	// The server is slow, away or in trouble: the mail waits on disk, and its sender need not.
	if _, gone := os.Stat(g.Data); gone != nil {
		return tempFail{gone}
	}
	if kept := spoolOf(g.Data).put(args.Envelope, raw); kept != nil {
		return tempFail{fmt.Errorf("the message can be kept neither there (%w) nor in the spool: %w", err, kept)}
	}
	return tell(g.out, deliverAnswer{imip.NoAction, "queued"})
}

// readAll reads a message to its end, so that its sender meets no broken pipe, and keeps at most one byte more than
// the limit.
func readAll(r io.Reader, limit int64) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, err
	}
	_, err = io.Copy(io.Discard, r)
	return raw, err
}

// sender is the sender of the envelope as the flag or the environment names it; what they leave empty is the null
// sender, and "" is that nobody says.
func (c *deliverCommand) sender(g *globals) string {
	said := func(s string) string { return cmp.Or(s, "<>") }
	if c.From != nil {
		return said(*c.From)
	}
	for _, entry := range g.environ {
		if value, ok := strings.CutPrefix(entry, "SENDER="); ok {
			return said(value)
		}
	}
	return ""
}

// arguments are those of the flags, else of the environment as Pigeonhole and Postfix set it.
func (c *deliverCommand) arguments(g *globals) (*deliverArgs, error) {
	env := func(names ...string) string {
		for _, name := range names {
			for _, entry := range g.environ {
				if value, ok := strings.CutPrefix(entry, name+"="); ok && value != "" {
					return value
				}
			}
		}
		return ""
	}
	a := &deliverArgs{Envelope: imip.Envelope{Recipient: c.To, Sender: c.sender(g), Source: imip.SourceDeliver, Choices: imip.Choices{
		AllowPublic: c.AllowPublic, Addresses: c.Address, UpdatesOnly: c.UpdatesOnly, Calendar: c.Calendar, DeleteCancelled: c.DeleteCancelled,
	}}}
	if a.Recipient == "" {
		a.Recipient = env("RECIPIENT", "ORIG_RECIPIENT", "ORIGINAL_RECIPIENT", "USER")
	}
	// What the mail was sent to before it was rewritten is an address of the recipient too.
	if before := env("ORIG_RECIPIENT", "ORIGINAL_RECIPIENT"); before != "" && before != a.Recipient {
		a.Addresses = append(slices.Clone(a.Addresses), before)
	}
	switch file, isFile := strings.CutPrefix(c.Organizers, "file:"); {
	case isFile:
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("read the organizers: %w", err)
		}
		a.Organizers = append([]string{}, strings.Fields(string(text))...)
	case c.Organizers == "addressbook", c.Organizers == addressBookURN, strings.HasPrefix(c.Organizers, "group:"):
		a.Organizers = []string{listPrefix + c.Organizers}
	case c.Organizers != "":
		a.Organizers = strings.FieldsFunc(c.Organizers, func(r rune) bool { return r == ',' || unicode.IsSpace(r) })
	}
	return a, nil
}

// addressBookURN is what Sieve calls the recipient's address book.
const addressBookURN = "urn:ietf:params:sieve:addrbook:default"

// tell gives the outcome on one line. Exit status 0: the mail is taken care of.
func tell(w io.Writer, a deliverAnswer) error {
	reason := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(a.Reason, "?"))
	if len(reason) > 200 {
		reason = strings.ToValidUTF8(reason[:200], "")
	}
	_, err := fmt.Fprintf(w, "outcome=%s reason=%s\n", a.Action, reason)
	return err
}

// deliverNow has the mail received by the running server, or here if none runs. It gives up when
// ctx ends, whatever is under way then: the same mail may come again.
func deliverNow(ctx context.Context, g *globals, args *deliverArgs) (deliverAnswer, error) {
	type result struct {
		deliverAnswer
		err error
	}
	done := make(chan result, 1)
	go func() {
		var r result
		r.err = func() error {
			remote := &remoteDesk{path: filepath.Join(g.Data, socketName)}
			if remote.answers(ctx) {
				return remote.do(ctx, "deliver", args, &r.deliverAnswer)
			}
			d, err := openDesk(ctx, g)
			if err != nil {
				var no *refused
				if errors.As(err, &no) {
					err = errors.New(no.sentence) // not a refusal of the mail
				}
				return err
			}
			defer d.Close()
			if err := d.do(ctx, "deliver", args, &r.deliverAnswer); err != nil {
				return err
			}
			if here, ok := d.(*localDesk); ok { // what others left because this one had the store
				spoolOf(g.Data).round(ctx, here.way(), map[string]*spoolFail{})
			}
			return nil
		}()
		done <- r
	}()
	select {
	case r := <-done:
		return r.deliverAnswer, r.err
	case <-ctx.Done():
		return deliverAnswer{}, ctx.Err()
	}
}

// deliverTask is the task behind it.
func deliverTask(ctx context.Context, h *house, a deliverArgs) (deliverAnswer, error) {
	out, err := h.way().Take(ctx, a.Envelope, a.Raw)
	return deliverAnswer{out.Action, out.Reason}, err
}

// listPrefix marks a list of organizers that is looked up when the mail is received.
const listPrefix = "list:"

// lookingUp is a Receiver that knows what lists of organizers hold.
type lookingUp struct {
	h    *house
	next imip.Receiver
}

// Receive is imip.Receiver's.
func (l lookingUp) Receive(ctx context.Context, e imip.Envelope, raw []byte) (imip.Outcome, error) {
	if e.Organizers != nil {
		known := []string{}
		for _, o := range e.Organizers {
			name, ok := strings.CutPrefix(o, listPrefix)
			if !ok {
				known = append(known, o)
				continue
			}
			list, err := l.h.organizers(ctx, e.Recipient, name)
			if err != nil {
				return imip.Outcome{}, err
			}
			known = append(known, list...)
		}
		e.Organizers = known
	}
	return l.next.Receive(ctx, e, raw)
}

// organizers are the addresses of a group, or of the recipient's address books.
func (h *house) organizers(ctx context.Context, recipient, list string) ([]string, error) {
	if name, ok := strings.CutPrefix(list, "group:"); ok {
		return h.membersOf(ctx, name)
	}
	p, err := h.recipient(ctx, recipient)
	if errors.Is(err, storage.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	books, err := h.store.CollectionsOf(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	var found []string
	for _, c := range books {
		if c.Kind != storage.KindAddressBook {
			continue
		}
		l, err := h.store.Listing(ctx, c.ID)
		if err != nil {
			return nil, err
		}
		for m := range l.All() {
			if found, err = h.addressesOf(ctx, found, m); err != nil {
				return nil, err
			}
		}
	}
	return found, nil
}

// addressesOf appends the mail addresses of a card; one that is gone or broken has none.
func (h *house) addressesOf(ctx context.Context, found []string, m *storage.Member) ([]string, error) {
	o, err := h.store.ObjectOf(ctx, m)
	if errors.Is(err, storage.ErrNotFound) {
		return found, nil
	}
	if err != nil {
		return nil, err
	}
	card, err := vcard.Parse(o.Data)
	if err != nil {
		return found, nil
	}
	return append(found, card.Emails()...), nil
}

// membersOf are the addresses of a group's members; none if there is no such group.
func (h *house) membersOf(ctx context.Context, name string) ([]string, error) {
	p, err := h.get(ctx, named{Name: name, Kind: storage.KindGroup})
	var no *refused
	if errors.As(err, &no) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	ids, err := h.store.GroupMembers(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	var found []string
	for _, id := range ids {
		m, err := h.store.Principal(ctx, id)
		if errors.Is(err, storage.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, a := range m.Addresses {
			found = append(found, strings.TrimPrefix(a, "mailto:"))
		}
	}
	return found, nil
}
