package vcard

import (
	"errors"
	"iter"
	"strings"
	"unsafe"

	"convoke/internal/contentline"
)

// Parse reads exactly one card. Errors are *Error; a version that is not supported
// is no error here but in Validate. Nothing but blank lines may stand around the card.
func Parse(data []byte) (*Card, error) {
	if len(data) == 0 {
		return nil, &Error{Reason: "no card"}
	}
	// The card is a view of data: cards live in a cache beside their bytes.
	return parse(unsafe.String(unsafe.SliceData(data), len(data)))
}

func parse(source string) (*Card, error) {
	c := &Card{source: source}
	text, joined := joinQuotedPrintable(source)
	c.joined = joined
	s := contentline.NewScanner(text, contentline.Limits{Params: MaxParams})
	var line contentline.Line
	if !s.Scan(&line) {
		if s.Err() != nil {
			return nil, ofLines(s.Err())
		}
		return nil, &Error{Reason: "no card"}
	}
	if !isFrame(&line, "BEGIN") {
		return nil, &Error{Line: line.Number, Reason: "no BEGIN:VCARD"}
	}
	c.head = line.Raw
	c.props = make([]Property, 0, min(MaxProperties, strings.Count(text, "\n")))
	if err := c.body(s, &line); err != nil {
		return nil, err
	}
	if s.Scan(&line) {
		return nil, &Error{Line: line.Number, Reason: "more than one card"}
	}
	if s.Err() != nil {
		return nil, ofLines(s.Err())
	}
	return c, nil
}

// ofLines makes an error about content lines one about the card.
func ofLines(err error) error {
	var syntax *contentline.SyntaxError
	var limit *contentline.LimitError
	switch {
	case errors.As(err, &syntax):
		return &Error{Line: syntax.Line, Reason: syntax.Reason}
	case errors.As(err, &limit):
		return tooMany(limit.Line, limit.What, limit.Limit)
	}
	return err
}

func tooMany(line int, what string, limit int) error {
	return &Error{Line: line, Reason: "more than " + itoa(limit) + " " + what}
}

// body reads what stands between BEGIN and END.
func (c *Card) body(s *contentline.Scanner, line *contentline.Line) error {
	depth := 1
	for s.Scan(line) {
		nested := depth > 1
		switch {
		case isFrame(line, "BEGIN"):
			if depth++; depth > MaxNesting {
				return tooMany(line.Number, "nested cards", MaxNesting)
			}
			nested = true
		case isFrame(line, "END"):
			if depth--; depth == 0 {
				c.tail = line.Raw
				return nil
			}
		case line.Name == "VERSION" && !nested:
			if v := Version(strings.TrimSpace(line.Value)); c.version == "" {
				c.version = v
			} else if c.version != v {
				return &Error{Line: line.Number, Reason: "two versions"}
			}
		}
		if len(c.props) == MaxProperties {
			return tooMany(line.Number, "properties", MaxProperties)
		}
		c.add(line, nested)
	}
	if s.Err() != nil {
		return ofLines(s.Err())
	}
	return &Error{Line: line.Number, Reason: "no END:VCARD"}
}

func (c *Card) add(line *contentline.Line, nested bool) {
	p := Property{Group: line.Group, Name: line.Name, Params: line.Params, raw: line.Raw, nested: nested}
	if len(line.Value) > largeValue && len(line.Raw) > len(line.Value)+len(line.Value)/100 {
		p.large = true // folded: the value is a copy
	} else {
		p.value = line.Value
	}
	c.props = append(c.props, p)
}

func isFrame(l *contentline.Line, name string) bool {
	return l.Name == name && strings.EqualFold(strings.TrimSpace(l.Value), "VCARD")
}

// joinQuotedPrintable takes out the soft line breaks of vCard 2.1: a "=" at the end
// of a quoted-printable line, after which the next line goes on without a blank.
func joinQuotedPrintable(text string) (string, bool) {
	if !strings.Contains(text, "=\n") && !strings.Contains(text, "=\r\n") {
		return text, false
	}
	var b strings.Builder
	joined, soft := false, false
	for rest := text; rest != ""; {
		end := strings.IndexByte(rest, '\n') + 1
		if end == 0 {
			end = len(rest)
		}
		line := rest[:end]
		rest = rest[end:]
		body := strings.TrimRight(line, "\r\n")
		if !soft && !(strings.HasSuffix(body, "=") && namesQuotedPrintable(body)) {
			b.WriteString(line)
			continue
		}
		if soft = strings.HasSuffix(body, "="); soft {
			joined = true
			b.WriteString(body[:len(body)-1])
			continue
		}
		b.WriteString(line)
	}
	if !joined {
		return text, false
	}
	return b.String(), true
}

// namesQuotedPrintable looks for the encoding among the parameters of a line.
func namesQuotedPrintable(line string) bool {
	head, _, ok := strings.Cut(line, ":")
	return ok && strings.Contains(strings.ToUpper(head), "QUOTED-PRINTABLE")
}

// Item is one card of a stream, or what stood in its place.
type Item struct {
	Line int    // physical line of its first line, from 1
	Raw  []byte // exact bytes
	Card *Card  // nil with Err
	Err  error  // what is wrong; line numbers within count from the start of the stream
}

// ParseStream reads any number of cards one after the other, as address books are
// exported. A card in error is reported and does not stop the rest; text between
// cards is reported once as an error unless it is blank.
func ParseStream(data []byte) iter.Seq[Item] {
	return func(yield func(Item) bool) {
		number, start, first, depth := 0, 0, 1, 0
		for pos := 0; pos < len(data); {
			end := lineEnd(data, pos)
			line := strings.TrimSpace(strings.TrimPrefix(string(data[pos:min(end, pos+64)]), "\ufeff"))
			number++
			switch {
			case isMark(line, "BEGIN"):
				if depth == 0 {
					if !flushJunk(data[start:pos], first, yield) {
						return
					}
					start, first = pos, number
				}
				depth++
			case isMark(line, "END") && depth > 0:
				if depth--; depth == 0 {
					if !yield(item(data[start:end], first)) {
						return
					}
					start, first = end, number+1
				}
			}
			pos = end
		}
		if depth > 0 {
			yield(item(data[start:], first))
			return
		}
		flushJunk(data[start:], first, yield)
	}
}

func isMark(line, word string) bool {
	name, value, ok := strings.Cut(line, ":")
	return ok && strings.EqualFold(strings.TrimSpace(name), word) && strings.EqualFold(strings.TrimSpace(value), "VCARD")
}

// lineEnd gives the position behind the line that begins at pos.
func lineEnd(data []byte, pos int) int {
	for i := pos; i < len(data); i++ {
		if data[i] == '\n' || data[i] == '\r' && (i+1 == len(data) || data[i+1] != '\n') {
			return i + 1
		}
	}
	return len(data)
}

func flushJunk(junk []byte, line int, yield func(Item) bool) bool {
	if strings.TrimSpace(strings.TrimPrefix(string(junk), "\ufeff")) == "" {
		return true
	}
	return yield(Item{Line: line, Raw: junk, Err: &Error{Line: line, Reason: "text outside a card"}})
}

func item(raw []byte, line int) Item {
	it := Item{Line: line, Raw: raw}
	it.Card, it.Err = Parse(raw)
	it.Err = shift(it.Err, line-1)
	return it
}

// shift makes the line number of an error count from the start of the stream.
func shift(err error, lines int) error {
	var e *Error
	if errors.As(err, &e) && e.Line > 0 {
		return &Error{Line: e.Line + lines, Reason: e.Reason}
	}
	return err
}
