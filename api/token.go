package api

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/extsync/extsync/store"
)

// The row that holds the hash of the admin token.
const (
	serverOwner = store.ServerSource
	tokenName   = store.AdminToken
)

// AdminToken is what a start learns about the admin token.
type AdminToken struct {
	Hash []byte
	// Fresh is the token itself when this call made it: it is known now or never.
	Fresh string
}

// EnsureToken returns the admin token's hash. At the very first start, or when a new
// one is asked for, it makes the token; only its hash is stored. Of several processes
// that start first at once, one makes it.
func EnsureToken(ctx context.Context, s store.Store, renew bool) (AdminToken, error) {
	random := make([]byte, 32)
	if _, err := rand.Read(random); err != nil {
		return AdminToken{}, fmt.Errorf("make the admin token: %w", err)
	}
	fresh := "extsync_" + base64.RawURLEncoding.EncodeToString(random)
	var out AdminToken
	err := s.Tx(ctx, func(tx store.Tx) error {
		out = AdminToken{}
		// The inbox lets one process through and makes the others wait for its commit.
		if _, err := tx.RecordDelivery(ctx, serverOwner, tokenName, time.Now()); err != nil {
			return err
		}
		hash, err := tx.Secret(ctx, serverOwner, tokenName)
		if err == nil && !renew {
			out.Hash = hash
			return nil
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		out = AdminToken{Hash: HashToken(fresh), Fresh: fresh}
		return tx.PutSecret(ctx, serverOwner, tokenName, out.Hash)
	})
	if err == nil && len(out.Hash) != sha256.Size {
		err = errors.New("what is stored is no hash; start once with --new-token")
	}
	if err != nil {
		return AdminToken{}, fmt.Errorf("load the admin token: %w", err)
	}
	return out, nil
}

// tokenAge is how long a process may go on with the admin token that it knows.
const tokenAge = 2 * time.Second

// currentToken is the admin token's hash as the store has it: another process may have made a new
// one, and with it the old one is void for all.
type currentToken struct {
	reading sync.Mutex // held by the request that reads; no other one waits for it
	known   atomic.Pointer[knownToken]
}

type knownToken struct {
	hash []byte
	at   time.Time // when it was read
}

// tokenHash returns the hash that a request's token must have. Where the store does not answer, or
// holds none, what was known holds on.
func (s *server) tokenHash(ctx context.Context) []byte {
	k := s.token.known.Load()
	if k == nil {
		k = &knownToken{hash: s.TokenHash}
	}
	now := s.Engine.Clock.Now()
	if age := now.Sub(k.at); age >= 0 && age < tokenAge || !s.token.reading.TryLock() {
		return k.hash
	}
	defer s.token.reading.Unlock()
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	next := &knownToken{hash: k.hash, at: now}
	err := s.tx(ctx, func(tx store.Tx) error {
		hash, err := tx.Secret(ctx, serverOwner, tokenName)
		if err == nil && len(hash) == sha256.Size {
			next.hash = hash
		}
		return err
	})
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return k.hash // the next request asks again
	}
	s.token.known.Store(next)
	return next.hash
}

// note puts one line where the command line looks for it, readable by the owner
// alone.
func note(path, line string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o711); err != nil {
		return fmt.Errorf("make the folder of %s: %w", path, err)
	}
	// Written beside and renamed: an older file may have a wider mode.
	f, err := os.CreateTemp(filepath.Dir(path), ".note-*") // of mode 0600
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = f.WriteString(line + "\n")
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, errors.Join(err, os.Remove(f.Name())))
	}
	return nil
}
