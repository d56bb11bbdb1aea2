package linear_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/extsync/extsync/simulator/linear"
	"github.com/extsync/extsync/simulator/linear/model"
)

// TestRunsRepeat plays the same session twice: ids, dates, faults and all must be the same.
func TestRunsRepeat(t *testing.T) {
	play := func() string {
		w := newWorld(t, func(o *linear.Options) { o.Seed = 42 })
		if err := w.team.Generate(40, model.GenerateOptions{Seed: 3}); err != nil {
			t.Fatal(err)
		}
		w.sim.Faults().Set(linear.Fault{Kind: linear.ServerError, Probability: 0.5, Calls: []string{"write"}})
		w.sim.AddHook("http://x", "s", "")
		for k := range 10 {
			w.clock.advance(time.Second)
			if _, err := w.try(createIssue, vars{"in": w.input(fmt.Sprint(k), nil)}); err != nil {
				t.Fatal(err)
			}
		}
		all := w.do(`{ issues(first: 100) { nodes { id title description updatedAt comments { nodes { id body } } history { nodes { id } } } } }`, nil)
		d, err := json.Marshal(w.sim.Deliveries())
		if err != nil {
			t.Fatal(err)
		}
		return all.raw + string(d)
	}
	if one, two := play(), play(); one != two {
		t.Error("the second run differs")
	}
}

func TestGenerate(t *testing.T) {
	w := newWorld(t)
	if err := w.team.Generate(60, model.GenerateOptions{Comments: 2}); err != nil {
		t.Fatal(err)
	}
	w.sim.View(func(m *model.World) {
		done := 0
		for _, i := range m.Issues() {
			if i.Description == nil || *i.Description != model.Canonical(*i.Description) {
				t.Errorf("%s: a description that is not canonical", i.Identifier())
			}
			if i.CompletedAt != nil {
				done++
			}
			if i.UpdatedAt.After(m.Now()) || len(i.Comments) != 2 {
				t.Errorf("%s: updated %v, %d comments", i.Identifier(), i.UpdatedAt, len(i.Comments))
			}
		}
		if n := len(m.Issues()); n != 60 || done < 5 || done > 40 {
			t.Errorf("%d issues, %d done", n, done)
		}
	})
}

// TestServe goes through sockets, many at once.
func TestServe(t *testing.T) {
	w := newWorld(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.sim.Serve(ctx, l) }()
	client := &http.Client{Transport: &http.Transport{}}
	var all sync.WaitGroup
	for k := range 8 {
		all.Go(func() {
			body := fmt.Sprintf(`{"query":"mutation { issueCreate(input: {teamId: \"%s\", title: \"%d\"}) { success } }"}`, w.team.ID(), k)
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+l.Addr().String()+"/graphql", bytes.NewBufferString(body))
			if err != nil {
				t.Error(err)
				return
			}
			r.Header.Set("Authorization", "key")
			resp, err := client.Do(r)
			if err != nil {
				t.Error(err)
				return
			}
			_ = resp.Body.Close()
			if resp.StatusCode != http.StatusOK {
				t.Errorf("status %d", resp.StatusCode)
			}
		})
	}
	all.Wait()
	client.CloseIdleConnections()
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if n := len(w.titles(nil)); n != 8 {
		t.Errorf("%d issues", n)
	}
}

// BenchmarkRun is a short simulation: a new workspace, some writes, some polls.
func BenchmarkRun(b *testing.B) {
	now := time.Date(2026, 5, 4, 10, 0, 0, 0, time.UTC)
	for b.Loop() {
		s := linear.New(linear.Options{Now: func() time.Time { return now }, Limits: linear.NoLimits()})
		team := s.AddTeam("ENG", "Engineering")
		s.AddToken("key", linear.Token{Login: "bot"})
		client := &http.Client{Transport: s.Transport()}
		for k := range 10 {
			now = now.Add(time.Second)
			v := map[string]any{"in": map[string]any{"teamId": team.ID(), "title": fmt.Sprint(k)}}
			post(b, client, createIssue, v)
			post(b, client, listIssues, map[string]any{"order": "updatedAt", "filter": map[string]any{"updatedAt": map[string]any{"gte": "-PT5S"}}})
		}
	}
}

func post(b *testing.B, client *http.Client, query string, v map[string]any) {
	b.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": v})
	if err != nil {
		b.Fatal(err)
	}
	r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, "http://linear/graphql", bytes.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Authorization", "key")
	resp, err := client.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	_ = resp.Body.Close()
}
