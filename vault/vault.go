// Package vault seals credentials before they are stored. [Load] opens a vault over
// a keyset file; [Vault.Seal] and [Vault.Open] bind each blob to the row it stands
// in, so that a blob copied to another row is refused.
//
// The file holds the keys that everything else is encrypted under: whoever has the
// file and the database has the credentials. Every worker and the API need the same
// file. [Rotate] adds a key without making the old blobs unreadable; processes that run read the
// file again when they meet a blob that their keys do not open, and before they seal one.
// [Vault.Reseal] seals by the new key what older ones have sealed.
package vault

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// ErrRefused says that the blob was not sealed for this row by a key of this keyset,
// or was changed since.
var ErrRefused = errors.New("the sealed secret does not belong to this row, or the keyset file is not the one that sealed it")

// Vault seals and opens secrets. It may be used by several goroutines.
type Vault struct {
	path string

	mu   sync.Mutex
	keys keys // as the file held them when it was read last
}

// keys are those of a keyset file.
type keys struct {
	tink.AEAD
	primary uint32
	number  int
}

// Load reads the keyset file, and makes one where there is none. The file must be
// readable by its owner alone.
func Load(path string) (*Vault, error) {
	handle, err := loadOrCreate(path)
	if err != nil {
		return nil, err
	}
	keys, err := keysOf(path, handle)
	if err != nil {
		return nil, err
	}
	return &Vault{path: path, keys: keys}, nil
}

func keysOf(path string, handle *keyset.Handle) (keys, error) {
	primitive, err := aead.New(handle)
	if err != nil {
		return keys{}, fmt.Errorf("use the keys of %s: want a Tink AEAD keyset: %w", path, err)
	}
	info := handle.KeysetInfo()
	return keys{primitive, info.GetPrimaryKeyId(), len(info.GetKeyInfo())}, nil
}

// known returns the keys that the file held when it was read last.
func (v *Vault) known() keys {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.keys
}

// reread returns the keys that the file holds now: somebody may have rotated them.
func (v *Vault) reread() (keys, error) {
	handle, err := load(v.path)
	if err != nil {
		return keys{}, err
	}
	now, err := keysOf(v.path, handle)
	if err != nil {
		return keys{}, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.keys = now
	return now, nil
}

// Seal encrypts plain for the row of owner and name. It fails when the keyset file is lost: what
// was sealed could not be opened any more once this process ends.
func (v *Vault) Seal(owner, name string, plain []byte) ([]byte, error) {
	row, err := rowOf(owner, name)
	if err != nil {
		return nil, err
	}
	now, err := v.reread()
	if err != nil {
		return nil, fmt.Errorf("seal %s: %w", row, err)
	}
	sealed, err := now.Encrypt(plain, row)
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
	if plain, err := v.known().Decrypt(sealed, row); err == nil {
		return plain, nil
	}
	now, err := v.reread() // by a key that was added since
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", row, errors.Join(ErrRefused, err))
	}
	plain, err := now.Decrypt(sealed, row)
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
