package api_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/internal/apitest"
	simulator "github.com/extsync/extsync/simulator/github"
	"github.com/extsync/extsync/ticket"
)

// service is a world with short ways to call its API.
type service struct {
	*apitest.World
	t *testing.T
}

func newService(t *testing.T) *service {
	t.Helper()
	return &service{apitest.New(t), t}
}

// answer is a response, read.
type answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// call makes one request. body is sent as it is when it is a string or bytes, else as
// JSON. headers are name, value, name, value ...; an empty value removes the header.
func (s *service) call(method, path string, body any, headers ...string) answer {
	s.t.Helper()
	var raw []byte
	switch b := body.(type) {
	case nil:
	case string:
		raw = []byte(b)
	case []byte:
		raw = b
	default:
		var err error
		if raw, err = json.Marshal(b); err != nil {
			s.t.Fatal(err)
		}
	}
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.Server.URL+path, bytes.NewReader(raw))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+apitest.AdminToken)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Del(headers[i])
		if headers[i+1] != "" {
			req.Header.Set(headers[i], headers[i+1])
		}
	}
	res, err := s.Server.Client().Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	out := answer{Status: res.StatusCode, Header: res.Header}
	if out.Body, err = io.ReadAll(res.Body); err != nil {
		s.t.Fatal(err)
	}
	s.keepsWord(method, path, out)
	return out
}

// want calls, checks the status and decodes the answer.
func want[T any](s *service, status int, method, path string, body any, headers ...string) (T, http.Header) {
	s.t.Helper()
	a := s.call(method, path, body, headers...)
	var out T
	if a.Status != status {
		s.t.Fatalf("%s %s: got %d, want %d: %s", method, path, a.Status, status, a.Body)
	}
	if err := json.Unmarshal(a.Body, &out); err != nil {
		s.t.Fatalf("%s %s: %v in %s", method, path, err, a.Body)
	}
	return out, a.Header
}

// problem checks that an answer is the problem of that kind, complete, and that it
// repeats no secret.
func (s *service) problem(a answer, uri string) v1.Problem {
	s.t.Helper()
	var p v1.Problem
	if err := json.Unmarshal(a.Body, &p); err != nil {
		s.t.Fatalf("not a problem (%d): %v in %.300s", a.Status, err, a.Body)
	}
	if p.Type != uri {
		s.t.Fatalf("got %d %s (%s), want %s", a.Status, p.Type, p.Error(), uri)
	}
	if ct := a.Header.Get("Content-Type"); ct != v1.ProblemType {
		s.t.Errorf("content type %q", ct)
	}
	if p.Status != a.Status || p.Title == "" || p.Detail == "" || !strings.HasPrefix(p.Instance, "urn:extsync:request:") {
		s.t.Errorf("incomplete: %d %+v", a.Status, p)
	}
	if len(a.Body) > 20_000 {
		s.t.Errorf("a problem of %d bytes repeats the request", len(a.Body))
	}
	for _, secret := range []string{apitest.Token, apitest.ReadOnly, apitest.AdminToken} {
		if bytes.Contains(a.Body, []byte(secret)) {
			s.t.Errorf("the problem repeats the secret %s", secret)
		}
	}
	return p
}

// connect connects the simulated repository.
func (s *service) connect() v1.Project {
	s.t.Helper()
	p, _ := want[v1.Project](s, http.StatusCreated, http.MethodPost, "/v1/projects", newProject())
	return p
}

func newProject() v1.NewProject {
	return v1.NewProject{
		System: "github", Address: apitest.Repo, APIURL: apitest.GitHub, Token: apitest.Token,
		Pace: v1.Pace{Off: true}, WebhookSecret: hookSecret,
	}
}

const hookSecret = "a-secret-of-sixteen-or-more"

// outside does something in GitHub as a person.
func (s *service) outside(a simulator.Act) simulator.Acted {
	s.t.Helper()
	s.Advance(2e9) // GitHub's stamps have whole seconds
	a.Repo = apitest.Repo
	if a.Login == "" {
		a.Login = "bob"
	}
	out, err := s.Sim.Act(a)
	if err != nil {
		s.t.Fatal(err)
	}
	return out
}

func text(s string) v1.Value { return ticket.Text(s) }

func contains(b []byte, s string) bool { return bytes.Contains(b, []byte(s)) }

func ptr[T any](v T) *T { return &v }
