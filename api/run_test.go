package api_test

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/extsync/extsync/api"
	"github.com/extsync/extsync/internal/apitest"
	"github.com/extsync/extsync/store"
)

// start runs the API and returns its address and how to stop it.
func start(t *testing.T, cfg api.Config, d api.Deps) (string, func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	listening, done := make(chan string, 1), make(chan error, 1)
	cfg.Listen = "127.0.0.1:0"
	cfg.Listening = func(url string) { listening <- url }
	go func() { done <- api.Run(ctx, cfg, d) }()
	stop := func() error {
		cancel()
		return <-done
	}
	select {
	case url := <-listening:
		return url, stop
	case err := <-done:
		t.Fatal(err)
	case <-time.After(10 * time.Second):
		t.Fatal("it does not listen")
	}
	return "", nil
}

func get(t *testing.T, url, token string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	return res.StatusCode
}

// TestATokenThatCannotBeNotedIsShown: it is made and stored by then, and known now or never.
func TestATokenThatCannotBeNotedIsShown(t *testing.T) {
	w := apitest.New(t)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	shown := ""
	cfg := api.Config{Listen: "127.0.0.1:0", TokenFile: filepath.Join(file, "token"), FreshToken: func(token string) { shown = token }}
	err := api.Run(t.Context(), cfg, api.Deps{Engine: w.Engine, Steering: w, Vault: w.Vault, Log: w.Engine.Log})
	if err == nil || shown == "" {
		t.Errorf("it ended with %v, and showed %q", err, shown)
	}
}

// TestFirstStart: the token is shown once, kept as a hash, and written for the
// command line; later starts know it; a new one voids it.
func TestFirstStart(t *testing.T) {
	w := apitest.New(t)
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	d := api.Deps{Engine: w.Engine, Vault: w.Vault, Steering: w, Log: w.Engine.Log}
	file := filepath.Join(t.TempDir(), "new", "token")
	var shown []string
	cfg := api.Config{TokenFile: file, AddressFile: filepath.Join(filepath.Dir(file), "api"), FreshToken: func(token string) { shown = append(shown, token) }}

	url, stop := start(t, cfg, d)
	if len(shown) != 1 || get(t, url+"/v1/projects", shown[0]) != 200 || get(t, url+"/v1/projects", "x") != 401 {
		t.Fatalf("shown: %v", shown)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(file)
	if info, serr := os.Stat(file); err != nil || serr != nil || strings.TrimSpace(string(b)) != shown[0] || info.Mode().Perm() != 0o600 {
		t.Errorf("token file: %v %v", err, serr)
	}
	if b, err := os.ReadFile(cfg.AddressFile); err != nil || strings.TrimSpace(string(b)) != url {
		t.Errorf("address file: %q %v", b, err)
	}
	err = w.Store.Tx(t.Context(), func(tx store.Tx) error {
		kept, err := tx.Secret(t.Context(), "server", "admin-token")
		if bytes.Contains(kept, []byte(shown[0])) || len(kept) != 32 {
			t.Errorf("what is kept of the token: %q", kept)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}

	url, stop = start(t, cfg, d)
	if len(shown) != 1 || get(t, url+"/v1/projects", shown[0]) != 200 {
		t.Errorf("the second start: %d tokens shown", len(shown))
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	cfg.RenewToken = true
	url, stop = start(t, cfg, d)
	if len(shown) != 2 || get(t, url+"/v1/projects", shown[1]) != 200 || get(t, url+"/v1/projects", shown[0]) != 401 {
		t.Errorf("a new token: %d shown", len(shown))
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if logs := w.Logs.String(); strings.Contains(logs, shown[0]) || strings.Contains(logs, shown[1]) {
		t.Error("the token was logged")
	}
}

// TestANewTokenVoidsTheOldOneEverywhere: a token leaked, and one process of the API is started with a
// new one. Another one that runs on refuses the old one, too, and takes the new one.
func TestANewTokenVoidsTheOldOneEverywhere(t *testing.T) {
	w := apitest.New(t)
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	d := api.Deps{Engine: w.Engine, Vault: w.Vault, Steering: w, Log: w.Engine.Log}
	var shown []string
	cfg := api.Config{FreshToken: func(token string) { shown = append(shown, token) }}
	url, stop := start(t, cfg, d)
	old := get(t, url+"/v1/projects", shown[0])
	if _, err := api.EnsureToken(t.Context(), w.Store, true); err != nil {
		t.Fatal(err)
	}
	w.Advance(3 * time.Second)
	if now := get(t, url+"/v1/projects", shown[0]); old != 200 || now != 401 {
		t.Errorf("the old token: %d, then %d", old, now)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
}

// TestListen: other machines reach the API only where that was asked for.
func TestListen(t *testing.T) {
	w := apitest.New(t)
	d := api.Deps{Engine: w.Engine, Vault: w.Vault, Steering: w, Log: w.Engine.Log}
	for _, c := range []struct{ reason, listen, says string }{
		{"all addresses", "0.0.0.0:0", "--allow-remote"},
		{"all addresses, without a host", ":0", "--allow-remote"},
		{"a name that may be anything", "example.test:0", "--allow-remote"},
		{"another machine's network", "192.0.2.1:0", "--allow-remote"},
		{"no port", "127.0.0.1", "host:port"},
	} {
		err := api.Run(t.Context(), api.Config{Listen: c.listen}, d)
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v, want it to say %s", c.reason, err, c.says)
		}
	}
	url, stop := start(t, api.Config{}, d)
	err := api.Run(t.Context(), api.Config{Listen: strings.TrimPrefix(url, "http://")}, d)
	if err == nil || !strings.Contains(err.Error(), "--listen") {
		t.Errorf("a taken address: %v", err)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}
