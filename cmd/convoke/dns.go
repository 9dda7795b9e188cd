package main

import (
	"cmp"
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
)

// names looks names up; *net.Resolver does.
type names interface {
	LookupSRV(ctx context.Context, service, proto, name string) (string, []*net.SRV, error)
	LookupHost(ctx context.Context, host string) ([]string, error)
}

// dnsRecord is one record that clients look for, and what stands there.
type dnsRecord struct {
	Name   string   `json:"name"`
	Type   string   `json:"type"`
	Wanted string   `json:"wanted"`
	Found  []string `json:"found"`
	Result string   `json:"result"` // rowPassed, rowFailed or rowSkipped
	Text   string   `json:"text"`   // in plain words
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

func dnsRecords(ctx context.Context, conf *config, look names) ([]dnsRecord, error) {
	u, err := url.Parse(conf.Server.PublicURL)
	if err != nil || u.Hostname() == "" {
		return nil, refusef("say first by which address people reach the server: server.public_url is not set")
	}
	ctx, cancel := context.WithTimeout(ctx, dnsTime)
	defer cancel()
	port, service := cmp.Or(u.Port(), "443"), "s"
	if u.Scheme == "http" {
		port, service = cmp.Or(u.Port(), "80"), ""
	}
	domains := slices.Concat(conf.Domains.Exclusive, conf.Domains.Shared)
	domains = domains[:min(dnsDomains, len(domains))]
	list := make([]dnsRecord, 1+2*len(domains))
	var all sync.WaitGroup
	all.Go(func() { list[0] = hostRecord(ctx, look, u.Hostname()) })
	for i, d := range domains {
		for n, what := range []string{"caldav" + service, "carddav" + service} {
			all.Go(func() { list[1+2*i+n] = serviceRecord(ctx, look, what, d, u.Hostname(), port) })
		}
	}
	all.Wait()
	return list, nil
}

// hostRecord is whether the server's name leads anywhere.
func hostRecord(ctx context.Context, look names, host string) dnsRecord {
	r := dnsRecord{Name: host, Type: "A or AAAA", Wanted: "the server's address", Found: []string{}, Result: rowPassed, Text: "The name leads to these addresses."}
	if net.ParseIP(host) != nil {
		r.Result, r.Text = rowSkipped, "The server is reached by a bare address. Certificates and clients want a name."
		return r
	}
	found, err := look.LookupHost(ctx, host)
	slices.Sort(found)
	r.Found = append(r.Found, found...)
	if err != nil {
		r.Result, r.Text = rowFailed, notLookedUp(err, "Nothing has this name. Make an A or AAAA record with the server's address.")
	}
	return r
}

// serviceRecord is whether a mail domain names the server for a service.
func serviceRecord(ctx context.Context, look names, service, domain, host, port string) dnsRecord {
	r := dnsRecord{Name: "_" + service + "._tcp." + domain, Type: "SRV", Wanted: "0 1 " + port + " " + host + ".", Found: []string{}, Result: rowPassed, Text: "Clients find the server by a mail address."}
	_, found, err := look.LookupSRV(ctx, service, "tcp", domain)
	here := false
	for _, s := range found {
		r.Found = append(r.Found, fmt.Sprintf("%d %d %d %s", s.Priority, s.Weight, s.Port, s.Target))
		here = here || strings.EqualFold(strings.TrimSuffix(s.Target, "."), host) && strconv.Itoa(int(s.Port)) == port
	}
	switch {
	case err != nil:
		r.Result, r.Text = rowFailed, notLookedUp(err, "Clients cannot find the server by a mail address and ask for its name instead. Make this record, if they shall.")
	case !here:
		r.Result, r.Text = rowFailed, "Clients are sent to another server."
	}
	return r
}

// notLookedUp tells a missing record from a name server that gives no answer.
func notLookedUp(err error, missing string) string {
	var dns *net.DNSError
	if errors.As(err, &dns) && dns.IsNotFound {
		return missing
	}
	return "The name servers give no answer now, so nothing is known of this record."
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
