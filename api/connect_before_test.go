package api_test

import (
	"net/http"
	"testing"

	v1 "github.com/extsync/extsync/api/v1"
)

// TestConnectedAgainAsItWas: nothing was to leave for a project. Who connects it again, since its token is to
// be another one, says nothing of that: nothing leaves. Who says otherwise is obeyed.
func TestConnectedAgainAsItWas(t *testing.T) {
	s := newService(t)
	n := newProject()
	for _, c := range []struct{ says, want string }{{"pull", "pull"}, {"", "pull"}, {"push", "push"}} {
		n.Direction = c.says
		p, _ := want[v1.Project](s, http.StatusCreated, http.MethodPost, "/v1/projects", n)
		if p.Direction != c.want {
			t.Errorf("with %q it is %s, want %s", c.says, p.Direction, c.want)
		}
		if a := s.call(http.MethodPost, "/v1/projects/"+p.ID+"/disconnect", nil); a.Status >= 300 {
			t.Fatalf("disconnect: %d %s", a.Status, a.Body)
		}
	}
}
