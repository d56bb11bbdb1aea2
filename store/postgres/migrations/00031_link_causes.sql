-- +goose Up

-- Why a link rests or is over, as far as sessions need to know, and the link under which its item or its ticket
-- goes on. What people are told of a link said so before, and was read for it: the last time is here.
ALTER TABLE links ADD COLUMN cause text NOT NULL DEFAULT '' CHECK (cause IN ('', 'unlinked', 'taken_back', 'taken_back_in_part',
    'undone', 'followed', 'went_along', 'moved', 'left', 'made_again', 'moved_along', 'held_back', 'held_gone', 'held_twin',
    'comes_late', 'absent', 'looked_again'));
-- Not a foreign key: a link that is forgotten leaves none.
ALTER TABLE links ADD COLUMN onward text NOT NULL DEFAULT '';
UPDATE links SET cause = told.cause, onward = told.onward FROM (
    SELECT id,
        CASE
            WHEN state IN ('tombstone', 'withdrawn') THEN CASE
                WHEN reason LIKE 'unlinked%' THEN 'unlinked'
                WHEN reason LIKE 'taken back: %left: %' THEN 'taken_back_in_part'
                WHEN reason LIKE 'taken back: %' THEN 'taken_back'
                WHEN reason LIKE 'undone: %' OR reason LIKE 'a session took it back%' THEN 'undone'
                WHEN reason ~ '^moved to [^;]* under link ' THEN 'moved'
                WHEN reason LIKE 'deleted outside, and made again%' THEN 'made_again'
                WHEN reason LIKE 'its ticket goes on with another item that was moved here%' THEN 'left'
                WHEN reason LIKE 'deleted on both sides%' THEN 'went_along'
                WHEN kind = 'comment' AND reason = 'deleted outside and not edited here' THEN 'followed'
                WHEN kind = 'ticket' AND reason LIKE 'deleted outside%' THEN 'followed'
                ELSE '' END
            WHEN reason = 'it was moved along with its ticket, and has not been seen there yet' THEN 'moved_along'
            WHEN reason LIKE 'the restored database may have forgotten that it was made or changed outside%' THEN 'held_back'
            WHEN reason LIKE 'it is gone outside, and the restored database may have forgotten%' THEN 'held_gone'
            WHEN reason LIKE 'held: it may be the twin of a ticket here%' THEN 'held_twin'
            WHEN reason LIKE 'it may have been moved here from another project, which is found out%' THEN 'comes_late'
            WHEN reason LIKE 'looked at once more before it is set aside: %' THEN 'looked_again'
            ELSE '' END AS cause,
        CASE WHEN state IN ('tombstone', 'withdrawn') THEN coalesce(
            substring(reason from '^moved to [^;]* under link ([^ ;]+)'),
            substring(reason from 'deleted outside, and made again under link ([^ ;]+)'),
            substring(reason from 'deleted outside, and made again there: see link ([^ ;]+)'),
            substring(reason from 'its ticket goes on with another item that was moved here, under link ([^ ;]+)'),
            '') ELSE '' END AS onward
    FROM links WHERE reason <> ''
) AS told WHERE told.id = links.id AND (told.cause <> '' OR told.onward <> '');
-- A write whose outcome is not known yet says as what its link is over once it is.
UPDATE intents SET changes = (
    SELECT jsonb_agg(CASE
        WHEN change ->> 'reason' LIKE 'taken back: %left: %' THEN change || '{"cause": "taken_back_in_part"}'
        WHEN change ->> 'reason' LIKE 'taken back: %' THEN change || '{"cause": "taken_back"}'
        WHEN change ->> 'reason' LIKE 'undone: %' THEN change || '{"cause": "undone"}'
        ELSE change END ORDER BY n)
    FROM jsonb_array_elements(changes) WITH ORDINALITY AS each (change, n)
) WHERE verb IN ('delete', 'close') AND state IN ('planned', 'sent') AND jsonb_array_length(changes) > 0;

-- +goose Down

-- What is left out here the reasons say still.
ALTER TABLE links DROP COLUMN onward;
ALTER TABLE links DROP COLUMN cause;
