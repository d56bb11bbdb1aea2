-- +goose Up

-- What becomes of a ticket whose twin was deleted: whether it follows without a person
-- deciding on each, after how long, and who confirmed that. Projects that are connected
-- already ask.
ALTER TABLE external_projects ADD COLUMN deletions jsonb NOT NULL DEFAULT '{}';

-- Where an item lives now that was moved out of the project; empty for one that is here,
-- and for one that was deleted.
ALTER TABLE external_items ADD COLUMN moved_to text NOT NULL DEFAULT '';

-- Of a conflict about two items that look like one: the link of the other one.
ALTER TABLE conflicts ADD COLUMN twin text NOT NULL DEFAULT '';

-- +goose Down

-- Pairs that were proposed and not decided yet cannot be told any more.
DELETE FROM conflicts WHERE twin <> '' AND state IN ('open', 'decided');
ALTER TABLE conflicts DROP COLUMN twin;
ALTER TABLE external_items DROP COLUMN moved_to;
ALTER TABLE external_projects DROP COLUMN deletions;
