package storage

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestCollections(t *testing.T) {
	s := open(t, Options{Limits: Limits{CollectionsPerHome: 9}})
	owner, _ := person(t, s, "alice")
	home := func() uint64 { n, _ := s.HomeChange(bg, Calendars, owner); return n }
	before := home()
	plain := &Collection{OwnerID: owner, Home: Calendars, Kind: KindPlain, Name: "files"}
	inner := &Collection{OwnerID: owner, Home: Calendars, Kind: KindPlain, Name: "inner"}
	update(t, s, func(tx *Tx) error {
		if err := tx.CreateCollection(plain); err != nil {
			return err
		}
		inner.ParentID = plain.ID
		return tx.CreateCollection(inner)
	})
	if home() <= before {
		t.Error("the home's number did not grow")
	}
	c, err := s.CollectionAt(bg, Calendars, "alice", []string{"files", "inner"})
	if err != nil || c.ID != inner.ID {
		t.Fatalf("nested: %v", err)
	}
	file := func(tx *Tx, name string) error {
		_, err := tx.PutObject(&Object{Member: Member{CollectionID: plain.ID, Name: name, ContentType: "text/plain"}, Data: []byte("x")})
		return err
	}
	update(t, s, func(tx *Tx) error { return file(tx, "a.txt") })
	refused(t, s, "object over collection", isErr(ErrExists), func(tx *Tx) error { return file(tx, "inner") })
	create := func(c *Collection) func(tx *Tx) error {
		return func(tx *Tx) error {
			c.OwnerID, c.Home = owner, Calendars
			return tx.CreateCollection(c)
		}
	}
	refused(t, s, "collection over object", isErr(ErrExists), create(&Collection{ParentID: plain.ID, Kind: KindPlain, Name: "a.txt"}))
	refused(t, s, "collection over collection", isErr(ErrExists), create(&Collection{Kind: KindCalendar, Name: "default"}))
	refused(t, s, "collection in a calendar", isErr(ErrNotFound), create(&Collection{ParentID: c.ID + 99, Kind: KindPlain, Name: "x"}))
	refused(t, s, "below itself", isErr(ErrNotFound), func(tx *Tx) error { return tx.MoveCollection(plain.ID, inner.ID, "x") })
	update(t, s, func(tx *Tx) error { return tx.MoveCollection(inner.ID, 0, "outer") })
	if _, err := s.CollectionAt(bg, Calendars, "alice", []string{"files", "inner"}); !errors.Is(err, ErrNotFound) {
		t.Errorf("old place: %v", err)
	}
	if _, err := s.CollectionAt(bg, Calendars, "alice", []string{"outer"}); err != nil {
		t.Errorf("new place: %v", err)
	}
	changed := *plain
	changed.DisplayName, changed.Color, changed.Transparent, changed.Components = "Files", "#ff0000", true, []string{"VEVENT", "VTODO"}
	update(t, s, func(tx *Tx) error { return tx.UpdateCollection(&changed) })
	if c, _ := s.CollectionByID(bg, plain.ID); c.DisplayName != "Files" || !c.Transparent || len(c.Components) != 2 || c.Change != 1 {
		t.Errorf("updated: %+v", c)
	}
	update(t, s, create(&Collection{Kind: KindCalendar, Name: "seventh"}))
	update(t, s, create(&Collection{Kind: KindCalendar, Name: "eighth"}))
	refused(t, s, "too many", asErr[*LimitError], create(&Collection{Kind: KindCalendar, Name: "ninth"}))
	update(t, s, func(tx *Tx) error { return tx.MoveCollection(inner.ID, plain.ID, "inner") })
	update(t, s, func(tx *Tx) error { return tx.DeleteCollection(plain.ID) })
	if _, err := s.CollectionByID(bg, inner.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("below a deleted one: %v", err)
	}
	if used, _ := s.Usage(bg, owner); used != 0 {
		t.Errorf("usage %d", used)
	}
	if v, err := s.History(bg, plain.ID, "a.txt"); err != nil || len(v) != 1 || v[0].What != "deleted" {
		t.Errorf("history: %v %v", v, err)
	}
	again := &Collection{Kind: KindCalendar, Name: "files"}
	update(t, s, create(again))
	if again.ID <= inner.ID {
		t.Error("an id was used twice")
	}
}

func TestSyncToken(t *testing.T) {
	s := open(t, Options{})
	_, coll := person(t, s, "alice")
	_, other := person(t, s, "bob")
	fill(t, s, coll, 5)
	token := s.SyncToken(coll, 3)
	if n, err := s.ParseSyncToken(coll, token); err != nil || n != 3 {
		t.Fatalf("own token: %d %v", n, err)
	}
	digits := token[:len(token)-1]
	for what, bad := range map[string]string{
		"empty": "", "future": digits + "6", "leading zero": digits + "03", "sign": digits + "+3", "rest": token + "x",
		"no number": digits, "huge": digits + "99999999999999999999", "foreign": "http://example.org/sync/3",
		"other epoch": strings.Replace(token, s.epoch, "0123456789abcdef", 1), "other collection": s.SyncToken(other, 0),
	} {
		if _, err := s.ParseSyncToken(coll, bad); !errors.Is(err, ErrBadToken) {
			t.Errorf("%s (%s): %v", what, bad, err)
		}
	}
}

func FuzzParseSyncToken(f *testing.F) {
	s := open(f, Options{})
	_, coll := person(f, s, "alice")
	fill(f, s, coll, 3)
	f.Add(s.SyncToken(coll, 2))
	f.Add(tokenPrefix + "--")
	f.Fuzz(func(t *testing.T, token string) {
		if n, err := s.ParseSyncToken(coll, token); err == nil && (n > 3 || s.SyncToken(coll, n) != token) {
			t.Errorf("%q was taken as %d", token, n)
		}
	})
}

// A snapshot stays what it was, through overwrites and compaction.
func TestListingIsASnapshot(t *testing.T) {
	s := open(t, Options{})
	_, coll := person(t, s, "alice")
	fill(t, s, coll, 20)
	old, err := s.Listing(bg, coll)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]uint64{}
	for m := range old.All() {
		want[m.Name] = m.Change
	}
	for range 20 {
		fill(t, s, coll, 20)
	}
	update(t, s, func(tx *Tx) error {
		if err := tx.DeleteObject(coll, event(coll, 0).Name); err != nil {
			return err
		}
		l, err := tx.Listing(bg, coll)
		if err != nil || l.Len() != 19 {
			t.Errorf("inside the transaction: %v", err)
		}
		if l, _ := s.Listing(bg, coll); l.Len() != 20 {
			t.Error("what is not committed is seen outside")
		}
		return nil
	})
	n := 0
	for m := range old.All() {
		if n++; want[m.Name] != m.Change {
			t.Fatalf("%s is at change %d", m.Name, m.Change)
		}
		if now, ok := old.Member(m.Name); !ok || now.Change != m.Change {
			t.Errorf("member %s by name", m.Name)
		}
	}
	if n != 20 || old.Change() != 20 {
		t.Errorf("%d members at change %d", n, old.Change())
	}
	if log := s.listings.get(coll); len(log.entries) > 150 {
		t.Errorf("the log has %d lines: it is not compacted", len(log.entries))
	}
}

func TestMemoAndCacheBounds(t *testing.T) {
	s := open(t, Options{CacheBytes: 1 << 20})
	_, coll := person(t, s, "alice")
	o := event(coll, 0)
	o.SetMemo("parsed", 100)
	update(t, s, func(tx *Tx) error { _, err := tx.PutObject(o); return err })
	got, err := s.Object(bg, coll, o.Name)
	if err != nil || got.Memo() != "parsed" {
		t.Fatalf("memo: %v", err)
	}
	got.SetMemo("other", 1)
	if got.Memo() != "parsed" {
		t.Error("the first memo did not stay")
	}
	fill(t, s, coll, 2000)
	for i := range 2000 {
		o, err := s.Object(bg, coll, event(coll, i).Name)
		if err != nil {
			t.Fatal(err)
		}
		o.SetMemo(i, 5000)
	}
	var sum int64
	for i := range s.objects.shards {
		sh := &s.objects.shards[i]
		var own int64
		for _, x := range sh.cells {
			own += x.o.cost()
		}
		if own != sh.bytes {
			t.Errorf("shard counts %d, holds %d", sh.bytes, own)
		}
		sum += sh.bytes
	}
	if sum > 1<<20 {
		t.Errorf("cache holds %d bytes", sum)
	}
}

func TestHistory(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	s := open(t, Options{Clock: func() time.Time { return now }})
	_, coll := person(t, s, "alice")
	first := event(coll, 1)
	update(t, s, func(tx *Tx) error { _, err := tx.PutObject(first); return err })
	second := event(coll, 1)
	second.Data = []byte("second")
	err := s.Update(bg, Actor{PrincipalID: 7, Door: "caldav", Agent: "client", RequestID: "r1", OnBehalf: 9}, func(tx *Tx) error {
		_, err := tx.PutObject(second)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Hour)
	update(t, s, func(tx *Tx) error { return tx.DeleteObject(coll, first.Name) })
	v, err := s.History(bg, coll, first.Name)
	if err != nil || len(v) != 2 || v[0].What != "deleted" || v[1].What != "overwritten" || v[1].ETag != first.ETag ||
		v[1].Actor != (Actor{7, "caldav", "client", "r1", 9}) {
		t.Fatalf("history: %v %+v", err, v)
	}
	if data, err := s.VersionData(bg, v[1].ID); err != nil || !bytes.Equal(data, first.Data) {
		t.Errorf("former bytes: %v", err)
	}
	if v, err := s.HistoryOf(bg, first.UID); err != nil || len(v) != 2 {
		t.Errorf("by uid: %v %v", v, err)
	}
	now = now.Add(30*24*time.Hour - time.Minute) // the first is past its time
	prune := func() {
		update(t, s, func(*Tx) error { return nil }) // what was queued before is done
		done := make(chan struct{})
		s.writer.in <- &request{fn: func(*Tx) error { s.lastHistory = time.Time{}; s.prune(); return nil }, done: done}
		<-done
	}
	prune()
	if v, err := s.History(bg, coll, first.Name); err != nil || len(v) != 1 || v[0].What != "deleted" {
		t.Errorf("after pruning: %v %v", v, err)
	}
	if r, err := s.Check(bg, false, nil); err != nil || len(r.Problems) > 0 {
		t.Errorf("check: %v %v", err, r.Problems)
	}
}

func TestWithoutHistory(t *testing.T) {
	s := open(t, Options{HistoryFor: -1})
	_, coll := person(t, s, "alice")
	for range 3 {
		fill(t, s, coll, 10)
	}
	update(t, s, func(tx *Tx) error { return tx.DeleteObject(coll, event(coll, 0).Name) })
	if v, err := s.History(bg, coll, event(coll, 0).Name); err != nil || len(v) != 0 {
		t.Errorf("history: %v %v", v, err)
	}
	if r, err := s.Check(bg, false, nil); err != nil || len(r.Problems) > 0 {
		t.Errorf("check: %v %v", err, r.Problems)
	}
}

// What the server tells somebody leaves nothing behind: others cause it, as often as they like.
func TestNotificationsLeaveNoHistory(t *testing.T) {
	s := open(t, Options{})
	owner, _ := person(t, s, "alice")
	notices := func(tx *Tx) int64 {
		c, err := tx.NotificationsOf(bg, owner)
		if err != nil {
			t.Fatal(err)
		}
		return c.ID
	}
	for i := range 3 {
		update(t, s, func(tx *Tx) error {
			o := event(notices(tx), i)
			o.Name, o.UID = "told", ""
			_, err := tx.PutObject(o)
			return err
		})
	}
	update(t, s, func(tx *Tx) error { return tx.DropNotice(owner, "told") })
	var blobs int
	err := s.read(bg, false, func(c *session) error { return c.row("SELECT count(*) FROM blob", nil, &blobs) })
	if err != nil || blobs != 0 {
		t.Errorf("%d are kept: %v", blobs, err)
	}
	whole(t, s)
}

func TestLimits(t *testing.T) {
	s := open(t, Options{Limits: Limits{ObjectsPerCollection: 3, BytesPerUser: 5000, PropertyBytes: 10, PropertiesPerRef: 2, LocksPerUser: 1}})
	_, coll := person(t, s, "alice")
	put := func(n, size int) func(*Tx) error {
		return func(tx *Tx) error {
			o := event(coll, n)
			o.Data = make([]byte, size)
			_, err := tx.PutObject(o)
			return err
		}
	}
	for i := range 3 {
		update(t, s, put(i, 1000))
	}
	refused(t, s, "fourth object", func(err error) bool {
		var l *LimitError
		return errors.As(err, &l) && !l.Quota
	}, put(3, 1))
	refused(t, s, "quota", func(err error) bool {
		var l *LimitError
		return errors.As(err, &l) && l.Quota
	}, put(0, 3001))
	update(t, s, put(0, 3000))
	ref := Ref{Kind: RefCollection, ID: coll}
	set := func(local, xml string) func(*Tx) error {
		return func(tx *Tx) error { return tx.SetProperty(ref, 0, Property{"urn:x", local, []byte(xml)}) }
	}
	refused(t, s, "long property", asErr[*LimitError], set("a", "<a>too long</a>"))
	update(t, s, set("a", "<a/>"))
	update(t, s, set("b", "<b/>"))
	update(t, s, set("b", "<b>1</b>"))
	refused(t, s, "third property", asErr[*LimitError], set("c", "<c/>"))
	lock := func(token string) func(*Tx) error {
		return func(tx *Tx) error {
			return tx.AddLock(Lock{Token: token, Path: "/a", PrincipalID: 1, Expires: tx.Now().Add(time.Hour)})
		}
	}
	update(t, s, lock("one"))
	refused(t, s, "second lock", asErr[*LimitError], lock("two"))
}

func TestProperties(t *testing.T) {
	s := open(t, Options{})
	_, coll := person(t, s, "alice")
	fill(t, s, coll, 2)
	o, err := s.Object(bg, coll, event(coll, 0).Name)
	if err != nil {
		t.Fatal(err)
	}
	ref := Ref{Kind: RefObject, ID: o.ID}
	update(t, s, func(tx *Tx) error {
		return errors.Join(tx.SetProperty(ref, 0, Property{"urn:x", "a", []byte("<a>all</a>")}),
			tx.SetProperty(ref, 5, Property{"urn:x", "a", []byte("<a>five</a>")}), tx.SetProperty(ref, 0, Property{"urn:x", "b", []byte("<b/>")}))
	})
	text := func(principal int64, ref Ref) (all string) {
		list, err := s.Properties(bg, ref, principal)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range list {
			all += string(p.XML)
		}
		return all
	}
	if got := text(0, ref) + text(5, ref); got != "<a>all</a><b/><a>five</a><b/>" {
		t.Errorf("got %s", got)
	}
	update(t, s, func(tx *Tx) error { return tx.RemoveProperty(ref, 5, "urn:x", "a") })
	c, _ := s.CollectionAt(bg, Calendars, "alice", []string{"tasks"})
	update(t, s, func(tx *Tx) error { _, err := tx.CopyObject(coll, o.Name, c.ID, "copy.ics"); return err })
	copied, err := s.Object(bg, c.ID, "copy.ics")
	if err != nil || copied.ID == o.ID || text(5, Ref{Kind: RefObject, ID: copied.ID}) != "<a>all</a><b/>" {
		t.Errorf("copy: %v", err)
	}
	update(t, s, func(tx *Tx) error { return tx.DeleteObject(coll, o.Name) })
	if got := text(0, ref); got != "" {
		t.Errorf("after deletion: %s", got)
	}
}

func TestLocks(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	s := open(t, Options{Clock: func() time.Time { return now }})
	update(t, s, func(tx *Tx) error {
		return errors.Join(
			tx.AddLock(Lock{Token: "deep", Path: "/a/", Infinite: true, Expires: now.Add(time.Hour)}),
			tx.AddLock(Lock{Token: "flat", Path: "/b/", Expires: now.Add(time.Hour)}),
			tx.AddLock(Lock{Token: "leaf", Path: "/b/x.ics", Exclusive: true, Expires: now.Add(time.Minute)}))
	})
	tokens := func(path string, below bool) (all string) {
		list, err := s.Locks(bg, path, below)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range list {
			all += l.Token + " "
		}
		return all
	}
	for _, row := range []struct {
		path  string
		below bool
		want  string
	}{
		{"/a/", false, "deep "}, {"/a/y/z.ics", false, "deep "}, {"/b/", false, "flat "}, {"/b/x.ics", false, "leaf "},
		{"/b/", true, "flat leaf "}, {"/b/y.ics", false, ""}, {"/", true, "deep flat leaf "}, {"/ab/", true, ""},
	} {
		if got := tokens(row.path, row.below); got != row.want {
			t.Errorf("%s below=%v: %q, want %q", row.path, row.below, got, row.want)
		}
	}
	update(t, s, func(tx *Tx) error { return tx.RefreshLock("deep", now.Add(3*time.Hour)) })
	now = now.Add(2 * time.Hour)
	if got := tokens("/", true); got != "deep " {
		t.Errorf("after two hours: %q", got)
	}
	refused(t, s, "expired", isErr(ErrNotFound), func(tx *Tx) error { return tx.RefreshLock("leaf", now.Add(time.Hour)) })
	update(t, s, func(tx *Tx) error { return tx.RemoveLocksUnder("/a/") })
	if got := tokens("/", true); got != "" {
		t.Errorf("after removal: %q", got)
	}
	refused(t, s, "removed twice", isErr(ErrNotFound), func(tx *Tx) error { return tx.RemoveLock("deep") })
}

func TestGrants(t *testing.T) {
	s := open(t, Options{})
	_, coll := person(t, s, "alice")
	bob, _ := person(t, s, "bob")
	update(t, s, func(tx *Tx) error {
		return tx.SetGrants(coll, []Grant{{PrincipalID: bob, Privileges: 1 << 31, Deny: true}, {PrincipalID: GranteeAll, Privileges: 1}})
	})
	list, err := s.Grants(bg, coll)
	if err != nil || len(list) != 2 || list[0] != (Grant{coll, bob, 1 << 31, true}) || list[1].PrincipalID != GranteeAll {
		t.Errorf("grants: %v %v", list, err)
	}
	if to, err := s.GrantsTo(bg, bob, GranteeAuthenticated); err != nil || len(to) != 1 || to[0].CollectionID != coll {
		t.Errorf("grants to bob: %v %v", to, err)
	}
	refused(t, s, "unknown grantee", isErr(ErrNotFound), func(tx *Tx) error { return tx.SetGrants(coll, []Grant{{PrincipalID: 999}}) })
}

func TestOutbound(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	s := open(t, Options{Clock: func() time.Time { return now }})
	message := func(n int) *Outbound {
		return &Outbound{UID: "u", Method: "REQUEST", Sequence: n, Recipient: "mailto:x@example.net", MessageID: fmt.Sprint(n), Data: []byte("x")}
	}
	update(t, s, func(tx *Tx) error {
		for i, n := range []int{1, 2, 1} {
			fresh, err := tx.Enqueue(message(n))
			if err != nil {
				return err
			}
			if fresh != (i < 2) {
				t.Errorf("message %d: new is %v", i, fresh)
			}
		}
		return nil
	})
	if list, err := s.Outbounds(bg, OutboundWaiting); err != nil || len(list) != 2 {
		t.Fatalf("queue: %v %v", list, err)
	}
	lease := func(want int) (list []Outbound) {
		t.Helper()
		update(t, s, func(tx *Tx) error {
			lines, err := tx.LeaseOutbound(10, time.Minute)
			list = slices.Concat(lines...)
			return err
		})
		if len(list) != want {
			t.Fatalf("leased %d, want %d", len(list), want)
		}
		return list
	}
	list := lease(2)
	lease(0)
	list[0].State, list[0].Attempts = OutboundSent, 1
	update(t, s, func(tx *Tx) error { return tx.SettleOutbound(list[0]) })
	now = now.Add(2 * time.Minute) // the worker died: its lease ends
	lease(1)
	update(t, s, func(tx *Tx) error { return tx.DropOutbound(list[1].ID) })
	refused(t, s, "dropped twice", isErr(ErrNotFound), func(tx *Tx) error { return tx.DropOutbound(list[1].ID) })
	if list, err := s.Outbounds(bg, ""); err != nil || len(list) != 1 || list[0].State != OutboundSent || string(list[0].Data) != "x" {
		t.Errorf("queue at last: %v %v", list, err)
	}
}

// What was settled long ago goes, but not what somebody was told last: the next change is shown beside it.
func TestForgetOutbound(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	s := open(t, Options{Clock: func() time.Time { return now }})
	const day = 24 * time.Hour
	for n, state := range []string{OutboundSent, OutboundSent, OutboundFailed, OutboundMerged, OutboundWaiting} {
		update(t, s, func(tx *Tx) error {
			o := &Outbound{UID: "u", Method: "REQUEST", Sequence: n, Recipient: "mailto:x@example.net", MessageID: fmt.Sprint(n)}
			if _, err := tx.Enqueue(o); err != nil {
				return err
			}
			o.State = state
			return tx.SettleOutbound(*o)
		})
	}
	for _, row := range []struct {
		after time.Duration
		gone  int64
	}{{29 * day, 0}, {2 * day, 3}, {300 * day, 0}, {100 * day, 1}} {
		now = now.Add(row.after)
		update(t, s, func(tx *Tx) error {
			n, err := tx.ForgetOutbound(now.Add(-30*day), now.Add(-400*day), 100)
			if n != row.gone {
				t.Errorf("%d forgotten, want %d", n, row.gone)
			}
			return err
		})
	}
	if list, err := s.Outbounds(bg, ""); err != nil || len(list) != 1 || list[0].State != OutboundWaiting {
		t.Errorf("%v %v", list, err)
	}
}

// A line comes whole, by its oldest row, and only when that is due.
func TestLeaseLines(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	s := open(t, Options{Clock: func() time.Time { return now }})
	enqueue := func(uid, to string, sequence int, due time.Duration) {
		update(t, s, func(tx *Tx) error {
			_, err := tx.Enqueue(&Outbound{UID: uid, Method: "REQUEST", Sequence: sequence, Recipient: to, Next: now.Add(due)})
			return err
		})
	}
	enqueue("u", "mailto:a@example.net", 0, time.Hour)
	enqueue("u", "mailto:a@example.net", 1, 0) // behind the first
	enqueue("u", "mailto:b@example.net", 0, 0)
	enqueue("u", "mailto:b@example.net", 1, time.Hour) // comes along
	enqueue("v", "mailto:a@example.net", 0, 0)         // another event
	lease := func() (list []string) {
		update(t, s, func(tx *Tx) error {
			lines, err := tx.LeaseOutbound(10, time.Minute)
			for _, l := range lines {
				text := l[0].UID + l[0].Recipient[7:8]
				for _, o := range l {
					text += fmt.Sprint(o.Sequence)
				}
				list = append(list, text)
			}
			return err
		})
		return list
	}
	if got := lease(); !slices.Equal(got, []string{"ub01", "va0"}) {
		t.Errorf("leased %q", got)
	}
	if got := lease(); got != nil {
		t.Errorf("leased twice: %q", got)
	}
	update(t, s, func(tx *Tx) error { return tx.FreeOutbound() })
	now = now.Add(time.Hour)
	if got := lease(); len(got) != 3 {
		t.Errorf("an hour later: %q", got)
	}
}

func TestFindUID(t *testing.T) {
	s := open(t, Options{})
	alice, coll := person(t, s, "alice")
	bob, other := person(t, s, "bob")
	inbox, _ := s.CollectionAt(bg, Calendars, "alice", []string{"inbox"})
	put := func(coll int64, name, uid string) {
		update(t, s, func(tx *Tx) error {
			_, err := tx.PutObject(&Object{Member: Member{CollectionID: coll, Name: name, Facts: Facts{UID: uid}}, Data: []byte(name)})
			return err
		})
	}
	put(coll, "a.ics", "u")
	put(other, "b.ics", "u")
	put(inbox.ID, "1.ics", "u") // messages share UIDs
	put(inbox.ID, "2.ics", "u")
	for owner, want := range map[int64]string{alice: "a.ics", bob: "b.ics"} {
		list, err := s.FindUID(bg, owner, "u")
		if err != nil || len(list) != 1 || list[0].Name != want {
			t.Errorf("owner %d: %v %v", owner, list, err)
		}
	}
	update(t, s, func(tx *Tx) error {
		if err := tx.DeleteObject(coll, "a.ics"); err != nil {
			return err
		}
		if list, err := tx.FindUID(bg, alice, "u"); err != nil || len(list) != 0 {
			t.Errorf("after own deletion: %v %v", list, err)
		}
		return nil
	})
}

// Files are for their owner alone.
func TestDataIsPrivate(t *testing.T) {
	s := open(t, Options{})
	person(t, s, "alice")
	for _, name := range []string{databaseName, databaseName + "-wal", lockName} {
		if info, err := filepath.Glob(filepath.Join(s.Dir(), name)); err != nil || len(info) != 1 {
			t.Fatalf("%s is not there", name)
		}
		mode := fileMode(t, filepath.Join(s.Dir(), name))
		if mode&0o077 != 0 {
			t.Errorf("%s has mode %o", name, mode)
		}
	}
}

// What is not committed yet is seen inside the transaction: by time, in history, and where collections stand.
func TestTransactionSeesItself(t *testing.T) {
	s := open(t, Options{})
	owner, coll := person(t, s, "alice")
	fill(t, s, coll, 4)
	var near []string
	update(t, s, func(tx *Tx) error {
		first := event(coll, 0)
		if err := tx.DeleteObject(coll, first.Name); err != nil {
			return err
		}
		later, added := event(coll, 1), event(coll, 9)
		later.First, later.Last = 9100, 9101
		added.First, added.Last = 9102, 9103
		for _, o := range []*Object{later, added} {
			if _, err := tx.PutObject(o); err != nil {
				return err
			}
		}
		members, err := tx.Overlapping(bg, coll, 9100, 9110)
		if err != nil {
			return err
		}
		for m := range members {
			near = append(near, m.Name)
		}
		old, err := tx.Overlapping(bg, coll, Past, Future)
		if err != nil {
			return err
		}
		n := 0
		for range old {
			n++
		}
		if n != 4 { // 1, 2, 3 and 9
			t.Errorf("%d members", n)
		}
		v, err := tx.HistoryOf(bg, first.UID)
		if err != nil || len(v) != 1 || v[0].What != "deleted" {
			t.Fatalf("history %+v, %v", v, err)
		}
		if data, err := tx.VersionData(bg, v[0].ID); err != nil || !bytes.Equal(data, first.Data) {
			t.Errorf("former bytes: %v", err)
		}
		made := &Collection{OwnerID: owner, Home: Calendars, Kind: KindCalendar, Name: "made"}
		if err := tx.CreateCollection(made); err != nil {
			return err
		}
		if members, err := tx.Overlapping(bg, made.ID, Past, Future); err != nil || members == nil {
			t.Errorf("a new collection: %v", err)
		}
		return tx.MoveCollection(made.ID, 0, "moved")
	})
	if want := []string{event(coll, 1).Name, event(coll, 9).Name}; !slices.Equal(near, want) {
		t.Errorf("near: %v, not %v", near, want)
	}
	if _, err := s.CollectionAt(bg, Calendars, "alice", []string{"moved"}); err != nil {
		t.Error(err)
	}
}

// Dead properties of collections are kept in memory, as they were committed last.
func TestPropertiesInMemory(t *testing.T) {
	s := open(t, Options{})
	owner, coll := person(t, s, "alice")
	ref := Ref{Kind: RefCollection, ID: coll}
	is := func(read func() ([]Property, error), want string) {
		t.Helper()
		list, err := read()
		got := ""
		for i := range list {
			got += string(list[i].XML)
			list[i].XML = nil // the list is the caller's
		}
		if err != nil || got != want {
			t.Errorf("%q, not %q: %v", got, want, err)
		}
	}
	outside := func() ([]Property, error) { return s.Properties(bg, ref, owner) }
	for i := range 3 {
		now, before := fmt.Sprint(i), fmt.Sprint(i-1)
		if i == 0 {
			before = ""
		}
		update(t, s, func(tx *Tx) error {
			inside := func() ([]Property, error) { return tx.Properties(bg, ref, owner) }
			is(inside, before)
			if err := tx.SetProperty(ref, 0, Property{Space: "x", Local: "p", XML: []byte(now)}); err != nil {
				return err
			}
			is(inside, now)
			is(outside, before)
			return nil
		})
		is(outside, now)
		is(outside, now)
	}
	_, state, _ := s.properties.get(ref, 77)
	update(t, s, func(tx *Tx) error { return tx.RemoveProperty(ref, 0, "x", "p") })
	is(outside, "")
	s.properties.add(ref, owner, []Property{{XML: []byte("late")}}, state) // read before the change
	is(outside, "")
	update(t, s, func(tx *Tx) error {
		return tx.SetProperty(ref, owner, Property{Space: "x", Local: "p", XML: []byte("own")})
	})
	is(outside, "own")
	update(t, s, func(tx *Tx) error { return tx.DeleteCollection(coll) })
	is(outside, "")
}
