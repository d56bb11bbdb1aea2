-- +goose Up

-- That the database was restored from a backup, as it was found out, and how far the
-- project was read anew since ({}: it was not, or a person has released the project).
ALTER TABLE external_projects ADD COLUMN restored jsonb NOT NULL DEFAULT '{}';

-- +goose Down

-- Projects that nobody has released yet would write again as if nothing had happened.
ALTER TABLE external_projects DROP COLUMN restored;
