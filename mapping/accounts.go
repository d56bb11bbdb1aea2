package mapping

import (
	"maps"
	"slices"
	"strings"

	"github.com/extsync/extsync/external"
)

// Account joins one of our people to an account outside.
type Account struct {
	Handle string `json:"handle"`
	Login  string `json:"login"`
}

// ByEmail proposes lines for Users: those of our people whose address is that of exactly
// one account outside, and who share it with nobody here. local holds addresses by
// handle; both sides must have verified theirs, for whoever can choose an address freely
// could be taken for another. Addresses are compared without regard to case. The result
// is sorted by handle; nobody is named whose match is in doubt, see unclear.
func ByEmail(people []external.Person, local map[string]string) (found []Account, unclear []string) {
	logins, handles := map[string][]string{}, map[string][]string{}
	for _, p := range people {
		if at := address(p.Email); at != "" && !slices.Contains(logins[at], p.Login) {
			logins[at] = append(logins[at], p.Login)
		}
	}
	for _, handle := range slices.Sorted(maps.Keys(local)) {
		if at := address(local[handle]); at != "" {
			handles[at] = append(handles[at], handle)
		}
	}
	for _, handle := range slices.Sorted(maps.Keys(local)) {
		at := address(local[handle])
		switch {
		case len(logins[at]) == 0:
		case len(logins[at]) > 1, len(handles[at]) > 1:
			unclear = append(unclear, handle)
		default:
			found = append(found, Account{Handle: handle, Login: logins[at][0]})
		}
	}
	return found, unclear
}

func address(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// users fills in the table of people.
func (p *proposer) users(local map[string]string) {
	found, unclear := ByEmail(p.schema.People, local)
	for _, handle := range unclear {
		p.warn("users.%s: the address belongs to several accounts or people; add the line by hand", handle)
	}
	table := map[string]string{}
	for _, a := range found {
		if _, err := NewUsers(map[string]string{a.Handle: a.Login}); err != nil {
			p.warn("users.%s: %v", a.Handle, err)
			continue
		}
		table[a.Handle] = a.Login
		p.out.People = append(p.out.People, a)
	}
	users, err := NewUsers(table)
	if err != nil { // each line was fine, so that two of them share an account
		p.warn("users: %v", err)
		p.out.People = nil
		return
	}
	p.out.Mapping.Users = users
}
