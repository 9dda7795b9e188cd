package main

import (
	"context"
	"time"
)

// relay signs in to the mail server that takes what goes out.
func (d *doctor) relay(ctx context.Context) {
	sender, err := (&house{conf: d.conf}).sender()
	switch {
	case err != nil:
		d.judge("", "mail out", "", err)
		return
	case sender == nil:
		d.row("", "mail out", rowFailed, "there is no way: set smtp.host and smtp.gateway_address")
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	d.judge("", "mail out by SMTP", d.conf.SMTP.Host+" lets us in", sender.Check(ctx))
}
