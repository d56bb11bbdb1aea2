package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/vault"
)

// keys registers what has the credentials sealed by another key.
func (s *server) keys() {
	add(s, huma.Operation{OperationID: "rotate-keys", Method: http.MethodPost, Path: "/v1/keys/rotate", Tags: []string{"service"},
		Summary: "Make a new key, and seal all credentials by it",
		Description: "The keyset file of the process that answers gets a new key; older ones stay and open what they sealed, in backups too. Workers " +
			"that read the same file take it up by themselves. Where others have copies of it, make the key, copy the file, then seal."}, s.rotateKeys)
}

type rotateKeysInput struct {
	Actor
	Step string `query:"step" enum:"all,key,seal" default:"all" doc:"key: make the key alone; seal: seal by the newest one what older ones have sealed"`
}

func (s *server) rotateKeys(ctx context.Context, in *rotateKeysInput) (*body[v1.KeyRotation], error) {
	var keys vault.Keys
	var err error
	if in.Step == "seal" {
		keys, err = s.Vault.Keys()
	} else {
		keys, err = s.Vault.Rotate()
	}
	if err != nil {
		return nil, err
	}
	var done vault.Resealed
	if in.Step != "key" {
		if done, err = s.Vault.Reseal(ctx, s.Engine.Store); err != nil {
			return nil, err
		}
	}
	s.Log.InfoContext(ctx, "keys rotated", "step", in.Step, "by", in.Actor.Actor, "key", keys.Primary, "sealed", done.Sealed, "refused", len(done.Refused))
	out := v1.KeyRotation{Key: int64(keys.Primary), Keys: keys.Keys, Sealed: done.Sealed, Already: done.Already, Refused: []v1.SealedSecret{}}
	for _, one := range done.Refused {
		owner, name, _ := strings.Cut(one, "/")
		out.Refused = append(out.Refused, v1.SealedSecret{Owner: owner, Name: name})
	}
	return &body[v1.KeyRotation]{out}, nil
}
