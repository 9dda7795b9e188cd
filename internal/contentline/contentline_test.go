package contentline

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func scanAll(data string) (lines []Line, err error) {
	s := NewScanner(data, Limits{})
	var l Line
	for s.Scan(&l) {
		lines = append(lines, l)
	}
	return lines, s.Err()
}

func TestScan(t *testing.T) {
	type want struct{ group, name, params, value string }
	for _, c := range []struct {
		why, in string
		want    []want
	}{
		{"RFC 5545 §3.1 example of folding", "DESCRIPTION:This is a lo\r\n ng description\r\n  that exists on a long line.\r\n",
			[]want{{"", "DESCRIPTION", "", "This is a long description that exists on a long line."}}},
		{"RFC 5545 §3.1: a TAB folds too", "A:b\r\n\tc\r\n", []want{{"", "A", "", "bc"}}},
		{"LF alone", "A:1\nB:2\n", []want{{"", "A", "", "1"}, {"", "B", "", "2"}}},
		{"CR alone", "A:1\rB:2\r 3\rC:4", []want{{"", "A", "", "1"}, {"", "B", "", "23"}, {"", "C", "", "4"}}},
		{"CR CR LF", "A:1\r\r\nB:2\r\r\n", []want{{"", "A", "", "1"}, {"", "B", "", "2"}}},
		{"blank lines", "\r\n\r\nA:1\r\n\r\nB:2\r\n\r\n", []want{{"", "A", "", "1"}, {"", "B", "", "2"}}},
		{"byte order mark", "\ufeffA:1\r\n", []want{{"", "A", "", "1"}}},
		{"fold inside UTF-8", "A:\xc3\r\n \xa4\r\n", []want{{"", "A", "", "ä"}}},
		{"no line end at the end", "A:1", []want{{"", "A", "", "1"}}},
		{"names are compared without case", "begin:x\n", []want{{"", "BEGIN", "", "x"}}},
		{"colon in quotes", `A;P="x:y";Q=z:v:w`, []want{{"", "A", `;P="x:y";Q=z`, "v:w"}}},
		{"quotes that don't pair", `A;P=5" wide:v`, []want{{"", "A", `;P=5" wide`, "v"}}},
		{"raw line break in quotes (Kozea/Radicale#1492)", "A;X=\"one\ntwo\";Y=z:geo:1,2\nB:1\n",
			[]want{{"", "A", ";X=\"one\ntwo\";Y=z", "geo:1,2"}, {"", "B", "", "1"}}},
		{"vCard group, RFC 6350 §3.3", "item1.TEL;TYPE=home:1\n", []want{{"item1", "TEL", ";TYPE=home", "1"}}},
		{"empty value", "A:\n", []want{{"", "A", "", ""}}},
		{"blanks before the colon", "A  :1\nB ;C=d:2\n", []want{{"", "A", "", "1"}, {"", "B", ";C=d", "2"}}},
	} {
		t.Run(c.why, func(t *testing.T) {
			lines, err := scanAll(c.in)
			if err != nil {
				t.Fatal(err)
			}
			var got []want
			raw := ""
			for _, l := range lines {
				got = append(got, want{l.Group, l.Name, l.Params, l.Value})
				raw += l.Raw
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if raw != c.in {
				t.Errorf("raw %q, want %q", raw, c.in)
			}
		})
	}
}

func TestScanErrors(t *testing.T) {
	for _, c := range []struct {
		why, in string
		line    int
	}{
		{"no colon", "A:1\r\nnonsense\r\n", 2},
		{"no name", "A:1\n:x\n", 2},
		{"text that lost its fold", "A:1\nsome more text: and a colon\n", 2},
		{"NUL", "A:1\nB:\x00\n", 2},
		{"escape character", "A:\x1b[0m\n", 1},
		{"DEL", "A:1\n\nB:\x7f\n", 3},
		{"U+FFFF, which XML cannot carry", "A:\uffff\n", 1},
		{"not UTF-8", "A:1\nB:x\n y\nC:\xe4\n", 4},
	} {
		t.Run(c.why, func(t *testing.T) {
			_, err := scanAll(c.in)
			var syntax *SyntaxError
			if !errors.As(err, &syntax) || syntax.Line != c.line {
				t.Errorf("got %v, want a syntax error in line %d", err, c.line)
			}
		})
	}
	_, err := scanAll("A" + strings.Repeat(";P=1", 101) + ":x")
	var limit *LimitError
	if !errors.As(err, &limit) || limit.Limit != 100 {
		t.Errorf("101 parameters: got %v", err)
	}
}

func TestLineNumbers(t *testing.T) {
	lines, err := scanAll("\r\nA:1\r\n 2\r\n\r\nB:1\rC:1\n")
	if err != nil {
		t.Fatal(err)
	}
	var got []int
	for _, l := range lines {
		got = append(got, l.Number)
	}
	if want := []int{2, 5, 6}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestParams(t *testing.T) {
	for _, c := range []struct {
		why, in string
		want    []Param
	}{
		{"list, RFC 5545 §3.1.1", `;MEMBER="mailto:a@x","mailto:b@x";CN=Al`,
			[]Param{{"MEMBER", []string{"mailto:a@x", "mailto:b@x"}}, {"CN", []string{"Al"}}}},
		{"RFC 6868 §3.2 example", `;CN=George Herman ^'Babe^' Ruth`, []Param{{"CN", []string{`George Herman "Babe" Ruth`}}}},
		{"RFC 6868 §3.2 line break and circumflex", `;X="a^nb^^n"`, []Param{{"X", []string{"a\nb^n"}}}},
		{"RFC 6868 §3.2: other pairs stay", `;X=^a^`, []Param{{"X", []string{"^a^"}}}},
		{"vCard 2.1", `;HOME;ENCODING=QUOTED-PRINTABLE`, []Param{{"HOME", nil}, {"ENCODING", []string{"QUOTED-PRINTABLE"}}}},
		{"empty value", `;X=`, []Param{{"X", []string{""}}}},
		{"open quote", `;X="a;Y=b`, []Param{{"X", []string{`"a`}}, {"Y", []string{"b"}}}},
		{"equals sign in quotes", `;X="a=b;c"`, []Param{{"X", []string{"a=b;c"}}}},
	} {
		t.Run(c.why, func(t *testing.T) {
			got := ParseParams(c.in)
			equal := slices.EqualFunc(got, c.want, func(a, b Param) bool { return a.Name == b.Name && slices.Equal(a.Values, b.Values) })
			if !equal {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestSetParam(t *testing.T) {
	for _, c := range []struct{ in, name, value, want string }{
		{";A=1;B=2", "A", "3", ";A=3;B=2"},
		{";a=1;B=2", "A", "3", ";A=3;B=2"},
		{"", "CN", `Joe "J" X`, ";CN=Joe ^'J^' X"},
		{"", "CN", "a;b", `;CN="a;b"`},
		{";A=1", "N", "x\ny^", ";A=1;N=x^ny^^"},
		{`;A="1;2";B=x`, "B", "y", `;A="1;2";B=y`},
	} {
		if got := SetParam(c.in, c.name, c.value); got != c.want {
			t.Errorf("SetParam(%q, %s, %q) = %q, want %q", c.in, c.name, c.value, got, c.want)
		}
	}
	if got := SetParam(";A=1;B=2;A=3", "A"); got != ";B=2" {
		t.Errorf("removal gives %q", got)
	}
}

func TestFold(t *testing.T) {
	for _, text := range []string{
		"A:" + strings.Repeat("x", 73), "A:" + strings.Repeat("x", 74), "A:" + strings.Repeat("ä", 200),
		"A:" + strings.Repeat("€", 200), "A:x" + strings.Repeat("😀", 100), "A:",
	} {
		out := string(AppendFolded(nil, text))
		for _, phys := range strings.Split(strings.TrimSuffix(out, "\r\n"), "\r\n") {
			if len(phys) > 75 {
				t.Errorf("a line of %d octets (RFC 5545 §3.1)", len(phys))
			}
			if !utf8.ValidString(phys) {
				t.Errorf("cut inside UTF-8: %q", phys)
			}
		}
		lines, err := scanAll(out)
		if err != nil || len(lines) != 1 || "A:"+lines[0].Value != text {
			t.Errorf("%q does not come back: %v", text, err)
		}
	}
	if got := string(Append(nil, "", "A", "", "x\r\nEND:VCALENDAR")); got != "A:x END:VCALENDAR\r\n" {
		t.Errorf("a line break in a value breaks out: %q", got)
	}
}

func FuzzScan(f *testing.F) {
	for _, s := range []string{"A:1\r\n 2\r\n", "A;X=\"a\nb\":c\n", "\ufeff\r\rA:1\r", "A;B=^n^':c", "A;\"=:\";x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, data string) {
		lines, err := scanAll(data)
		if err != nil {
			return
		}
		raw := ""
		for _, l := range lines {
			raw += l.Raw
			list := ParseParams(l.Params)
			again := ParseParams(FormatParams(list))
			for i := range list {
				if list[i].Name == "" || strings.ContainsAny(list[i].Name, "\"\n") {
					return
				}
			}
			if len(again) != len(list) {
				t.Fatalf("parameters %q come back as %q", list, again)
			}
		}
		if len(lines) > 0 && raw != data {
			t.Fatalf("raw %q, want %q", raw, data)
		}
	})
}

// TestWorkIsLinear scans texts that once took a time of the square of their length.
func TestWorkIsLinear(t *testing.T) {
	for _, data := range []string{
		strings.Repeat("A;B=\"\n", 300_000) + "A:1\n", strings.Repeat("A:1\r", 500_000), strings.Repeat("\r", 2_000_000),
		"A" + strings.Repeat(";b=\"c", 400_001) + ":x\n", "A:x" + strings.Repeat("\r \r", 500_000),
	} {
		s := NewScanner(data, Limits{})
		var l Line
		for s.Scan(&l) || s.Resume() {
		}
	}
}

func BenchmarkScan(b *testing.B) {
	data := strings.Repeat("DTSTART;TZID=Europe/Berlin:20260101T100000\r\nSUMMARY:Something to do\r\n", 50)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		s := NewScanner(data, Limits{})
		var l Line
		for s.Scan(&l) {
		}
	}
}
