package trust

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// inWords is a row of the table for people.
func inWords(r *Row) string {
	var when []string
	for _, c := range []struct {
		want    want
		yes, no string
	}{
		{r.Loop, "it is a mail of ours, or of a machine", ""}, {r.Flagged, "a filter marked it", ""},
		{r.Local, "ORGANIZER is one of ours", ""}, {r.Public, "published events are wanted", "published events are not wanted"},
		{r.Stored, "the event is there", "the event is not there"}, {r.Same, "its organizer is the one named", "its organizer is another"},
		{r.Ours, "the recipient organizes it", "the recipient does not organize it"},
		{r.Authenticated, "From is proven", "From is not proven"}, {r.Match, "From speaks for whom the message names", "From does not speak for whom the message names"},
		{r.Named, "the recipient is invited", "the recipient is not invited"}, {r.Listed, "who answers is invited", "who answers is not invited"},
		{r.Known, "From is known", "From is not known"}, {r.Welcome, "From is known, or all are welcome", "From is not known, or none is welcome"},
		{r.Newer, "it is newer", "it is older or equal"}, {r.Unverified, "`trust.unverified` is hold", "`trust.unverified` is ignore"},
	} {
		switch c.want {
		case yes:
			when = append(when, c.yes)
		case no:
			when = append(when, c.no)
		}
	}
	then := string(r.Then)
	if r.Shown {
		then += ", and shown in the inbox"
	}
	methods := r.Methods
	if methods == "" {
		methods = "any"
	}
	return fmt.Sprintf("| %s | %s | %s | %s |\n", r.Name, strings.ReplaceAll(methods, " ", ", "), strings.Join(when, "; "), then)
}

// The table in docs/mail.md is the table in the code; CONVOKE_UPDATE=1 writes it.
func TestDocs(t *testing.T) {
	const file, open, end = "../../docs/mail.md", "<!-- table -->\n", "<!-- /table -->"
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(data), open)
	is, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatal("no place for the table")
	}
	var b strings.Builder
	b.WriteString("| Row | METHOD | When | Then |\n| --- | --- | --- | --- |\n")
	for i := range Table {
		b.WriteString(inWords(&Table[i]))
	}
	if os.Getenv("CONVOKE_UPDATE") != "" {
		if err := os.WriteFile(file, []byte(before+open+b.String()+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if is != b.String() {
		t.Error("the table in docs/mail.md is another; set CONVOKE_UPDATE=1 to write it")
	}
}
