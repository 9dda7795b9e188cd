package icalendar

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"convoke/internal/contentline"

	"github.com/emersion/go-ical"
)

// TestSecondOpinion compares our reading with that of go-ical where it takes the
// text: the values of each component, and the parameters that RFC 6868 leaves alone.
func TestSecondOpinion(t *testing.T) {
	compared := 0
	visit := func(path string, data []byte) {
		o, err := Parse(data)
		if err != nil || filepath.Base(path) == "missing-value-date-sanitized.ics" {
			return // it takes a parameter without "=" into the next one's name
		}
		theirs := decode(data)
		if theirs == nil {
			return
		}
		compared++
		if a, b := flatten(o.Calendar), flattenTheirs(theirs.Component); !slices.Equal(a, b) {
			i := 0
			for i < min(len(a), len(b)) && a[i] == b[i] {
				i++
			}
			t.Errorf("%s: we read %q, go-ical %q", path, a[i:min(i+2, len(a))], b[i:min(i+2, len(b))])
		}
	}
	visit("testdata/meeting.ics", must(os.ReadFile("testdata/meeting.ics")))
	if compared != 1 {
		t.Error("go-ical does not read testdata/meeting.ics")
	}
	t.Run("corpus", func(t *testing.T) {
		walkCorpus(t, visit)
		t.Logf("%d files compared", compared)
	})
}

// decode is go-ical's reading; nil if it refuses or panics.
func decode(data []byte) (c *ical.Calendar) {
	defer func() {
		if recover() != nil {
			c = nil
		}
	}()
	c, err := ical.NewDecoder(bytes.NewReader(data)).Decode()
	if err != nil {
		return nil
	}
	return c
}

func flatten(c *Component) []string {
	list := []string{"BEGIN:" + c.Name}
	var props []string
	for _, p := range c.Props {
		line := p.Name
		var params []string
		for q := range p.Params() {
			for _, v := range q.Values {
				params = append(params, ";"+q.Name+"="+v)
			}
		}
		props = append(props, line+sorted(params)+":"+p.Value)
	}
	slices.Sort(props)
	list = append(list, props...)
	for _, k := range c.Children {
		list = append(list, flatten(k)...)
	}
	return list
}

func flattenTheirs(c *ical.Component) []string {
	list := []string{"BEGIN:" + c.Name}
	var props []string
	for name, values := range c.Props {
		for _, p := range values {
			var params []string
			for k, vs := range p.Params {
				for _, v := range vs {
					params = append(params, ";"+strings.ToUpper(k)+"="+contentline.Values(`"` + v + `"`)[0]) // it knows no RFC 6868
				}
			}
			props = append(props, strings.ToUpper(name)+sorted(params)+":"+p.Value)
		}
	}
	slices.Sort(props)
	list = append(list, props...)
	for _, k := range c.Children {
		list = append(list, flattenTheirs(k)...)
	}
	return list
}

func sorted(list []string) string {
	slices.Sort(list)
	return strings.Join(list, "")
}
