package davtest

import (
	"encoding/xml"
	"slices"
	"strings"

	"convoke/server/davxml"
)

// spaces are the short names of namespaces in transcripts.
var spaces = []struct{ short, space string }{
	{"DAV", davxml.DAV}, {"CALDAV", davxml.CalDAV}, {"CARDDAV", davxml.CardDAV},
	{"CS", davxml.CS}, {"APPLE", davxml.AppleICal}, {"ME", davxml.Me},
}

// short names an element: `DAV:getetag`; `<space>name` for other namespaces.
func short(n xml.Name) string {
	for _, s := range spaces {
		if s.space == n.Space {
			return s.short + ":" + n.Local
		}
	}
	return "<" + n.Space + ">" + n.Local
}

// long is the reverse of short.
func long(s string) xml.Name {
	if rest, ok := strings.CutPrefix(s, "<"); ok {
		space, local, _ := strings.Cut(rest, ">")
		return xml.Name{Space: space, Local: local}
	}
	prefix, local, _ := strings.Cut(s, ":")
	for _, known := range spaces {
		if known.short == prefix {
			return xml.Name{Space: known.space, Local: local}
		}
	}
	return xml.Name{Local: s}
}

// propfind makes the body that asks for a line of names.
func propfind(names string) string {
	var w davxml.Writer
	w.Root(davxml.PropFind)
	w.Start(davxml.Prop)
	for _, n := range strings.Fields(names) {
		w.Empty(long(n))
	}
	w.End()
	w.End()
	return string(w.Bytes())
}

// render gives the body of an answer as transcripts show it.
func render(contentType string, body []byte, asXML bool) string {
	if !strings.Contains(contentType, "xml") {
		return string(body)
	}
	n, err := davxml.Parse(body)
	if err != nil {
		return "unreadable XML: " + err.Error() + "\n" + string(body)
	}
	switch {
	case asXML:
		return canonical(n, "")
	case n.Is(davxml.Multistatus):
		return multistatus(n)
	case n.Is(davxml.Error):
		return condition(n) + "\n"
	}
	return canonical(n, "")
}

func multistatus(n *davxml.Node) string {
	var b strings.Builder
	for _, c := range n.Children {
		switch c.Name {
		case davxml.Response:
			response(&b, c)
		case davxml.SyncToken:
			b.WriteString("sync-token: " + c.Trimmed() + "\n")
		}
	}
	return b.String()
}

func response(b *strings.Builder, n *davxml.Node) {
	b.WriteString(n.ChildText(davxml.Href))
	if status := n.ChildText(davxml.Status); status != "" {
		b.WriteString(" " + code(status))
		if e := n.Child(davxml.Error); e != nil {
			b.WriteString(" !" + condition(e))
		}
	}
	b.WriteByte('\n')
	for _, stat := range n.All(davxml.PropStat) {
		for _, p := range stat.Child(davxml.Prop).Children {
			b.WriteString("  " + code(stat.ChildText(davxml.Status)) + " " + short(p.Name))
			if e := stat.Child(davxml.Error); e != nil {
				b.WriteString(" !" + condition(e))
			}
			value(b, p)
			b.WriteByte('\n')
		}
	}
}

// value writes what a property holds: text, or its children as XML.
func value(b *strings.Builder, p *davxml.Node) {
	if len(p.Children) > 0 {
		b.WriteByte(' ')
		for _, c := range p.Children {
			b.WriteString(compact(c))
		}
		return
	}
	text := lines(p.Text)
	if len(text) == 1 {
		if t := strings.TrimSpace(text[0]); t != "" {
			b.WriteString(" " + t)
		}
		return
	}
	for _, l := range text {
		b.WriteString("\n    " + l)
	}
}

// code gives the number in a status line.
func code(status string) string {
	if f := strings.Fields(status); len(f) > 1 {
		return f[1]
	}
	return status
}

// condition gives the name of the condition in a DAV:error, and its hrefs.
func condition(n *davxml.Node) string {
	var parts []string
	for _, c := range n.Children {
		parts = append(parts, short(c.Name))
		parts = append(parts, deepHrefs(c)...)
	}
	return strings.Join(parts, " ")
}

func deepHrefs(n *davxml.Node) []string {
	hrefs := n.Hrefs()
	for _, c := range n.Children {
		if c.Name != davxml.Href {
			hrefs = append(hrefs, deepHrefs(c)...)
		}
		if c.Is(davxml.Privilege) {
			for _, p := range c.Children {
				hrefs = append(hrefs, short(p.Name))
			}
		}
	}
	return hrefs
}

// compact writes an element on one line.
func compact(n *davxml.Node) string {
	var b strings.Builder
	name := short(n.Name)
	b.WriteString("<" + name)
	attrs := slices.Clone(n.Attrs)
	slices.SortFunc(attrs, func(a, b xml.Attr) int { return strings.Compare(a.Name.Local, b.Name.Local) })
	for _, a := range attrs {
		b.WriteString(" " + a.Name.Local + `="` + a.Value + `"`)
	}
	if len(n.Children) == 0 && n.Trimmed() == "" {
		b.WriteString("/>")
		return b.String()
	}
	b.WriteString(">" + n.Trimmed())
	for _, c := range n.Children {
		b.WriteString(compact(c))
	}
	b.WriteString("</" + name + ">")
	return b.String()
}

// canonical writes a tree with one element a line, to compare XML whatever its prefixes and white space.
func canonical(n *davxml.Node, indent string) string {
	if len(n.Children) == 0 {
		return indent + compact(n) + "\n"
	}
	open, _, _ := strings.Cut(compact(&davxml.Node{Name: n.Name, Attrs: n.Attrs}), "/>")
	var b strings.Builder
	b.WriteString(indent + open + ">" + n.Trimmed() + "\n")
	for _, c := range n.Children {
		b.WriteString(canonical(c, indent+"  "))
	}
	b.WriteString(indent + "</" + short(n.Name) + ">\n")
	return b.String()
}
