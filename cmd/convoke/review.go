package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"

	"convoke/imip"
	"convoke/storage"
)

// reviewCommands are about messages that came by mail and were held.
type reviewCommands struct {
	List   reviewList   `cmd:"" help:"List messages that came by mail and wait for a decision."`
	Show   reviewShow   `cmd:"" help:"Show one message: what was believed, why it waits, and its calendar."`
	Accept reviewAccept `cmd:"" help:"Apply a message: put the invitation into the calendar, take the answer, invite who answered, or make the proposed change."`
	Reject reviewReject `cmd:"" help:"Drop a message; nobody is told, except who proposed a change."`
}

// heldView is a held message as commands show it.
type heldView struct {
	ID        int64           `json:"id"`
	At        time.Time       `json:"at"`
	User      string          `json:"user"`
	Recipient string          `json:"recipient"`
	From      string          `json:"from"`
	Method    string          `json:"method"`
	Kind      string          `json:"kind"` // message, guest or counter
	UID       string          `json:"uid"`
	Summary   string          `json:"summary,omitempty"`
	Reason    string          `json:"reason"`
	MessageID string          `json:"message_id,omitempty"`
	Decision  json.RawMessage `json:"decision,omitempty"`
	Calendar  string          `json:"calendar,omitempty"`
}

// heldWish is what is to become of a held message.
type heldWish struct {
	ID    int64 `json:"id"`
	Trust bool  `json:"trust_sender,omitempty"`
}

type reviewList struct {
	User string `arg:"" optional:"" help:"Of this person alone."`
	jsonFlag
}

func (c *reviewList) Run(ctx context.Context, g *globals) error {
	return withDesk(ctx, g, func(d desk) error {
		var list []heldView
		if err := d.do(ctx, "held", named{Name: c.User}, &list); err != nil {
			return err
		}
		if len(list) == 0 && !c.JSON {
			fmt.Fprintln(g.errout, "No message waits for a decision.")
		}
		return c.listing(g.out, list, "ID\tWHEN\tFOR\tFROM\tMETHOD\tWHAT\tWHY", func(w io.Writer) {
			for _, h := range list {
				fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\t%s\n", h.ID, h.At.Local().Format(time.DateTime), h.User, printable(h.From), h.Method, printable(h.Summary), printable(h.Reason))
			}
		})
	})
}

type reviewShow struct {
	ID int64 `arg:"" help:"The message's number."`
	jsonFlag
}

func (c *reviewShow) Run(ctx context.Context, g *globals) error {
	return withDesk(ctx, g, func(d desk) error {
		var h heldView
		if err := d.do(ctx, "held-one", heldWish{ID: c.ID}, &h); err != nil {
			return err
		}
		return c.listing(g.out, h, "", func(w io.Writer) {
			var decision struct{ Believed, Row string }
			_ = json.Unmarshal(h.Decision, &decision) // what is missing stays empty
			for _, line := range [][2]string{
				{"for", h.User + " (" + h.Recipient + ")"}, {"from", h.From}, {"came", h.At.Local().Format(time.DateTime)}, {"message", h.MessageID},
				{"method", h.Method}, {"uid", h.UID}, {"what", h.Summary}, {"why it waits", h.Reason}, {"believed", decision.Believed}, {"rule", decision.Row},
				{"accepting", acceptingDoes[h.Kind]},
			} {
				fmt.Fprintf(w, "%s\t%s\n", line[0], printable(line[1]))
			}
			fmt.Fprintln(w)
			for line := range strings.Lines(h.Calendar) {
				fmt.Fprintln(w, printable(strings.TrimRight(line, "\r\n")))
			}
		})
	})
}

// printable is a text of somebody outside on one line, without what would steer a terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return ' '
		}
		return r
	}, s)
}

// acceptingDoes says what accepting a kind does.
var acceptingDoes = map[string]string{
	"message": "applies it", "guest": "invites the sender and takes the answer", "counter": "changes the event as proposed, and tells all who are invited",
}

type reviewAccept struct {
	ID          int64 `arg:"" help:"The message's number."`
	TrustSender bool  `help:"Believe from now on that this person knows the sender."`
	jsonFlag
}

func (c *reviewAccept) Run(ctx context.Context, g *globals) error {
	return withDesk(ctx, g, func(d desk) error {
		var out imip.Outcome
		if err := d.do(ctx, "accept", heldWish{c.ID, c.TrustSender}, &out); err != nil {
			return err
		}
		return c.listing(g.out, out, "", func(w io.Writer) { fmt.Fprintf(w, "Accepted %d: %s.\n", c.ID, out.Action) })
	})
}

type reviewReject struct {
	ID int64 `arg:"" help:"The message's number."`
	jsonFlag
}

func (c *reviewReject) Run(ctx context.Context, g *globals) error {
	return withDesk(ctx, g, func(d desk) error {
		if err := d.do(ctx, "reject", heldWish{ID: c.ID}, nil); err != nil {
			return err
		}
		return c.listing(g.out, heldWish{ID: c.ID}, "", func(w io.Writer) { fmt.Fprintf(w, "Rejected %d.\n", c.ID) })
	})
}

// heldOf makes the view of a held message.
func (h *house) heldOf(ctx context.Context, m *storage.Held) (heldView, error) {
	v := heldView{
		ID: m.ID, At: m.At, Recipient: m.Recipient, From: m.Sender, Method: m.Method, Kind: m.Kind, UID: m.UID,
		Summary: m.Summary, Reason: m.Reason, MessageID: m.MessageID,
	}
	p, err := h.store.Principal(ctx, m.PrincipalID)
	if err != nil {
		return v, err
	}
	v.User = p.Name
	return v, nil
}

func listHeld(ctx context.Context, h *house, n named) ([]heldView, error) {
	var of int64
	if n.Name != "" {
		p, err := h.get(ctx, n)
		if err != nil {
			return nil, err
		}
		of = p.ID
	}
	all, err := h.store.HeldMessages(ctx, of)
	if err != nil {
		return nil, err
	}
	list := []heldView{}
	for i := range all {
		v, err := h.heldOf(ctx, &all[i])
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

func showHeld(ctx context.Context, h *house, w heldWish) (heldView, error) {
	m, err := h.store.HeldMessage(ctx, w.ID)
	if err != nil {
		return heldView{}, heldError(w.ID, err)
	}
	v, err := h.heldOf(ctx, &m)
	v.Decision, v.Calendar = m.Decision, string(m.Data)
	return v, err
}

func acceptHeld(ctx context.Context, h *house, w heldWish) (imip.Outcome, error) {
	out, err := h.mails().Accept(ctx, by(ctx), w.ID, w.Trust)
	return out, heldError(w.ID, err)
}

func rejectHeld(ctx context.Context, h *house, w heldWish) (none, error) {
	return none{}, heldError(w.ID, h.mails().Reject(ctx, by(ctx), w.ID))
}

// heldError makes a sentence of what goes wrong with a held message.
func heldError(id int64, err error) error {
	switch {
	case errors.Is(err, storage.ErrNotFound):
		return missingf("no message %s waits", strconv.FormatInt(id, 10))
	case errors.Is(err, imip.ErrStale):
		return refusef("message %d was dropped: %v", id, err)
	}
	return err
}
