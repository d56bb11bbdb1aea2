package devstack

import (
	"archive/zip"
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Fetching is shown with a repository of our own that serves the programs
// installed here, packed as the public one packs them.
func TestPostgresIsFetchedAndStarts(t *testing.T) {
	if os.Geteuid() == 0 {
		asDaemon(t)
		return
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, ".jar") {
			http.NotFound(w, r)
			return
		}
		if _, err := w.Write(packed(t)); err != nil {
			t.Error(err)
		}
	}))
	defer server.Close()
	cache := filepath.Join(t.TempDir(), "postgres")
	got, err := fetchOnce(t.Context(), cache, server.URL, t.Logf)
	if err != nil {
		t.Fatal(err)
	}
	if got.dir != filepath.Join(cache, "bin") || got.major < oldestPostgres {
		t.Errorf("fetched %+v, want the programs in %s", got, cache)
	}
	server.Close() // the second time needs no repository
	if again, err := fetchOnce(t.Context(), cache, server.URL, t.Logf); err != nil || again != got {
		t.Errorf("the second time: %+v, %v", again, err)
	}
}

// packed is a jar with a tar.xz with the installed programs.
func packed(t *testing.T) []byte {
	t.Helper()
	installed, ok := findPostgres(0, packageFolders(), "")
	if !ok {
		t.Fatal("no Postgres on this machine to pack")
	}
	program, err := filepath.EvalSymlinks(installed.path("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	tarred := filepath.Join(t.TempDir(), "programs.txz")
	cmd := exec.Command("tar", "-C", filepath.Dir(filepath.Dir(program)), "-chJf", tarred, "bin/postgres", "bin/initdb", "bin/pg_ctl", "lib/plpgsql.so", "lib/dict_snowball.so")
	cmd.Env = append(os.Environ(), "XZ_OPT=-0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("pack the programs: %v: %s", err, out)
	}
	content, err := os.ReadFile(tarred)
	if err != nil {
		t.Fatal(err)
	}
	var jar bytes.Buffer
	z := zip.NewWriter(&jar)
	f, err := z.Create("postgres.txz")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return jar.Bytes()
}

// asDaemon runs this test as an ordinary user, for whom alone Postgres is
// fetched, and reports what that run said.
func asDaemon(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("xz"); err != nil {
		t.Skipf("SKIPPED: packing the programs needs xz: %v", err)
	}
	dir, err := os.MkdirTemp("", "devstack-test-") //nolint:usetesting // t.TempDir is closed to other users
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(dir, "test")
	if err := os.WriteFile(binary, program, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary, "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HOME="+dir, "TMPDIR="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 1, Gid: 1}}
	out, err := cmd.CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("--- PASS: "+t.Name())) {
		t.Errorf("as an ordinary user: %v\n%s", err, out)
	}
}
