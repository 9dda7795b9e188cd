// Package imip is the gateway between scheduling and mail (RFC 6047, iMIP).
//
// Out: rows that scheduling left in the outbound queue become mails (imip/compose) and go to
// one mail server by SMTP submission; what becomes of them returns as SCHEDULE-STATUS of the
// organizer's copy (RFC 6638 §3.2.9).
//
// In: mails from a mailbox, over LMTP or from a command become scheduling messages
// (imip/message), are judged (imip/trust) and handed to scheduling, which alone changes
// calendars.
//
// Invariants:
//   - Nothing here decides what a calendar object becomes: scheduling does, in its transaction.
//   - A mail keeps the Message-ID of its row: a crash between sending and marking repeats the
//     same mail, never a new one.
//   - The mails of one meeting to one person leave in the order in which they were made.
//   - No mail is ever sent because of a mail that was not trusted, and none answers a bounce.
//   - A mail that came in is acknowledged only after its effects are committed.
//   - No network is used inside a transaction.
package imip
