package jira

import (
	"context"
	"strings"
	"sync"

	gojira "github.com/andygrunwald/go-jira"

	"github.com/extsync/extsync/external"
)

// accountBook holds the login of our own account, asked for once per adapter.
type accountBook struct {
	mu    sync.Mutex
	login string
}

// Account implements adapters.AccountTeller. It is asked once: an account here is told by an id, or a key, that
// nobody can change.
func (a *adapter) Account(ctx context.Context) (string, error) { return a.account(ctx) }

// account returns the login of our own account.
func (a *adapter) account(ctx context.Context) (string, error) {
	a.me.mu.Lock()
	defer a.me.mu.Unlock()
	if a.me.login != "" {
		return a.me.login, nil
	}
	login, err := a.myself(ctx)
	if err != nil {
		return "", err
	}
	if login == "" {
		return "", fail(external.Temporary, askWhose, "the answer is not a user", nil)
	}
	a.me.login = login
	return login, nil
}

const askWhose = "ask whose token it is"

func (a *adapter) myself(ctx context.Context) (string, error) {
	if a.edition == cloud {
		var u user
		_, err := a.send(ctx, request{what: askWhose, kind: "myself.get", path: a.at("myself"), into: &u})
		return u.login(a.edition), err
	}
	var u *gojira.User
	err := a.typed(ctx, askWhose, "myself.get", false, func(ctx context.Context) (err error) {
		u, _, err = a.jira.User.GetSelfWithContext(ctx)
		return err
	})
	if err != nil {
		return "", err
	}
	return u.Name, nil
}

func joined(s []string) string { return strings.Join(s, ",") }
