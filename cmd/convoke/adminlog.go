package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"convoke/storage"
)

// logWish asks for a page of what only grows, newest first.
type logWish struct {
	Name   string `json:"name,omitempty"` // by or about this person alone
	UID    string `json:"uid,omitempty"`  // of this event alone
	Before int64  `json:"before,omitempty"`
	Limit  int    `json:"limit,omitempty"`
}

// logPage is one; Next is the Before of the page that follows, 0 if none does. A page may be short, or empty, and be
// followed by more.
type logPage[T any] struct {
	Items []T   `json:"items"`
	Next  int64 `json:"next,omitempty"`
}

// page is what a wish means to storage.
func (h *house) page(ctx context.Context, w logWish) (storage.Page, error) {
	p := storage.Page{UID: w.UID, Before: w.Before, Limit: pageOf(w.Limit)}
	if w.Name != "" {
		who, err := h.get(ctx, named{Name: w.Name})
		if err != nil {
			return p, err
		}
		p.PrincipalID = who.ID
	}
	return p, nil
}

// who names principals by their ids, each looked up once.
type who struct {
	h     *house
	names map[int64]string
}

func (h *house) who() *who { return &who{h, map[int64]string{0: ""}} }

func (w *who) name(ctx context.Context, id int64) (string, error) {
	if name, ok := w.names[id]; ok {
		return name, nil
	}
	p, err := w.h.store.Principal(ctx, id)
	switch {
	case err == nil:
		w.names[id] = p.Name
	case errors.Is(err, storage.ErrNotFound):
		w.names[id] = "somebody removed since"
	default:
		return "", err
	}
	return w.names[id], nil
}

// auditLine is a line of the journal.
type auditLine struct {
	ID    int64  `json:"id"`
	About string `json:"about,omitempty"` // whom, where that is somebody else
	UID   string `json:"uid,omitempty"`
	step
}

func pageJournal(ctx context.Context, h *house, w logWish) (logPage[auditLine], error) {
	page := logPage[auditLine]{Items: []auditLine{}}
	p, err := h.page(ctx, w)
	if err != nil {
		return page, err
	}
	list, next, err := h.store.JournalPage(ctx, p)
	if err != nil {
		return page, err
	}
	page.Next = next
	names := h.who()
	for _, e := range list {
		line := auditLine{ID: e.ID, UID: e.UID, step: step{At: e.At, Door: e.Door, Agent: e.Agent, What: e.What, Detail: e.Detail}}
		if line.Who, err = names.name(ctx, e.PrincipalID); err != nil {
			return page, err
		}
		if e.SubjectID != e.PrincipalID {
			if line.About, err = names.name(ctx, e.SubjectID); err != nil {
				return page, err
			}
		}
		page.Items = append(page.Items, line)
	}
	return page, nil
}

// mailIn is a mail that came in, for one recipient.
type mailIn struct {
	ID        int64     `json:"id"`
	At        time.Time `json:"at"`
	User      string    `json:"user"`
	From      string    `json:"from"`
	Method    string    `json:"method,omitempty"`
	UID       string    `json:"uid,omitempty"`
	Action    string    `json:"action"` // apply, hold, ignore or failed
	Reason    string    `json:"reason,omitempty"`
	Believed  string    `json:"believed,omitempty"`
	MessageID string    `json:"message_id,omitempty"`
}

func pageMailIn(ctx context.Context, h *house, w logWish) (logPage[mailIn], error) {
	page := logPage[mailIn]{Items: []mailIn{}}
	p, err := h.page(ctx, w)
	if err != nil {
		return page, err
	}
	list, next, err := h.store.ReceivedPage(ctx, p)
	if err != nil {
		return page, err
	}
	page.Next = next
	names := h.who()
	for _, r := range list {
		m := mailIn{ID: r.ID, At: r.At, From: r.Sender, Method: r.Method, UID: r.UID, Action: r.Action, Reason: r.Reason, Believed: r.Believed, MessageID: r.MessageID}
		if m.User, err = names.name(ctx, r.PrincipalID); err != nil {
			return page, err
		}
		page.Items = append(page.Items, m)
	}
	return page, nil
}

func pageMailOut(ctx context.Context, h *house, w logWish) (logPage[queued], error) {
	page := logPage[queued]{Items: []queued{}}
	p, err := h.page(ctx, w)
	if err != nil {
		return page, err
	}
	list, next, err := h.store.OutboundPage(ctx, p)
	page.Next = next
	for i := range list {
		page.Items = append(page.Items, queuedOf(&list[i]))
	}
	return page, err
}

// queuedOf is a row of the queue for people.
func queuedOf(r *storage.Outbound) queued {
	q := queued{
		ID: r.ID, State: r.State, Method: r.Method, UID: r.UID, Instance: r.Instance, MessageID: r.MessageID, Attempts: r.Attempts,
		From: strings.TrimPrefix(r.Sender, "mailto:"), To: strings.TrimPrefix(r.Recipient, "mailto:"), Created: r.Created, Settled: r.Settled, Status: r.Status,
	}
	if r.State == storage.OutboundWaiting {
		q.Next = r.Next
	}
	return q
}

// sessionView is a browser that is signed in.
type sessionView struct {
	ID      int64     `json:"id"`
	User    string    `json:"user"`
	Agent   string    `json:"agent"`
	Kept    bool      `json:"kept"` // it lasts as long as it is used
	Created time.Time `json:"created"`
	Seen    time.Time `json:"seen"`
	Expires time.Time `json:"expires"`
}

// listSessions are those of a person, or of all, that have not expired: by name, those used last first.
func listSessions(ctx context.Context, h *house, n named) ([]sessionView, error) {
	all, err := h.store.Principals(ctx)
	if n.Name != "" {
		var one *storage.Principal
		one, err = h.get(ctx, n)
		all = []*storage.Principal{one}
	}
	if err != nil {
		return nil, err
	}
	list := []sessionView{}
	for _, p := range all {
		kept, err := h.store.WebSessions(ctx, p.ID)
		if err != nil {
			return nil, err
		}
		for _, s := range kept {
			if s.Expires.After(h.store.Now()) {
				list = append(list, sessionView{s.ID, p.Name, s.Agent, s.Kept, s.Created, s.Seen, s.Expires})
			}
		}
	}
	return list, nil
}

// numbered names something by its number.
type numbered struct {
	ID int64 `json:"id"`
}

// endSession signs a browser out.
func endSession(ctx context.Context, h *house, n numbered) (none, error) {
	s, err := h.store.WebSession(ctx, n.ID)
	if err == nil {
		err = h.store.Update(ctx, by(ctx), func(tx *storage.Tx) error {
			p, err := tx.Principal(ctx, s.PrincipalID)
			if err != nil {
				return err
			}
			if err := writeDown(tx, p, "session", "ended"); err != nil {
				return err
			}
			return tx.RemoveWebSession(p.ID, s.ID)
		})
	}
	if errors.Is(err, storage.ErrNotFound) {
		return none{}, missingf("this browser is not signed in any more")
	}
	return none{}, err
}
