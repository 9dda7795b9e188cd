package web

import (
	"cmp"
	"net"
	"net/url"
)

// Record is a line of DNS.
type Record struct{ Name, Type, Value string }

// Records are those of a mail domain by which programs that are told a mail address alone find the server at an address
// (RFC 6764 §3, §4); none where the server has no name of its own.
func Records(address, domain string) []Record {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || net.ParseIP(u.Hostname()) != nil {
		return nil
	}
	services, port := []string{"_caldavs._tcp.", "_carddavs._tcp."}, cmp.Or(u.Port(), "443")
	if u.Scheme == "http" {
		services, port = []string{"_caldav._tcp.", "_carddav._tcp."}, cmp.Or(u.Port(), "80")
	}
	var list []Record
	for _, service := range services {
		list = append(list,
			Record{service + domain + ".", "SRV", "0 1 " + port + " " + u.Hostname() + "."},
			Record{service + domain + ".", "TXT", `"path=/dav/"`})
	}
	return list
}
