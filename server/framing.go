package server

import (
	"bytes"
	"io"
	"strings"
)

// framing follows the requests on one HTTP/1 connection and finds what net/http lets
// pass though a proxy in front may read it differently (reliability.md §3,
// RFC 9112 §2.2, §5.2, §6.3): a line that ends in LF alone, a folded header line, a
// length beside a transfer coding, and a transfer coding in HTTP/1.0. It judges no more than that; the rest is
// net/http's.
//
// Over TLS it reads what was decrypted (see tlsListener). HTTP/2 has no such lines.
type framing struct {
	state  framingState
	left   int64  // bytes of the body or chunk that are still to come
	line   []byte // the present line so far, at most maxKept bytes of it
	length bool   // Content-Length was seen
	coding bool   // Transfer-Encoding was seen
	old    bool   // it is HTTP/1.0
	size   int64  // Content-Length
}

type framingState uint8

const (
	inRequestLine framingState = iota
	inHeader
	inBody      // left bytes to the next request
	inChunkSize // the line before a chunk
	inChunk     // left bytes, with the line end behind them
	inTrailer
	lost // net/http will refuse this and close
)

// maxKept is how much of a line is looked at: names and lengths are shorter.
const maxKept = 64

// scan reads what came in and gives the place of the first byte that is not let
// pass, or -1.
func (f *framing) scan(p []byte) int {
	for at := 0; at < len(p); {
		switch f.state {
		case lost:
			return -1
		case inBody, inChunk:
			n := min(f.left, int64(len(p)-at))
			at += int(n)
			if f.left -= n; f.left > 0 {
				return -1
			}
			if f.state == inChunk {
				f.state = inChunkSize
			} else {
				f.next()
			}
		default:
			n, good := f.scanLine(p[at:])
			at += n
			if !good {
				f.state = lost
				return at
			}
		}
	}
	return -1
}

// scanLine reads up to the end of a line. If that is not good, n is where it is not.
func (f *framing) scanLine(p []byte) (n int, good bool) {
	if f.state == inHeader && len(f.line) == 0 && (p[0] == ' ' || p[0] == '\t') {
		return 0, false
	}
	end := bytes.IndexByte(p, '\n')
	piece := p
	if end >= 0 {
		piece = p[:end]
	}
	cr := len(piece) > 0 && piece[len(piece)-1] == '\r' || len(piece) == 0 && f.endsInCR()
	f.keep(piece)
	if end < 0 {
		return len(p), true
	}
	if !cr {
		return end, false
	}
	line := f.line[:len(f.line)-1]
	good = f.endLine(line)
	f.line = f.line[:0]
	if !good {
		return end, false
	}
	return end + 1, true
}

func (f *framing) endsInCR() bool {
	return len(f.line) > 0 && f.line[len(f.line)-1] == '\r'
}

// keep adds to the present line. Of a long request line the end is kept, which has the
// version; of another long line the beginning, and the last byte, to know a CR.
func (f *framing) keep(piece []byte) {
	if f.state == inRequestLine {
		f.line = append(f.line, piece[max(0, len(piece)-maxKept):]...)
		if over := len(f.line) - maxKept; over > 0 {
			f.line = append(f.line[:0], f.line[over:]...)
		}
		return
	}
	if room := maxKept - len(f.line); len(piece) <= room {
		f.line = append(f.line, piece...)
		return
	} else if room > 0 {
		f.line = append(f.line, piece[:room]...)
	}
	f.line[maxKept-1] = piece[len(piece)-1]
}

// endLine takes a whole line, without its end; false refuses it.
func (f *framing) endLine(line []byte) bool {
	switch f.state {
	case inRequestLine:
		f.state, f.old = inHeader, bytes.HasSuffix(line, []byte("HTTP/1.0"))
	case inHeader:
		if len(line) > 0 {
			return f.header(line)
		}
		switch {
		case f.coding:
			f.state = inChunkSize
		case f.length && f.size > 0:
			f.state, f.left = inBody, f.size
		default:
			f.next()
		}
	case inChunkSize:
		n, ok := hexSize(line)
		switch {
		case !ok:
			f.state = lost
		case n == 0:
			f.state = inTrailer
		default:
			f.state, f.left = inChunk, n+2
		}
	case inTrailer:
		if len(line) == 0 {
			f.next()
		}
	}
	return true
}

// next is the end of a request.
func (f *framing) next() {
	*f = framing{line: f.line[:0]}
}

// header takes one header line. A length that cannot be read is refused by net/http.
func (f *framing) header(line []byte) bool {
	switch line[0] {
	case 'c', 'C', 't', 'T':
	default:
		return true
	}
	name, value, _ := strings.Cut(string(line), ":")
	switch {
	case strings.EqualFold(name, "Content-Length"):
		f.length = true
		f.size = 0
		for _, c := range strings.TrimSpace(value) {
			if c < '0' || c > '9' || f.size > 1<<50 {
				f.state = lost
				return true
			}
			f.size = f.size*10 + int64(c-'0')
		}
	case strings.EqualFold(name, "Transfer-Encoding"):
		f.coding = true
	}
	return !f.coding || !f.length && !f.old
}

// hexSize reads the size of a chunk, in front of its extensions.
func hexSize(line []byte) (int64, bool) {
	text, _, _ := strings.Cut(string(line), ";")
	text = strings.TrimRight(text, " \t")
	if text == "" || len(text) > 15 {
		return 0, false
	}
	var n int64
	for _, c := range text {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		n = n<<4 | int64(c)
	}
	return n, true
}

// spoiled stands in place of what is not let pass: a NUL, which no line of a header
// may hold, so that net/http itself answers 400 and closes.
const spoiled = "\x00\r\n\r\n"

// framed reads a connection through a framing.
type framed struct {
	in   io.Reader
	f    framing
	left string // of spoiled, to be given
	done bool
}

// Read is io.Reader's. Behind what was spoiled nothing is read.
func (r *framed) Read(p []byte) (int, error) {
	if r.done {
		if r.left == "" {
			return 0, io.EOF
		}
		n := copy(p, r.left)
		r.left = r.left[n:]
		return n, nil
	}
	n, err := r.in.Read(p)
	if bad := r.f.scan(p[:n]); bad >= 0 {
		r.done = true
		n = copy(p[bad:], spoiled)
		r.left = spoiled[n:]
		return bad + n, nil
	}
	return n, err
}
