-- +goose Up

-- Texts, or parts of them, that a coder proposed to be quoted. response is whose
-- text it is, so that both go together; it never leaves the store.
CREATE TABLE quotes (
    wave_id     TEXT NOT NULL,
    id          TEXT NOT NULL, -- random: quotes have no order of time
    text        TEXT NOT NULL,
    question    TEXT NOT NULL,
    response    BYTEA NOT NULL,
    body        TEXT NOT NULL,
    language    TEXT NOT NULL, -- of the text
    translation TEXT NOT NULL,
    state       TEXT NOT NULL, -- see coding.QuoteState
    author      TEXT NOT NULL, -- who proposed it as it is
    judge       TEXT NOT NULL, -- who released it or sent it back, '' for nobody yet
    reason      TEXT NOT NULL, -- why it was sent back
    revision    BIGINT NOT NULL,
    PRIMARY KEY (wave_id, id)
);
CREATE INDEX quotes_of ON quotes (wave_id, response);

-- Rises whenever somebody codes a text otherwise, or a coding goes: figures of tags
-- that were kept are old then.
ALTER TABLE waves ADD COLUMN codings BIGINT NOT NULL DEFAULT 0;
