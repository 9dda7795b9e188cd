// Package dav is the WebDAV engine: methods, properties, multistatus, synchronisation, access and locks.
// It knows no calendar, no address book and no storage; resources tell it what they can through small interfaces.
//
// RFC 4918 (WebDAV, classes 1, 2 and 3), RFC 3253 §3.6 to §3.8 (reports), RFC 3744 (access control),
// RFC 5689 (extended MKCOL), RFC 5995 (POST to add members), RFC 6578 (synchronisation), RFC 7240 and
// RFC 8144 (Prefer), RFC 9110 §13 (conditional requests), RFC 6638 §8 (Schedule-Tag conditions).
//
// Invariants:
//   - Every resource that a method or report touches was asked with Allow first (RFC 3744 appendix B).
//   - A path is decoded once, and each resource has one canonical href, whatever spelling a client used.
//   - Preconditions are judged by the door inside its write transaction, through Preconditions.Check.
//   - Answers are written as they are found; no multistatus is held whole. Nothing is sent before it is
//     known that the request as a whole did not fail, or before the first buffer is full.
//   - In a response the 200 propstat stands first; unknown names never fail a request.
//   - Errors of the store or of the program are logged and never sent; a Condition is what a client sees.
package dav
