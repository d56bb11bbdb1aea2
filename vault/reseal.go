package vault

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/extsync/extsync/store"
)

// Keys tells of a keyset file which key seals, and how many there are to open with.
type Keys struct {
	Primary uint32
	Keys    int
}

// Rotate adds a key to the keyset file, which seals from then on. Older ones still open: what they
// have sealed stands in the database, see Reseal, and in its backups.
func (v *Vault) Rotate() (Keys, error) {
	if err := Rotate(v.path); err != nil {
		return Keys{}, err
	}
	return v.Keys()
}

// Keys tells which keys the file holds now.
func (v *Vault) Keys() (Keys, error) {
	now, err := v.reread()
	return Keys{Primary: now.primary, Keys: now.number}, err
}

// Resealed is what became of the secrets of a store.
type Resealed struct {
	Sealed  int      // anew
	Already int      // were sealed by the newest key
	Refused []string // which no key of the file opens, as "owner/name"
}

// Reseal seals by the newest key all that older ones have sealed. What somebody replaces meanwhile is
// left to him, and looked at again.
func (v *Vault) Reseal(ctx context.Context, s store.Store) (Resealed, error) {
	var all []store.Secret
	err := s.Tx(ctx, func(tx store.Tx) (err error) {
		all, err = tx.ListSecrets(ctx)
		return err
	})
	var out Resealed
	for _, one := range all {
		if err != nil {
			break
		}
		if one.Owner == store.ServerSource && one.Name == store.AdminToken { // a hash, which nothing seals
			continue
		}
		err = v.resealOne(ctx, s, one, &out)
		for errors.Is(err, store.ErrStale) {
			err = v.resealOne(ctx, s, one, &out)
		}
	}
	if err != nil {
		return out, fmt.Errorf("seal the secrets anew: %w", err)
	}
	return out, nil
}

func (v *Vault) resealOne(ctx context.Context, s store.Store, one store.Secret, out *Resealed) error {
	var became *int
	err := s.Tx(ctx, func(tx store.Tx) error {
		became = nil
		was, err := tx.Secret(ctx, one.Owner, one.Name)
		if err != nil {
			return err
		}
		plain, err := v.Open(one.Owner, one.Name, was)
		if err != nil {
			return err
		}
		sealed, err := v.Seal(one.Owner, one.Name, plain)
		if err != nil {
			return err
		}
		if by(was) == by(sealed) {
			became = &out.Already
			return nil
		}
		became = &out.Sealed
		return tx.SwapSecret(ctx, one.Owner, one.Name, was, sealed)
	})
	switch {
	case errors.Is(err, ErrRefused):
		out.Refused = append(out.Refused, one.Owner+"/"+one.Name)
		return nil
	case errors.Is(err, store.ErrNotFound): // its project was disconnected meanwhile
		return nil
	case err == nil:
		*became++
	}
	return err
}

// by returns the id of the key that sealed a blob: Tink puts it behind the first byte.
func by(sealed []byte) uint32 {
	const first, size = 1, 4
	if len(sealed) < first+size {
		return 0
	}
	return binary.BigEndian.Uint32(sealed[first:])
}
