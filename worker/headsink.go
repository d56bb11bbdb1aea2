package worker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// CheckAuditHeads says what is wrong with Config.AuditHeads, as far as it can be told without going there.
func CheckAuditHeads(address string) error {
	_, err := sinkOf(address, nil)
	return err
}

// sinkOf returns the sink that an address names: a URL, to which every line is posted, or
// a file, to which it is appended.
func sinkOf(address string, transport http.RoundTripper) (headSink, error) {
	if !strings.Contains(address, "://") {
		return func(_ context.Context, line []byte) error { return appendLine(address, line) }, nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, errors.New("audit heads: want a file, or a URL such as https://witness.example.com/heads") // without the address, which may hold a secret
	}
	client := &http.Client{
		Transport: transport, Timeout: headTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return func(ctx context.Context, line []byte) error { return post(ctx, client, address, line) }, nil
}

// appendLine appends a line to a file and waits until it is on the disk. What a crash left
// of a line is closed first, so that it spoils no other one.
func appendLine(path string, line []byte) (err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("audit heads: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("audit heads: %w", err)
	}
	if size := info.Size(); size == 0 {
		if err := syncFolder(filepath.Dir(path)); err != nil { // the file's own name
			return err
		}
	} else {
		last := make([]byte, 1)
		if _, err := f.ReadAt(last, size-1); err != nil {
			return fmt.Errorf("audit heads: %w", err)
		}
		if last[0] != '\n' {
			line = append([]byte("\n"), line...)
		}
	}
	if _, err := f.Write(line); err != nil {
		return fmt.Errorf("audit heads: %w", err)
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("audit heads: %w", err)
	}
	return nil
}

func syncFolder(name string) error {
	d, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("audit heads: %w", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("audit heads: %w", err)
	}
	return nil
}

// post hands a line over. Only a success says that the other side has it.
func post(ctx context.Context, client *http.Client, address string, line []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(line))
	if err != nil {
		return fmt.Errorf("audit heads: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := client.Do(req)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err // without the address, which may hold a secret
		}
		return fmt.Errorf("audit heads: %w", err)
	}
	defer res.Body.Close()
	_, _ = io.CopyN(io.Discard, res.Body, 64<<10) // so that the connection can be used again
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return fmt.Errorf("audit heads: the receiver answered %d; it must answer with a success once it has the head", res.StatusCode)
	}
	return nil
}
