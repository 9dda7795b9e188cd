package contentline

import (
	"slices"
	"testing"
)

// RFC 5545 §3.3.11, RFC 6350 §3.4, and what others write.
func TestText(t *testing.T) {
	for _, row := range []struct{ raw, text string }{
		{``, ``},
		{`plain`, `plain`},
		{`a\,b\;c\\d`, `a,b;c\d`},
		{`a\nb\Nc`, "a\nb\nc"},
		{`http\://x \"q\" it\'s`, `http://x "q" it's`},
		{`C:\Users`, `C:\Users`},
		{`end\`, `end\`},
	} {
		if got := UnescapeText(row.raw); got != row.text {
			t.Errorf("%s: read %q, want %q", row.raw, got, row.text)
		}
		if got := UnescapeText(EscapeText(row.text)); got != row.text {
			t.Errorf("%q: came back as %q", row.text, got)
		}
	}
	for text, want := range map[string]string{"a\r\nb": `a\nb`, "a\rb": `a\nb`, "a\x00\x7f\tb": "a\tb", `\,;`: `\\\,\;`} {
		if got := EscapeText(text); got != want {
			t.Errorf("%q: written %q, want %q", text, got, want)
		}
	}
	if got := slices.Collect(SplitEscaped(`a\;b;;c\\;`, ';')); !slices.Equal(got, []string{`a\;b`, ``, `c\\`, ``}) {
		t.Errorf("split into %q", got)
	}
}
