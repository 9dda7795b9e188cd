package recur

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// corpusCase is one row of the rule lists of libical and ical.net; see the README of the corpus.
type corpusCase struct {
	Case      int
	Note      string
	RRule     string
	DTStart   string
	Instances []string
	Exception string
	StartAt   string `json:"start_at"`
	Other     []string
}

// departures are rows whose rule RFC 5545 §3.3.10 forbids and their library takes.
var departures = map[string]string{
	"FREQ=YEARLY;COUNT=3;BYDAY=MO,0SA;BYYEARDAY=1,8": "weekdaynum is 1 to 53",
	"FREQ=YEARLY;BYDAY=4TH,0MO;BYMONTH=11;COUNT=3":   "weekdaynum is 1 to 53",
}

// undefined are rows whose DTSTART is no instance of the rule, which RFC 5545 §3.8.5.3 leaves open;
// libical then counts years from another one than where DTSTART is an instance (its cases 143, 146).
var undefined = []string{
	"FREQ=YEARLY;BYWEEKNO=53;INTERVAL=6;BYDAY=TH;COUNT=1",
	"FREQ=YEARLY;BYWEEKNO=53;INTERVAL=5;BYDAY=TH;COUNT=1",
}

func corpusFile(t *testing.T, name ...string) []byte {
	t.Helper()
	root := os.Getenv("CONVOKE_CORPUS")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "corpus")
	}
	data, err := os.ReadFile(filepath.Join(append([]string{root, "recurrence"}, name...)...))
	if os.IsNotExist(err) {
		t.Skip("the corpus is not here")
	}
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestCorpus(t *testing.T) {
	for _, library := range []string{"libical", "ical.net"} {
		var list []corpusCase
		if err := json.Unmarshal(corpusFile(t, library, "rrule-cases.json"), &list); err != nil {
			t.Fatal(err)
		}
		for _, c := range list {
			if slices.Contains(undefined, c.RRule) {
				continue
			}
			t.Run(library+"/"+c.RRule, func(t *testing.T) { c.run(t) })
		}
	}
}

func (c *corpusCase) run(t *testing.T) {
	r, err := Parse(c.RRule)
	if why, departs := departures[c.RRule]; departs {
		if err == nil {
			t.Errorf("accepted, but %s", why)
		}
		return
	}
	if c.Exception != "" {
		if err == nil && !slices.Contains(c.Other, "EXCEPTION-STEP:Enumeration") && c.Case != 26 {
			t.Error("accepted")
		}
		if err == nil { // their library gives up; ours must end
			for it, n := r.Iterator(mustLocal(t, c.DTStart)), 0; n < MaxSteps; n++ {
				if _, ok := it.Next(); !ok {
					break
				}
			}
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if len(c.DTStart) == 8 {
		r = r.DateOnly()
	}
	it := r.Iterator(mustLocal(t, c.DTStart))
	if c.StartAt != "" {
		it.SkipTo(mustLocal(t, c.StartAt))
	}
	var got []string
	for {
		l, ok := it.Next()
		if !ok {
			break
		}
		if len(got) > len(c.Instances) {
			break
		}
		if len(c.DTStart) == 8 {
			got = append(got, l.Date.String())
		} else {
			got = append(got, l.String())
		}
	}
	want := make([]string, len(c.Instances))
	for i, s := range c.Instances {
		if want[i] = s; s[len(s)-1] == 'Z' {
			want[i] = s[:len(s)-1]
		}
	}
	for c.StartAt != "" && len(want) > 0 && want[0] < c.StartAt {
		want = want[1:] // the list begins with DTSTART all the same
	}
	if !slices.Equal(got, want) {
		t.Errorf("from %s (%s):\n got %v\nwant %v", c.DTStart, c.Note, got, want)
	}
}

func mustLocal(t testing.TB, s string) Local {
	t.Helper()
	if len(s) == 8 {
		s += "T000000"
	}
	l, err := ParseLocal(s[:15])
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return l
}

// RFC 7529 §4.1: scales that are not offered are a typed error.
func TestCorpusScales(t *testing.T) {
	var list []corpusCase
	if err := json.Unmarshal(corpusFile(t, "libical", "rrule-cases-rscale.json"), &list); err != nil {
		t.Fatal(err)
	}
	for _, c := range list {
		_, err := Parse(c.RRule)
		if _, ok := err.(*RScaleError); !ok {
			t.Errorf("%s: %v", c.RRule, err)
		}
	}
}
