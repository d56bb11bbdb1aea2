-- +goose Up

-- What waits for a person, whatever the size of the project: see LinksAside.
CREATE INDEX links_aside ON links (project_id, id) WHERE state IN ('parked', 'quarantined', 'gone');

-- +goose Down

-- The list is slower without it, and the same.
DROP INDEX links_aside;
