-- +goose Up

-- What was heard, seen or worked out together, as evidence for the guiding questions.
CREATE TABLE notes (
    id        TEXT NOT NULL PRIMARY KEY, -- random
    kind      TEXT NOT NULL,
    title     TEXT NOT NULL,
    day       TEXT NOT NULL,
    area      TEXT NOT NULL, -- '' for all
    fields    TEXT NOT NULL, -- keys with spaces between them
    questions TEXT NOT NULL, -- numbers with spaces between them
    body      TEXT NOT NULL,
    source    TEXT NOT NULL,
    revision  BIGINT NOT NULL
);

-- The records of concepts, one for each area.
CREATE TABLE concepts (
    id         TEXT NOT NULL PRIMARY KEY, -- key of the area
    client     TEXT NOT NULL,
    ordered    TEXT NOT NULL, -- day, '' unknown
    reference  TEXT NOT NULL,
    lead       TEXT NOT NULL,
    steering   TEXT NOT NULL,
    parent     TEXT NOT NULL,
    neighbours TEXT NOT NULL,
    revision   BIGINT NOT NULL
);

-- What the municipality itself answers to the guiding questions.
CREATE TABLE own_words (
    id       TEXT NOT NULL PRIMARY KEY, -- area/question
    area     TEXT NOT NULL,
    question BIGINT NOT NULL,
    body     TEXT NOT NULL, -- Markdown
    author   TEXT NOT NULL,
    day      TEXT NOT NULL,
    revision BIGINT NOT NULL
);
CREATE INDEX own_words_of ON own_words (area);
