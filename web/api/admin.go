package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Tasks is what the command line has done, by the same functions: a page and a command never differ.
type Tasks interface {
	// Do runs a task for whoever asks in ctx. args and the answer are what the command's --json has, with names in
	// snake case. What cannot be done as asked is a Refused; a wrong value among args is, too.
	Do(ctx context.Context, task string, args any) (any, error)
}

// Refused is an error of a task whose text is a sentence for people.
type Refused interface {
	error
	Missing() bool // because what it names is not there
}

// adminRoutes are the administration pages'. Each is a task of the command line; the route says which of its arguments
// a page may give.
func (a *API) adminRoutes() []route {
	r := func(pattern, task string, from ...argument) route {
		return route{pattern, admins, a.task(task, from...)}
	}
	// What makes or takes away a way in: an open browser that somebody finds shall not become one for good.
	again := func(pattern, task string, from ...argument) route {
		return route{pattern, admins | confirmed, a.task(task, from...)}
	}
	user, group, bookable := fixed("kind", "user"), fixed("kind", "group"), fixed("kind", "bookable")
	name, id, page := path("name"), numbered("id"), number("before", "limit")
	return []route{
		r("GET /api/admin/overview", "overview"),
		r("GET /api/admin/checks", "checks"),
		r("GET /api/admin/domains", "dns"),
		r("GET /api/admin/config", "settings"),

		r("GET /api/admin/people", "people", user, query("q"), number("offset", "limit")),
		again("POST /api/admin/people", "create", body("name", "displayName", "addresses", "admin", "password"), user, a.language),
		r("GET /api/admin/people/{name}", "principal", name, user),
		again("PATCH /api/admin/people/{name}", "change", body("displayName", "addresses", "admin"), name, user),
		again("DELETE /api/admin/people/{name}", "remove", name, user),
		again("PUT /api/admin/people/{name}/password", "password", body("password"), name, user),
		r("GET /api/admin/people/{name}/app-passwords", "app-passwords", name, user),
		r("DELETE /api/admin/people/{name}/app-passwords/{id}", "revoke", name, user, id),
		r("GET /api/admin/people/{name}/policy", "policy", name),

		r("GET /api/admin/groups", "people", group, query("q"), number("offset", "limit")),
		r("POST /api/admin/groups", "create", body("name", "displayName", "addresses", "members"), group),
		r("PATCH /api/admin/groups/{name}", "change", body("displayName", "addresses", "members"), name, group),
		r("DELETE /api/admin/groups/{name}", "remove", name, group),

		r("GET /api/admin/rooms", "people", bookable, query("q"), number("offset", "limit")),
		r("POST /api/admin/rooms", "create", body("name", "kind", "displayName", "addresses", "booking"), room, a.language),
		r("PATCH /api/admin/rooms/{name}", "change", body("displayName", "addresses", "booking"), flat("booking"), name, bookable),
		r("DELETE /api/admin/rooms/{name}", "remove", name, bookable),

		r("GET /api/admin/queue", "queue"),
		r("POST /api/admin/queue/{id}/retry", "queue-retry", numbered("id"), listed("id", "ids")),
		r("DELETE /api/admin/queue/{id}", "queue-drop", numbered("id"), listed("id", "ids")),
		r("GET /api/admin/mail/in", "mail-in", query("name", "uid"), page),
		r("GET /api/admin/mail/out", "mail-out", query("name", "uid"), page),

		r("GET /api/admin/review", "held", query("name")),
		r("GET /api/admin/review/{id}", "held-one", id),
		r("POST /api/admin/review/{id}/accept", "accept", body("trustSender"), id),
		r("POST /api/admin/review/{id}/reject", "reject", id),

		r("GET /api/admin/sessions", "sessions", query("name")),
		r("DELETE /api/admin/sessions/{id}", "session-end", id),
		r("GET /api/admin/audit", "journal", query("name", "uid"), page),
		r("GET /api/admin/backups", "backups"),
		r("POST /api/admin/backups", "backup-now"),
	}
}

// argument takes something of a call into the arguments of a task.
type argument func(c *call, args map[string]any) error

// task makes a handler that runs a task.
func (a *API) task(name string, from ...argument) func(*call) (any, error) {
	return func(c *call) (any, error) {
		if a.o.Tasks == nil {
			return nil, refusal(http.StatusNotFound, "not-found", "There is nothing here.")
		}
		args := map[string]any{}
		for _, take := range from {
			if err := take(c, args); err != nil {
				return nil, err
			}
		}
		answer, err := a.o.Tasks.Do(c.Context(), name, args)
		if err != nil {
			return nil, refusedTask(err)
		}
		return pageForm(answer)
	}
}

// refusedTask makes a refusal of the error of a task.
func refusedTask(err error) error {
	var no Refused
	if !errors.As(err, &no) {
		return err
	}
	text := []rune(strings.TrimRight(no.Error(), "."))
	if len(text) > 0 {
		text[0] = unicode.ToUpper(text[0])
	}
	p := &problem{http.StatusConflict, "refused", string(text) + ".", err}
	if no.Missing() {
		p.status, p.code = http.StatusNotFound, "not-found"
	}
	return p
}

// fixed is an argument that the route itself gives.
func fixed(name string, value any) argument {
	return func(_ *call, args map[string]any) error {
		args[name] = value
		return nil
	}
}

// language is that of whoever asks: in it are the names of what somebody new begins with.
func (a *API) language(c *call, args map[string]any) error {
	all, err := a.settings(c.Context(), c.Request, c.who)
	if err != nil {
		return err
	}
	var language string
	if json.Unmarshal(all["language"], &language) == nil { // a page may have stored anything
		args["language"] = language
	}
	return nil
}

// path is a segment of the path.
func path(name string) argument {
	return func(c *call, args map[string]any) error {
		args[name] = c.PathValue(name)
		return nil
	}
}

// numbered is a segment of the path that is a number.
func numbered(name string) argument {
	return func(c *call, args map[string]any) error {
		n, err := strconv.ParseInt(c.PathValue(name), 10, 64)
		if err != nil {
			return refusal(http.StatusNotFound, "not-found", "This is not there, or no longer.")
		}
		args[name] = n
		return nil
	}
}

// listed makes a list of the one value that an argument has.
func listed(name, list string) argument {
	return func(_ *call, args map[string]any) error {
		args[list] = []any{args[name]}
		delete(args, name)
		return nil
	}
}

// query are texts of the query.
func query(names ...string) argument {
	return func(c *call, args map[string]any) error {
		for _, name := range names {
			args[name] = c.FormValue(name)
		}
		return nil
	}
}

// number are numbers of the query; 0 where one is left out.
func number(names ...string) argument {
	return func(c *call, args map[string]any) error {
		for _, name := range names {
			text := c.FormValue(name)
			if text == "" {
				continue
			}
			n, err := strconv.ParseInt(text, 10, 64)
			if err != nil || n < 0 {
				return refusal(http.StatusBadRequest, "bad-request", fmt.Sprintf("%s is no number.", name))
			}
			args[name] = n
		}
		return nil
	}
}

// body are members of the JSON body; others are refused, and an empty body has none.
func body(names ...string) argument {
	return func(c *call, args map[string]any) error {
		members := map[string]any{}
		if c.ContentLength != 0 {
			if err := c.read(&members); err != nil {
				return err
			}
		}
		for _, name := range slices.Sorted(maps.Keys(members)) {
			if !slices.Contains(names, name) {
				return refusal(http.StatusBadRequest, "bad-request", fmt.Sprintf("%.40q has no place here.", name))
			}
			args[snake(name)] = renamed(members[name], snake)
		}
		return nil
	}
}

// flat puts the members of one member beside it.
func flat(name string) argument {
	return func(_ *call, args map[string]any) error {
		members, ok := args[name].(map[string]any)
		if args[name] != nil && !ok {
			return refusal(http.StatusBadRequest, "bad-request", fmt.Sprintf("%q is of the wrong kind.", name))
		}
		delete(args, name)
		for key, value := range members {
			if !slices.Contains([]string{"auto_accept", "capacity", "window_days", "location", "delegates"}, key) {
				return refusal(http.StatusBadRequest, "bad-request", fmt.Sprintf("%.40q has no place here.", key))
			}
			args[key] = value
		}
		return nil
	}
}

// room sees that what is made can be booked.
func room(_ *call, args map[string]any) error {
	if args["kind"] == nil {
		args["kind"] = "room"
	}
	if args["kind"] != "room" && args["kind"] != "resource" {
		return refusal(http.StatusBadRequest, "bad-request", "The kind is room or resource.")
	}
	return nil
}

// pageForm gives the answer of a task the form of this API: names in camel case, lists as items, nothing as nil.
func pageForm(answer any) (any, error) {
	data, err := json.Marshal(answer)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	switch v := renamed(v, camel).(type) {
	case []any:
		return map[string]any{"items": v}, nil
	case map[string]any:
		if len(v) == 0 {
			return nil, nil
		}
		return v, nil
	default:
		return v, nil
	}
}

// renamed gives every member of a JSON value another name.
func renamed(v any, name func(string) string) any {
	switch v := v.(type) {
	case map[string]any:
		m := make(map[string]any, len(v))
		for key, value := range v {
			m[name(key)] = renamed(value, name)
		}
		return m
	case []any:
		for i := range v {
			v[i] = renamed(v[i], name)
		}
	}
	return v
}

// camel makes camelCase of snake_case and of Go's names.
func camel(s string) string {
	parts := strings.Split(s, "_")
	for i, p := range parts {
		if i == 0 && p != "" {
			parts[i] = strings.ToLower(p[:1]) + p[1:]
		} else if p != "" {
			parts[i] = strings.ToUpper(p[:1]) + p[1:]
		}
	}
	return strings.Join(parts, "")
}

// snake makes snake_case of camelCase.
func snake(s string) string {
	var b strings.Builder
	for i, c := range s {
		if unicode.IsUpper(c) && i > 0 {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(c))
	}
	return b.String()
}
