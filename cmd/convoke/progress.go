package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// progress shows how far long work is: a bar on a terminal, else a line now and
// then. Work of less than a second shows nothing.
type progress struct {
	title string
	total int
	made  int
	bar   *progressbar.ProgressBar
	meter func(done, total int)
	out   io.Writer
	began time.Time
	last  time.Time
	ended bool
}

// progress begins; total may be 0 where it is not known.
func (g *globals) progress(title string, total int) *progress {
	now := time.Now()
	p := &progress{title: title, total: total, out: g.errout, began: now, last: now, meter: g.meter}
	if p.meter != nil {
		p.meter(0, total)
		return p
	}
	file, ok := g.errout.(*os.File)
	if ok && term.IsTerminal(int(file.Fd())) && total > 0 {
		p.bar = progressbar.NewOptions(total,
			progressbar.OptionSetDescription(title),
			progressbar.OptionSetWriter(file),
			progressbar.OptionShowCount(),
			progressbar.OptionSetPredictTime(true),
			progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionClearOnFinish(),
		)
	}
	return p
}

// step counts n more.
func (p *progress) step(n int) {
	p.made += n
	if p.meter != nil {
		p.meter(p.made, p.total)
		return
	}
	if p.bar != nil {
		_ = p.bar.Add(n)
		return
	}
	if now := time.Now(); now.Sub(p.last) >= 2*time.Second {
		p.last = now
		if p.total > 0 {
			fmt.Fprintf(p.out, "%s: %d of %d\n", p.title, p.made, p.total)
		} else {
			fmt.Fprintf(p.out, "%s: %d\n", p.title, p.made)
		}
	}
}

// during shows that something of unknown length is under way while fn runs.
func (p *progress) during(fn func() error) error {
	done := make(chan error, 1)
	go func() { done <- fn() }()
	tick := time.NewTicker(2 * time.Second)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			return err
		case now := <-tick.C:
			fmt.Fprintf(p.out, "%s: %s so far\n", p.title, now.Sub(p.began).Round(time.Second))
		}
	}
}

// done ends it.
func (p *progress) done() {
	if p.bar != nil && !p.ended {
		_ = p.bar.Finish()
	}
	p.ended = true
}
