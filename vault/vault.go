// Package vault seals credentials before they are stored. [Load] opens a vault over
// a keyset file; [Vault.Seal] and [Vault.Open] bind each blob to the row it stands
// in, so that a blob copied to another row is refused.
//
// The file holds the keys that everything else is encrypted under: whoever has the
// file and the database has the credentials. Every worker and the API need the same
// file. [Rotate] adds a key without making the old blobs unreadable.
package vault

import (
	"errors"
	"fmt"
	"strings"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// ErrRefused says that the blob was not sealed for this row by a key of this keyset,
// or was changed since.
var ErrRefused = errors.New("the sealed secret does not belong to this row, or the keyset file is not the one that sealed it")

// Vault seals and opens secrets. It may be used by several goroutines.
type Vault struct {
	aead tink.AEAD
}

// Load reads the keyset file, and makes one where there is none. The file must be
// readable by its owner alone.
func Load(path string) (*Vault, error) {
	handle, err := loadOrCreate(path)
	if err != nil {
		return nil, err
	}
	primitive, err := aead.New(handle)
	if err != nil {
		return nil, fmt.Errorf("use the keys of %s: want a Tink AEAD keyset: %w", path, err)
	}
	return &Vault{primitive}, nil
}

// Seal encrypts plain for the row of owner and name.
func (v *Vault) Seal(owner, name string, plain []byte) ([]byte, error) {
	row, err := rowOf(owner, name)
	if err != nil {
		return nil, err
	}
	sealed, err := v.aead.Encrypt(plain, row)
	if err != nil {
		return nil, fmt.Errorf("seal %s: %w", row, err)
	}
	return sealed, nil
}

// Open decrypts what Seal made for the same owner and name. It fails with
// ErrRefused for everything else.
func (v *Vault) Open(owner, name string, sealed []byte) ([]byte, error) {
	row, err := rowOf(owner, name)
	if err != nil {
		return nil, err
	}
	plain, err := v.aead.Decrypt(sealed, row)
	if err != nil {
		// Tink's own error says no more than that it failed.
		return nil, fmt.Errorf("open %s: %w", row, ErrRefused)
	}
	return plain, nil
}

// rowOf returns the associated data of a row. The bar must not occur in the parts,
// or two rows could look alike.
func rowOf(owner, name string) ([]byte, error) {
	if owner == "" || name == "" || strings.Contains(owner+name, "|") {
		return nil, fmt.Errorf("secret %q of %q: want two names without a bar", name, owner)
	}
	return []byte(owner + "|" + name), nil
}
