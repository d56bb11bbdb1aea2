package starter_test

import (
	"encoding/json"
	"strings"
	"testing"

	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/internal/apitest"
)

// TestSyncBehindARollback: somebody orders a rollback right before another one wants a session. The rollback goes first, and
// what becomes of it is not told as the outcome of the session, which comes after it.
func TestSyncBehindARollback(t *testing.T) {
	c := console{t, apitest.New(t)}
	c.must("connect", "github", apitest.Repo, "--api-url", apitest.GitHub, "--no-pacing", "--poll-every", "0")
	states := []string{"pending", "running", "stopped", "failed", "succeeded"}
	looks := 0
	c.w.Server.URL = between(t, c.w.Server.URL, func(path, body string) string {
		if !strings.HasSuffix(path, "/sessions") {
			return body
		}
		if looks++; looks == 1 || looks > len(states)+1 { // the first one is before it is asked for
			return body
		}
		list, err := json.Marshal(v1.Sessions{Sessions: []v1.Session{{ID: "undo", Kind: "rollback", State: states[looks-2], Reason: "there is no permission"}}})
		if err != nil {
			t.Error(err)
		}
		return string(list)
	})
	out, errs, code := c.run("", "sync", apitest.Repo)
	if code != 0 || looks != len(states)+2 || !strings.Contains(out, "succeeded") {
		t.Errorf("exit %d after %d looks: %s%s", code, looks, out, errs)
	}
	if !strings.Contains(errs, "rollback undo goes first: stopped there is no permission") {
		t.Errorf("it is not told what goes first: %s", errs)
	}
	looks = -100
	if _, errs, code := c.run("", "sync", apitest.Repo, "--timeout", "0"); code != 2 || !strings.Contains(errs, "--no-wait") {
		t.Errorf("no time at all: exit %d: %s", code, errs)
	}
}

// TestSyncBesideAnEdit: an edit has asked for a session right before, which reads nothing outside. The one that was
// asked for comes after it, and its outcome is told, also where another one has followed meanwhile.
func TestSyncBesideAnEdit(t *testing.T) {
	c := console{t, apitest.New(t)}
	c.must("connect", "github", apitest.Repo, "--api-url", apitest.GitHub, "--no-pacing", "--poll-every", "0")
	const edit, asked, later, sweep = `{"id":"edit","kind":"incremental","state":"succeeded","report":{"writes":1}}`,
		`{"id":"asked","kind":"incremental","state":"succeeded","report":{"walks":1}}`,
		`{"id":"later","kind":"incremental","state":"succeeded","report":{"writes":1}}`,
		`{"id":"sweep","kind":"reconcile","state":"succeeded","report":{"walks":1}}`
	service := c.w.Server.URL
	for _, x := range []struct {
		args []string
		then []string // what the list holds, look for look, the newest first
		want string
	}{
		{nil, []string{edit, asked + "," + edit}, "asked"},
		{nil, []string{later + "," + asked + "," + edit}, "asked"},
		{[]string{"--full"}, []string{asked, sweep + "," + asked}, "sweep"},
		{nil, []string{edit, `{"id":"ill","kind":"incremental","state":"failed"},` + edit}, "ill"},
	} {
		looks := 0
		c.w.Server.URL = between(t, service, func(path, body string) string {
			if !strings.HasSuffix(path, "/sessions") {
				return body
			}
			if looks++; looks == 1 { // before it is asked for
				return body
			}
			return `{"sessions":[` + x.then[min(looks-2, len(x.then)-1)] + `]}`
		})
		out, errs, _ := c.run("", append([]string{"sync", apitest.Repo, "--json", "--timeout", "5s"}, x.args...)...)
		if !strings.Contains(out, `"id": "`+x.want+`"`) {
			t.Errorf("%v %v: want session %s: %s%s", x.args, x.then, x.want, out, errs)
		}
	}
}
