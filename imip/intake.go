package imip

import (
	"context"
	"log/slog"
	"net"
	"strings"
	"time"

	"convoke/imip/trust"
	"convoke/scheduling"
	"convoke/storage"
)

// Envelope tells how a mail came and for whom.
type Envelope struct {
	Recipient string // address, as in RCPT TO or from the mailbox
	// Sender is the address of MAIL FROM; "<>" for the null sender (RFC 5321 §4.5.5), "" where it is not known.
	Sender string
	Source string // SourceLMTP, SourceIMAP or SourceDeliver
	Choices
}

// The sources of mail.
const (
	SourceLMTP    = "lmtp"
	SourceIMAP    = "imap"
	SourceDeliver = "deliver"
)

// Choices are the arguments of processcalendar, RFC 9671 §4. The zero value is what mail does that nobody chose
// anything for.
type Choices struct {
	AllowPublic     bool     // take what invites nobody: PUBLISH and plain iCalendar (§4.1)
	Addresses       []string // further addresses of the recipient (§4.2)
	UpdatesOnly     bool     // never make a new event (§4.3)
	Calendar        string   // path segment of the recipient's calendar for new events; "" is the default one (§4.4)
	DeleteCancelled bool     // remove what was cancelled instead of marking it (§4.5)
	Organizers      []string // take messages of these organizers alone: addresses, or @domain; nil is anybody (§4.6)
}

// The actions of an Outcome, RFC 9671 §4.7.
const (
	NoAction = "no_action"
	Added    = "added"
	Updated  = "updated"
	Failed   = "error"
)

// Outcome is what became of a mail: decided, and not to be tried again.
type Outcome struct {
	Action string // NoAction, Added, Updated or Failed
	Reason string // in plain words; empty when there is nothing to say
	Held   int64  // the id of the message in the review tray, 0 if it is not there
	UID    string // of the event, "" if there is none
	Method string // of the message, "" if there is none
}

// IntakeOptions configure an Intake.
type IntakeOptions struct {
	Store     *storage.Store
	Scheduler *scheduling.Service
	Log       *slog.Logger // nil: nothing is logged
	// Domains are ours, exclusive or shared: their people know each other.
	Domains []string
	// AuthservIDs are those of our mail servers; Hosts are names under which they write Received besides.
	AuthservIDs, Hosts []string
	// Verify is "header", "dkim" or "both".
	Verify string
	// NewInvitations is "known", "always" or "never"; Unverified is "hold" or "ignore".
	NewInvitations, Unverified string
	// Gateway are the addresses from which the gateway itself writes, and to which bounces come.
	Gateway []string
	// LookupTXT finds keys of DKIM; nil: the system's resolver.
	LookupTXT func(ctx context.Context, name string) ([]string, error)
	// Contact tells whether an address is in the address books of a principal. Nil: no.
	Contact func(ctx context.Context, p *storage.Principal, address string) (bool, error)
	// Bounce takes a delivery status notification (RFC 3464) and tells whether it was of a mail of ours. Nil: none is.
	Bounce func(ctx context.Context, b *Bounce) (bool, error)
	Limits IntakeLimits
}

// IntakeLimits are the rates of reliability.md §2. Zero fields take their defaults.
type IntakeLimits struct {
	MailBytes       int // of a mail; 25 MiB
	CalendarBytes   int // of its calendar; 1 MiB
	SenderPerHour   int // mails of one sender to one user; 50
	DomainPerHour   int // mails of one domain to one user; 200
	PerDay          int // mails to one user; 500
	Waiting         int // in the tray of one user; 200
	RefreshesPerDay int // REFRESH answered to one sender; 10
}

// Intake takes mails that came in, whatever the way. It is safe for concurrent use.
type Intake struct {
	o        IntakeOptions
	verifier trust.Verifier
	own      map[string]bool // domains
	gateway  map[string]bool // addresses
}

// lookupTime is how long keys of signatures may take.
const lookupTime = 10 * time.Second

// NewIntake makes an Intake.
func NewIntake(o IntakeOptions) *Intake {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.LookupTXT == nil {
		o.LookupTXT = net.DefaultResolver.LookupTXT
	}
	for _, l := range []struct {
		at     *int
		preset int
	}{{&o.Limits.MailBytes, 25 << 20}, {&o.Limits.CalendarBytes, 1 << 20}, {&o.Limits.SenderPerHour, 50}, {&o.Limits.DomainPerHour, 200},
		{&o.Limits.PerDay, 500}, {&o.Limits.Waiting, 200}} {
		setDefault(l.at, l.preset)
	}
	return &Intake{
		o: o, own: folded(o.Domains), gateway: folded(o.Gateway),
		verifier: trust.Verifier{Servers: trust.Servers{IDs: o.AuthservIDs, Hosts: o.Hosts}, Mode: o.Verify, LookupTXT: o.LookupTXT},
	}
}

// folded is a set of names of which the case does not matter.
func folded(list []string) map[string]bool {
	set := map[string]bool{}
	for _, s := range list {
		if s = strings.ToLower(strings.TrimSpace(s)); s != "" {
			set[s] = true
		}
	}
	return set
}

// Bounce is what a delivery status notification says of one recipient (RFC 3464 §2.3).
type Bounce struct {
	Envelope   string // address that the notification was sent to: tells the mail if it had an address of its own
	MessageID  string // of the mail that it is about, "" if it does not say
	EnvelopeID string // Original-Envelope-Id (§2.2.1)
	Recipient  string // Original-Recipient, else Final-Recipient: an address
	Action     string // failed, delayed, delivered, relayed or expanded (§2.3.3)
	Status     string // enhanced status code (§2.3.4)
	Diagnostic string
}
