package davxml

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// The bounds of a request body besides its bytes.
const (
	MaxDepth      = 64
	MaxElements   = 100_000
	MaxAttributes = 64 // of one element, declarations included
	MaxNamespaces = 64 // declared in one body
)

// Errors of Parse. ErrSyntax covers all that is not well-formed and namespace-well-formed XML.
var (
	ErrSyntax = errors.New("davxml: not well-formed")
	ErrLimit  = errors.New("davxml: over a limit")
	ErrDTD    = errors.New("davxml: document type declaration refused") // RFC 4918 §20.6
	ErrEmpty  = errors.New("davxml: empty body")

	// ErrExternal is an ErrDTD that names something outside of the body.
	ErrExternal = fmt.Errorf("%w: external entity", ErrDTD)
)

const xmlSpace = "http://www.w3.org/XML/1998/namespace"

// reader builds the tree of one body.
type reader struct {
	body       []byte
	dec        *xml.Decoder
	open       []*Node
	texts      [][]byte
	scopes     []*scope // in force within the element of the same index
	langs      []string
	starts     []int64
	elements   int
	namespaces int
	root       *Node
}

// Parse reads one document. The tree refers to body, which must not change afterwards.
// Processing instructions and comments are skipped (RFC 4918 §17).
func Parse(body []byte) (*Node, error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, ErrEmpty
	}
	if !characters(body) {
		return nil, fmt.Errorf("%w: not UTF-8, or a character that XML excludes", ErrSyntax)
	}
	r := &reader{body: body, dec: xml.NewDecoder(bytes.NewReader(body))}
	for {
		from := r.dec.InputOffset()
		tok, err := r.dec.RawToken()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %v", ErrSyntax, err)
		}
		if err := r.token(tok, from); err != nil {
			return nil, err
		}
	}
	if r.root == nil || len(r.open) > 0 {
		return nil, fmt.Errorf("%w: unexpected end", ErrSyntax)
	}
	return r.root, nil
}

// characters tells whether all bytes are UTF-8 of what XML 1.0 §2.2 allows. The tokenizer lets some pass
// in comments, and a dead property that holds one would spoil every answer it is part of.
func characters(body []byte) bool {
	for _, c := range body {
		if c < 0x20 && c != '\t' && c != '\n' && c != '\r' {
			return false
		}
	}
	return utf8.Valid(body) && !bytes.Contains(body, []byte("\uFFFE")) && !bytes.Contains(body, []byte("\uFFFF"))
}

func (r *reader) token(tok xml.Token, from int64) error {
	switch t := tok.(type) {
	case xml.StartElement:
		return r.start(t, from)
	case xml.EndElement:
		return r.end(t)
	case xml.CharData:
		if len(r.open) > 0 {
			at := len(r.open) - 1
			r.texts[at] = append(r.texts[at], t...)
		} else if len(bytes.TrimSpace(bytes.TrimPrefix(t, []byte("\ufeff")))) > 0 {
			return fmt.Errorf("%w: text outside of the root element", ErrSyntax)
		}
	case xml.Directive:
		if bytes.Contains(t, []byte("SYSTEM")) || bytes.Contains(t, []byte("PUBLIC")) {
			return ErrExternal
		}
		return ErrDTD
	}
	return nil
}

func (r *reader) start(t xml.StartElement, from int64) error {
	if r.root != nil && len(r.open) == 0 {
		return fmt.Errorf("%w: second root element", ErrSyntax)
	}
	r.elements++
	if len(r.open) >= MaxDepth || r.elements > MaxElements || len(t.Attr) > MaxAttributes {
		return ErrLimit
	}
	outer, lang := r.around()
	inner, err := r.declarations(t.Attr, outer)
	if err != nil {
		return err
	}
	name, err := resolve(t.Name, inner, true)
	if err != nil {
		return err
	}
	n := &Node{Name: name, scope: outer, lang: lang}
	if n.Attrs, err = attributes(t.Attr, inner); err != nil {
		return err
	}
	for _, a := range n.Attrs {
		if a.Name.Space == xmlSpace && a.Name.Local == "lang" {
			lang = a.Value
		}
	}
	n.tag = 1 + len(t.Name.Local)
	if t.Name.Space != "" {
		n.tag += len(t.Name.Space) + 1
	}
	if len(r.open) > 0 {
		parent := r.open[len(r.open)-1]
		parent.Children = append(parent.Children, n)
	} else {
		r.root = n
	}
	r.open = append(r.open, n)
	r.scopes = append(r.scopes, inner)
	r.langs = append(r.langs, lang)
	r.starts = append(r.starts, from)
	r.texts = append(r.texts, nil)
	return nil
}

// around gives what is in force where the next element starts.
func (r *reader) around() (*scope, string) {
	if len(r.open) == 0 {
		return nil, ""
	}
	last := len(r.open) - 1
	return r.scopes[last], r.langs[last]
}

func (r *reader) end(t xml.EndElement) error {
	last := len(r.open) - 1
	if last < 0 {
		return fmt.Errorf("%w: unexpected end tag", ErrSyntax)
	}
	n := r.open[last]
	from, to := r.starts[last], r.dec.InputOffset()
	n.raw = r.body[from:to:to]
	written := t.Name.Local
	if t.Name.Space != "" {
		written = t.Name.Space + ":" + written
	}
	// RawToken does not match tags; the name as written in the start tag decides.
	if string(n.raw[1:min(n.tag, len(n.raw))]) != written {
		return fmt.Errorf("%w: end tag %q does not match", ErrSyntax, written)
	}
	n.Text = string(r.texts[last])
	r.open, r.scopes, r.langs = r.open[:last], r.scopes[:last], r.langs[:last]
	r.starts, r.texts = r.starts[:last], r.texts[:last]
	return nil
}

// declarations adds the xmlns attributes of an element to the scope around it.
func (r *reader) declarations(attrs []xml.Attr, s *scope) (*scope, error) {
	for _, a := range attrs {
		prefix := ""
		switch {
		case a.Name.Space == "xmlns":
			prefix = a.Name.Local
			// Namespaces in XML 1.0 §2.2 and §3: no empty one, and the reserved prefixes stay.
			if a.Value == "" || prefix == "xmlns" || (prefix == "xml") != (a.Value == xmlSpace) {
				return nil, fmt.Errorf("%w: bad declaration of prefix %q", ErrSyntax, prefix)
			}
		case a.Name.Space == "" && a.Name.Local == "xmlns":
		default:
			continue
		}
		if r.namespaces++; r.namespaces > MaxNamespaces {
			return nil, ErrLimit
		}
		s = &scope{prefix: prefix, space: a.Value, outer: s}
	}
	return s, nil
}

// attributes resolves the names of those that are no declarations.
func attributes(attrs []xml.Attr, s *scope) ([]xml.Attr, error) {
	var kept []xml.Attr
	for _, a := range attrs {
		if a.Name.Space == "xmlns" || a.Name.Space == "" && a.Name.Local == "xmlns" {
			continue
		}
		name, err := resolve(a.Name, s, false)
		if err != nil {
			return nil, err
		}
		for _, k := range kept {
			if k.Name == name {
				return nil, fmt.Errorf("%w: attribute %q twice", ErrSyntax, name.Local)
			}
		}
		kept = append(kept, xml.Attr{Name: name, Value: a.Value})
	}
	return kept, nil
}

// resolve turns a prefix into a namespace; attributes without one have none.
func resolve(name xml.Name, s *scope, element bool) (xml.Name, error) {
	switch {
	case name.Local == "" || strings.ContainsRune(name.Local, ':') || !utf8.ValidString(name.Local):
		return name, fmt.Errorf("%w: name %q", ErrSyntax, name.Local)
	case name.Space == "xml":
		return xml.Name{Space: xmlSpace, Local: name.Local}, nil
	case name.Space == "" && !element:
		return name, nil
	}
	space, ok := s.lookup(name.Space)
	if !ok {
		return name, fmt.Errorf("%w: prefix %q unknown", ErrSyntax, name.Space)
	}
	return xml.Name{Space: space, Local: name.Local}, nil
}
