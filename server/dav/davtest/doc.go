// Package davtest runs transcripts: `.dav` files that tell a story over HTTP and are checked against a server.
// It is imported by tests alone.
//
// A transcript is a txtar archive. Text before the first section is prose. Then come sections:
//
//	-- alice: PUT /dav/calendars/alice/work/lunch.ics --   who asks what; headers, an empty line, the body
//	-- 201 --                                              the answer: headers to compare, an empty line, the body
//	-- clock: 2026-03-01T09:00:00Z --                      sets the time
//	-- mail to bob@example.org --                          expects a message, its text as in an answer's body
//	-- mail from bob@example.org --                        brings a message
//	-- note --                                             prose between the turns
//	-- lunch.ics --                                        a fixture, for `< lunch.ics` in bodies
//
// `{name}` is caught at first sight and must be equal afterwards, `{!name}` must differ from it; in requests it
// stands for what was caught. A line `...` skips lines. Of an answer only listed headers are compared, `!Name`
// must be absent; without a body in the transcript the body is not compared. The one who asks as `nobody` sends no
// credentials.
//
// The body of a PROPFIND may be a line of names such as `DAV:getetag CALDAV:schedule-tag`. A 207 reads as an href,
// with its status if it has one, then lines such as `  200 CALDAV:schedule-tag {tag}`; text of several lines follows
// indented; a condition ends the line as `!DAV:need-privileges`; `sync-token: {token}` comes last. A DAV:error body
// reads as the name of the condition and its hrefs. A body that opens with a tag is XML and compared as such.
// Bodies are LF on disk and CRLF on the wire.
//
// Invariants:
//   - Sections run in order; each answer belongs to the request before it.
//   - With -update, answers that differ are rewritten from what came, keeping headers' names and what matched.
package davtest
