-- +goose Up

-- The accounts that a project's credentials belonged to before the present one: what they made
-- outside is ours.
ALTER TABLE external_projects ADD COLUMN former_logins text[] NOT NULL DEFAULT '{}';
-- The account that a write went out under ('': older than this column).
ALTER TABLE intents ADD COLUMN login text NOT NULL DEFAULT '';

-- +goose Down

-- What an account made that was replaced meanwhile passes for somebody else's again.
ALTER TABLE intents DROP COLUMN login;
ALTER TABLE external_projects DROP COLUMN former_logins;
