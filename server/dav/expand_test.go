package dav

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"convoke/server/davxml"
)

// A property that is named many times is answered once: otherwise a small request makes a large answer.
func TestExpandNamesOnce(t *testing.T) {
	body := `<D:expand-property xmlns:D="DAV:">` + strings.Repeat(`<D:property name="owner"><D:property name="displayname"/></D:property>`, 200) + `</D:expand-property>`
	n, err := davxml.Parse([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	p, err := expandRequest(n, &count, 500)
	if err != nil || len(p.wanted) != 1 || p.wanted[0].sub == nil {
		t.Errorf("wanted %d properties, %v", len(p.wanted), err)
	}
}

// A request that ran out of time met a busy server; only what we cannot explain is a 500.
func TestConditionOfTime(t *testing.T) {
	for err, want := range map[error]int{
		context.DeadlineExceeded:                 http.StatusServiceUnavailable,
		fmt.Errorf("list: %w", context.Canceled): http.StatusServiceUnavailable,
		errors.New("unknown"):                    http.StatusInternalServerError,
		fmt.Errorf("deep: %w", Status(412, nil)): 412,
	} {
		if got := AsCondition(err).Status; got != want {
			t.Errorf("%v gives %d, want %d", err, got, want)
		}
	}
}
