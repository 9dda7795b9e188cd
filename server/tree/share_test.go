package tree

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"convoke/server/dav"
	"convoke/server/davxml"
	"convoke/storage"
)

// view is a collection as somebody has it in the home of its owner.
func (p *place) view(t *testing.T, who, home, owner, name string) *Collection {
	t.Helper()
	c, err := p.base(context.Background(), p.who[who], p.who[owner], p.collection(t, home, owner, name), HomeHref(home, p.who[owner]))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// invite shares a collection of ann's, "" takes it away.
func (p *place) invite(t *testing.T, home, whom string, level Level) {
	t.Helper()
	failed, err := p.view(t, "ann", home, "ann", "default").Invite(context.Background(), []Invitation{{Href: PrincipalHref(p.who[whom]), Level: level}})
	if failed != nil || err != nil {
		t.Fatal(failed, err)
	}
}

// answer accepts or declines ann's collection.
func (p *place) answer(who, home string, accept bool) (string, error) {
	h := &Home{Tree: p.Tree, Name: storage.Calendars, OwnedBy: p.who[who], Who: p.who[who], Privs: dav.All, href: HomeHref(storage.Calendars, p.who[who])}
	return h.Answer(context.Background(), Reply{Accept: accept, Host: HomeHref(home, p.who["ann"]) + "default/"})
}

// told tells which notifications somebody has, and what stands in them.
func (p *place) told(t *testing.T, who string) string {
	t.Helper()
	var text strings.Builder
	c := p.collection(t, storage.Calendars, who, "notification")
	listing, err := p.Store.Listing(context.Background(), c.ID)
	if err != nil {
		t.Fatal(err)
	}
	for m := range listing.All() {
		o, err := p.Store.ObjectOf(context.Background(), m)
		if err != nil {
			t.Fatal(err)
		}
		text.Write(o.Data)
	}
	return text.String()
}

// state is how the owner sees it with somebody; "" if they are not in the list.
func (p *place) state(t *testing.T, home, whom string) string {
	t.Helper()
	list, err := p.sharees(context.Background(), p.collection(t, home, "ann", "default"))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range list {
		if s.Who.ID == p.who[whom].ID {
			return string(s.Level) + " " + s.State
		}
	}
	return ""
}

// A level is a name for privileges: what it grants, it is.
func TestLevels(t *testing.T) {
	for _, home := range []string{storage.Calendars, storage.AddressBooks} {
		var wider dav.PrivilegeSet
		for i, l := range levels {
			p := l.Privileges(home)
			if home == storage.AddressBooks && (l == LevelBusy || l == LevelSchedule) {
				if p != 0 {
					t.Errorf("%s of an address book: %b", l, p)
				}
				continue
			}
			if LevelOf(p, home) != l {
				t.Errorf("%s of %s is taken for %s", l, home, LevelOf(p, home))
			}
			if i > 0 && !wider.Has(p) {
				t.Errorf("%s of %s has what a wider level lacks", l, home)
			}
			wider = p
		}
	}
	for _, row := range []struct {
		held dav.PrivilegeSet
		want Level
	}{
		{0, ""}, {dav.Write, ""}, {dav.Read, LevelRead}, {ReadFreeBusy, LevelBusy}, {dav.Read | dav.WriteContent, LevelRead},
		{dav.Read | dav.Write, LevelWrite}, {dav.All, LevelManage},
	} {
		if got := LevelOf(row.held, storage.Calendars); got != row.want {
			t.Errorf("%b is %q, want %q", row.held, got, row.want)
		}
	}
}

// Ann invites Bob: he is asked, has it when he accepts, and may leave and come back. Each way is told to whom it concerns.
func TestInviteAndAnswer(t *testing.T) {
	p := newPlace(t)
	const mounted = "/dav/calendars/bob/ann~default/"
	shows := func() bool { _, there := p.reached(t, "bob")[mounted]; return there }

	p.invite(t, storage.Calendars, "bob", LevelWrite)
	if shows() || p.state(t, storage.Calendars, "bob") != "write invited" || !strings.Contains(p.told(t, "bob"), "invite-noresponse") {
		t.Errorf("invited: shown %v, %s, told %s", shows(), p.state(t, storage.Calendars, "bob"), p.told(t, "bob"))
	}
	p.update(t, func(tx *storage.Tx) error {
		c := p.collection(t, storage.Calendars, "ann", "default")
		return tx.DropNotice(p.who["bob"].ID, tx.InviteUID(c.ID, p.who["bob"].ID))
	})
	p.invite(t, storage.Calendars, "bob", LevelWrite)
	if !strings.Contains(p.told(t, "bob"), "invite-noresponse") {
		t.Error("asked again, Bob is not told")
	}
	href, err := p.answer("bob", storage.Calendars, true)
	if err != nil || href != mounted || !shows() {
		t.Errorf("accepted: %s %v, shown %v", href, err, shows())
	}
	if p.told(t, "bob") != "" || !strings.Contains(p.told(t, "ann"), "invite-accepted") {
		t.Errorf("accepted: Bob is told %q, Ann %q", p.told(t, "bob"), p.told(t, "ann"))
	}
	p.invite(t, storage.Calendars, "bob", LevelRead)
	if !shows() || p.state(t, storage.Calendars, "bob") != "read accepted" || !strings.Contains(p.told(t, "bob"), "invite-accepted") {
		t.Errorf("another level: %s, told %s", p.state(t, storage.Calendars, "bob"), p.told(t, "bob"))
	}
	if _, err := p.answer("bob", storage.Calendars, false); err != nil || shows() || p.state(t, storage.Calendars, "bob") != "read declined" {
		t.Errorf("declined: %v, shown %v, %s", err, shows(), p.state(t, storage.Calendars, "bob"))
	}
	if _, err := p.answer("bob", storage.Calendars, true); err != nil || !shows() {
		t.Errorf("taken in again: %v, shown %v", err, shows())
	}
	p.invite(t, storage.Calendars, "bob", "")
	if shows() || p.state(t, storage.Calendars, "bob") != "" || !strings.Contains(p.told(t, "bob"), "invite-deleted") || p.told(t, "ann") != "" {
		t.Errorf("taken away: shown %v, Bob is told %q, Ann %q", shows(), p.told(t, "bob"), p.told(t, "ann"))
	}
	if _, err := p.answer("bob", storage.Calendars, true); !errors.As(err, new(*dav.Condition)) {
		t.Errorf("an answer to what is not offered: %v", err)
	}
}

// An invitation that is taken back before it was answered leaves nothing behind; so does a collection that goes.
func TestInviteTakenBack(t *testing.T) {
	p := newPlace(t)
	p.invite(t, storage.AddressBooks, "bob", LevelRead)
	p.invite(t, storage.AddressBooks, "bob", "")
	if p.told(t, "bob") != "" {
		t.Errorf("taken back: %s", p.told(t, "bob"))
	}
	p.invite(t, storage.AddressBooks, "bob", LevelRead)
	book := p.collection(t, storage.AddressBooks, "ann", "default")
	p.update(t, func(tx *storage.Tx) error { return tx.DeleteCollection(book.ID) })
	if p.told(t, "bob") != "" {
		t.Errorf("deleted: %s", p.told(t, "bob"))
	}
}

// Those who have it are told when it goes.
func TestDeleteTellsSharees(t *testing.T) {
	p := newPlace(t)
	p.invite(t, storage.AddressBooks, "bob", LevelWrite)
	if _, err := p.answer("bob", storage.AddressBooks, true); err != nil {
		t.Fatal(err)
	}
	if w := p.request("ann", "DELETE", "/dav/addressbooks/ann/default/", ""); w.Code != 204 {
		t.Fatal(w.Code, w.Body)
	}
	if !strings.Contains(p.told(t, "bob"), "invite-deleted") || !strings.Contains(p.told(t, "bob"), `shared-type="addressbook"`) {
		t.Errorf("told %q", p.told(t, "bob"))
	}
}

// Whoever makes, shares and deletes collections over and over fills nobody's notifications; invitations still come.
func TestFarewellsAreBounded(t *testing.T) {
	p := newPlace(t)
	into := p.collection(t, storage.Calendars, "bob", "notification")
	book := p.collection(t, storage.AddressBooks, "ann", "default")
	p.update(t, func(tx *storage.Tx) error {
		for i := range maxFarewells {
			o := &storage.Object{Data: []byte("<gone/>")}
			o.CollectionID, o.Name, o.ContentType = into.ID, fmt.Sprint(i), "application/xml"
			if _, err := tx.PutObject(o); err != nil {
				return err
			}
		}
		return tx.SetGrants(book.ID, []storage.Grant{{PrincipalID: p.who["bob"].ID, Privileges: uint32(dav.Read)}})
	})
	p.invite(t, storage.AddressBooks, "bob", LevelWrite)
	if told := p.told(t, "bob"); !strings.Contains(told, "invite-accepted") {
		t.Errorf("another level: %s", told)
	}
	p.invite(t, storage.AddressBooks, "bob", "")
	if told := p.told(t, "bob"); strings.Contains(told, "invite-") {
		t.Errorf("taken away: %s", told)
	}
	p.invite(t, storage.AddressBooks, "bob", LevelRead)
	if told := p.told(t, "bob"); !strings.Contains(told, "invite-noresponse") {
		t.Errorf("invited: %s", told)
	}
}

// One request asks for no more than a list holds, be it of the same person over and over.
func TestInviteIsBounded(t *testing.T) {
	p := newPlace(t)
	list := make([]Invitation, maxSharees+1)
	for i := range list {
		list[i] = Invitation{Href: PrincipalHref(p.who["bob"]), Level: LevelRead, Summary: fmt.Sprint(i)}
	}
	c := p.view(t, "ann", storage.Calendars, "ann", "default")
	if _, err := c.Invite(context.Background(), list); dav.AsCondition(err).Name != davxml.LimitedNumberOfACEs || p.told(t, "bob") != "" {
		t.Errorf("one too many: %v, told %s", err, p.told(t, "bob"))
	}
	if failed, err := c.Invite(context.Background(), list[1:]); failed != nil || err != nil {
		t.Error(failed, err)
	}
}

// A group is not asked: its members have it at once, whoever they are at the time, and each may leave.
func TestShareWithGroup(t *testing.T) {
	p := newPlace(t)
	shows := func(who string) bool {
		_, there := p.reached(t, who)["/dav/calendars/"+who+"/ann~default/"]
		return there
	}
	p.invite(t, storage.Calendars, "staff", LevelRead)
	if !shows("cleo") || shows("bob") || p.state(t, storage.Calendars, "staff") != "read accepted" {
		t.Errorf("Cleo %v, Bob %v, %s", shows("cleo"), shows("bob"), p.state(t, storage.Calendars, "staff"))
	}
	p.update(t, func(tx *storage.Tx) error {
		return tx.SetMembers(p.who["staff"].ID, []int64{p.who["bob"].ID, p.who["cleo"].ID})
	})
	if !shows("bob") {
		t.Error("a new member doesn't have it")
	}
	if _, err := p.answer("cleo", storage.Calendars, false); err != nil || shows("cleo") || !shows("bob") || p.told(t, "ann") != "" {
		t.Errorf("Cleo left: %v, Cleo %v, Bob %v, Ann is told %q", err, shows("cleo"), shows("bob"), p.told(t, "ann"))
	}
	p.invite(t, storage.Calendars, "staff", "")
	if shows("bob") {
		t.Error("Bob still has it")
	}
}

// What ACL grants shows at once, and is told as a share; what ACL takes away ends one. RFC 3744 §8.1, caldav-sharing §5.2.2.
func TestOneTruth(t *testing.T) {
	p := newPlace(t)
	c := p.view(t, "ann", storage.Calendars, "ann", "default")
	bob := dav.ACE{Who: dav.WhoHref, Href: PrincipalHref(p.who["bob"]), Privileges: dav.Read}
	if err := c.SetACL(context.Background(), []dav.ACE{bob}, &dav.Preconditions{}); err != nil {
		t.Fatal(err)
	}
	if r := p.reached(t, "bob")["/dav/calendars/bob/ann~default/"]; r.Collection == nil || p.state(t, storage.Calendars, "bob") != "read accepted" || !c.isShared() {
		t.Errorf("by ACL: %+v %s", r, p.state(t, storage.Calendars, "bob"))
	}
	p.invite(t, storage.Calendars, "bob", LevelWrite)
	if p.state(t, storage.Calendars, "bob") != "write accepted" {
		t.Errorf("who had it by ACL is asked: %s", p.state(t, storage.Calendars, "bob"))
	}
	aces, err := c.ACL(context.Background())
	if err != nil || !slices.ContainsFunc(aces, func(a dav.ACE) bool {
		return a.Href == bob.Href && a.Privileges == LevelWrite.Privileges(storage.Calendars)
	}) {
		t.Errorf("an invitation is no entry of the list: %v %v", aces, err)
	}
	if err := c.SetACL(context.Background(), nil, &dav.Preconditions{}); err != nil || c.isShared() || !strings.Contains(p.told(t, "bob"), "invite-deleted") {
		t.Errorf("taken away by ACL: %v, shared %v, told %q", err, c.isShared(), p.told(t, "bob"))
	}
	if share, err := p.Store.Share(context.Background(), c.C.ID, p.who["bob"].ID); err != nil || share.State != "" {
		t.Errorf("the share stays: %+v %v", share, err)
	}
}

// To take away what was granted gives nothing: who is kept out of what their group may read stays out (RFC 3744 §6).
func TestRemoveKeepsDenials(t *testing.T) {
	p := newPlace(t)
	c := p.collection(t, storage.Calendars, "ann", "default")
	p.update(t, func(tx *storage.Tx) error {
		return tx.SetGrants(c.ID, []storage.Grant{
			{PrincipalID: p.who["cleo"].ID, Privileges: uint32(dav.Read), Deny: true}, {PrincipalID: p.who["staff"].ID, Privileges: uint32(dav.Read)},
		})
	})
	p.invite(t, storage.Calendars, "cleo", "")
	if v := p.view(t, "cleo", storage.Calendars, "ann", "default"); v.Privs.Has(dav.Read) {
		t.Errorf("taken away, Cleo may read it: %b", v.Privs)
	}
	p.invite(t, storage.Calendars, "cleo", LevelRead)
	if v := p.view(t, "cleo", storage.Calendars, "ann", "default"); !v.Privs.Has(dav.Read) {
		t.Error("invited, Cleo may not read it")
	}
}

// Who may know busy times only reaches a calendar without its details, and may do nothing else in it.
func TestReachBusy(t *testing.T) {
	p := newPlace(t)
	p.invite(t, storage.Calendars, "bob", LevelBusy)
	if _, err := p.answer("bob", storage.Calendars, true); err != nil {
		t.Fatal(err)
	}
	r := p.reached(t, "bob")["/dav/calendars/bob/ann~default/"]
	if r.Collection == nil || r.Details || r.Private || r.Privileges != reading {
		t.Errorf("%+v", r)
	}
	if c := p.view(t, "bob", storage.Calendars, "ann", "default"); c.Privs != ReadFreeBusy {
		t.Errorf("in Ann's home: %b", c.Privs)
	}
	failed, err := p.view(t, "ann", storage.AddressBooks, "ann", "default").Invite(context.Background(),
		[]Invitation{{Href: PrincipalHref(p.who["bob"]), Level: LevelBusy}})
	if len(failed) != 1 || err != nil {
		t.Errorf("an address book has no busy times: %v %v", failed, err)
	}
}

// Shares end with either side, and a restart finds what was left.
func TestSharesEndWithPrincipals(t *testing.T) {
	p := newPlace(t)
	p.invite(t, storage.Calendars, "bob", LevelRead)
	p.invite(t, storage.Calendars, "cleo", LevelRead)
	c := p.collection(t, storage.Calendars, "ann", "default")
	p.update(t, func(tx *storage.Tx) error { return tx.RemovePrincipal(p.who["bob"].ID) })
	if list, err := p.Store.Shares(context.Background(), c.ID); err != nil || len(list) != 1 || list[0].PrincipalID != p.who["cleo"].ID {
		t.Errorf("after Bob: %v %v", list, err)
	}
	p.update(t, func(tx *storage.Tx) error { return tx.RemovePrincipal(p.who["ann"].ID) })
	if list, err := p.Store.SharesWith(context.Background(), p.who["cleo"].ID); err != nil || len(list) != 0 || p.told(t, "cleo") != "" {
		t.Errorf("after Ann: %v %v, Cleo is told %q", list, err, p.told(t, "cleo"))
	}
}

// What a sharee marks as busy in their home counts for them; nothing that is shared does by itself (caldav-sharing §5.5.5).
func TestCounted(t *testing.T) {
	p := newPlace(t)
	p.invite(t, storage.Calendars, "bob", LevelRead)
	if _, err := p.answer("bob", storage.Calendars, true); err != nil {
		t.Fatal(err)
	}
	counted := Counted(p.Store)
	if list, err := counted(context.Background(), p.who["bob"]); err != nil || len(list) != 0 {
		t.Errorf("at first: %v %v", list, err)
	}
	h := &Home{Tree: p.Tree, Name: storage.Calendars, OwnedBy: p.who["bob"], Who: p.who["bob"], href: HomeHref(storage.Calendars, p.who["bob"])}
	view, err := h.sharedView(context.Background(), p.collection(t, storage.Calendars, "ann", "default"))
	if err != nil {
		t.Fatal(err)
	}
	view.SetTransparent(false)
	if err := view.ApplyPatch(context.Background(), nil, &dav.Preconditions{}); err != nil {
		t.Fatal(err)
	}
	if list, err := counted(context.Background(), p.who["bob"]); err != nil || len(list) != 1 {
		t.Errorf("opaque: %v %v", list, err)
	}
	if p.collection(t, storage.Calendars, "ann", "default").Transparent {
		t.Error("Ann's own has changed")
	}
}
