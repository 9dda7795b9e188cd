package icalendar

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"convoke/internal/recur"
	"convoke/internal/timezone"
)

// corpus gives the folder of real calendar data: CONVOKE_CORPUS, or the one that
// lies beside the module. Tests over it are skipped where there is none.
func corpus(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("CONVOKE_CORPUS")
	if dir == "" {
		dir = "../../../shared/corpus"
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skip("no corpus here")
	}
	return dir
}

func walkCorpus(t *testing.T, visit func(path string, data []byte)) {
	t.Helper()
	root := corpus(t)
	for _, part := range []string{"icalendar", "recurrence"} {
		err := filepath.WalkDir(filepath.Join(root, part), func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			switch filepath.Ext(path) {
			case ".tsv", ".json", ".md", ".txt":
				return nil
			}
			data, err := os.ReadFile(path)
			if err == nil {
				visit(path, data)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestCorpus: no text makes us panic or hang; what we accept we give back byte for
// byte, and can list and expand.
func TestCorpus(t *testing.T) {
	accepted, refused, items, broken := 0, 0, 0, 0
	reasons := map[string]int{}
	walkCorpus(t, func(path string, data []byte) {
		began, inFile := time.Now(), 0
		o, err := Parse(data)
		if err != nil {
			refused++
			if BrokenBy(err) == "" {
				t.Errorf("%s: an error without precondition: %v", path, err)
			}
		} else {
			accepted++
			if string(o.Bytes()) != string(data) || string(o.Clone().Bytes()) != string(data) {
				t.Errorf("%s: bytes differ", path)
			}
			exercise(t, path, o)
		}
		for item := range ParseStream(data) {
			items++
			if item.Err != nil {
				broken++
				continue
			}
			if err := item.Object.ValidateWith(Limits{Import: true}); err != nil {
				reasons[regexp.MustCompile(`line \d+: |".*"`).ReplaceAllString(err.Error(), "")]++
				if testing.Verbose() {
					t.Logf("%s:%d: %v", path, item.Line, err)
				}
			}
			if inFile++; inFile <= 25 && (o == nil || len(o.Calendar.Children) > 2) { // one file has 1,321 birthdays
				exercise(t, path, item.Object)
			}
		}
		if d := time.Since(began); d > time.Second {
			t.Logf("%s took %v", path, d)
		}
	})
	t.Logf("%d files accepted, %d refused; %d items, %d of them broken", accepted, refused, items, broken)
	for r, n := range reasons {
		t.Logf("%4d items are refused: %s", n, r)
	}
	if accepted < 500 {
		t.Errorf("only %d files are accepted", accepted)
	}
}

// exercise asks an object for all that the server asks; a frozen one must not be
// changed by it.
func exercise(t *testing.T, path string, o *Object) {
	o.Freeze()
	before := string(o.Bytes())
	if err := o.Validate(); err != nil && BrokenBy(err) == "" {
		t.Errorf("%s: an error without precondition: %v", path, err)
	}
	span, few := o.Span(), Options{Max: 30}
	for _, w := range [][2]time.Time{{day(2008, 1, 1), day(2012, 1, 1)}, {day(2024, 11, 1), day(2028, 11, 1)}, {{}, {}}} {
		list, truncated, err := o.Instances(w[0], w[1], few)
		if err != nil {
			continue
		}
		b := bounds(w[0], w[1])
		if len(list) > 0 && !(span.First < b.to && span.Last >= b.from) {
			t.Errorf("%s: instance %v outside of span %+v", path, list[0].Start, span)
		}
		out, n, _, err := o.Retrieve(nil, &Retrieval{Expand: &Range{w[0], w[1]}}, few)
		if err != nil || n != len(list) {
			t.Errorf("%s: %d instances expand to %d, %v", path, len(list), n, err)
			continue
		}
		if len(out) < 1<<20 {
			if e, err := Parse(out); err != nil {
				t.Errorf("%s: the expansion does not parse: %v", path, err)
			} else if again, _, err := e.Instances(w[0], w[1], few); err == nil && !truncated && n < few.Max && o.Kind() == Event && len(again) != n {
				t.Errorf("%s: %d instances, but %d in the expansion", path, n, len(again))
			}
		}
		_, _, _, _ = o.Retrieve(nil, &Retrieval{LimitRecurrence: &Range{w[0], w[1]}, LimitFreeBusy: &Range{w[0], w[1]}}, few)
		busy, _, _ := o.BusyPeriods(w[0], w[1], few, nil)
		MergeBusy(busy)
	}
	if string(o.Bytes()) != before {
		t.Errorf("%s: reading changed the object", path)
	}
}

// TestExpectedCounts holds us against the numbers of recurring-ical-events.
func TestExpectedCounts(t *testing.T) {
	dir := filepath.Join(corpus(t), "recurrence", "recurring-ical-events")
	f, err := os.Open(filepath.Join(dir, "expected-counts.tsv"))
	if err != nil {
		t.Skip(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma, r.Comment, r.LazyQuotes, r.FieldsPerRecord = '\t', '#', true, -1
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if len(row) < 4 {
			continue
		}
		if row[0] == "issue_148_exdate_and_rdate_updated.ics" || row[0] == "multiple_rrule.ics" {
			continue // two masters of one UID, which we refuse; two rules, of which theirs counts one
		}
		from, to, ok := window(row[1], row[2])
		want, err := strconv.Atoi(row[3])
		if !ok || err != nil {
			continue
		}
		data, err := os.ReadFile(filepath.Join(dir, row[0]))
		if err != nil {
			t.Error(err)
			continue
		}
		n := 0
		for item := range ParseStream(data) {
			if item.Err != nil || item.Kind != Event {
				continue
			}
			list, _, err := item.Object.Instances(from, to, Options{Floating: timezone.Lookup("UTC")})
			if err != nil {
				t.Errorf("%s: %v", row[0], err)
			}
			n += len(list)
		}
		if n != want {
			t.Errorf("%s %s %s: got %d, want %d", row[0], row[1], row[2], n, want)
		}
	}
}

var number = regexp.MustCompile(`\d+`)

// window reads the arguments of a query of recurring-ical-events.
func window(query, args string) (from, to time.Time, ok bool) {
	read := func(s string) []int {
		var n []int
		for _, d := range number.FindAllString(s, -1) {
			if len(d) == 8 && !strings.Contains(s, ",") {
				return append(n, must(strconv.Atoi(d[:4])), must(strconv.Atoi(d[4:6])), must(strconv.Atoi(d[6:])))
			}
			n = append(n, must(strconv.Atoi(d)))
		}
		return n
	}
	at := func(n []int) (from, to time.Time) {
		switch len(n) {
		case 1:
			return day(n[0], 1, 1), day(n[0]+1, 1, 1)
		case 2:
			return day(n[0], n[1], 1), day(n[0], n[1]+1, 1)
		case 3:
			return day(n[0], n[1], n[2]), day(n[0], n[1], n[2]+1)
		}
		return from, to // hours are of a zone the list does not tell
	}
	if query == "at" {
		from, to = at(read(args))
		return from, to, !from.IsZero()
	}
	parts := regexp.MustCompile(`\([^)]*\)|"[^"]*"|\d+`).FindAllString(args, -1)
	if len(parts) != 2 {
		return from, to, false
	}
	from, _ = at(read(parts[0]))
	to, _ = at(read(parts[1]))
	return from, to, !from.IsZero() && !to.IsZero()
}

// differing are the lists of kcalendarcore that we do not follow, and why.
var differing = map[string]string{
	"ConnectDaily":           "RECURRENCE-ID and RRULE in one component without a master",
	"KOrganizer_Test01.ics":  "a DTSTART the rule does not match, which they leave out",
	"KOrganizer_Test10.ics":  "a DTSTART the rule does not match, which they leave out",
	"LibICal_TestCase02.ics": "a DTSTART the rule does not match, which we count (RFC 5545 §3.3.10)",
	"LibICal_TestCase42.ics": "a DTSTART the rule does not match, which we count (RFC 5545 §3.3.10)",
	"rdate.ics":              "RDATE of DATE-TIME for a DTSTART of DATE: we take the day",
}

// TestExpectedInstances holds us against the lists of kcalendarcore: start, zone
// abbreviation, zone. They stop at 500 lines.
func TestExpectedInstances(t *testing.T) {
	root := filepath.Join(corpus(t), "recurrence", "kcalendarcore")
	_ = filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".expected.tsv") {
			return err
		}
		data, err := os.ReadFile(strings.TrimSuffix(path, ".expected.tsv"))
		if err != nil {
			return err
		}
		name := strings.TrimSuffix(filepath.Base(path), ".expected.tsv")
		if differing[name] != "" || strings.HasPrefix(name, "ConnectDaily") && strings.Contains(string(data), "\nRECURRENCE-ID") {
			return nil
		}
		t.Run(name, func(t *testing.T) { compareStarts(t, path, data) })
		return nil
	})
}

func compareStarts(t *testing.T, path string, data []byte) {
	want, wantClock := expectedStarts(t, path)
	var got, clock []int64 // instants; and what the clock shows, where they have offsets for zones
	for item := range ParseStream(data) {
		if item.Err != nil {
			t.Fatal(item.Err)
		}
		s, err := item.Object.Series()
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		s.each(span{Ever, Never}, nil, func(i *Instance) bool {
			got, clock = append(got, i.begin), append(clock, i.From.Local.Seconds())
			n++
			return n <= len(want)
		})
	}
	slices.Sort(got)
	slices.Sort(clock)
	if len(want) >= 500 && len(got) > len(want) {
		got, clock = got[:len(want)], clock[:len(want)]
	}
	if slices.Equal(clock, wantClock) {
		return
	}
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Fatalf("%d instances, want %d; they part at %d: %v, want %v", len(got), len(want), i,
				stamps(got[min(i, len(got)):]), stamps(want[min(i, len(want)):]))
		}
	}
}

func stamps(list []int64) (out []string) {
	for _, t := range list[:min(3, len(list))] {
		out = append(out, time.Unix(t, 0).UTC().Format("2006-01-02T15:04:05Z"))
	}
	return out
}

func expectedStarts(t *testing.T, path string) (list, clock []int64) {
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		f := strings.Split(strings.TrimSpace(line), "\t")
		if f[0] == "" || f[0][0] == '#' {
			continue
		}
		d := DateTime{Local: must(recur.ParseLocal(strings.NewReplacer("-", "", ":", "").Replace(f[0]))), Form: Floating}
		if len(f) > 2 {
			d.Zone = timezone.Lookup(f[2])
			d.Form = Zoned
		}
		list, clock = append(list, d.unix(nil)), append(clock, d.Local.Seconds())
	}
	slices.Sort(list)
	slices.Sort(clock)
	return list, clock
}
