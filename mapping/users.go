package mapping

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// Users is a two-way table of people: local handle and external login, each
// spelled as its own side spells it. Whoever is not in the table has the same name
// on both sides, so that a person we do not know is never dropped from a field.
//
// One case needs care. With alice standing for the login octo, the login alice is
// somebody else, and so is a local octo. The first reads as "external:alice" and
// the second is written as "local:octo", which is nobody's login: names never run
// together. The zero Users is empty.
//
// A login that a system spells in other letters than the table is the same: GitHub says
// octo-cat where a person has typed Octo-Cat. Only where the table itself tells two by
// their letters do letters count.
type Users struct {
	logins  map[string]string // by handle
	handles map[string]string // by login
	folded  map[string]string // by login in lower case; "" where there are several
}

const (
	externalPrefix = "external:" // before a login that is another person's handle
	localPrefix    = "local:"    // before a handle that is another person's login
)

// NewUsers makes a table from logins by local handle. It fails when a name is
// empty, when a handle holds a colon, when a login begins with "local:" or "external:"
// (colons elsewhere are common: Jira's account IDs), or when two handles share a login.
func NewUsers(logins map[string]string) (Users, error) {
	u := Users{logins: make(map[string]string, len(logins)), handles: make(map[string]string, len(logins)), folded: make(map[string]string, len(logins))}
	for handle, login := range logins {
		if handle == "" || login == "" || strings.Contains(handle, ":") {
			return Users{}, fmt.Errorf("users: %q = %q: a name must not be empty, and a handle not hold a colon", handle, login)
		}
		if strings.HasPrefix(login, externalPrefix) || strings.HasPrefix(login, localPrefix) {
			return Users{}, fmt.Errorf("users: %q = %q: write the login without its prefix", handle, login)
		}
		if other, taken := u.handles[login]; taken {
			return Users{}, fmt.Errorf("users: the login %q is given to both %q and %q; give it to one of them",
				login, min(handle, other), max(handle, other))
		}
		u.logins[handle], u.handles[login] = login, handle
		lower := strings.ToLower(login)
		if _, taken := u.folded[lower]; taken {
			handle = ""
		}
		u.folded[lower] = handle
	}
	return u, nil
}

// Table returns a copy of the logins by local handle.
func (u Users) Table() map[string]string { return maps.Clone(u.logins) }

// Login returns the external login of a local handle.
func (u Users) Login(handle string) string {
	if login, ok := u.logins[handle]; ok {
		return login
	}
	if rest, ok := strings.CutPrefix(handle, externalPrefix); ok && u.isHandle(rest) && !u.isLogin(rest) {
		return rest
	}
	if u.isLogin(handle) {
		return localPrefix + handle
	}
	return handle
}

// Handle returns the local handle of an external login.
func (u Users) Handle(login string) string {
	if handle := u.of(login); handle != "" {
		return handle
	}
	if rest, ok := strings.CutPrefix(login, localPrefix); ok && u.isLogin(rest) && !u.isHandle(rest) {
		return rest
	}
	if u.isHandle(login) {
		return externalPrefix + login
	}
	return login
}

func (u Users) isHandle(s string) bool { _, ok := u.logins[s]; return ok }
func (u Users) isLogin(s string) bool  { return u.of(s) != "" }

// of returns the handle that stands for a login, or "".
func (u Users) of(login string) string {
	if handle, ok := u.handles[login]; ok || len(u.folded) == 0 {
		return handle
	}
	return u.folded[strings.ToLower(login)]
}

// handle reads a login by the policy for those who are not in the table.
func (u Users) handle(login string, p Policy) string {
	if login == "" || p != PolicyKeep || u.isLogin(login) {
		return u.Handle(login)
	}
	return externalPrefix + login
}

// login writes a handle by the policy for those who are not in the table. What handle
// made of a stranger goes back to what it was.
func (u Users) login(handle string, p Policy) (string, trouble) {
	if handle == "" || p != PolicyKeep || u.isHandle(handle) {
		return u.Login(handle), fine
	}
	if rest, ok := strings.CutPrefix(handle, externalPrefix); ok && rest != "" && !u.isLogin(rest) {
		return rest, fine
	}
	return handle, nobody
}

// Foreign says of which fields in f Put over now, or ForCreate where now is nil, leaves out
// the value because it names somebody who is known in another project alone. It is nil
// in the common case.
func (m Mapping) Foreign(kind external.Kind, f ticket.Fields, now external.Fields) map[ticket.Field]string {
	var out map[ticket.Field]string
	rules := m.Rules(kind)
	for i := range rules {
		r := &rules[i]
		if v, ok := f[r.Field]; ok && r.Writes() && m.foreign(r, v, now) {
			if out == nil {
				out = map[ticket.Field]string{}
			}
			out[r.Field] = fmt.Sprintf("%s names somebody whom another project knows by a login of its own; give the person a handle in the users of both mappings", r.Field)
		}
	}
	return out
}

// foreign reports whether a value names a stranger by the login of another project: one
// that the item does not hold already.
func (m *Mapping) foreign(r *Rule, v ticket.Value, now external.Fields) bool {
	if r.Convert != People {
		return false
	}
	for i := range v.Len() {
		login, stranger := strings.CutPrefix(v.At(i), externalPrefix)
		if !stranger || m.Users.isHandle(login) && !m.Users.isLogin(login) && r.Unmapped.Out != PolicyKeep {
			continue // ours to write: a login that is another person's handle here
		}
		if held := now[r.External[0]]; !held.Has(login) && held.Text() != login {
			return true
		}
	}
	return false
}

// MarshalJSON writes the logins by local handle.
func (u Users) MarshalJSON() ([]byte, error) {
	if u.logins == nil {
		return []byte("{}"), nil
	}
	return json.Marshal(u.logins)
}

// UnmarshalJSON accepts what NewUsers accepts.
func (u *Users) UnmarshalJSON(b []byte) error {
	var logins map[string]string
	if err := json.Unmarshal(b, &logins); err != nil {
		return fmt.Errorf("users: want an object of logins by local handle: %w", err)
	}
	made, err := NewUsers(logins)
	if err != nil {
		return err
	}
	*u = made
	return nil
}
