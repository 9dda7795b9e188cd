package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// terminal opens a pseudo-terminal; what is written to keys is typed.
func terminal(t *testing.T) (keys, tty *os.File) {
	t.Helper()
	keys, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = keys.Close() })
	fd := int(keys.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	tty, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tty.Close() })
	return keys, tty
}

// shows tells whether a terminal shows what is typed.
func shows(t *testing.T, tty *os.File) bool {
	t.Helper()
	state, err := unix.IoctlGetTermios(int(tty.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return state.Lflag&unix.ECHO != 0
}

// Ctrl-C, which ends the context of a command, ends the asking at once and leaves the
// terminal as it was.
func TestPasswordPromptIsInterrupted(t *testing.T) {
	_, tty := terminal(t)
	ctx, cancel := context.WithCancel(context.Background())
	asked := make(chan error, 1)
	g := &globals{in: tty, errout: io.Discard}
	go func() {
		_, err := new(passwordFlags).read(ctx, g)
		asked <- err
	}()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for shows(t, tty) {
		<-tick.C
	}
	cancel()
	if err := <-asked; err == nil || !strings.HasPrefix(err.Error(), "interrupted") {
		t.Errorf("%v", err)
	}
	if !shows(t, tty) {
		t.Error("the terminal shows nothing any more")
	}
}
