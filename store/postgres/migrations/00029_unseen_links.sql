-- +goose Up

-- How what could not be seen outside when a person asked for it to be taken back is to be taken back once
-- it shows: the item was gone, or elsewhere. A reason said so before, for links that were over alone.
ALTER TABLE links ADD COLUMN unseen text NOT NULL DEFAULT '' CHECK (unseen IN ('', 'redact', 'remove'));
UPDATE links SET unseen = 'redact'
    WHERE state IN ('tombstone', 'withdrawn') AND reason LIKE '%it could not be seen there; once it shows%';

-- +goose Down

-- What is out of sight, and whose link is not over, is left as it is should it show.
ALTER TABLE links DROP COLUMN unseen;
