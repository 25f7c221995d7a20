-- +goose Up

-- Surveys at which somebody works. The content lies in the steps; what lists
-- show of it is written down beside.
CREATE TABLE workings (
    id       TEXT NOT NULL PRIMARY KEY,
    area     TEXT NOT NULL, -- whose it is: key of an area, '' for all
    survey   TEXT NOT NULL UNIQUE, -- the survey's id
    summary  TEXT NOT NULL, -- JSON: title, audience, how far the languages are
    revision BIGINT NOT NULL, -- grows with every change, undoing included
    step     BIGINT NOT NULL, -- the step that holds the present content
    author   TEXT NOT NULL, -- of the last change
    stored   TEXT NOT NULL
);

-- Every content that a working copy had, for undoing, and the versions that
-- were fixed for waves.
CREATE TABLE working_steps (
    working  TEXT NOT NULL,
    number   BIGINT NOT NULL,
    before   BIGINT NOT NULL, -- the step that undoing leads to, 0 for none
    redo     BIGINT NOT NULL, -- the step that redoing leads to, 0 for none
    author   TEXT NOT NULL,
    stored   TEXT NOT NULL,
    changes  TEXT NOT NULL, -- JSON: what differs from the step before
    version  TEXT NOT NULL, -- the name of the version that was fixed here, '' for none
    document BYTEA NOT NULL, -- the survey as JSON, compressed
    PRIMARY KEY (working, number)
);
