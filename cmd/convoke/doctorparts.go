package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"strings"

	"github.com/emersion/go-imap/v2/imapclient"
)

// inbound looks at the ways by which mail comes in, and at what makes it believed.
func (d *doctor) inbound(ctx context.Context) {
	if !d.conf.mailComesIn() {
		d.row("", "mail in", rowFailed, "there is no way: set lmtp.listen or an [[imap]], or let the mail server call `convoke deliver` and set deliver.enabled")
		return
	}
	if addr := d.conf.LMTP.Listen; addr != "" {
		d.judge("", "mail in by LMTP", "answers at "+addr, greetLMTP(addr))
	}
	for n := range d.conf.IMAP {
		i := &d.conf.IMAP[n]
		d.judge("", fmt.Sprintf("mail in by IMAP from %s", i.address()), "opens "+i.Folder, i.signIn())
	}
	if d.conf.Deliver.Enabled {
		d.row("", "mail in by convoke deliver", rowPassed, "is counted on; the mail server has to call it")
	}
	if len(d.conf.Trust.AuthservIDs) == 0 && d.conf.Trust.Verify == "header" {
		d.row("", "who is believed", rowFailed, "nobody: set trust.authserv_ids to the name that your mail server writes into Authentication-Results")
		return
	}
	text := "DKIM signatures, verified here"
	if len(d.conf.Trust.AuthservIDs) > 0 {
		text = "Authentication-Results of " + strings.Join(d.conf.Trust.AuthservIDs, ", ")
	}
	d.row("", "who is believed", rowPassed, text)
}

// greetLMTP says hello to our own listener.
func greetLMTP(addr string) error {
	c, err := dialLMTP(addr)
	if err != nil {
		return err
	}
	defer c.Close()
	return c.Hello("doctor.invalid")
}

// signIn opens the folder of an [[imap]]; of the mailboxes of users it signs in as the master user alone.
func (i *imapSettings) signIn() error {
	conf, err := i.authorities()
	if err != nil {
		return err
	}
	if conf == nil {
		conf = &tls.Config{}
	}
	conf.ServerName, conf.MinVersion = i.Host, tls.VersionTLS12
	dial := map[string]func(string, *imapclient.Options) (*imapclient.Client, error){
		"tls": imapclient.DialTLS, "starttls": imapclient.DialStartTLS, "none": imapclient.DialInsecure,
	}[i.TLS]
	c, err := dial(i.address(), &imapclient.Options{TLSConfig: conf})
	if err != nil {
		return err
	}
	defer c.Close()
	name := i.Username
	if i.Mode == "users" {
		name = i.Master
	}
	if err := c.Login(name, i.Password).Wait(); err != nil {
		return fmt.Errorf("sign in as %s: %w", name, err)
	}
	if i.Mode == "users" {
		return c.Logout().Wait()
	}
	if _, err := c.Select(i.Folder, nil).Wait(); err != nil {
		return fmt.Errorf("open %s: %w", i.Folder, err)
	}
	return c.Logout().Wait()
}
