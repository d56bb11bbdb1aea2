package starter_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/internal/apitest"
	"github.com/extsync/extsync/starter"
)

// console runs commands against the API of a world.
type console struct {
	t *testing.T
	w *apitest.World
}

func (c console) run(in string, args ...string) (out, errs string, code int) {
	c.t.Helper()
	env := map[string]string{"EXTSYNC_API": c.w.Server.URL, "EXTSYNC_TOKEN": apitest.AdminToken, "GITHUB_TOKEN": apitest.Token}
	var o, e bytes.Buffer
	code = starter.Run(c.t.Context(), &starter.Env{
		In: strings.NewReader(in), Out: &o, Err: &e, Dir: c.t.TempDir(), Getenv: func(name string) string { return env[name] },
	}, args)
	return o.String(), e.String(), code
}

func (c console) must(args ...string) string {
	c.t.Helper()
	out, errs, code := c.run("", args...)
	if code != 0 {
		c.t.Fatalf("%v: exit %d: %s", args, code, errs)
	}
	return out
}

// TestAuditAway verifies an export with heads on a machine that has neither database nor
// API, and finds what was done to it in between.
func TestAuditAway(t *testing.T) {
	c := console{t, apitest.New(t)}
	c.must("connect", "github", apitest.Repo, "--api-url", apitest.GitHub, "--no-pacing", "--poll-every", "0")
	var head v1.AuditHead
	if err := json.Unmarshal([]byte(c.must("audit", "head", apitest.Repo, "--json")), &head); err != nil {
		t.Fatal(err)
	}
	line, err := json.Marshal(head.Head)
	if err != nil {
		t.Fatal(err)
	}
	heads := filepath.Join(t.TempDir(), "heads.jsonl")
	torn := append([]byte("{\"seq\":9,\"ha\n"), line...) // as a crash leaves the line before
	if err := os.WriteFile(heads, append(torn, '\n'), 0o600); err != nil {
		t.Fatal(err)
	}
	c.must("tickets", "create", "--title", "Share me", "--privacy", "public")
	if err := c.w.Work(context.Background()); err != nil {
		t.Fatal(err)
	}
	export := c.must("audit", "export", apitest.Repo)
	rows := strings.SplitAfter(export, "\n")
	if n := strings.Count(export, "\n"); int64(n) <= head.Head.Seq || !strings.Contains(export, `"outcome"`) {
		t.Fatalf("the write left no entries: %d rows, head %d", n, head.Head.Seq)
	}
	for _, a := range []struct {
		reason, export, says string
		code                 int
	}{
		{"as it was written", export, "1 published heads were met", 0},
		{"a name in an old entry was changed", strings.Replace(export, `"actor":"admin"`, `"actor":"eve"`, 1), "at entry 1", 7},
		{"an entry was deleted", rows[0] + strings.Join(rows[2:], ""), "entry 2 is missing", 7},
		{"two entries changed places", rows[1] + rows[0] + strings.Join(rows[2:], ""), "at entry 2", 7},
		{"the tail was cut off behind the head", strings.Join(rows[:head.Head.Seq], ""), "1 published heads were met", 0},
		{"the tail was cut off before the head", strings.Join(rows[:head.Head.Seq-1], ""), "a head taken at", 7},
		{"the file is no export", "{", "line 1", 2},
	} {
		t.Run(a.reason, func(t *testing.T) {
			out, errs, code := c.run(a.export, "audit", "verify", "--file", "-", "--heads", heads, "--key", head.Key)
			if code != a.code || !strings.Contains(out+errs, a.says) {
				t.Errorf("exit %d, want %d and %q:\n%s%s", code, a.code, a.says, out, errs)
			}
		})
	}
	t.Run("a head that was forged", func(t *testing.T) {
		forged := filepath.Join(t.TempDir(), "heads.jsonl")
		if err := os.WriteFile(forged, bytes.Replace(line, []byte(`"seq":`), []byte(`"seq":1`), 1), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, errs, code := c.run(export, "audit", "verify", "--file", "-", "--heads", forged, "--key", head.Key); code != 7 || !strings.Contains(errs, "forged") {
			t.Errorf("exit %d: %s", code, errs)
		}
	})
}

// TestHeadsOfNothing: who verifies with heads that say nothing of the chain hears that they prove
// nothing of its end, and who names the project of an export by its address, that he must by its id.
func TestHeadsOfNothing(t *testing.T) {
	c := console{t, apitest.New(t)}
	c.w.Sim.AddRepo("octo", "second")
	var head v1.AuditHead
	for _, repo := range []string{apitest.Repo, "octo/second"} {
		c.must("connect", "github", repo, "--api-url", apitest.GitHub, "--no-pacing", "--poll-every", "0")
		if err := json.Unmarshal([]byte(c.must("audit", "head", repo, "--json")), &head); err != nil {
			t.Fatal(err)
		}
	}
	line, err := json.Marshal(head.Head) // of the second
	if err != nil {
		t.Fatal(err)
	}
	empty, other := filepath.Join(t.TempDir(), "empty.jsonl"), filepath.Join(t.TempDir(), "other.jsonl")
	for file, text := range map[string][]byte{empty: nil, other: line} {
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	export := c.must("audit", "export", apitest.Repo)
	for _, a := range []struct {
		args []string
		says string
		code int
	}{
		{[]string{"--heads", empty, "--key", head.Key}, "holds no head", 2},
		{[]string{apitest.Repo, "--heads", other, "--key", head.Key}, "none of the 1 heads", 0},
		{[]string{"--file", "-", "--heads", other, "--key", head.Key}, "none of the 1 heads", 0},
		{[]string{apitest.Repo, "--file", "-"}, "by its id", 2},
	} {
		if _, errs, code := c.run(export, append([]string{"audit", "verify"}, a.args...)...); code != a.code || !strings.Contains(errs, a.says) {
			t.Errorf("%q: exit %d, want %d and %q: %s", a.args, code, a.code, a.says, errs)
		}
	}
}

// TestAuditOfAllProjects: somebody between the service and the verifier changes the chain of
// one project, and hides another as a whole; each is named, and the first in the error.
func TestAuditOfAllProjects(t *testing.T) {
	c := console{t, apitest.New(t)}
	c.w.Sim.AddRepo("octo", "second")
	var ids [2]string
	var heads []byte
	var key string
	for n, repo := range []string{apitest.Repo, "octo/second"} {
		c.must("connect", "github", repo, "--api-url", apitest.GitHub, "--no-pacing", "--poll-every", "0")
		var head v1.AuditHead
		if err := json.Unmarshal([]byte(c.must("audit", "head", repo, "--json")), &head); err != nil {
			t.Fatal(err)
		}
		line, err := json.Marshal(head.Head)
		if err != nil {
			t.Fatal(err)
		}
		ids[n], key, heads = head.Head.Project, head.Key, append(append(heads, line...), '\n')
	}
	file := filepath.Join(t.TempDir(), "heads.jsonl")
	if err := os.WriteFile(file, heads, 0o600); err != nil {
		t.Fatal(err)
	}
	if out := c.must("audit", "verify", "--heads", file, "--key", key); strings.Count(out, "holds") != 2 {
		t.Errorf("as it was written:\n%s", out)
	}

	honest := c.w.Server.URL
	verify := func(tamper func(path, body string) string) (out, errs string, code int) {
		c.w.Server.URL = between(t, honest, tamper)
		defer func() { c.w.Server.URL = honest }()
		return c.run("", "audit", "verify", "--heads", file, "--key", key)
	}
	out, errs, code := verify(func(path, body string) string {
		if strings.Contains(path, ids[1]+"/audit") {
			return strings.Replace(body, `"actor":"admin"`, `"actor":"eve"`, 1)
		}
		return body
	})
	if code != 7 || !strings.Contains(errs, "1 of 2 audit chains do not hold; the first is octo/second at entry 1") || strings.Count(out, "BROKEN") != 1 {
		t.Errorf("an entry was changed: exit %d\n%s%s", code, out, errs)
	}
	out, errs, code = verify(func(path, body string) string {
		if path != "/v1/projects" {
			return body
		}
		var all v1.Projects
		if err := json.Unmarshal([]byte(body), &all); err != nil {
			t.Error(err)
		}
		all.Projects = slices.DeleteFunc(all.Projects, func(p v1.Project) bool { return p.ID == ids[0] })
		short, err := json.Marshal(all)
		if err != nil {
			t.Error(err)
		}
		return string(short)
	})
	if code != 7 || !strings.Contains(errs, "the first is "+ids[0]) || strings.Count(out, "holds") != 1 {
		t.Errorf("a project was hidden, whose heads were published: exit %d\n%s%s", code, out, errs)
	}
}

// between answers for a service, and tampers with what it says.
func between(t *testing.T, service string, tamper func(path, body string) string) string {
	t.Helper()
	target, err := url.Parse(service)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) },
		ModifyResponse: func(r *http.Response) error {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return err
			}
			told := tamper(r.Request.URL.Path, string(body))
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(told)), int64(len(told))
			r.Header.Del("Content-Length")
			return nil
		},
	}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	return server.URL
}
