-- +goose Up

-- What somebody wants to see before a project's first synchronisation. The setup knows it, too, but
-- it may be lost, and whatever sets up anew must obey it.
ALTER TABLE external_projects ADD COLUMN wants_preview boolean NOT NULL DEFAULT false;
ALTER TABLE external_projects ADD COLUMN wants_review boolean NOT NULL DEFAULT false;

-- +goose Down

-- A setup that is lost after this asks nobody, unless he says so again.
ALTER TABLE external_projects DROP COLUMN wants_review;
ALTER TABLE external_projects DROP COLUMN wants_preview;
