package scheduling

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"convoke/internal/icalendar"
	"convoke/scheduling/itip"
	"convoke/storage"
)

// Guest is somebody outside who was invited by mail, and the meeting that is meant. The mail gives them a secret address,
// whose token says just this, sealed under a key of the store: nothing is kept for it, and it is the same in each mail.
type Guest struct {
	Organizer int64  // principal
	UID       string // of the meeting
	Address   string // calendar user address by which it names the guest
}

// The bounds of a token.
const (
	maxGuestBytes = 600 // of what is sealed; longer UIDs get no link
	maxTokenBytes = 1024
)

// GuestToken seals a guest for a URL; "" if it would be too long for one.
func (s *Service) GuestToken(g Guest) string {
	data := binary.AppendUvarint(nil, uint64(g.Organizer))
	data = binary.AppendUvarint(data, uint64(len(g.Address)))
	data = append(append(data, g.Address...), g.UID...)
	if len(data) > maxGuestBytes {
		return ""
	}
	nonce := s.guestNonce(data)
	return base64.RawURLEncoding.EncodeToString(s.guestSeal().Seal(nonce, nonce, data, nil))
}

// ReadGuest opens a token; false if it is none of ours.
func (s *Service) ReadGuest(token string) (Guest, bool) {
	seal := s.guestSeal()
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(token) > maxTokenBytes || len(raw) < seal.NonceSize() || base64.RawURLEncoding.EncodeToString(raw) != token {
		return Guest{}, false
	}
	nonce := raw[:seal.NonceSize()]
	data, err := seal.Open(nil, nonce, raw[seal.NonceSize():], nil)
	if err != nil || !bytes.Equal(s.guestNonce(data), nonce) {
		return Guest{}, false
	}
	organizer, n := binary.Uvarint(data)
	if n <= 0 {
		return Guest{}, false
	}
	data = data[n:]
	size, n := binary.Uvarint(data)
	if n <= 0 || size > uint64(len(data)-n) {
		return Guest{}, false
	}
	data = data[n:]
	return Guest{int64(organizer), string(data[size:]), string(data[:size])}, true
}

// guestNonce is made of what is sealed, so that the same gives the same and no two share one.
func (s *Service) guestNonce(data []byte) []byte {
	h := hmac.New(sha256.New, s.store.Key("guest nonce"))
	h.Write(data)
	return h.Sum(nil)[:12]
}

func (s *Service) guestSeal() cipher.AEAD {
	block, err := aes.NewCipher(s.store.Key("guest"))
	if err != nil {
		panic(err) // 32 bytes are a key
	}
	seal, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return seal
}

// Invitation is what a guest is invited to, as it stands.
type Invitation struct {
	Guest
	Object    *icalendar.Object // what of the meeting names the guest; frozen
	Organizer *storage.Principal
	Name      string // of the guest; "" is unknown
	PartStat  string // upper case, of the series or else of the first instance
}

// Invitation gives what a guest is invited to. storage.ErrNotFound: the meeting is gone, or names the guest no more.
func (s *Service) Invitation(ctx context.Context, g Guest) (*Invitation, error) {
	p, err := s.store.Principal(ctx, g.Organizer)
	if err != nil {
		return nil, err
	}
	copies, err := s.store.FindUID(ctx, p.ID, g.UID)
	if err != nil {
		return nil, err
	}
	for _, stored := range copies {
		if stored.Role != string(itip.Organizer) {
			continue
		}
		o, err := parsed(stored)
		if err != nil {
			return nil, err
		}
		world := s.world(ctx, s.store, p)
		m := itip.Present(o, world, itip.Normalize(g.Address))
		if m == nil {
			return nil, storage.ErrNotFound
		}
		v := &Invitation{Guest: g, Object: m.Object, Organizer: p}
		for c := range m.Object.Parts() {
			if q := v.attendee(c); q != nil {
				v.Name, v.PartStat = q.Param("CN"), itip.PartStat(q)
				break
			}
		}
		return v, nil
	}
	return nil, storage.ErrNotFound
}

// attendee is the guest in a component.
func (v *Invitation) attendee(c *icalendar.Component) *icalendar.Property {
	for q := range c.All("ATTENDEE") {
		if itip.Normalize(q.Value) == itip.Normalize(v.Address) {
			return q
		}
	}
	return nil
}

// errAnswer is a fault of the caller.
var errAnswer = errors.New("no answer that a guest can give")

// Answer takes what a guest says, ACCEPTED, TENTATIVE or DECLINED, as a REPLY from them (RFC 5546 §3.2.3): who has the
// token was given it in the mail to that address. The comment may be empty.
func (s *Service) Answer(ctx context.Context, v *Invitation, actor storage.Actor, partstat, comment string) (*Outcome, error) {
	if !slices.Contains([]string{itip.Accepted, itip.Tentative, itip.Declined}, partstat) {
		return nil, errAnswer
	}
	o := v.reply(s.now().Format("20060102T150405Z"), partstat, comment)
	world := s.world(ctx, s.store, v.Organizer)
	m, err := itip.Read(o, itip.Normalize(v.Address), world.Self[0])
	if err != nil {
		return nil, fmt.Errorf("make the reply of a guest: %w", err)
	}
	m.Direct = true
	var got *Outcome
	err = s.store.Update(ctx, actor, func(tx *storage.Tx) error {
		if got, err = s.Receive(ctx, tx, actor, &Arrival{Recipient: v.Organizer, Message: m}, Decision{Apply: true, Reason: "answered at the address in the invitation"}); err != nil {
			return err
		}
		return tx.Journal(storage.Entry{UID: v.UID, PrincipalID: v.Organizer.ID, Door: actor.Door, RequestID: actor.RequestID, What: "guest",
			Detail: fmt.Sprintf("%s by %s: %s", partstat, v.Address, got.Reason)})
	})
	return got, err
}

// reply makes the message.
func (v *Invitation) reply(stamp, partstat, comment string) *icalendar.Object {
	o := icalendar.New("-//Convoke//Convoke//EN")
	o.Calendar.Set("METHOD", string(itip.Reply))
	for _, k := range v.Object.Calendar.Children {
		if k.Name == icalendar.TimeZone {
			o.Calendar.AddChild(k.Clone())
			continue
		}
		me := v.attendee(k)
		if me == nil {
			continue
		}
		c := icalendar.NewComponent(k.Name)
		for _, name := range []string{"UID", "RECURRENCE-ID", "SEQUENCE", "DTSTART", "SUMMARY", "ORGANIZER"} {
			if p := k.Prop(name); p != nil {
				c.Add(p.Clone())
			}
		}
		c.Set("DTSTAMP", stamp)
		a := icalendar.NewProperty("ATTENDEE", me.Value)
		if name := me.Param("CN"); name != "" {
			a.SetParam("CN", name)
		}
		a.SetParam("PARTSTAT", partstat)
		c.Add(a)
		if comment != "" {
			c.SetText("COMMENT", comment)
		}
		o.Calendar.AddChild(c)
	}
	return o
}
