-- +goose Up

-- What a wave writes to institutions by e-mail: a text for each purpose, as it
-- was last saved, and the mailings that were made with them.
CREATE TABLE message_texts (
    wave_id  TEXT NOT NULL,
    purpose  TEXT NOT NULL,
    subject  TEXT NOT NULL,
    body     TEXT NOT NULL,
    reply_to TEXT NOT NULL,
    PRIMARY KEY (wave_id, purpose)
);
CREATE TABLE mailings (
    wave_id  TEXT NOT NULL,
    number   BIGINT NOT NULL, -- from 1
    purpose  TEXT NOT NULL,
    subject  TEXT NOT NULL,
    body     TEXT NOT NULL,
    reply_to TEXT NOT NULL,
    given    TEXT NOT NULL, -- what the placeholders stand for that are the same for all, as JSON
    origin   TEXT NOT NULL, -- address of the service, for links with codes
    actor    TEXT NOT NULL,
    made     TEXT NOT NULL,
    PRIMARY KEY (wave_id, number)
);

-- One message to one institution.
CREATE TABLE messages (
    wave_id     TEXT NOT NULL,
    mailing     BIGINT NOT NULL,
    institution TEXT NOT NULL, -- official number
    name        TEXT NOT NULL, -- of the institution
    address     TEXT NOT NULL,
    message_id  TEXT NOT NULL, -- the same with every attempt
    state       TEXT NOT NULL,
    attempts    BIGINT NOT NULL,
    due         TEXT NOT NULL, -- when to try, or while it is being sent when to think it lost; '' when nothing is to be done
    reason      TEXT NOT NULL,
    changed     TEXT NOT NULL,
    PRIMARY KEY (wave_id, mailing, institution)
);
CREATE INDEX messages_due ON messages (state, due);

-- Addresses at which there is nobody, by what servers said.
CREATE TABLE dead_addresses (
    address TEXT NOT NULL PRIMARY KEY, -- in small letters
    reason  TEXT NOT NULL,
    day     TEXT NOT NULL
);
