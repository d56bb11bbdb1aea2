-- +goose Up

-- Whether the ticket of a link and an item outside are one that was made twice: a conflict
-- about the whole item, with decisions of its own. twin is the id of that item; with it a
-- closed one remembers which two a person told apart.
ALTER TABLE conflicts DROP CONSTRAINT conflicts_kind_check;
ALTER TABLE conflicts ADD CONSTRAINT conflicts_kind_check CHECK (kind IN
    ('both_edited', 'overwritten', 'unmappable', 'refused', 'lossy', 'undone', 'edited_deleted', 'gone', 'twin_created'));
ALTER TABLE conflicts DROP CONSTRAINT conflicts_choice_check;
ALTER TABLE conflicts ADD CONSTRAINT conflicts_choice_check CHECK (choice IN
    ('', 'local', 'external', 'value', 'unlink', 'link', 'separate'));
-- Databases that an early build made have the column already, see 00016.
ALTER TABLE conflicts ADD COLUMN IF NOT EXISTS twin text NOT NULL DEFAULT '';
CREATE INDEX conflicts_twin ON conflicts (project_id, twin) WHERE twin <> '';

-- What titles that read alike have in common, so that they are found without reading all.
-- Tickets that were stored before get theirs by migration 22, which is no SQL; items, when
-- they are seen again.
ALTER TABLE tickets ADD COLUMN title_key text NOT NULL DEFAULT '';
CREATE INDEX tickets_title_key ON tickets (title_key) WHERE title_key <> '' AND NOT deleted;
ALTER TABLE external_items ADD COLUMN title_key text NOT NULL DEFAULT '';
CREATE INDEX external_items_title_key ON external_items (project_id, title_key) WHERE title_key <> '' AND NOT gone;

-- +goose Down

ALTER TABLE external_items DROP COLUMN title_key;
ALTER TABLE tickets DROP COLUMN title_key;
-- Questions that nobody can decide then, and the answers to them. What waits as an item that is
-- asked about stays set aside until `extsync retry`; then both sides are made as if nobody had asked.
DELETE FROM conflicts WHERE kind = 'twin_created';
ALTER TABLE conflicts DROP COLUMN twin;
ALTER TABLE conflicts DROP CONSTRAINT conflicts_choice_check;
ALTER TABLE conflicts ADD CONSTRAINT conflicts_choice_check CHECK (choice IN ('', 'local', 'external', 'value', 'unlink'));
ALTER TABLE conflicts DROP CONSTRAINT conflicts_kind_check;
ALTER TABLE conflicts ADD CONSTRAINT conflicts_kind_check CHECK (kind IN
    ('both_edited', 'overwritten', 'unmappable', 'refused', 'lossy', 'undone', 'edited_deleted', 'gone'));
