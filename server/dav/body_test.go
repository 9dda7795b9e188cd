package dav

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"
)

// largestRead remembers how much was asked for at once.
type largestRead struct {
	r   io.Reader
	max int
}

func (l *largestRead) Read(p []byte) (int, error) {
	l.max = max(l.max, len(p))
	return l.r.Read(p)
}

// A client that declares a large body and sends none costs little.
func TestDeclaredBodyGrowsAsItComes(t *testing.T) {
	const declared = 10 << 20
	idle := &largestRead{r: iotest.ErrReader(io.ErrUnexpectedEOF)}
	if _, err := readDeclared(idle, declared); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v", err)
	}
	if idle.max > trustedBytes {
		t.Errorf("%d bytes were set aside for nothing", idle.max)
	}
	for _, n := range []int{1, trustedBytes - 1, trustedBytes, trustedBytes + 1, 3*trustedBytes + 7} {
		want := bytes.Repeat([]byte("abcdefg"), n/7+1)[:n]
		for _, r := range []io.Reader{bytes.NewReader(want), iotest.OneByteReader(bytes.NewReader(want))} {
			if got, err := readDeclared(r, n); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%d bytes: got %d, %v", n, len(got), err)
			}
		}
		if _, err := readDeclared(bytes.NewReader(want[:n-1]), n); err == nil {
			t.Errorf("%d bytes: a shorter body was taken", n)
		}
	}
}
