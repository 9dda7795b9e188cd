package davtest

import (
	"strings"
)

// section is a file of a txtar archive.
type section struct {
	name string
	body string
	line int // of its heading
}

// archive is a transcript as it stands on disk.
type archive struct {
	prose    string
	sections []section
}

// parseArchive reads a txtar archive: any text is one.
func parseArchive(text string) archive {
	var a archive
	var b strings.Builder
	store := func() {
		if len(a.sections) == 0 {
			a.prose = b.String()
		} else {
			a.sections[len(a.sections)-1].body = b.String()
		}
		b.Reset()
	}
	for i, line := range strings.SplitAfter(text, "\n") {
		heading := strings.TrimRight(line, "\r\n ")
		if strings.HasPrefix(heading, "-- ") && strings.HasSuffix(heading, " --") && len(heading) > 6 {
			store()
			a.sections = append(a.sections, section{name: strings.TrimSpace(heading[3 : len(heading)-3]), line: i + 1})
			continue
		}
		b.WriteString(line)
	}
	store()
	return a
}

// String writes the archive back.
func (a archive) String() string {
	var b strings.Builder
	b.WriteString(a.prose)
	for _, s := range a.sections {
		b.WriteString("-- " + s.name + " --\n" + s.body)
	}
	return b.String()
}

// fixture gives the section of that name.
func (a archive) fixture(name string) (string, bool) {
	for _, s := range a.sections {
		if s.name == name {
			return s.body, true
		}
	}
	return "", false
}

// split cuts a section into headers and body, at the first empty line. Without headers the body may come at once,
// if its first line can be none.
func split(text string) (headers []string, body string, hasBody bool) {
	rest := text
	for rest != "" {
		line, after, _ := strings.Cut(rest, "\n")
		if strings.TrimSpace(line) == "" {
			return headers, after, after != ""
		}
		if !isHeader(line) {
			return headers, rest, true
		}
		headers = append(headers, strings.TrimRight(line, "\r "))
		rest = after
	}
	return headers, "", false
}

// isHeader tells `Name: value` and `!Name` from the first line of a body.
func isHeader(line string) bool {
	absent := strings.HasPrefix(line, "!")
	name, _, colon := strings.Cut(strings.TrimPrefix(line, "!"), ":")
	if name == "" || !colon && !absent {
		return false
	}
	for _, c := range strings.TrimSpace(name) {
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-') {
			return false
		}
	}
	upper := strings.ToUpper(name)
	return absent || upper != "BEGIN" && upper != "DAV" && upper != "CALDAV" && upper != "CARDDAV" && upper != "CS" ||
		upper == "DAV" && strings.HasPrefix(line, "DAV: ")
}
