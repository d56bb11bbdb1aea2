-- +goose Up

-- Each credential's allowance, shared by every worker: the row lock is what keeps
-- two workers from spending the same call.
CREATE TABLE api_budgets (
    credential   text COLLATE "C" PRIMARY KEY,
    known        boolean       NOT NULL DEFAULT false,
    remaining    integer       NOT NULL DEFAULT 0,
    reset        timestamptz,
    blocked_till timestamptz,
    writes       timestamptz[] NOT NULL DEFAULT '{}',
    last_write   timestamptz
);

-- One line per external write and per act of a person, in one hash chain per project.
-- It holds ids, names and digests, never content, so that erasing a person's data
-- does not break the chain. Run the service as a role that has only SELECT and INSERT
-- on this table: GRANT SELECT, INSERT ON audit_log TO the role. The triggers below
-- stop mistakes, also the owner's; only a role stops someone who can drop triggers.
CREATE TABLE audit_log (
    project_id text COLLATE "C" NOT NULL,
    seq        bigint      NOT NULL CHECK (seq >= 1),
    at         timestamptz NOT NULL,
    actor      text        NOT NULL,
    action     text        NOT NULL,
    subject    text        NOT NULL,
    detail     text        NOT NULL,
    digest     text        NOT NULL,
    prev       text        NOT NULL,
    hash       text        NOT NULL,
    PRIMARY KEY (project_id, seq),
    -- Only the first entry has none before it.
    CONSTRAINT audit_log_prev_check CHECK ((seq = 1) = (prev = ''))
);

-- An error and not a rule that does nothing: whoever tries must hear of it.
-- +goose StatementBegin
CREATE FUNCTION audit_log_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit_log is append-only: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;
-- +goose StatementEnd

-- Also when no row matches: the attempt is the mistake.
CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION audit_log_refuse();

-- +goose Down

-- With its trigger.
DROP TABLE audit_log;
-- Nothing uses it any more.
DROP FUNCTION audit_log_refuse;
-- What was spent is known again after the first answers of the vendor.
DROP TABLE api_budgets;
