package main

import (
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"convoke/imip"
)

// settings are the values of all settings, by section.
type settings struct {
	Server struct {
		Listen         []string
		PublicURL      string
		Realm          string
		TrustedProxies []string
		PlainLogin     bool
		MetricsFrom    []string
		Cert, Key      string
		ACME           bool
		ACMEDirectory  string
		ACMEEmail      string
		SessionKeptFor time.Duration
		SessionFor     time.Duration
	}
	Domains struct{ Exclusive, Shared []string }
	Trust   struct {
		AuthservIDs, Hosts                 []string
		Verify, NewInvitations, Unverified string
	}
	Scheduling struct {
		SilentDeletes, ReplyOutside bool
		InboxItems, PastDays        int
	}
	SMTP          smtpSettings
	Subscriptions subscriptionSettings
	Push          pushSettings
	LMTP          struct{ Listen string }
	IMAP          []imapSettings
	Deliver       struct{ Enabled bool }
	Incoming      struct {
		AllowPublic, UpdatesOnly, DeleteCancelled bool
		Organizers                                []string
	}
	Storage struct {
		Cache      int64
		HistoryFor time.Duration
	}
	Log struct {
		Level, Format string
		Access        bool
	}
	Limits limitSettings
}

// limitSettings are the rows of reliability.md §2.
type limitSettings struct {
	HeaderBytes, URLBytes            int
	BodyBytes, XMLBytes, ReportBytes int64
	ObjectBytes, CardBytes           int64
	Properties                       int
	Attendees                        int
	MailCalendarBytes                int
	MailPerSender, MailPerDomain     int
	MailPerDay, MailWaiting          int
	ImportBytes                      int64
	CollectionsPerHome               int64
	ObjectsPerCollection             int64
	BytesPerUser                     int64
	PropertyBytes                    int64
	PropertiesPerResource            int64
	PropertyBytesPerResource         int64
	LocksPerUser                     int64
	LockTime                         time.Duration
	BusyRange                        time.Duration
	BusyPeriods                      int
	BusyBytes                        int
	ExpandRange                      time.Duration
	ExpandInstances, ExpandBytes     int
	MultigetHrefs                    int
	Work, Stall                      time.Duration
	PerUser, PerAddress              int
	StreamsPerUser, Streams          int
	DearAtOnce, DearQueue            int
	ReadHeader, BodyWindow, Idle     time.Duration
	BodyBytesPerSecond, Connections  int
	LoginFailures                    int
	CredentialsFor                   time.Duration
	Mail                             imip.OutgoingLimits
	Subscriptions                    int
	ReminderMails                    int
	FeedBytes                        int64
}

// row is one setting: its name in the file, its default as text, what it is for,
// and where its value lives.
type row struct {
	name, preset, says string
	at                 func(*settings) any
}

// table holds every setting. It is what `convoke config` prints.
var table = slices.Concat([]row{
	{"server.listen", "127.0.0.1:8080", "Addresses to listen on, host:port; http://host:port stays plain beside TLS.", func(s *settings) any { return &s.Server.Listen }},
	{"server.public_url", "", "The address people use, such as https://cal.example.org; ACME asks for its host.", func(s *settings) any { return &s.Server.PublicURL }},
	{"server.realm", "Convoke", "Name shown by sign-in dialogs; clients store passwords under it, so do not change it.", func(s *settings) any { return &s.Server.Realm }},
	{"server.trusted_proxies", "", "Addresses or networks whose X-Forwarded-For and X-Forwarded-Proto are believed.", func(s *settings) any { return &s.Server.TrustedProxies }},
	{"server.plain_login", "false", "Accept passwords over unencrypted HTTP from anywhere; only for a network you trust.", func(s *settings) any { return &s.Server.PlainLogin }},
	{"server.metrics_from", "", "Addresses or networks that may read /metrics besides this machine.", func(s *settings) any { return &s.Server.MetricsFrom }},
	{"server.tls.cert", "", "Certificate chain in PEM; read again when it changes.", func(s *settings) any { return &s.Server.Cert }},
	{"server.tls.key", "", "Private key of the certificate, in PEM.", func(s *settings) any { return &s.Server.Key }},
	{"server.tls.acme", "false", "Get certificates by ACME (Let's Encrypt); accepts its terms of service.", func(s *settings) any { return &s.Server.ACME }},
	{"server.tls.acme_directory", "", "Directory address of another ACME server; empty is Let's Encrypt.", func(s *settings) any { return &s.Server.ACMEDirectory }},
	{"server.tls.acme_email", "", "Where the ACME server's operator may write about certificates.", func(s *settings) any { return &s.Server.ACMEEmail }},
	{"server.session_kept_for", "720h", "How long a browser stays signed in after its last use, where a person ticks \"keep me signed in\".", func(s *settings) any { return &s.Server.SessionKeptFor }},
	{"server.session_for", "12h", "How long a browser stays signed in where that is not ticked.", func(s *settings) any { return &s.Server.SessionFor }},

	{"domains.exclusive", "", "Mail domains that are ours alone: an unknown address there is nobody's.", func(s *settings) any { return &s.Domains.Exclusive }},
	{"domains.shared", "", "Mail domains of ours beside another system: an unknown address there is outside.", func(s *settings) any { return &s.Domains.Shared }},

	{"trust.authserv_ids", "", "Names that our own mail servers write into Authentication-Results; they must take such lines out of mail from outside.", func(s *settings) any { return &s.Trust.AuthservIDs }},
	{"trust.hosts", "", "Names of our own mail servers in Received, besides those of trust.authserv_ids.", func(s *settings) any { return &s.Trust.Hosts }},
	{"trust.verify", "both", "What proves who wrote a mail: header (Authentication-Results), dkim (signatures, verified here) or both (signatures where the header says nothing).", func(s *settings) any { return &s.Trust.Verify }},
	{"trust.new_invitations", "known", "Whose invitations by mail go into the calendar at once: known (own domains, contacts, written to, accepted before), always or never.", func(s *settings) any { return &s.Trust.NewInvitations }},
	{"trust.unverified", "hold", "Invitations whose sender nothing proves: hold for review, or ignore.", func(s *settings) any { return &s.Trust.Unverified }},

	{"scheduling.silent_deletes", "false", "Deleting an invitation that was not answered tells its organizer nothing.", func(s *settings) any { return &s.Scheduling.SilentDeletes }},
	{"scheduling.reply_outside", "false", "Deleting an unanswered invitation from outside sends a decline.", func(s *settings) any { return &s.Scheduling.ReplyOutside }},
	{"scheduling.inbox_items", "1000", "Messages kept in a scheduling inbox; the oldest go first.", func(s *settings) any { return &s.Scheduling.InboxItems }},
	{"scheduling.past_days", "7", "Nobody is mailed about a meeting that ended more days ago; 0 always mails.", func(s *settings) any { return &s.Scheduling.PastDays }},
}, smtpTable, []row{
	{"lmtp.listen", "", "Where a mail server gives us mail by LMTP: host:port (no host: this machine alone) or unix:/path; empty: nowhere.", func(s *settings) any { return &s.LMTP.Listen }},
	{"deliver.enabled", "false", "Mail comes in by `convoke deliver`: answers of people outside are expected by mail.", func(s *settings) any { return &s.Deliver.Enabled }},
	{"incoming.allow_public", "false", "Mail by LMTP and IMAP may bring what invites nobody: PUBLISH and plain iCalendar.", func(s *settings) any { return &s.Incoming.AllowPublic }},
	{"incoming.updates_only", "false", "Mail by LMTP and IMAP never makes a new event.", func(s *settings) any { return &s.Incoming.UpdatesOnly }},
	{"incoming.delete_cancelled", "false", "A cancellation by LMTP and IMAP removes the event instead of marking it.", func(s *settings) any { return &s.Incoming.DeleteCancelled }},
	{"incoming.organizers", "", "Mail by LMTP and IMAP is taken of these organizers alone: addresses, @domains, addressbook, group:NAME; empty: of all.", func(s *settings) any { return &s.Incoming.Organizers }},

	{"storage.cache", "32MiB", "Memory for parsed objects and listings.", func(s *settings) any { return &s.Storage.Cache }},
	{"storage.history_for", "720h", "How long former versions of an object are kept.", func(s *settings) any { return &s.Storage.HistoryFor }},

	{"log.level", "info", "What is logged: debug, info, warn or error.", func(s *settings) any { return &s.Log.Level }},
	{"log.format", "text", "How it is logged: text or json.", func(s *settings) any { return &s.Log.Format }},
	{"log.access", "true", "Log each request.", func(s *settings) any { return &s.Log.Access }},

	{"limits.header_bytes", "64KiB", "Request header block; beyond it 431.", func(s *settings) any { return &s.Limits.HeaderBytes }},
	{"limits.url_bytes", "8KiB", "One request address; beyond it 414.", func(s *settings) any { return &s.Limits.URLBytes }},
	{"limits.body_bytes", "64MiB", "Any request body; beyond it 413, unread.", func(s *settings) any { return &s.Limits.BodyBytes }},
	{"limits.xml_bytes", "1MiB", "XML request body; beyond it 413.", func(s *settings) any { return &s.Limits.XMLBytes }},
	{"limits.report_bytes", "4MiB", "XML body of a report or an ACL; beyond it 413.", func(s *settings) any { return &s.Limits.ReportBytes }},
	{"limits.object_bytes", "10MiB", "One calendar object (CALDAV:max-resource-size).", func(s *settings) any { return &s.Limits.ObjectBytes }},
	{"limits.card_bytes", "10MiB", "One address object (CARDDAV:max-resource-size).", func(s *settings) any { return &s.Limits.CardBytes }},
	{"limits.properties", "500", "Properties named in one PROPFIND; beyond it 400.", func(s *settings) any { return &s.Limits.Properties }},
	{"limits.attendees", "1000", "Attendees of one instance (CALDAV:max-attendees-per-instance).", func(s *settings) any { return &s.Limits.Attendees }},
	{"limits.mail_calendar_bytes", "1MiB", "Calendar within one mail; beyond it the mail is left alone.", func(s *settings) any { return &s.Limits.MailCalendarBytes }},
	{"limits.mail_per_sender", "50", "Mails of one sender to one user that are applied in an hour; further ones are held.", func(s *settings) any { return &s.Limits.MailPerSender }},
	{"limits.mail_per_domain", "200", "Mails of one outside domain to one user that are applied in an hour; further ones are held.", func(s *settings) any { return &s.Limits.MailPerDomain }},
	{"limits.mail_per_day", "500", "Mails to one user that are applied or held in a day; further ones are left alone.", func(s *settings) any { return &s.Limits.MailPerDay }},
	{"limits.mail_waiting", "200", "Mails of one user that wait for review; further ones are left alone.", func(s *settings) any { return &s.Limits.MailWaiting }},
	{"limits.import_bytes", "64MiB", "One file that is imported in the browser, as it is and each one in a zip; all of a zip, and an account by its URL, twice as much. Two imports run at once, and hold it in memory.", func(s *settings) any { return &s.Limits.ImportBytes }},
	{"limits.collections_per_home", "200", "Collections in one home.", func(s *settings) any { return &s.Limits.CollectionsPerHome }},
	{"limits.objects_per_collection", "100000", "Objects in one collection.", func(s *settings) any { return &s.Limits.ObjectsPerCollection }},
	{"limits.bytes_per_user", "5GiB", "Bytes of all objects of one user; beyond it 507.", func(s *settings) any { return &s.Limits.BytesPerUser }},
	{"limits.property_bytes", "64KiB", "One dead property; beyond it 507.", func(s *settings) any { return &s.Limits.PropertyBytes }},
	{"limits.properties_per_resource", "100", "Dead properties of one resource; beyond it 507.", func(s *settings) any { return &s.Limits.PropertiesPerResource }},
	{"limits.property_bytes_per_resource", "1MiB", "All dead properties of one resource; beyond it 507.", func(s *settings) any { return &s.Limits.PropertyBytesPerResource }},
	{"limits.locks_per_user", "100", "Locks of one user; beyond it 507.", func(s *settings) any { return &s.Limits.LocksPerUser }},
	{"limits.lock_time", "1h", "Longest time of a lock; longer wishes are shortened.", func(s *settings) any { return &s.Limits.LockTime }},
	{"limits.busy_range", "17568h", "Longest range of one free-busy answer.", func(s *settings) any { return &s.Limits.BusyRange }},
	{"limits.busy_periods", "5000", "Most periods of one free-busy answer.", func(s *settings) any { return &s.Limits.BusyPeriods }},
	{"limits.busy_bytes", "8MiB", "Calendar data in one answer of an outbox; who does not fit is answered with 5.1.", func(s *settings) any { return &s.Limits.BusyBytes }},
	{"limits.expand_range", "43920h", "Longest range of one query with expand; beyond it 403.", func(s *settings) any { return &s.Limits.ExpandRange }},
	{"limits.expand_instances", "10000", "Instances in one answer with expand; beyond it 403.", func(s *settings) any { return &s.Limits.ExpandInstances }},
	{"limits.expand_bytes", "16MiB", "Calendar data in one answer with expand; beyond it 403.", func(s *settings) any { return &s.Limits.ExpandBytes }},
	{"limits.multiget_hrefs", "20000", "Hrefs in one calendar-multiget; beyond it 403.", func(s *settings) any { return &s.Limits.MultigetHrefs }},
	{"limits.work", "10s", "Work for one request without its answer moving; beyond it 503.", func(s *settings) any { return &s.Limits.Work }},
	{"limits.stall", "30s", "How long a client may take nothing of its answer; beyond it the connection is closed.", func(s *settings) any { return &s.Limits.Stall }},
	{"limits.requests_per_user", "64", "Requests at once of one user; beyond it 429.", func(s *settings) any { return &s.Limits.PerUser }},
	{"limits.requests_per_address", "256", "Requests at once of one address; beyond it 429.", func(s *settings) any { return &s.Limits.PerAddress }},
	{"limits.streams_per_user", "16", "Event streams of one user, one for each page that is open; beyond it 429.", func(s *settings) any { return &s.Limits.StreamsPerUser }},
	{"limits.streams", "4096", "Event streams of all users; beyond it 429.", func(s *settings) any { return &s.Limits.Streams }},
	{"limits.reports_at_once", "0", "Reports and busy time requests at work at once; 0 is the number of processors.", func(s *settings) any { return &s.Limits.DearAtOnce }},
	{"limits.reports_queue", "64", "Reports and busy time requests that may wait; beyond it 503.", func(s *settings) any { return &s.Limits.DearQueue }},
	{"limits.read_header", "10s", "Time for a request header; beyond it the connection is closed.", func(s *settings) any { return &s.Limits.ReadHeader }},
	{"limits.body_window", "60s", "Time over which the speed of a request body is judged.", func(s *settings) any { return &s.Limits.BodyWindow }},
	{"limits.body_bytes_per_second", "1KiB", "Slowest request body that is taken.", func(s *settings) any { return &s.Limits.BodyBytesPerSecond }},
	{"limits.idle", "120s", "How long a connection may wait for its next request.", func(s *settings) any { return &s.Limits.Idle }},
	{"limits.connections", "10000", "Connections open at once; further ones are closed.", func(s *settings) any { return &s.Limits.Connections }},
	{"limits.login_failures", "10", "Wrong logins a minute, per name and per network, before each costs 1, 2, 4 … 60 s.", func(s *settings) any { return &s.Limits.LoginFailures }},
	{"limits.credentials_for", "5m", "How long a verified login is remembered; a password change forgets it at once.", func(s *settings) any { return &s.Limits.CredentialsFor }},
}, mailLimitTable, reminderTable, subscriptionTable, pushTable)

// find is the row of a name, or nil.
func find(name string) *row {
	for i := range table {
		if table[i].name == name {
			return &table[i]
		}
	}
	return imapSetting(name)
}

// envOf is the environment variable of a setting.
func envOf(name string) string {
	return "CONVOKE_" + envName(strings.ReplaceAll(name, ".", "_"))
}

func envName(name string) string { return strings.ToUpper(name) }

// byEnv is the row of a variable's name without CONVOKE_, or nil.
func byEnv(name string) *row {
	for i := range table {
		if envOf(table[i].name) == "CONVOKE_"+name {
			return &table[i]
		}
	}
	if strings.HasPrefix(name, "IMAP_") {
		n, key, _ := strings.Cut(strings.TrimPrefix(name, "IMAP_"), "_")
		return imapSetting("imap." + n + "." + strings.ToLower(key))
	}
	return nil
}

// isSection tells whether a word begins settings.
func isSection(word string) bool {
	return strings.EqualFold(word, "imap") || slices.ContainsFunc(table, func(r row) bool {
		return strings.HasPrefix(r.name, strings.ToLower(word)+".")
	})
}

func isIndex(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// nearest is the setting whose name takes the fewest edits from a wrong one.
func nearest(name string, spell func(*row) string) string {
	best, least := "", -1
	all := imapRows(0)
	for i := range table {
		all = append(all, &table[i])
	}
	for _, r := range all {
		is := spell(r)
		if d := distance(strings.ToLower(name), strings.ToLower(is)); least < 0 || d < least {
			best, least = is, d
		}
	}
	return best
}

// distance counts the edits between two words (Levenshtein).
func distance(a, b string) int {
	if len(a) > 100 {
		a = a[:100]
	}
	line := make([]int, len(b)+1)
	for j := range line {
		line[j] = j
	}
	for i := range len(a) {
		corner := line[0]
		line[0] = i + 1
		for j := range len(b) {
			cost := corner
			if a[i] != b[j] {
				cost++
			}
			corner = line[j+1]
			line[j+1] = min(cost, line[j]+1, corner+1)
		}
	}
	return line[len(b)]
}

// prefixes reads addresses and networks.
func prefixes(list []string) ([]netip.Prefix, error) {
	var nets []netip.Prefix
	for _, item := range list {
		if a, err := netip.ParseAddr(item); err == nil {
			nets = append(nets, netip.PrefixFrom(a, a.BitLen()))
			continue
		}
		p, err := netip.ParsePrefix(item)
		if err != nil {
			return nil, fmt.Errorf("%q is no address or network", item)
		}
		nets = append(nets, p.Masked())
	}
	return nets, nil
}

// hostOf is the host of a public URL.
func hostOf(address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return "", fmt.Errorf("%q is no address such as https://cal.example.org", address)
	}
	return u.Hostname(), nil
}

func logLevel(name string) (slog.Level, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(name)); err != nil {
		return 0, fmt.Errorf("log.level is debug, info, warn or error, not %q", name)
	}
	return level, nil
}
