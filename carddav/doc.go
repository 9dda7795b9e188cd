// Package carddav is the CardDAV door, RFC 6352: address books and the cards in
// them as resources of the WebDAV engine, with their properties, preconditions
// and reports, and the directory of the people of this server.
//
// Invariants:
//   - A card is stored as sent, byte for byte, and its ETag names those bytes; it is converted only for
//     a client that asks for the other version.
//   - What is stored parses, has one UID, and no other card of its address book has that UID; this is
//     decided inside the write transaction.
//   - A query reads the cards of one listing, so that it answers from one state of the address book.
//   - Parsed cards live with the cached object and are never changed.
//   - The directory is read-only, and shows names and addresses of principals only.
package carddav
