package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"convoke/web"
)

// names looks names up; *net.Resolver does.
type names interface {
	LookupSRV(ctx context.Context, service, proto, name string) (string, []*net.SRV, error)
	LookupTXT(ctx context.Context, name string) ([]string, error)
	LookupHost(ctx context.Context, host string) ([]string, error)
}

// dnsRecord is one record that clients look for, and what stands there.
type dnsRecord struct {
	Name   string   `json:"name"`
	Type   string   `json:"type"`
	Wanted string   `json:"wanted"` // "" is the server's own address
	Found  []string `json:"found"`
	Result string   `json:"result"` // rowPassed, rowFailed or rowSkipped
	Code   string   `json:"code"`   // what holds of it, for pages that say it in other words
	Text   string   `json:"text"`   // in plain words
}

// say sets what holds of a record.
func (r *dnsRecord) say(result, code string) {
	r.Result, r.Code, r.Text = result, code, dnsTexts[code]
}

// dnsTexts are what the codes of records mean.
var dnsTexts = map[string]string{
	"host.found":        "The name leads to these addresses.",
	"host.bare":         "The server is reached by a bare address. Certificates and clients want a name.",
	"host.missing":      "Nothing has this name. Make an A or AAAA record with the server's address.",
	"service.found":     "Clients find the server by a mail address.",
	"service.missing":   "Clients cannot find the server by a mail address and ask for its name instead. Make this record, if they shall.",
	"service.elsewhere": "Clients are sent to another server.",
	"path.found":        "Clients are told where on the server to begin.",
	"path.missing":      "It need not be there: without it, clients find where to begin by themselves.",
	"path.elsewhere":    "Clients are sent to a wrong place on the server.",
	"unknown":           "The name servers give no answer now, so nothing is known of this record.",
}

// The bounds of looking.
const (
	dnsTime    = 5 * time.Second
	dnsDomains = 20
)

// checkDNS is the task: the records by which clients find the server when people type their mail address (RFC 6764 §3).
func checkDNS(ctx context.Context, h *house, _ none) ([]dnsRecord, error) {
	return dnsRecords(ctx, h.conf, net.DefaultResolver)
}

// errNoPublicURL says that nothing can be looked up yet.
var errNoPublicURL = refusef("say first by which address people reach the server: server.public_url is not set")

func dnsRecords(ctx context.Context, conf *config, look names) ([]dnsRecord, error) {
	u, err := url.Parse(conf.Server.PublicURL)
	if err != nil || u.Hostname() == "" {
		return nil, errNoPublicURL
	}
	ctx, cancel := context.WithTimeout(ctx, dnsTime)
	defer cancel()
	var wanted []web.Record
	domains := slices.Concat(conf.Domains.Exclusive, conf.Domains.Shared)
	for _, d := range domains[:min(dnsDomains, len(domains))] {
		wanted = append(wanted, web.Records(conf.Server.PublicURL, d)...)
	}
	list := make([]dnsRecord, 1+len(wanted))
	var all sync.WaitGroup
	all.Go(func() { list[0] = hostRecord(ctx, look, u.Hostname()) })
	for i, w := range wanted {
		all.Go(func() {
			if w.Type == "TXT" {
				list[1+i] = pathRecord(ctx, look, w)
			} else {
				list[1+i] = serviceRecord(ctx, look, w)
			}
		})
	}
	all.Wait()
	return list, nil
}

// hostRecord is whether the server's name leads anywhere.
func hostRecord(ctx context.Context, look names, host string) dnsRecord {
	r := dnsRecord{Name: host, Type: "A, AAAA", Found: []string{}}
	r.say(rowPassed, "host.found")
	if net.ParseIP(host) != nil {
		r.say(rowSkipped, "host.bare")
		return r
	}
	found, err := look.LookupHost(ctx, host)
	slices.Sort(found)
	r.Found = append(r.Found, found...)
	if err != nil {
		r.say(rowFailed, notLookedUp(err, "host.missing"))
	}
	return r
}

// recordOf is a record of which nothing is known yet.
func recordOf(w web.Record) dnsRecord {
	return dnsRecord{Name: w.Name, Type: w.Type, Wanted: w.Value, Found: []string{}}
}

// serviceRecord is whether a mail domain names the server for a service.
func serviceRecord(ctx context.Context, look names, w web.Record) dnsRecord {
	r := recordOf(w)
	r.say(rowPassed, "service.found")
	_, found, err := look.LookupSRV(ctx, "", "", w.Name)
	here := false
	for _, s := range found {
		r.Found = append(r.Found, fmt.Sprintf("%d %d %d %s", s.Priority, s.Weight, s.Port, s.Target))
		here = here || strings.EqualFold(servedAt(w.Value), servedAt(r.Found[len(r.Found)-1]))
	}
	switch {
	case err != nil:
		r.say(rowFailed, notLookedUp(err, "service.missing"))
	case !here:
		r.say(rowFailed, "service.elsewhere")
	}
	return r
}

// servedAt is the port and host of an SRV record: the numbers before them order several servers.
func servedAt(srv string) string {
	parts := strings.Fields(srv)
	return strings.Join(parts[min(2, len(parts)):], " ")
}

// pathRecord is whether a mail domain says where on the server a service is. It need not: clients ask
// /.well-known/ then (RFC 6764 §6).
func pathRecord(ctx context.Context, look names, w web.Record) dnsRecord {
	r := recordOf(w)
	r.say(rowPassed, "path.found")
	found, err := look.LookupTXT(ctx, w.Name)
	for _, text := range found {
		r.Found = append(r.Found, strconv.Quote(text))
	}
	paths := slices.DeleteFunc(slices.Clone(r.Found), func(s string) bool { return !strings.HasPrefix(s, `"path=`) })
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns) && dns.IsNotFound, err == nil && len(paths) == 0:
		r.say(rowSkipped, "path.missing")
	case err != nil:
		r.say(rowFailed, "unknown")
	case !slices.Contains(paths, w.Value):
		r.say(rowFailed, "path.elsewhere")
	}
	return r
}

// notLookedUp is the code of a record that is missing or, where a name server gives no answer, unknown.
func notLookedUp(err error, missing string) string {
	var dns *net.DNSError
	if errors.As(err, &dns) && dns.IsNotFound {
		return missing
	}
	return "unknown"
}

// checkParts is the task behind the page of checks: what `convoke doctor` looks at before it sends anything.
func checkParts(ctx context.Context, h *house, _ none) ([]finding, error) {
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	done := make(chan []finding, 1)
	go func() {
		d := &doctor{command: &doctorCommand{JSON: true}, desk: &localDesk{h}, conf: h.conf}
		d.server(ctx)
		d.domains()
		d.relay(ctx)
		d.inbound(ctx)
		done <- d.list
	}()
	select {
	case list := <-done:
		return list, nil
	case <-ctx.Done():
		return nil, refusef("a mail server gives no answer within %s: look with `convoke doctor`, which waits longer", checkTime)
	}
}

// checkTime is less than a request may take.
const checkTime = 8 * time.Second
