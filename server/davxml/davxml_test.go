package davxml

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestParseRefuses(t *testing.T) {
	many := strings.Repeat("<a>", MaxDepth+1) + strings.Repeat("</a>", MaxDepth+1)
	wide := "<a>" + strings.Repeat("<b/>", MaxElements) + "</a>"
	attrs, spaces := "<a", "<a>"
	for i := range MaxAttributes + 1 {
		n := string(rune('a'+i/26)) + string(rune('a'+i%26))
		attrs += " " + n + `=""`
		spaces += "<b xmlns='urn:" + n + "'/>"
	}
	tests := []struct {
		name, body string
		want       error
	}{
		{"nothing", " \n", ErrEmpty},
		{"no XML", "hello", ErrSyntax},
		{"unclosed", "<a><b></b>", ErrSyntax},
		{"crossed tags", "<a><b></a></b>", ErrSyntax},
		{"prefixes of an end tag are compared as written", `<x:a xmlns:x="u" xmlns:y="u"></y:a>`, ErrSyntax},
		{"two roots", "<a/><b/>", ErrSyntax},
		{"text behind the root", "<a/>x", ErrSyntax},
		{"prefix not declared", "<x:a/>", ErrSyntax},
		{"prefix declared empty", `<x:a xmlns:x=""/>`, ErrSyntax},
		{"attribute twice under two prefixes", `<a xmlns:x="u" xmlns:y="u" x:b="" y:b=""/>`, ErrSyntax},
		{"unknown entity", "<a>&b;</a>", ErrSyntax},
		{"control character", "<a>\x01</a>", ErrSyntax},
		{"control character in a comment", "<a><!-- \x01 --></a>", ErrSyntax},
		{"invalid UTF-8", "<a><?p \xff?></a>", ErrSyntax},
		{"reserved prefix declared anew", `<a xmlns:xml="u"/>`, ErrSyntax},
		{"reserved namespace under another prefix", `<a xmlns:x="http://www.w3.org/XML/1998/namespace"/>`, ErrSyntax},
		{"other encoding", `<?xml version="1.0" encoding="utf-16"?><a/>`, ErrSyntax},
		{"document type", `<!DOCTYPE a [<!ENTITY b "c">]><a/>`, ErrDTD},
		{"external entity", `<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>`, ErrExternal},
		{"too deep", many, ErrLimit},
		{"too many elements", wide, ErrLimit},
		{"too many attributes", attrs + "/>", ErrLimit},
		{"too many namespaces", spaces + "</a>", ErrLimit},
	}
	for _, tt := range tests {
		if _, err := Parse([]byte(tt.body)); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}

func TestParse(t *testing.T) {
	n, err := Parse([]byte("\ufeff<?xml version='1.0'?><!-- c --><D:propfind xmlns:D='DAV:'><?pi?>\n <D:prop>" +
		"<C:calendar-data xmlns:C='urn:ietf:params:xml:ns:caldav' version='2.0'> a<!-- -->&lt;<![CDATA[b]]> </C:calendar-data>" +
		"<plain xmlns=''/><D:href> /a </D:href></D:prop></D:propfind>"))
	if err != nil {
		t.Fatal(err)
	}
	prop := n.Child(Prop)
	data := prop.Child(CalendarData)
	if !n.Is(PropFind) || data.Text != " a<b " || data.Attr("version") != "2.0" || data.Trimmed() != "a<b" {
		t.Errorf("got %+v", data)
	}
	if !prop.Has(xml.Name{Local: "plain"}) || len(prop.Hrefs()) != 1 || prop.Hrefs()[0] != "/a" {
		t.Errorf("got %+v", prop)
	}
	var none *Node
	if none.Has(Prop) || none.ChildText(Prop) != "" || none.Attr("x") != "" || none.All(Prop) != nil || none.Is(Prop) {
		t.Error("a nil node has something")
	}
}

// TestNodeXML: dead properties stand alone and keep their bytes, RFC 4918 §4.3.
func TestNodeXML(t *testing.T) {
	tests := []struct{ body, want string }{
		{`<a><b/></a>`, `<b/>`},
		{`<a xmlns="u"><b>x</b></a>`, `<b xmlns="u">x</b>`},
		{`<a xmlns="u"><b xmlns=""/></a>`, `<b xmlns=""/>`},
		{`<a xmlns:x="u" xmlns:y="v"><x:b  k = '>'>&#65;</x:b ></a>`, `<x:b xmlns:x="u"  k = '>'>&#65;</x:b >`},
		{`<a xmlns:x="u"><b><x:c/></b></a>`, `<b xmlns:x="u"><x:c/></b>`},
		{`<a xmlns:x="u"><b xmlns:x="w"><x:c/></b></a>`, `<b xmlns:x="w"><x:c/></b>`},
		{`<a xmlns:x="u"><b k="xmlns:x=''"><x:c/></b></a>`, `<b xmlns:x="u" k="xmlns:x=''"><x:c/></b>`},
		{`<a xml:lang="de"><b/></a>`, `<b xml:lang="de"/>`},
		{`<a xml:lang="de"><b xml:lang="en"/></a>`, `<b xml:lang="en"/>`},
		{`<a xmlns:x="a&amp;&quot;b"><x:b/></a>`, `<x:b xmlns:x="a&amp;&quot;b"/>`},
	}
	for _, tt := range tests {
		n, err := Parse([]byte(tt.body))
		if err != nil {
			t.Fatalf("%s: %v", tt.body, err)
		}
		if got := n.Children[0].XML(); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.body, got, tt.want)
		}
	}
}

func TestWriter(t *testing.T) {
	var w Writer
	w.Root(Multistatus)
	w.Href("/a&b")
	w.Start(CalendarData)
	w.Attr("version", `"<`)
	w.Text("a<&>\"\r\n\x01\xff")
	w.End()
	w.Start(xml.Name{Space: "urn:x", Local: "y"})
	w.End()
	w.Empty(xml.Name{Local: "z"})
	mark, depth := w.Len(), w.Depth()
	w.StartTag(NewTag(GetETag))
	w.Truncate(mark)
	w.Unwind(depth)
	w.StartTag(NewTag(GetETag))
	w.TextBytes([]byte(`"1"`))
	w.End()
	w.End()
	want := Prolog + "<D:multistatus" + Declarations + `><D:href>/a&amp;b</D:href><C:calendar-data version="&quot;&lt;">` +
		"a&lt;&amp;&gt;\"&#13;\n\uFFFD\uFFFD</C:calendar-data>" + `<x:y xmlns:x="urn:x"/><z/><D:getetag>"1"</D:getetag></D:multistatus>`
	if got := string(w.Bytes()); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestCache(t *testing.T) {
	made := 0
	c := NewCache(2, func(n *Node) (string, error) { made++; return n.Name.Local, nil })
	for _, body := range []string{"<a/>", "<a/>", "<b/>", "<c/>", "<c/>"} {
		got, err := c.Parse([]byte(body))
		if err != nil || got != body[1:2] {
			t.Errorf("%s: %q, %v", body, got, err)
		}
	}
	if made != 3 || len(c.entries) > 2 {
		t.Errorf("made %d, kept %d", made, len(c.entries))
	}
	if _, err := c.Parse([]byte("<a")); err == nil {
		t.Error("a bad body was taken")
	}
}

// FuzzParse: what is read can be cut out, written and read again, and encoding/xml agrees that it is well-formed.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"<a/>", `<D:a xmlns:D="DAV:"><D:b xml:lang="e">x&amp;</D:b></D:a>`, "<a><![CDATA[x]]></a>", `<a xmlns="u"><b k='"'/></a>`,
		`<a xmlns:x="u"><b ><x:c></x:c></b></a>`, "<!DOCTYPE a><a/>", "<a\n/>", `<a b="&lt;>"><c/></a>`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body string) {
		n, err := Parse([]byte(body))
		if err != nil {
			return
		}
		for _, c := range n.Children {
			again, err := Parse([]byte("<r>" + c.XML() + "</r>"))
			if err != nil {
				if errors.Is(err, ErrLimit) {
					return
				}
				t.Fatalf("%q cut out as %q: %v", body, c.XML(), err)
			}
			if a := again.Children[0]; a.Name != c.Name || a.Text != c.Text || len(a.Children) != len(c.Children) {
				t.Fatalf("%q cut out as %q differs", body, c.XML())
			}
		}
		d := xml.NewDecoder(strings.NewReader(body))
		for {
			if _, err := d.Token(); err == io.EOF {
				break
			} else if err != nil {
				t.Fatalf("%q: encoding/xml says %v", body, err)
			}
		}
	})
}

// FuzzWriter: any text comes out as well-formed XML.
// A fold within a character moves in front of it; what is no character at all is replaced.
func TestFoldedCharacters(t *testing.T) {
	for in, want := range map[string]string{
		"right\xc2\r\n \xa0here":         "right&#13;\n \u00a0here",
		"a\xf0\n \x9f\n\t\x8e\r\n \x89b": "a&#13;\n 🎉b",
		"a\xc2\r\n\xa0":                  "a\ufffd&#13;\n\ufffd",
		"a\xc2\r\n b":                    "a\ufffd&#13;\n b",
		"a\xc2":                          "a\ufffd",
		"\xe2\r\n \x28\xa1":              "\ufffd&#13;\n (\ufffd",
	} {
		if got := string(escaped(nil, in, false)); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func FuzzWriter(f *testing.F) {
	f.Add("a\r\n<&>\"\x00\xff\uFFFE", "urn:<\"")
	f.Fuzz(func(t *testing.T, text, space string) {
		var w Writer
		w.Start(xml.Name{Space: "u" + space, Local: "a"})
		w.Attr("b", text)
		w.Text(text)
		w.End()
		n, err := Parse(w.Bytes())
		if err != nil || len(n.Attrs) != 1 {
			t.Fatalf("%q: %v", w.Bytes(), err)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	body := []byte(`<?xml version="1.0" encoding="utf-8"?><D:propfind xmlns:D="DAV:" xmlns:CS="http://calendarserver.org/ns/"><D:prop><CS:getctag/></D:prop></D:propfind>`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(body); err != nil {
			b.Fatal(err)
		}
	}
}
