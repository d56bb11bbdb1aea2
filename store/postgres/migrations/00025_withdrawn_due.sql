-- +goose Up

-- What an undo has closed is due once more where somebody asks for its text to be taken back.
DROP INDEX links_due;
CREATE INDEX links_due ON links (project_id, kind, state, dirty_at, id)
    WHERE dirty_rev > clean_rev AND (state IN ('backlog', 'live') OR state = 'withdrawn' AND take_back <> '');

-- +goose Down

DROP INDEX links_due;
CREATE INDEX links_due ON links (project_id, kind, state, dirty_at, id)
    WHERE dirty_rev > clean_rev AND state IN ('backlog', 'live');
