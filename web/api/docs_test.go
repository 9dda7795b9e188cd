package api

import (
	"maps"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// routeNamed finds methods with the path that they are of: "GET, PUT † /api/settings".
var routeNamed = regexp.MustCompile(`((?:(?:GET|POST|PUT|PATCH|DELETE)(?: †)?,? )+)(/api/[a-z{}/-]*[a-z}])`)

// docs/api.md names every route and no other, and marks with † those that want the password again.
func TestRoutesAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	marked := map[string]bool{}
	for _, m := range routeNamed.FindAllStringSubmatch(string(text), -1) {
		for method := range strings.SplitSeq(m[1], ",") {
			method, again := strings.CutSuffix(strings.TrimSpace(method), " †")
			pattern := method + " " + m[2]
			marked[pattern] = marked[pattern] || again
		}
	}
	for _, r := range New(Options{}).routes() {
		again, there := marked[r.pattern]
		if !there {
			t.Errorf("docs/api.md does not name %s", r.pattern)
		} else if again != (r.access&confirmed != 0) {
			t.Errorf("%s: † is %v", r.pattern, again)
		}
		delete(marked, r.pattern)
	}
	if len(marked) > 0 {
		t.Errorf("docs/api.md names what is not there: %v", slices.Sorted(maps.Keys(marked)))
	}
}

// What is below /api/admin/ is for administrators.
func TestAdminPathsAreForAdmins(t *testing.T) {
	for _, r := range New(Options{}).routes() {
		if strings.Contains(r.pattern, "/api/admin/") != (r.access&admins != 0) {
			t.Errorf("%s", r.pattern)
		}
	}
}

// docs/api.md names every setting that has a default, and no other.
func TestSettingsAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "| member | default |\n|---|---|\n")
	table, _, _ = strings.Cut(table, "\n\n")
	var documented []string
	for row := range strings.Lines(table) {
		for _, name := range regexp.MustCompile("`(\\w+)`").FindAllStringSubmatch(strings.Split(row, "|")[1], -1) {
			documented = append(documented, name[1])
		}
	}
	slices.Sort(documented)
	if there := slices.Sorted(maps.Keys(defaultSettings(httptest.NewRequest("GET", "/", nil)))); !slices.Equal(documented, there) {
		t.Errorf("documented %v\nthere are %v", documented, there)
	}
}
