package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"convoke/push"

	"github.com/BurntSushi/toml"
)

// source says where a setting's value came from.
const (
	fromDefault = "default"
	fromFile    = "file"
	fromEnv     = "environment"
	fromFlag    = "flag"
)

// config is every setting with its value, after defaults, file, environment and
// flags, each overriding the one before.
type config struct {
	settings
	from map[string]string // setting name to source
}

// loadConfig reads the settings: file may be "" for none, environ is as
// os.Environ gives it.
func loadConfig(file string, environ []string) (*config, error) {
	c := &config{from: make(map[string]string, len(table))}
	for i := range table {
		row := &table[i]
		if err := assign(row.at(&c.settings), row.preset); err != nil {
			return nil, fmt.Errorf("default of %s: %w", row.name, err)
		}
		c.from[row.name] = fromDefault
	}
	if file != "" {
		if err := c.readFile(file); err != nil {
			return nil, err
		}
	}
	if err := c.readEnv(environ); err != nil {
		return nil, err
	}
	return c, c.judge()
}

// readFile takes the settings of a TOML file.
func (c *config) readFile(file string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read configuration: %w", err)
	}
	var tree map[string]any
	if err := toml.Unmarshal(data, &tree); err != nil {
		var at toml.ParseError
		if errors.As(err, &at) {
			return fmt.Errorf("%s line %d: %s", file, at.Position.Line, at.Message)
		}
		return fmt.Errorf("%s: %w", file, err)
	}
	flat := make(map[string]any)
	if err := flatten(flat, "", tree); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	names := make([]string, 0, len(flat))
	for name := range flat {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		value := flat[name]
		if secret, ok := strings.CutSuffix(name, "_file"); ok && find(name) == nil && find(secret) != nil {
			text, err := readSecret(fmt.Sprint(value))
			if err != nil {
				return fmt.Errorf("%s: %s: %w", file, name, err)
			}
			name, value = secret, text
		}
		if err := c.set(name, value, fromFile); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	return nil
}

// flatten names the leaves of nested tables "section.key" or "section.table.key".
func flatten(into map[string]any, prefix string, tree map[string]any) error {
	for key, value := range tree {
		name := prefix + key
		switch value := value.(type) {
		case map[string]any:
			if err := flatten(into, name+".", value); err != nil {
				return err
			}
		case []map[string]any:
			if name != "imap" {
				return unknown(name)
			}
			for i, one := range value {
				if err := flatten(into, fmt.Sprintf("imap.%d.", i), one); err != nil {
					return err
				}
			}
		default:
			if prefix == "" {
				return unknown(name)
			}
			into[name] = value
		}
	}
	return nil
}

// readEnv takes CONVOKE_SECTION_KEY, with _FILE for the content of a file and _0,
// _1 … for the elements of a list.
func (c *config) readEnv(environ []string) error {
	environ = append([]string(nil), environ...)
	sort.Strings(environ)
	lists := make(map[string][]string)
	for _, entry := range environ {
		key, value, _ := strings.Cut(entry, "=")
		section, rest, ok := strings.Cut(strings.TrimPrefix(key, "CONVOKE_"), "_")
		if !strings.HasPrefix(key, "CONVOKE_") || !ok || !isSection(section) {
			continue // CONVOKE_DATA and what tests and scripts use
		}
		name := envName(section + "_" + rest)
		row := byEnv(name)
		if row == nil {
			if base, isFile := strings.CutSuffix(name, "_FILE"); isFile && byEnv(base) != nil {
				text, err := readSecret(value)
				if err != nil {
					return fmt.Errorf("%s: %w", key, err)
				}
				row, value = byEnv(base), text
			} else if i := strings.LastIndexByte(name, '_'); i > 0 && isIndex(name[i+1:]) {
				if row = byEnv(name[:i]); row != nil {
					lists[row.name] = append(lists[row.name], value)
					continue
				}
			}
		}
		if row == nil {
			return fmt.Errorf("%s is no setting; did you mean %s?", key, nearest(name, spelledEnv))
		}
		if err := c.set(row.name, value, fromEnv); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
	}
	for name, values := range lists {
		if err := c.set(name, values, fromEnv); err != nil {
			return err
		}
	}
	return nil
}

// readSecret is the content of a file without its last line end.
func readSecret(file string) (string, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	return strings.TrimRight(string(data), "\r\n"), nil
}

// set gives a setting a value: text, or what TOML made of it.
func (c *config) set(name string, value any, from string) error {
	row := find(name)
	if row == nil {
		return unknown(name)
	}
	if err := assign(row.at(&c.settings), value); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	c.from[name] = from
	return nil
}

func unknown(name string) error {
	return fmt.Errorf("%s is no setting; did you mean %s?", name, nearest(name, func(r *row) string { return r.name }))
}

// judge refuses what cannot be meant.
func (c *config) judge() error {
	s := &c.Server
	switch {
	case (s.Cert == "") != (s.Key == ""):
		return errors.New("server.tls.cert and server.tls.key belong together")
	case s.Cert != "" && s.ACME:
		return errors.New("server.tls takes either a certificate or acme, not both")
	case s.ACME && s.PublicURL == "":
		return errors.New("server.tls.acme needs server.public_url: the certificate is for its host")
	case !s.ACME && s.ACMEDirectory+s.ACMEEmail != "":
		return errors.New("server.tls.acme_directory and acme_email mean nothing without server.tls.acme")
	case s.ACMEDirectory != "" && !strings.HasPrefix(s.ACMEDirectory, "https://"):
		return fmt.Errorf("server.tls.acme_directory is an address that begins with https://, not %q", s.ACMEDirectory)
	case len(s.Listen) == 0:
		return errors.New("server.listen names no address")
	case s.SessionFor < time.Minute || s.SessionKeptFor < time.Minute:
		return errors.New("server.session_for and session_kept_for are at least a minute: 12h, 720h")
	case strings.ContainsAny(s.Realm, "\r\n"):
		return errors.New("server.realm must be one line")
	case !slices.Contains([]string{"header", "dkim", "both"}, c.Trust.Verify):
		return fmt.Errorf("trust.verify is header, dkim or both, not %q", c.Trust.Verify)
	case !slices.Contains([]string{"known", "always", "never"}, c.Trust.NewInvitations):
		return fmt.Errorf("trust.new_invitations is known, always or never, not %q", c.Trust.NewInvitations)
	case c.Trust.Unverified != "hold" && c.Trust.Unverified != "ignore":
		return fmt.Errorf("trust.unverified is hold or ignore, not %q", c.Trust.Unverified)
	case c.Log.Format != "text" && c.Log.Format != "json":
		return fmt.Errorf("log.format is text or json, not %q", c.Log.Format)
	}
	if s.PublicURL != "" {
		if _, err := hostOf(s.PublicURL); err != nil {
			return fmt.Errorf("server.public_url: %w", err)
		}
	}
	if _, err := logLevel(c.Log.Level); err != nil {
		return err
	}
	if _, err := prefixes(s.TrustedProxies); err != nil {
		return fmt.Errorf("server.trusted_proxies: %w", err)
	}
	if _, err := prefixes(s.MetricsFrom); err != nil {
		return fmt.Errorf("server.metrics_from: %w", err)
	}
	if _, err := prefixes(c.Subscriptions.Networks); err != nil {
		return fmt.Errorf("subscriptions.networks: %w", err)
	}
	if c.Push.Contact != "" && push.Contact(c.Push.Contact) == "" {
		return fmt.Errorf("push.contact is an address at which others reach you, such as mailto:admin@example.org, not %q", c.Push.Contact)
	}
	if c.Limits.Subscriptions < 0 || c.Limits.FeedBytes < 1 {
		return errors.New("limits.subscriptions and limits.feed_bytes cannot be below nothing")
	}
	if err := c.judgeSMTP(); err != nil {
		return err
	}
	return c.judgeIMAP()
}

// assign puts a value into a setting's field.
func assign(field, value any) error {
	switch field := field.(type) {
	case *[]string:
		return assignList(field, value)
	case *string:
		text, ok := value.(string)
		if !ok {
			return fmt.Errorf("%v is no text", value)
		}
		*field = text
		return nil
	case *bool:
		if b, ok := value.(bool); ok {
			*field = b
			return nil
		}
		b, err := strconv.ParseBool(fmt.Sprint(value))
		if err != nil {
			return fmt.Errorf("%v is neither true nor false", value)
		}
		*field = b
		return nil
	case *time.Duration:
		d, err := time.ParseDuration(fmt.Sprint(value))
		if err != nil || d < 0 {
			return fmt.Errorf("%v is no length of time such as 30s or 5m", value)
		}
		*field = d
		return nil
	case *int:
		n, err := parseSize(fmt.Sprint(value))
		if err != nil || n > 1<<31-1 {
			return fmt.Errorf("%v is no number", value)
		}
		*field = int(n)
		return nil
	case *int64:
		n, err := parseSize(fmt.Sprint(value))
		if err != nil {
			return fmt.Errorf("%v is no number or size such as 10MiB", value)
		}
		*field = n
		return nil
	}
	return fmt.Errorf("a setting of type %T cannot be read", field)
}

func assignList(field *[]string, value any) error {
	var list []string
	switch value := value.(type) {
	case string:
		for _, item := range strings.Split(value, ",") {
			if item = strings.TrimSpace(item); item != "" {
				list = append(list, item)
			}
		}
	case []string:
		list = value
	case []any:
		for _, item := range value {
			text, ok := item.(string)
			if !ok {
				return fmt.Errorf("%v is no text", item)
			}
			list = append(list, text)
		}
	default:
		return fmt.Errorf("%v is no list of texts", value)
	}
	*field = list
	return nil
}

// parseSize reads a number that may end in KiB, MiB or GiB.
func parseSize(text string) (int64, error) {
	shift := 0
	for i, unit := range []string{"KiB", "MiB", "GiB"} {
		if rest, ok := strings.CutSuffix(text, unit); ok {
			text, shift = strings.TrimSpace(rest), 10*(i+1)
		}
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > 1<<62>>shift {
		return 0, errors.New("not a size")
	}
	return n << shift, nil
}

// show prints a value as the file would hold it.
func show(field any) string {
	switch field := field.(type) {
	case *[]string:
		quoted := make([]string, len(*field))
		for i, item := range *field {
			quoted[i] = strconv.Quote(item)
		}
		return "[" + strings.Join(quoted, ", ") + "]"
	case *string:
		return strconv.Quote(*field)
	case *bool:
		return strconv.FormatBool(*field)
	case *time.Duration:
		return strconv.Quote(field.String())
	case *int:
		return showSize(int64(*field))
	case *int64:
		return showSize(*field)
	}
	return "?"
}

func showSize(n int64) string {
	for i, unit := range []string{"GiB", "MiB", "KiB"} {
		if size := int64(1) << (30 - 10*i); n >= size && n%size == 0 {
			return strconv.Quote(strconv.FormatInt(n/size, 10) + unit)
		}
	}
	return strconv.FormatInt(n, 10)
}

// printConfig writes every setting as a TOML file with its sentence, its default
// and, where that differs, its value.
func (c *config) printConfig(w io.Writer) error {
	section := ""
	var b strings.Builder
	for _, row := range bySection() {
		sec, key, _ := strings.Cut(row.name, ".")
		if sec != section {
			if section != "" {
				b.WriteByte('\n')
			}
			section = sec
			fmt.Fprintf(&b, "[%s]\n", sec)
		}
		c.printRow(&b, row, key, "")
	}
	c.printIMAP(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

// bySection are all settings, those of a section together: TOML names each once.
func bySection() []*row {
	first := map[string]int{}
	rows := make([]*row, len(table))
	section := func(r *row) int {
		name, _, _ := strings.Cut(r.name, ".")
		return first[name]
	}
	for i := range table {
		rows[i] = &table[i]
		if name, _, _ := strings.Cut(table[i].name, "."); first[name] == 0 {
			first[name] = len(first) + 1
		}
	}
	slices.SortStableFunc(rows, func(a, b *row) int { return section(a) - section(b) })
	return rows
}

// printRow writes one setting; before is what each line of it begins with.
func (c *config) printRow(b *strings.Builder, r *row, key, before string) {
	var preset settings
	_ = assign(r.at(&preset), r.preset) // the defaults were assigned before
	fmt.Fprintf(b, "# %s\n# default %s", r.says, show(r.at(&preset)))
	if from := c.from[r.name]; from != fromDefault && from != "" {
		fmt.Fprintf(b, ", set by %s", from)
	}
	value, hidden := c.shown(r)
	if hidden {
		before = "# " // it must not be read back
	}
	fmt.Fprintf(b, "; %s\n%s%s = %s\n", envOf(r.name), before, key, value)
}

// shown is a setting's value for people; a password that is set is hidden from them.
func (c *config) shown(r *row) (value string, hidden bool) {
	at := r.at(&c.settings)
	if p, ok := at.(*string); ok && *p != "" && strings.HasSuffix(r.name, "password") {
		return "(set, not shown)", true
	}
	return show(at), false
}

func spelledEnv(r *row) string { return envOf(r.name) }
