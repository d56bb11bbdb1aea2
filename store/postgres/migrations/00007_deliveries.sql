-- +goose Up

-- The ids, never the bodies, of webhook and event deliveries: the second delivery of
-- one id is a replay.
CREATE TABLE inbox (
    source text        NOT NULL,
    id     text        NOT NULL,
    at     timestamptz NOT NULL,
    PRIMARY KEY (source, id)
);

-- Events to publish and wake-ups to send, written in the transaction of the change
-- that they tell of, so that neither exists without the other.
CREATE TABLE outbox (
    id           text COLLATE "C" PRIMARY KEY,
    -- Keeps the order of entries of one moment.
    seq          bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    kind         text        NOT NULL CHECK (kind IN ('wake', 'conflict', 'decision', 'event')),
    project_id   text        NOT NULL,
    subject      text        NOT NULL,
    event        text        NOT NULL,
    at           timestamptz NOT NULL,
    delivered_at timestamptz
);

-- What is still to be delivered; the delivered rest only waits for retention.
CREATE INDEX outbox_due ON outbox (kind, at, seq) WHERE delivered_at IS NULL;

-- +goose Down

-- With its index.
DROP TABLE outbox;
-- Ids of deliveries.
DROP TABLE inbox;
