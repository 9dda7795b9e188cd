// Package davxml holds the XML of WebDAV: the names, a bounded reader and a streaming writer.
//
// It knows RFC 4918 §8.2 and §17 (XML use, extensibility) and the namespaces of
// RFC 4791, RFC 6352, RFC 6638 and of Apple's servers; it knows no method and no resource.
//
// Invariants:
//   - Reading is bounded in bytes, depth, elements, attributes and namespaces; a DOCTYPE is refused.
//   - A Node is immutable once Parse has returned it, and may be shared between requests.
//   - Node.XML stands alone: every prefix it uses is declared in it, and the bytes in between are the client's.
//   - Each known namespace has one prefix, declared on the root element of what Writer writes.
//   - Whatever text is written, the output is well-formed XML 1.0.
package davxml
