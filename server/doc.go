// Package server is Convoke's HTTP pillar: it listens, identifies, limits,
// logs and mounts. It knows no door: calendars, address books and pages are
// handlers that cmd/convoke mounts here.
//
// It follows RFC 9110 and RFC 9112 (as net/http does), RFC 7617 (Basic
// authentication) and RFC 6764 §5 (well-known URIs).
//
// Invariants
//
//   - The identity of a request comes from its own credentials. No header of a
//     client chooses user, method, path, scheme or host unless the peer is a
//     configured proxy.
//   - A DAV path is never served to nobody: without credentials every method
//     but OPTIONS is answered 401 with one stable realm.
//   - A password that was changed or removed stops working at once, whatever
//     is cached.
//   - Credentials cross the wire in the clear only from loopback, from a trusted
//     proxy that says it terminated TLS, or if the operator has said so.
//   - Logs carry request id, principal, method, href, status, duration and
//     condition; never bodies, queries, credentials or addresses of others.
//   - A panic ends one request, never the process.
package server
