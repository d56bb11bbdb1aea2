-- +goose Up

-- What requests made, by the keys that their callers gave them: a request that is repeated
-- because its answer was lost finds here what it made. Written in the transaction that made it.
CREATE TABLE requests (
    caller text        NOT NULL,
    key    text        NOT NULL,
    digest text        NOT NULL,
    -- Not a foreign key: a ticket or a comment.
    made   text        NOT NULL,
    at     timestamptz NOT NULL,
    PRIMARY KEY (caller, key)
);

-- What may be forgotten, the oldest first, without reading what may not.
CREATE INDEX requests_old ON requests (at);
CREATE INDEX outbox_delivered ON outbox (delivered_at) WHERE delivered_at IS NOT NULL;
CREATE INDEX inbox_old ON inbox (at) WHERE source <> 'server';

-- +goose Down

DROP INDEX inbox_old;
DROP INDEX outbox_delivered;
-- With its index. A request that is repeated makes a second one then.
DROP TABLE requests;
