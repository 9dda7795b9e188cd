package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
)

// doctorCommand checks a deployment end to end: it plays a correspondent outside and a person here, and tells row by
// row of the interoperability matrix what works. What it makes is taken away again.
type doctorCommand struct {
	As            string        `help:"Whose calendar is used: somebody here whose mail arrives." placeholder:"USER"`
	Probe         string        `help:"Address of a correspondent outside." placeholder:"ADDRESS"`
	ProbeIMAP     string        `name:"probe-imap" help:"Where the probe's mailbox is read, imap://HOST:PORT or imaps://HOST:PORT; without it nothing is looked at beyond the mail relay." placeholder:"URL"`
	ProbeUser     string        `help:"Name for the probe's mailbox; else its address." placeholder:"NAME"`
	ProbePassword string        `help:"Password of the probe's mailbox." env:"CONVOKE_PROBE_PASSWORD"`
	ProbeSMTP     string        `name:"probe-smtp" help:"Mail server that takes the probe's mail to us, host:port; without it the mail is handed to the server itself." placeholder:"ADDR"`
	Wait          time.Duration `help:"How long a mail may take." default:"60s"`
	JSON          bool          `help:"Print JSON."`
}

// finding is one row of the answer.
type finding struct {
	Row    string `json:"row"`    // of the matrix, "" for what comes before it
	Rule   string `json:"rule"`   // what is looked at
	Result string `json:"result"` // rowPassed, rowFailed or rowSkipped
	Text   string `json:"text"`   // what was seen, or what to change
}

const (
	rowPassed  = "passed"
	rowFailed  = "failed"
	rowSkipped = "skipped"
)

// doctor is one examination.
type doctor struct {
	command *doctorCommand
	desk    desk
	conf    *config
	out     io.Writer
	id      string // of this examination: part of every UID and title
	person  person
	dav     *davClient
	probe   *probeBox // nil: not read
	list    []finding
	undo    []func()
}

func (c *doctorCommand) Run(ctx context.Context, g *globals) error {
	if (c.As == "") != (c.Probe == "") {
		return usage("--as and --probe belong together: who writes to whom")
	}
	conf, err := g.config()
	if err != nil {
		return err
	}
	return withDesk(ctx, g, func(desk desk) error {
		var random [5]byte
		_, _ = rand.Read(random[:])
		d := &doctor{command: c, desk: desk, conf: conf, out: g.out, id: "doctor-" + hex.EncodeToString(random[:])}
		defer d.leave()
		d.examine(ctx)
		if c.JSON {
			e := json.NewEncoder(g.out)
			e.SetIndent("", "  ")
			if err := e.Encode(d.list); err != nil {
				return err
			}
		}
		n := 0
		for _, f := range d.list {
			if f.Result == rowFailed {
				n++
			}
		}
		switch {
		case n > 0 && g.Config == "":
			return refusef("%d of %d rows failed; without --config only the environment was looked at", n, len(d.list))
		case n > 0:
			return refusef("%d of %d rows failed", n, len(d.list))
		}
		return nil
	})
}

// examine looks at the parts, then at the matrix as far as they carry it.
func (d *doctor) examine(ctx context.Context) {
	running := d.server(ctx)
	d.domains()
	d.relay(ctx)
	d.inbound(ctx)
	switch {
	case d.command.As == "":
		d.row("", "the matrix M1 to M11", rowSkipped, "give --as USER and --probe ADDRESS to send real invitations")
	case !running:
		d.row("", "the matrix M1 to M11", rowSkipped, "it takes a running server")
	case d.admit(ctx):
		d.matrix(ctx)
	}
}

// row tells one finding, at once unless JSON is wanted.
func (d *doctor) row(row, rule, result, text string) {
	d.list = append(d.list, finding{row, rule, result, text})
	if d.command.JSON {
		return
	}
	mark := map[string]string{rowPassed: "ok", rowFailed: "FAIL", rowSkipped: "skip"}[result]
	if rule != "" && text != "" {
		rule += ": "
	}
	fmt.Fprintf(d.out, "%-4s %-4s %s%s\n", mark, row, rule, text)
}

// judge tells a row by an error: nil is passed, with the text.
func (d *doctor) judge(row, rule, text string, err error) bool {
	if err != nil {
		d.row(row, rule, rowFailed, sentence(err))
		return false
	}
	d.row(row, rule, rowPassed, text)
	return true
}

// leave takes away what was made, the last first.
func (d *doctor) leave() {
	for i := len(d.undo) - 1; i >= 0; i-- {
		d.undo[i]()
	}
}

// server tells whether one runs, and where it listens.
func (d *doctor) server(ctx context.Context) bool {
	var s statusView
	if err := d.desk.do(ctx, "status", none{}, &s); err != nil {
		d.row("", "the server", rowFailed, sentence(err))
		return false
	}
	if len(s.URLs) == 0 {
		d.row("", "the server", rowFailed, "none runs on this data directory: start `convoke serve`")
		return false
	}
	d.dav = newDAVClient(s.URLs[0], d.conf.Server.PublicURL)
	d.row("", "the server", rowPassed, "listens on "+strings.Join(s.URLs, ", "))
	return true
}

// domains tells whether addresses of nobody can be told from those outside.
func (d *doctor) domains() {
	own := append(append([]string{}, d.conf.Domains.Exclusive...), d.conf.Domains.Shared...)
	if len(own) == 0 {
		d.row("", "mail domains", rowFailed, "none is named: set domains.exclusive to the domains that are wholly yours, "+
			"or domains.shared to those that another system has people in")
		return
	}
	d.row("", "mail domains", rowPassed, strings.Join(own, ", "))
}

// admit signs in as the person, by an app password of their own that goes again.
func (d *doctor) admit(ctx context.Context) bool {
	if err := d.desk.do(ctx, "principal", named{Name: d.command.As, Kind: "user"}, &d.person); err != nil {
		return d.judge("", "sign in", "", err)
	}
	if len(d.person.Addresses) == 0 {
		return d.judge("", "sign in", "", refusef("%s has no mail address: convoke user alias %s --add ADDRESS", d.person.Name, d.person.Name))
	}
	var key appPassword
	change := appChange{named: named{Name: d.person.Name, Kind: "user"}, Label: d.id}
	if err := d.desk.do(ctx, "add-app-password", change, &key); err != nil {
		return d.judge("", "sign in", "", err)
	}
	d.undo = append(d.undo, func() {
		change.ID = key.ID
		_ = d.desk.do(context.WithoutCancel(ctx), "revoke", change, nil)
	})
	d.dav.user, d.dav.password = d.person.Name, key.Secret
	home := "/dav/calendars/" + d.person.Name + "/"
	_, err := d.dav.want(ctx, 207, "PROPFIND", home, "", "Depth", "0")
	if !d.judge("", "sign in", "CalDAV answers "+d.person.Name, err) {
		return false
	}
	if d.command.ProbeIMAP == "" {
		return true
	}
	d.probe, err = openProbe(d.command)
	return d.judge("", "the probe's mailbox", "opens", err)
}
