package davxml

import (
	"bytes"
	"encoding/xml"
	"strings"
)

// Node is one element of a request body. It is immutable: Parse may hand the same tree to many requests.
type Node struct {
	Name     xml.Name
	Attrs    []xml.Attr // without namespace declarations; names resolved
	Children []*Node
	Text     string // the character data directly within, entities resolved, not trimmed

	raw   []byte // the element as it was sent, from '<' to '>'
	tag   int    // offset in raw just behind the element's name
	scope *scope // the declarations in force around the element
	lang  string // xml:lang in force around the element
}

// scope is one namespace declaration and those around it.
type scope struct {
	prefix, space string
	outer         *scope
}

// lookup gives the namespace of a prefix; "" is the default namespace.
func (s *scope) lookup(prefix string) (string, bool) {
	for ; s != nil; s = s.outer {
		if s.prefix == prefix {
			return s.space, true
		}
	}
	return "", prefix == ""
}

// Is tells whether n is an element of that name; false for a nil n.
func (n *Node) Is(name xml.Name) bool { return n != nil && n.Name == name }

// Child gives the first child of that name, or nil. A nil n has no children.
func (n *Node) Child(name xml.Name) *Node {
	if n == nil {
		return nil
	}
	for _, c := range n.Children {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// All gives the children of that name, in order.
func (n *Node) All(name xml.Name) []*Node {
	if n == nil {
		return nil
	}
	var found []*Node
	for _, c := range n.Children {
		if c.Name == name {
			found = append(found, c)
		}
	}
	return found
}

// Has tells whether n has a child of that name.
func (n *Node) Has(name xml.Name) bool { return n.Child(name) != nil }

// ChildText gives the trimmed text of the first child of that name, or "".
func (n *Node) ChildText(name xml.Name) string { return n.Child(name).Trimmed() }

// Trimmed gives the text without the white space around it; "" for a nil n.
func (n *Node) Trimmed() string {
	if n == nil {
		return ""
	}
	return strings.TrimSpace(n.Text)
}

// Hrefs gives the trimmed text of each DAV:href child, in order.
func (n *Node) Hrefs() []string {
	if n == nil {
		return nil
	}
	var hrefs []string
	for _, c := range n.Children {
		if c.Name == Href {
			hrefs = append(hrefs, c.Trimmed())
		}
	}
	return hrefs
}

// Attr gives the value of an attribute without namespace, or "".
func (n *Node) Attr(local string) string {
	v, _ := n.LookupAttr(local)
	return v
}

// LookupAttr is Attr that also tells whether the attribute is there.
func (n *Node) LookupAttr(local string) (string, bool) {
	if n == nil {
		return "", false
	}
	for _, a := range n.Attrs {
		if a.Name.Space == "" && a.Name.Local == local {
			return a.Value, true
		}
	}
	return "", false
}

// XML gives the element as it was sent, made to stand alone: the namespace declarations
// and the xml:lang in force around it are added to its start tag (RFC 4918 §4.3, §4.4).
func (n *Node) XML() string {
	var b strings.Builder
	b.Grow(len(n.raw) + 64)
	b.Write(n.raw[:n.tag])
	seen := map[string]bool{}
	for s := n.scope; s != nil; s = s.outer {
		if seen[s.prefix] {
			continue
		}
		seen[s.prefix] = true
		n.declare(&b, s)
	}
	if n.lang != "" && !bytes.Contains(n.startTag(), []byte("xml:lang")) {
		b.WriteString(` xml:lang="`)
		b.WriteString(attribute(n.lang))
		b.WriteByte('"')
	}
	b.Write(n.raw[n.tag:])
	return b.String()
}

// declare writes the declaration s unless the element makes it itself or cannot need it.
func (n *Node) declare(b *strings.Builder, s *scope) {
	attr := "xmlns"
	if s.prefix != "" {
		if !bytes.Contains(n.raw, []byte(s.prefix+":")) {
			return
		}
		attr += ":" + s.prefix
	} else if s.space == "" {
		return
	}
	if declares(n.startTag(), attr) {
		return
	}
	b.WriteByte(' ')
	b.WriteString(attr)
	b.WriteString(`="`)
	b.WriteString(attribute(s.space))
	b.WriteByte('"')
}

// startTag gives the attributes of the element as sent.
func (n *Node) startTag() []byte {
	var quote byte
	for i := n.tag; i < len(n.raw); i++ {
		switch c := n.raw[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return n.raw[n.tag:i]
		}
	}
	return nil
}

// declares tells whether a start tag sets the attribute attr, looking outside of quoted values only.
func declares(tag []byte, attr string) bool {
	var quote byte
	for i := 0; i < len(tag); i++ {
		switch c := tag[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case isSpace(c) && bytes.HasPrefix(tag[i+1:], []byte(attr)):
			rest := bytes.TrimLeft(tag[i+1+len(attr):], " \t\r\n")
			if len(rest) > 0 && rest[0] == '=' {
				return true
			}
		}
	}
	return false
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }
