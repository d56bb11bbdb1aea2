package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// CheckAddress says what is wrong with the address of a database, as far as it can be told without going there.
func CheckAddress(url string) error {
	_, err := parse(url)
	return err
}

// parse reads the address of a database. Its errors show nothing of it: what is written wrongly may be the password.
func parse(url string) (*pgxpool.Config, error) {
	if strayAt(url) {
		return nil, errors.New("address of the database: want postgres://user:password@host:port/name, " +
			"with signs in the user's name and the password written otherwise: @ as %40, / as %2F, % as %25")
	}
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("address of the database: want postgres://user:password@host:port/name%s", reason(err))
	}
	if cfg.ConnConfig.ValidateConnect == nil {
		cfg.ConnConfig.ValidateConnect = writes
	}
	return cfg, nil
}

// writes refuses a server that takes no writes: it would answer, and everything that matters would fail.
func writes(ctx context.Context, conn *pgconn.PgConn) error {
	if err := pgconn.ValidateConnectTargetSessionAttrsReadWrite(ctx, conn); err != nil {
		return fmt.Errorf("it is read-only; give the address of the server that takes writes, and not of a replica: %w", err)
	}
	return nil
}

// strayAt reports whether there is an @ in an address where none can be. It is one of the password's, or
// stands behind a / of it: the driver would take a part of the password for the host or the name, and tell it
// whoever reads why it cannot connect.
func strayAt(url string) bool {
	scheme, rest, found := strings.Cut(url, "://")
	if !found || scheme != "postgres" && scheme != "postgresql" {
		return false
	}
	if i := strings.IndexAny(rest, "@/"); i >= 0 && rest[i] == '@' {
		rest = rest[i+1:]
	}
	place, settings, _ := strings.Cut(rest, "?")
	name, _, _ := strings.Cut(settings, "=")
	return strings.Contains(place+name, "@")
}

// reason is why the driver does not take an address, without the address. Where it could not even take it apart, it
// quotes pieces of it, which may be any.
func reason(err error) string {
	text := err.Error()
	why := strings.LastIndex(text, "`: ")
	if why < 0 || strings.Contains(text[why:], "failed to parse") {
		return "; in a URL, a % is written %25; otherwise, a value that holds spaces stands in single quotes"
	}
	return ": " + text[why+len("`: "):]
}
