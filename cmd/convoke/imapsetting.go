package main

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"
)

// imapSettings are one [[imap]] of the file: a mail server whose mailboxes are read.
type imapSettings struct {
	Host                       string
	Port                       int
	TLS, CA                    string
	Mode, Login                string
	Username, Password, Master string
	Accounts                   string
	Folder, Processed          string
	LookBack, Poll             time.Duration
	Connections                int
}

// imapRow is one setting of an [[imap]].
type imapRow struct {
	key, preset, says string
	at                func(*imapSettings) any
}

// imapTable holds every setting of an [[imap]].
var imapTable = []imapRow{
	{"host", "", "Mail server whose mailboxes are read.", func(s *imapSettings) any { return &s.Host }},
	{"port", "0", "Its port; 0 is 993 with tls, else 143.", func(s *imapSettings) any { return &s.Port }},
	{"tls", "tls", "How it is spoken to: tls, starttls, or none on a network you trust.", func(s *imapSettings) any { return &s.TLS }},
	{"ca", "", "Certificates in PEM by which it is believed instead of the system's.", func(s *imapSettings) any { return &s.CA }},
	{"mode", "shared", "shared: one mailbox that gets copies of all mail; users: the own mailbox of each person.", func(s *imapSettings) any { return &s.Mode }},
	{"username", "", "Whose mailbox holds the copies, with mode shared.", func(s *imapSettings) any { return &s.Username }},
	{"password", "", "Password of that mailbox, or of the master user.", func(s *imapSettings) any { return &s.Password }},
	{"master_user", "", "Master user who may open all mailboxes, with mode users (Dovecot).", func(s *imapSettings) any { return &s.Master }},
	{"accounts", "", "File of app passwords of people's mailboxes, instead of a master user: a line NAME PASSWORD each, readable by us alone.", func(s *imapSettings) any { return &s.Accounts }},
	{"login", "address", "What people's mailboxes are called there, with mode users: address or name.", func(s *imapSettings) any { return &s.Login }},
	{"folder", "INBOX", "Folder that is read.", func(s *imapSettings) any { return &s.Folder }},
	{"processed", "keyword", "What marks a message that was processed: keyword ($iMIPProcessed), or move:FOLDER.", func(s *imapSettings) any { return &s.Processed }},
	{"look_back", "720h", "How old a message may be in a mailbox that is read for the first time; 0 is any age.", func(s *imapSettings) any { return &s.LookBack }},
	{"poll", "5m", "How often is asked for mail where the server does not tell of it.", func(s *imapSettings) any { return &s.Poll }},
	{"connections", "100", "Mailboxes that are connected at once, with mode users; more take turns.", func(s *imapSettings) any { return &s.Connections }},
}

// maxIMAP bounds how many [[imap]] there may be.
const maxIMAP = 100

// imapSetting is the row of "imap.N.key", or nil.
func imapSetting(name string) *row {
	rest, ok := strings.CutPrefix(name, "imap.")
	if !ok {
		return nil
	}
	index, key, _ := strings.Cut(rest, ".")
	n, err := strconv.Atoi(index)
	if err != nil || n < 0 || n >= maxIMAP || strconv.Itoa(n) != index {
		return nil
	}
	for i := range imapTable {
		if r := &imapTable[i]; r.key == key {
			return &row{name, r.preset, r.says, func(s *settings) any { return r.at(s.imapAt(n)) }}
		}
	}
	return nil
}

// imapRows are the rows of one [[imap]].
func imapRows(n int) []*row {
	list := make([]*row, len(imapTable))
	for i := range imapTable {
		list[i] = imapSetting(fmt.Sprintf("imap.%d.%s", n, imapTable[i].key))
	}
	return list
}

// imapAt is an [[imap]], made with its defaults where it is not there yet.
func (s *settings) imapAt(n int) *imapSettings {
	for len(s.IMAP) <= n {
		var fresh imapSettings
		for i := range imapTable {
			_ = assign(imapTable[i].at(&fresh), imapTable[i].preset) // the defaults are tried by a test
		}
		s.IMAP = append(s.IMAP, fresh)
	}
	return &s.IMAP[n]
}

// address is host:port.
func (i *imapSettings) address() string {
	port := i.Port
	if port == 0 && i.TLS == "tls" {
		port = 993
	} else if port == 0 {
		port = 143
	}
	return net.JoinHostPort(i.Host, strconv.Itoa(port))
}

// judge refuses what cannot be meant.
func (i *imapSettings) judge() error {
	folder, moves := strings.CutPrefix(i.Processed, "move:")
	switch {
	case i.Host == "":
		return errors.New("host names no mail server")
	case i.TLS != "tls" && i.TLS != "starttls" && i.TLS != "none":
		return fmt.Errorf("tls is tls, starttls or none, not %q", i.TLS)
	case i.Mode != "shared" && i.Mode != "users":
		return fmt.Errorf("mode is shared or users, not %q", i.Mode)
	case i.Mode == "shared" && (i.Username == "" || i.Master != ""):
		return errors.New("mode shared takes username and password, and no master_user")
	case i.Mode == "users" && (i.Master == "") == (i.Accounts == ""), i.Mode == "users" && i.Username != "":
		return errors.New("mode users takes master_user and password, or accounts, and no username")
	case i.Mode == "shared" && i.Accounts != "":
		return errors.New("accounts belong to mode users")
	case i.Login != "address" && i.Login != "name":
		return fmt.Errorf("login is address or name, not %q", i.Login)
	case i.Folder == "":
		return errors.New("folder names none")
	case i.Processed != "keyword" && (!moves || folder == "" || folder == i.Folder):
		return fmt.Errorf("processed is keyword, or move: and another folder, not %q", i.Processed)
	case i.Connections < 1:
		return errors.New("connections is at least 1")
	case i.Poll < time.Second:
		return errors.New("poll is at least 1s")
	}
	return nil
}

// judgeIMAP refuses wrong [[imap]], and two that read the same mailbox: it has one owner.
func (s *settings) judgeIMAP() error {
	owner := map[string]int{}
	for n := range s.IMAP {
		i := &s.IMAP[n]
		if err := i.judge(); err != nil {
			return fmt.Errorf("imap.%d: %w", n, err)
		}
		mailbox := strings.ToLower(i.address()+" "+i.Username+" ") + i.Folder
		if first, taken := owner[mailbox]; taken {
			return fmt.Errorf("imap.%d reads the same mailbox as imap.%d", n, first)
		}
		owner[mailbox] = n
	}
	return nil
}

// printIMAP writes each [[imap]], or what one may hold.
func (c *config) printIMAP(b *strings.Builder) {
	before, n := "", len(c.IMAP)
	if n == 0 {
		before, n = "# ", 1
	}
	for i := range n {
		fmt.Fprintf(b, "\n%s[[imap]]\n", before)
		for k, r := range imapRows(i) {
			one := config{settings: c.settings, from: c.from} // so that showing a setting makes no [[imap]]
			one.printRow(b, r, imapTable[k].key, before)
		}
	}
}
