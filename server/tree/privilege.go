package tree

import (
	"encoding/xml"

	"convoke/server/dav"
	"convoke/server/davxml"
)

// The privileges of CalDAV, which grants on calendars and scheduling collections name.
const (
	ReadFreeBusy         dav.Privilege = dav.DoorPrivilege << iota // RFC 4791 §6.1.1
	DeliverInvite                                                  // RFC 6638 §6.1
	DeliverReply                                                   // RFC 6638 §6.1
	DeliverQueryFreeBusy                                           // RFC 6638 §6.1
	SendInvite                                                     // RFC 6638 §6.2
	SendReply                                                      // RFC 6638 §6.2
	SendFreeBusy                                                   // RFC 6638 §6.2

	Deliver = DeliverInvite | DeliverReply | DeliverQueryFreeBusy
	Send    = SendInvite | SendReply | SendFreeBusy
)

// reading is what who may read may do; free-busy is contained in DAV:read (RFC 4791 §6.1.1).
const reading = dav.Read | dav.ReadPrivileges | ReadFreeBusy

func caldav(local string) xml.Name { return xml.Name{Space: davxml.CalDAV, Local: local} }

// CalendarPrivileges is the privilege tree of calendars: CALDAV:read-free-busy stands within DAV:read.
func CalendarPrivileges() *dav.Supported {
	s := dav.DefaultPrivileges()
	for i := range s.Members {
		if m := &s.Members[i]; m.Name == davxml.Read {
			m.Members = append(m.Members, dav.Supported{Name: davxml.ReadFreeBusy, Bits: ReadFreeBusy, Description: "Read busy times"})
			m.Bits |= ReadFreeBusy
		}
	}
	// RFC 6638 §6.2 has it on the outbox, for all that somebody owns. Here it is for one calendar.
	s.Members = append(s.Members, sending)
	return s
}

// InboxPrivileges is the privilege tree of a scheduling inbox (RFC 6638 §6.1).
func InboxPrivileges() *dav.Supported {
	return scheduling(Deliver, dav.Supported{
		Name: caldav("schedule-deliver"), Bits: Deliver, Description: "Deliver scheduling messages", Members: []dav.Supported{
			{Name: caldav("schedule-deliver-invite"), Bits: DeliverInvite, Description: "Deliver invitations"},
			{Name: caldav("schedule-deliver-reply"), Bits: DeliverReply, Description: "Deliver replies"},
			{Name: caldav("schedule-query-freebusy"), Bits: DeliverQueryFreeBusy, Description: "Ask for busy times"},
		}})
}

// OutboxPrivileges is the privilege tree of a scheduling outbox (RFC 6638 §6.2).
func OutboxPrivileges() *dav.Supported {
	return scheduling(Send, sending)
}

// sending is CALDAV:schedule-send with its parts.
var sending = dav.Supported{
	Name: caldav("schedule-send"), Bits: Send, Description: "Send scheduling messages", Members: []dav.Supported{
		{Name: caldav("schedule-send-invite"), Bits: SendInvite, Description: "Send invitations"},
		{Name: caldav("schedule-send-reply"), Bits: SendReply, Description: "Send replies"},
		{Name: caldav("schedule-send-freebusy"), Bits: SendFreeBusy, Description: "Ask others for busy times"},
	},
}

// scheduling adds the privileges of a scheduling collection under CALDAV:schedule, the name by which caldav-proxy
// §5.4 wants them granted to those who act for others.
func scheduling(bits dav.Privilege, member dav.Supported) *dav.Supported {
	s := dav.DefaultPrivileges()
	s.Members = append(s.Members, dav.Supported{
		Name: caldav("schedule"), Bits: bits, Description: "Schedule", Members: []dav.Supported{member},
	})
	return s
}
