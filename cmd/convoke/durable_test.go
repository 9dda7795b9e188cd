//go:build linux

package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// served is a `convoke serve` of its own process.
type served struct {
	dir string
	url string
	cmd *exec.Cmd
	log *bytes.Buffer
	web *http.Client

	ended chan struct{} // closed when the process is gone
}

// convoke runs a command to its end.
func convoke(t *testing.T, dir string, in string, args ...string) string {
	t.Helper()
	cmd := exec.Command("convoke", append(args, "--data", dir)...)
	cmd.Stdin = strings.NewReader(in)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("convoke %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// addresses counts those given out by ownAddress.
var addresses atomic.Uint32

// ownAddress is one of this machine (127.0.0.0/8) that no other server of these tests has: whoever still speaks to a server
// that was killed does not reach another one that was given its port. Systems beside Linux listen on the first of them alone.
func ownAddress() string {
	if runtime.GOOS != "linux" {
		return "127.0.0.1:0"
	}
	pid, n := os.Getpid(), addresses.Add(1)
	return fmt.Sprintf("127.%d.%d.%d:0", 1+pid>>8&0x7f, pid&0xff, 1+n%254)
}

// startServe starts a server on a data directory and waits until it answers. However slow the machine is, no request
// takes too long for it: what it then says is the matter of other tests.
func startServe(t *testing.T, dir string) *served {
	t.Helper()
	s := &served{dir: dir, log: new(bytes.Buffer), ended: make(chan struct{})}
	s.cmd = exec.Command("convoke", "serve", "--data", dir, "--listen", ownAddress())
	s.cmd.Env = append(os.Environ(), "CONVOKE_LOG_ACCESS=false", "CONVOKE_LOG_LEVEL=error", "CONVOKE_LIMITS_WORK=1h", "CONVOKE_LIMITS_READ_HEADER=1h",
		"CONVOKE_LIMITS_STALL=1h", "CONVOKE_LIMITS_BODY_WINDOW=1h")
	s.cmd.Stderr = s.log
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = s.cmd.Wait()
		close(s.ended)
	}()
	t.Cleanup(s.kill)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for s.url == "" {
		select {
		case <-s.ended:
			t.Fatalf("the server ended as it began: %s", s.log)
		case <-tick.C:
		}
		if st, err := status(dir); err == nil && len(st.URLs) > 0 {
			s.url = st.URLs[0]
		}
	}
	s.web = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 32}}
	return s
}

// kill ends the process as a power cut would.
func (s *served) kill() {
	_ = s.cmd.Process.Kill()
	<-s.ended
}

// do sends one request as alice; status 0 is no answer.
func (s *served) do(method, path, body string, head ...string) (status int, text string, h http.Header) {
	req, err := http.NewRequest(method, s.url+path, strings.NewReader(body))
	if err != nil {
		return 0, err.Error(), nil
	}
	req.SetBasicAuth("alice", "alice")
	for i := 0; i < len(head); i += 2 {
		req.Header.Set(head[i], head[i+1])
	}
	resp, err := s.web.Do(req)
	if err != nil {
		return 0, err.Error(), nil
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err.Error(), nil
	}
	return resp.StatusCode, string(data), resp.Header
}

// multistatus is what these tests read of a 207.
type multistatus struct {
	Responses []struct {
		Href   string `xml:"href"`
		Status string `xml:"status"`
		ETag   string `xml:"propstat>prop>getetag"`
		Data   string `xml:"propstat>prop>calendar-data"`
	} `xml:"response"`
	Token string `xml:"sync-token"`
}

// changes asks for all that changed since a token and applies it to a listing of etags.
func (s *served) changes(t *testing.T, path, token string, to map[string]string) string {
	t.Helper()
	code, text, _ := s.do("REPORT", path, `<D:sync-collection xmlns:D="DAV:"><D:sync-token>`+token+
		`</D:sync-token><D:sync-level>1</D:sync-level><D:prop><D:getetag/></D:prop></D:sync-collection>`)
	var m multistatus
	if err := xml.Unmarshal([]byte(text), &m); code != 207 || err != nil {
		t.Fatalf("sync of %s since %q: %d %v %s", path, token, code, err, text)
	}
	for _, r := range m.Responses {
		if strings.Contains(r.Status, "404") {
			delete(to, r.Href)
		} else {
			to[r.Href] = r.ETag
		}
	}
	return m.Token
}

// The two calendars that the load moves between.
var durableCals = []string{"/dav/calendars/alice/default/", "/dav/calendars/alice/other/"}

// durable is one object as a worker knows it: "" is not there.
type durable struct{ where, data, etag string }

// worker changes objects that only it knows.
type worker struct {
	id      int
	rnd     *rand.Rand
	objects map[string]durable // by name, as acknowledged
	// The change that was not answered, if any: the object is in one of two states.
	name string
	then durable
	bad  string // an answer that no server may give
	made int
}

// run works until the server is gone.
func (w *worker) run(s *served, acked *atomic.Int64, stop func()) {
	w.name = ""
	for {
		names := slices.Sorted(maps.Keys(w.objects))
		name, was := "", durable{}
		if len(names) > 0 && w.rnd.IntN(3) > 0 {
			name = names[w.rnd.IntN(len(names))]
			was = w.objects[name]
		} else {
			w.made++
			name = fmt.Sprintf("w%d-%d.ics", w.id, w.made)
		}
		then, code, head := w.change(s, name, was)
		switch {
		case code == 0:
			w.name, w.then = name, then
			return
		case code < 200 || code > 299:
			w.bad = fmt.Sprintf("%s: status %d", name, code)
			stop()
			return
		}
		then.etag = ""
		if head != nil && then.data != "" {
			then.etag = head.Get("ETag")
		}
		if then.where == "" {
			delete(w.objects, name)
		} else {
			w.objects[name] = then
		}
		if acked.Add(-1) == 0 {
			stop()
		}
	}
}

// change does one thing to an object and gives what is there if it was done.
func (w *worker) change(s *served, name string, was durable) (then durable, code int, head http.Header) {
	next := durable{data: strings.Replace(simpleEvent(strings.TrimSuffix(name, ".ics")), "END:VEVENT",
		fmt.Sprintf("X-TURN:%d-%s\r\nEND:VEVENT", w.rnd.Uint64(), strings.Repeat("x", 60)), 1)}
	switch {
	case was.where == "":
		next.where = durableCals[w.rnd.IntN(2)]
		code, _, head = s.do("PUT", next.where+name, next.data, "If-None-Match", "*")
		return next, code, head
	case w.rnd.IntN(3) == 0:
		code, _, head = s.do("DELETE", was.where+name, "")
		return durable{}, code, head
	case w.rnd.IntN(2) == 0:
		to := durableCals[0]
		if was.where == to {
			to = durableCals[1]
		}
		code, _, head = s.do("MOVE", was.where+name, "", "Destination", to+name, "Overwrite", "F")
		return durable{where: to, data: was.data}, code, head
	}
	next.where = was.where
	code, _, head = s.do("PUT", was.where+name, next.data)
	return next, code, head
}

// What was acknowledged is there whole after kill -9, what was not is wholly done or
// not at all, and sync tokens from before lead to what is there
// (reliability.md §1.1, §1.2, §1.4, §8.3).
func TestAcknowledgedOverHTTPSurvivesKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	convoke(t, dir, "", "user", "add", "alice", "--email", "alice@example.org", "--password", "alice")
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 1))
	workers := make([]*worker, 12)
	for i := range workers {
		workers[i] = &worker{id: i, rnd: rand.New(rand.NewPCG(seed, uint64(i+2))), objects: map[string]durable{}}
	}
	s := startServe(t, dir)
	if code, text, _ := s.do("MKCALENDAR", durableCals[1], ""); code != 201 {
		t.Fatalf("%d %s", code, text)
	}
	for round := range 5 {
		listings, tokens := []map[string]string{{}, {}}, make([]string, 2)
		for i, cal := range durableCals {
			tokens[i] = s.changes(t, cal, "", listings[i])
		}
		var acked atomic.Int64
		acked.Store(int64(100 + rnd.IntN(400)))
		var all sync.WaitGroup
		var once sync.Once
		for _, w := range workers {
			all.Go(func() { w.run(s, &acked, func() { once.Do(s.kill) }) })
		}
		all.Wait()
		for _, w := range workers {
			if w.bad != "" {
				t.Fatalf("round %d: %s\n%s", round, w.bad, s.log)
			}
		}
		if out := convoke(t, dir, "", "check"); !strings.Contains(out, " 0 problems") {
			t.Fatalf("round %d: check: %s", round, out)
		}
		s = startServe(t, dir)
		there := map[string]durable{}
		for i, cal := range durableCals {
			s.changes(t, cal, tokens[i], listings[i])
			s.listing(t, cal, there, listings[i])
		}
		for _, w := range workers {
			w.compare(t, there)
		}
		if t.Failed() {
			t.Fatalf("in round %d", round)
		}
	}
}

// listing reads all objects of a calendar, and compares their etags with those that a
// client has followed.
func (s *served) listing(t *testing.T, cal string, into map[string]durable, followed map[string]string) {
	t.Helper()
	code, text, _ := s.do("REPORT", cal, `<C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:prop><D:getetag/><C:calendar-data/></D:prop>`+
		`<C:filter><C:comp-filter name="VCALENDAR"/></C:filter></C:calendar-query>`, "Depth", "1")
	var m multistatus
	if err := xml.Unmarshal([]byte(text), &m); code != 207 || err != nil {
		t.Fatalf("%d %v %s", code, err, text)
	}
	if len(m.Responses) != len(followed) {
		t.Errorf("%s has %d objects, a client that followed knows %d", cal, len(m.Responses), len(followed))
	}
	for _, r := range m.Responses {
		if followed[r.Href] != r.ETag {
			t.Errorf("%s has etag %s, a client that followed knows %q", r.Href, r.ETag, followed[r.Href])
		}
		name := strings.TrimPrefix(r.Href, cal)
		if twice, ok := into[name]; ok {
			t.Errorf("%s is in %s and in %s", name, twice.where, cal)
		}
		into[name] = durable{where: cal, data: r.Data, etag: r.ETag}
	}
}

// compare looks for what the worker knows, and makes it know what became of its last
// change.
func (w *worker) compare(t *testing.T, there map[string]durable) {
	t.Helper()
	if w.name != "" {
		now, was := there[w.name], w.objects[w.name]
		switch {
		case now.same(w.then):
		case now.same(was):
		default:
			t.Errorf("%s is neither as it was nor as it should become: %+q", w.name, now)
		}
		if now.where == "" {
			delete(w.objects, w.name)
		} else {
			w.objects[w.name] = now
		}
	}
	mine := fmt.Sprintf("w%d-", w.id)
	for name := range there {
		if strings.HasPrefix(name, mine) && w.objects[name].where == "" {
			t.Errorf("%s was deleted and is there", name)
		}
	}
	for name, known := range w.objects {
		if now := there[name]; !now.same(known) || known.etag != "" && known.etag != now.etag {
			t.Errorf("acknowledged %s: want %+q, found %+q", name, known, now)
		}
	}
}

func (d durable) same(other durable) bool {
	return d.where == other.where && d.data == other.data
}

// A full disk refuses with 507, keeps all that was acknowledged, and heals
// (reliability.md §4).
func TestDiskFullOverHTTP(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	convoke(t, dir, "", "user", "add", "alice", "--email", "alice@example.org", "--password", "alice")
	s := startServe(t, dir)
	size := func() (n uint64) {
		for _, f := range []string{"convoke.db", "convoke.db-wal"} {
			if info, err := os.Stat(filepath.Join(dir, f)); err == nil {
				n = max(n, uint64(info.Size()))
			}
		}
		return n
	}
	limit := func(n uint64) {
		var old unix.Rlimit
		if err := unix.Prlimit(s.cmd.Process.Pid, unix.RLIMIT_FSIZE, nil, &old); err != nil {
			t.Fatal(err)
		}
		old.Cur = min(n, old.Max)
		if err := unix.Prlimit(s.cmd.Process.Pid, unix.RLIMIT_FSIZE, &old, nil); err != nil {
			t.Fatal(err)
		}
	}
	if size() == 0 {
		t.Fatal("the database is not where this test looks for it")
	}
	kept := map[string]string{}
	put := func(i int) int {
		name := fmt.Sprintf("%sfull-%d.ics", durableCals[0], i)
		data := strings.Replace(simpleEvent(fmt.Sprint("full-", i)), "END:VEVENT", "DESCRIPTION:"+strings.Repeat("x", 30_000)+"\r\nEND:VEVENT", 1)
		code, text, _ := s.do("PUT", name, data)
		switch {
		case code == 201:
			kept[name] = data
		case code != 507 || !strings.Contains(text, "sufficient-disk-space"):
			t.Fatalf("%s: %d %s\n%s", name, code, text, s.log)
		}
		return code
	}
	put(0)
	limit(size() + 256<<10)
	i, refused := 1, 0
	for ; refused < 3; i++ {
		if i > 1000 {
			t.Fatal("the disk is never full")
		}
		if put(i) == 507 {
			refused++
		}
	}
	if code, text, _ := s.do("PROPPATCH", durableCals[0], `<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><D:displayname>`+strings.Repeat("x", 30_000)+`</D:displayname></D:prop></D:set></D:propertyupdate>`); code != 507 && !strings.Contains(text, "507") {
		t.Errorf("PROPPATCH: %d %s", code, text)
	}
	if code, _, _ := s.do("GET", "/readyz", ""); code != 503 {
		t.Errorf("readyz: %d", code)
	}
	whole := func() {
		t.Helper()
		for name, data := range kept {
			if code, text, _ := s.do("GET", name, ""); code != 200 || text != data {
				t.Errorf("%s: %d", name, code)
			}
		}
	}
	whole()
	limit(1 << 40)
	for range 3 {
		if put(i) != 201 {
			t.Error("there is room again, and the server does not take it")
		}
		i++
	}
	if code, _, _ := s.do("GET", "/readyz", ""); code != 200 {
		t.Errorf("readyz: %d", code)
	}
	s.kill()
	if out := convoke(t, dir, "", "check"); !strings.Contains(out, " 0 problems") {
		t.Errorf("check: %s", out)
	}
	s = startServe(t, dir)
	whole()
	if len(kept) < 4 {
		t.Errorf("only %d objects", len(kept))
	}
}
