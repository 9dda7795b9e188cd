package imip

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"convoke/imip/compose"
	"convoke/scheduling"
	"convoke/scheduling/itip"
	"convoke/storage"

	"golang.org/x/net/idna"
)

// write makes the mail of a letter. What cannot be written is a permanent *Failure.
func (o *Outgoing) write(ctx context.Context, l *letter, j *job) (*Mail, error) {
	if l.object == nil && l.row.Method != storage.MethodReminder {
		return nil, &Failure{Permanent: true, Code: "5.6.0", Text: "its calendar cannot be read"}
	}
	to, err := wireAddress(l.row.Recipient)
	if err != nil {
		return nil, &Failure{Permanent: true, Code: "5.1.3", Text: tidy(err.Error())}
	}
	gateway, err := wireAddress(o.o.Gateway)
	if err != nil {
		return nil, &Failure{Code: "4.3.5", Text: "smtp.gateway_address: " + tidy(err.Error())}
	}
	in := &compose.Input{
		Object: l.object, Former: j.versions, Recipient: l.row.Recipient, To: to,
		MessageID: l.row.MessageID, Domain: domainOf(l.row.MessageID[:max(len(l.row.MessageID)-1, 0)]), Gateway: gateway,
		Language: o.o.Language, Date: l.row.Created, Mail: o.mailOf(ctx),
	}
	if o.o.Answer != nil && l.row.Method == string(itip.Request) {
		in.Answer = o.o.Answer(&l.row)
	}
	if len(j.former) > 0 {
		in.Before = j.former[0].MessageID
	}
	render := compose.Render
	if l.row.Method == storage.MethodReminder {
		render = o.reminder(&l.row)
	} else if err := o.address(ctx, l, in, gateway); err != nil {
		return nil, err
	}
	data, err := render(in)
	if err != nil {
		return nil, &Failure{Permanent: true, Code: "5.6.0", Text: tidy(err.Error())}
	}
	m := &Mail{From: gateway, To: to, Token: l.row.Token, Data: data}
	if !o.o.OneBounceAddress {
		at := strings.LastIndexByte(gateway, '@')
		m.From = gateway[:at] + "+" + l.row.Token + gateway[at:]
	}
	m.UTF8 = !ascii(m.From) || !ascii(m.To) || !ascii(in.From.Address) || !ascii(in.ReplyTo.Address) || !ascii(in.Sender.Address)
	return m, nil
}

// reminder writes to somebody of what is in their own calendar: nobody but the gateway says so.
func (o *Outgoing) reminder(row *storage.Outbound) func(*compose.Input) ([]byte, error) {
	return func(in *compose.Input) ([]byte, error) {
		var says compose.Reminder
		if err := json.Unmarshal(row.Data, &says); err != nil {
			return nil, fmt.Errorf("read a reminder: %w", err)
		}
		in.From = compose.Mailbox{Name: o.o.GatewayName, Address: in.Gateway}
		return compose.RenderReminder(&says, in)
	}
}

// address says who writes: the person himself, or the gateway for him.
func (o *Outgoing) address(ctx context.Context, l *letter, in *compose.Input, gateway string) error {
	person, sentBy := o.speaker(ctx, l)
	address, err := wireAddress(person.Address)
	if err != nil {
		return &Failure{Permanent: true, Code: "5.1.7", Text: "the sender has no mail address"}
	}
	person.Address = address
	if !o.o.FromGateway && o.ours(address) {
		in.From = person
		if by, err := wireAddress(sentBy); err == nil && !strings.EqualFold(by, address) {
			in.Sender.Address = by
		}
		return nil
	}
	in.From = compose.Mailbox{Name: person.Name, Address: gateway}
	if person.Name == "" {
		in.From.Name = address
	}
	if o.o.GatewayName != "" {
		in.From.Name += " (" + o.o.GatewayName + ")"
	}
	in.ReplyTo = person
	return nil
}

// ours tells whether mail may leave from an address.
func (o *Outgoing) ours(address string) bool {
	for _, d := range o.o.Domains {
		if strings.EqualFold(d, domainOf(address)) {
			return true
		}
	}
	return len(o.o.Domains) == 0
}

// speaker is who sends a message, by the address under which the event knows him, if that is his; and who wrote it for him.
func (o *Outgoing) speaker(ctx context.Context, l *letter) (who compose.Mailbox, sentBy string) {
	who.Address = l.row.Sender
	name := "ATTENDEE"
	if itip.Method(l.row.Method).FromOrganizer() {
		name = "ORGANIZER"
	}
	for c := range l.object.Parts() {
		p := c.Prop(name)
		if p == nil {
			continue
		}
		owner, standing := o.o.Scheduler.Resolve(ctx, p.Value)
		if standing != scheduling.Local || owner.ID != l.row.PrincipalID {
			continue
		}
		if mail := o.mailto(ctx, p.Value); mail != "" {
			who.Address = mail
		}
		who.Name = p.Param("CN")
		if who.Name == "" {
			who.Name = owner.DisplayName
		}
		return who, o.mailto(ctx, p.Param("SENT-BY"))
	}
	return who, ""
}

// mailOf is mailto for compose.
func (o *Outgoing) mailOf(ctx context.Context) func(string) string {
	return func(a string) string { return o.mailto(ctx, a) }
}

// mailto is a calendar user address as somebody outside can write to it: a mailto, or that of the principal; "" if there is none.
func (o *Outgoing) mailto(ctx context.Context, address string) string {
	if strings.HasPrefix(strings.ToLower(address), "mailto:") {
		return address
	}
	p, standing := o.o.Scheduler.Resolve(ctx, address)
	if standing != scheduling.Local {
		return ""
	}
	for _, a := range p.Addresses {
		if strings.HasPrefix(a, "mailto:") {
			return a
		}
	}
	return ""
}

// wireAddress is an address as the envelope has it: one that is ASCII but for its domain becomes all ASCII (RFC 5891 §4.4).
func wireAddress(address string) (string, error) {
	a, err := compose.ParseAddress(strings.TrimSpace(address))
	if err != nil {
		return "", err
	}
	at := strings.LastIndexByte(a, '@')
	if ascii(a) || !ascii(a[:at]) {
		return a, nil
	}
	domain, err := idna.Lookup.ToASCII(a[at+1:])
	if err != nil {
		return "", fmt.Errorf("domain of %q: %w", a, err)
	}
	return a[:at+1] + domain, nil
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
