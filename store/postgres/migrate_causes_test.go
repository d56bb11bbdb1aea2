package postgres

import (
	"database/sql"
	"encoding/json"
	"testing"

	"github.com/extsync/extsync/store"
)

// TestCausesOfBeforeAreReadOutOfWhatWasSaid: a link that was stored before there was a cause has the one that it would
// be stored with now, and the link as which it goes on. Only what people were told of it says either.
func TestCausesOfBeforeAreReadOutOfWhatWasSaid(t *testing.T) {
	const out = "it could not be seen there; once it shows, what it says is overwritten"
	tests := []struct {
		kind   string
		state  store.LinkState
		reason string
		cause  store.Cause
		onward string
	}{
		{"ticket", store.Live, "", store.NoCause, ""},
		{"ticket", store.Quarantined, "the value is too long", store.NoCause, ""},
		{"ticket", store.Tombstone, "unlinked: a person decided to leave both sides as they are", store.CauseUnlinked, ""},
		{"ticket", store.Withdrawn, "taken back: the ticket is local_only", store.CauseTakenBack, ""},
		{"ticket", store.Withdrawn, "taken back: the ticket is local_only; " + out, store.CauseTakenBack, ""},
		{"ticket", store.Withdrawn, "taken back: the ticket is local_only; left: body, as others wrote or changed it", store.CauseTakenBackInPart, ""},
		{"comment", store.Tombstone, "taken back: the ticket is local_only", store.CauseTakenBack, ""},
		{"ticket", store.Withdrawn, "taken back: it was asked for; deleted outside, and made again under link b7", store.CauseTakenBack, "b7"},
		{"ticket", store.Withdrawn, "undone: the session made it outside", store.CauseUndone, ""},
		{"comment", store.Withdrawn, "a session took it back", store.CauseUndone, ""},
		{"ticket", store.Tombstone, "moved to octo/hello under link b1", store.CauseMoved, "b1"},
		{"ticket", store.Withdrawn, "moved to octo/hello under link b1", store.CauseMoved, "b1"},
		{"ticket", store.Tombstone, "moved to octo/hello#7: a person decided that ours goes too", store.NoCause, ""},
		{
			"ticket", store.Tombstone,
			"moved to octo/hello#7: a person decided that ours goes too; its ticket goes on with another item that was moved here, under link b2",
			store.NoCause, "b2",
		},
		{"ticket", store.Tombstone, "deleted outside, and made again under link b3; " + out, store.CauseMadeAgain, "b3"},
		{"ticket", store.Tombstone, "deleted outside, and made again there: see link b4", store.CauseMadeAgain, "b4"},
		{"comment", store.Tombstone, "its ticket goes on with another item that was moved here, under link b5", store.CauseLeft, "b5"},
		{"comment", store.Tombstone, "deleted on both sides; its ticket goes on with another item that was moved here, under link b6", store.CauseWentAlong, "b6"},
		{"comment", store.Tombstone, "both sides are deleted", store.NoCause, ""},
		{"comment", store.Tombstone, "deleted outside and not edited here", store.CauseFollowed, ""},
		{"comment", store.Tombstone, "deleted outside and not edited here; " + out, store.NoCause, ""},
		{"ticket", store.Tombstone, "deleted outside: a person decided that ours goes too", store.CauseFollowed, ""},
		{"ticket", store.Tombstone, "deleted outside, as it was when ours was deleted", store.CauseFollowed, ""},
		{"ticket", store.MaybeGone, "deleted outside; ours waits for a decision", store.NoCause, ""},
		{"comment", store.MaybeGone, "it was moved along with its ticket, and has not been seen there yet", store.CauseMovedAlong, ""},
		{
			"ticket", store.ParkedLink,
			"the restored database may have forgotten that it was made or changed outside; look there, then retry it once the project is released",
			store.CauseHeldBack, "",
		},
		{
			"comment", store.ParkedLink,
			"it is gone outside, and the restored database may have forgotten that it was taken back or undone; " +
				"look there, then retry it once the project is released to delete it here, too",
			store.CauseHeldGone, "",
		},
		{"ticket", store.ParkedLink, "held: it may be the twin of a ticket here; decide the conflict that asks about it", store.CauseHeldTwin, ""},
		{
			"ticket", store.Backlog,
			"it may have been moved here from another project, which is found out once the project is released",
			store.CauseComesLate, "",
		},
		{"ticket", store.Live, "looked at once more before it is set aside: it is not there", store.CauseLookedAgain, ""},
	}
	db, p := migrating(t)
	if _, err := p.UpTo(t.Context(), 30); err != nil {
		t.Fatal(err)
	}
	earlierProject(t, db)
	for n, tt := range tests {
		if _, err := db.ExecContext(t.Context(), `INSERT INTO links (id, project_id, kind, local_id, external_id, external_key, parent, parent_key,
			state, reason, bases, made, dirty_rev, clean_rev, attempts, created_at)
			VALUES ('l' || $1::int, 'p', $2, '', '', '', '', '', $3, $4, '{}', false, 1, 1, 0, now())`, n, tt.kind, string(tt.state), tt.reason); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := p.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	for n, tt := range tests {
		var cause, onward, reason string
		err := db.QueryRowContext(t.Context(), `SELECT cause, onward, reason FROM links WHERE id = 'l' || $1::int`, n).Scan(&cause, &onward, &reason)
		if err != nil || store.Cause(cause) != tt.cause || onward != tt.onward || reason != tt.reason {
			t.Errorf("%s, %s, %q: the cause is %q, want %q; it goes on as %q, want %q; it says %q (%v)",
				tt.kind, tt.state, tt.reason, cause, tt.cause, onward, tt.onward, reason, err)
		}
	}
}

// TestWritesOnTheirWayKeepTheirCause: what is known late of a write that was sent before there was a cause ends its
// link all the same.
func TestWritesOnTheirWayKeepTheirCause(t *testing.T) {
	tests := []struct {
		verb, state, reason string
		cause               store.Cause
	}{
		{"delete", "sent", "taken back: the ticket is local_only", store.CauseTakenBack},
		{"close", "sent", "taken back: the ticket is local_only; left: title, as others wrote or changed it", store.CauseTakenBackInPart},
		{"delete", "planned", "undone: the session made it outside", store.CauseUndone},
		{"close", "sent", "deleted here: a person decided that it goes outside too", store.NoCause},
		{"update", "sent", "taken back: the ticket is local_only", store.NoCause},  // ends nothing
		{"delete", "landed", "undone: the session made it outside", store.NoCause}, // has ended it
	}
	db, p := migrating(t)
	if _, err := p.UpTo(t.Context(), 30); err != nil {
		t.Fatal(err)
	}
	earlierProject(t, db)
	for n, tt := range tests {
		changes, err := json.Marshal([]store.Change{{Field: "title", Reason: tt.reason}, {Field: "body", Reason: tt.reason}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.ExecContext(t.Context(), `INSERT INTO intents (id, project_id, link_id, session_id, op, verb, changes, state, audit, epoch, error, created_at)
			VALUES ('i' || $1::int, 'p', 'l' || $1::int, 's', 'op', $2, $3, $4, '', 1, '', now())`, n, tt.verb, string(changes), tt.state); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := p.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	for n, tt := range tests {
		var changes string
		var got []store.Change
		err := db.QueryRowContext(t.Context(), `SELECT changes FROM intents WHERE id = 'i' || $1::int`, n).Scan(&changes)
		if err == nil {
			err = json.Unmarshal([]byte(changes), &got)
		}
		if err != nil || len(got) != 2 || got[0].Field != "title" || got[0].Cause != tt.cause || got[1].Cause != tt.cause || got[0].Reason != tt.reason {
			t.Errorf("%s, %s, %q: got %s, want the cause %q (%v)", tt.verb, tt.state, tt.reason, changes, tt.cause, err)
		}
	}
}

// earlierProject stores the project p as it was stored before there were causes.
func earlierProject(t *testing.T, db *sql.DB) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), `INSERT INTO external_projects
		(id, system, base_url, external_id, key, login, status, status_reason, failures, direction, strategies, rules, poll_every_ns, pace, writer_epoch, guard, created_at)
		VALUES ('p', 'memory', '', '1', 'octo/hello', '', 'active', '', 0, 'bidirectional', '{}', '{}', 1, '{}', 1, '{}', now())`); err != nil {
		t.Fatal(err)
	}
}
