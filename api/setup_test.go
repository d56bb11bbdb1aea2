package api_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/store"
)

// TestWishesOutliveTheSetup: a setup that was told what somebody wants to see first is lost with its
// Temporal. Whoever starts it again, before a worker does, need not know of that and say it again.
func TestWishesOutliveTheSetup(t *testing.T) {
	for _, tt := range []struct {
		name  string
		wants func(*v1.NewProject)
		later string // said of the setup that runs, and of none that is lost
		waits func(v1.Setup) bool
	}{
		{"a preview", func(n *v1.NewProject) { n.Preview = true }, "", func(st v1.Setup) bool { return st.NeedsApproval }},
		{"a review", func(n *v1.NewProject) { n.Mapping = "review" }, "",
			func(st v1.Setup) bool { return st.Mapping != nil && st.Mapping.Step == "review" }},
		{"both, the preview later", func(n *v1.NewProject) { n.Mapping = "review" }, "?preview=true",
			func(st v1.Setup) bool { return st.Mapping != nil && st.Mapping.Step == "review" }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newService(t)
			want[v1.Ticket](s, 201, http.MethodPost, "/v1/tickets", v1.NewTicket{Title: "goes out", Privacy: "public"})
			n := newProject()
			tt.wants(&n)
			p, _ := want[v1.Project](s, 201, http.MethodPost, "/v1/projects", n)
			path := "/v1/projects/" + p.ID
			if tt.later != "" {
				want[v1.Project](s, 202, http.MethodPost, path+"/setup"+tt.later, nil)
			}
			s.Forget()
			want[v1.Project](s, 202, http.MethodPost, path+"/setup", nil)
			st, _ := want[v1.Setup](s, 200, http.MethodGet, path+"/setup", nil)
			if !tt.waits(st) {
				t.Errorf("nobody was asked: %+v", st)
			}
			if st.Mapping != nil && tt.later != "" { // confirmed, it goes on to the preview
				want[v1.MappingVersion](s, 200, http.MethodPost, path+"/mappings/1/activate", nil)
				if st, _ = want[v1.Setup](s, 200, http.MethodGet, path+"/setup", nil); !st.NeedsApproval {
					t.Errorf("nobody was asked for the preview: %+v", st)
				}
			}
		})
	}
}

// meanwhile is a store in which something happens once, right after the first transaction.
type meanwhile struct {
	store.Store
	happens func()
}

func (m *meanwhile) Tx(ctx context.Context, f func(store.Tx) error) error {
	err := m.Store.Tx(ctx, f)
	if act := m.happens; act != nil {
		m.happens = nil
		act()
	}
	return err
}

// TestAWishThatComesTooLate: the setup comes through while somebody says that he wants to see the preview first. He is
// not told that he will.
func TestAWishThatComesTooLate(t *testing.T) {
	s := newService(t)
	n := newProject()
	n.Preview = true
	p, _ := want[v1.Project](s, 201, http.MethodPost, "/v1/projects", n)
	own := s.Engine.Store
	s.Engine.Store = &meanwhile{own, func() {
		if _, err := s.Engine.Activate(t.Context(), p.ID, "ann", engine.Preview{}); err != nil {
			t.Error(err)
		}
	}}
	refused, _ := want[v1.Problem](s, 409, http.MethodPost, "/v1/projects/"+p.ID+"/setup?mapping=review", nil)
	if refused.Type != v1.WrongStatus || !strings.Contains(refused.Detail, "active") {
		t.Errorf("%+v", refused)
	}
	s.Engine.Store = own
	if now, _ := want[v1.Project](s, 200, http.MethodGet, "/v1/projects/"+p.ID, nil); now.Status != "active" {
		t.Errorf("%+v", now)
	}
}
