package imip

import (
	"testing"
	"time"
)

// What nobody thought of ends one mail and not the server, and is not tried again.
func TestPanicInAMail(t *testing.T) {
	o := newOffice(t)
	o.post.say = func(m *Mail) error {
		if m.To == zoe {
			panic("something nobody thought of")
		}
		return nil
	}
	o.put("u", "SUMMARY:Lunch\n"+lunchTime, zoe, max1)
	o.later(time.Minute)
	if failed, sent := o.rows("failed"), o.rows("sent"); len(failed) != 1 || len(sent) != 1 || failed[0].Recipient != "mailto:"+zoe {
		t.Errorf("failed %+v, sent %+v", failed, sent)
	}
	if s := o.status("u", zoe); s != "5.1" {
		t.Errorf("status %s", s)
	}
}
