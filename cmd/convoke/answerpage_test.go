package main

import (
	"strings"
	"testing"

	"convoke/scheduling"
	"convoke/storage"
)

// Where a guest answers: at the address that people use, and nowhere if there is none or it is not wanted.
func TestAnswerAt(t *testing.T) {
	h := newHouse(t)
	row := &storage.Outbound{PrincipalID: 7, UID: "u", Recipient: "mailto:gus@example.net", Method: "REQUEST"}
	if at := h.answerAt(row); at != "" {
		t.Errorf("without an address of our own: %s", at)
	}
	h.conf.Server.PublicURL = "https://cal.example.org/"
	token, ok := strings.CutPrefix(h.answerAt(row), "https://cal.example.org/guest/")
	if g, read := h.sched.ReadGuest(token); !ok || !read || g != (scheduling.Guest{Organizer: 7, UID: "u", Address: "mailto:gus@example.net"}) {
		t.Errorf("%s is read as %+v", h.answerAt(row), g)
	}
	h.conf.SMTP.AnswerPage = false
	if at := h.answerAt(row); at != "" {
		t.Errorf("where it is not wanted: %s", at)
	}
}
