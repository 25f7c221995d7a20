-- +goose Up

-- Drafts that respondents set aside to go on with on another device, encrypted
-- on the phone. The id is made from the code that only the respondent has.
CREATE TABLE drafts (
    wave_id TEXT NOT NULL,
    id      TEXT NOT NULL,
    data    BYTEA NOT NULL,
    last    TEXT NOT NULL, -- the last day on which it is kept
    PRIMARY KEY (wave_id, id)
);
