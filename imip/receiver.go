package imip

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"
)

// Receiver decides what becomes of one mail for one recipient, and commits it before it
// returns. An error is a fault of ours: the same mail has to come again, which is harmless.
// Intake is the one that counts; tests have others.
type Receiver interface {
	Receive(ctx context.Context, e Envelope, raw []byte) (Outcome, error)
}

// receiveTime is how long one mail may take for one recipient.
const receiveTime = time.Minute

// Whose tells to whom an address belongs.
type Whose int

// What an address may be.
const (
	Nobodys  Whose = iota // nobody here
	Ours                  // a person, room or group of this server
	Gateways              // where answers to the gateway itself come: bounces (RFC 3464)
)

// Way is what the sources of mail have in common.
type Way struct {
	Receiver Receiver
	// Whose tells whether mail to an address is ours to take. An error is a fault of ours.
	Whose func(ctx context.Context, address string) (Whose, error)
	// Choices are those of all mail that comes by LMTP and IMAP.
	Choices Choices
	// MailBytes is the size up to which a mail is looked at; a larger one is left alone.
	MailBytes int64
	Log       *slog.Logger // nil: nothing is logged
	// Observe counts: a mail of a source, and the Action of its outcome or "fault". Nil: nobody does.
	Observe func(source, action string)
}

// withDefaults fills in what was left out.
func (w Way) withDefaults() Way {
	if w.Log == nil {
		w.Log = slog.New(slog.DiscardHandler)
	}
	if w.Observe == nil {
		w.Observe = func(string, string) {}
	}
	if w.MailBytes <= 0 {
		w.MailBytes = 25 << 20
	}
	return w
}

// Take hands a mail to the receiver, counts and logs it. A panic is a fault as any other:
// one mail must not end the service of all.
func (w Way) Take(ctx context.Context, e Envelope, raw []byte) (out Outcome, err error) {
	w = w.withDefaults()
	ctx, cancel := context.WithTimeout(ctx, receiveTime)
	defer cancel()
	began := time.Now()
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("receive mail: panic: %v", v)
			w.Log.Error("mail met a panic", "source", e.Source, "panic", v, "stack", string(debug.Stack()))
		}
		action := out.Action
		if err != nil {
			action = "fault"
			w.Log.Warn("mail could not be received, and has to come again", "source", e.Source, "err", err)
		} else if out.Method != "" || out.Held != 0 {
			w.Log.Info("mail", "source", e.Source, "action", out.Action, "method", out.Method, "held", out.Held, "took", time.Since(began))
		}
		w.Observe(e.Source, action)
	}()
	if int64(len(raw)) > w.MailBytes {
		return Outcome{Action: NoAction, Reason: "the message is too large"}, nil
	}
	return w.Receiver.Receive(ctx, e, raw)
}
