-- +goose Up

-- Reports that people write together.
CREATE TABLE reports (
    id        TEXT NOT NULL PRIMARY KEY, -- random
    wave_id   TEXT NOT NULL,
    area      TEXT NOT NULL,    -- the wave's, '' for all
    title     TEXT NOT NULL,
    subtitle  TEXT NOT NULL,
    language  TEXT NOT NULL,    -- tag
    author    TEXT NOT NULL,    -- who began it
    changed   TEXT NOT NULL,    -- RFC 3339
    steps     TEXT NOT NULL,    -- JSON, see report.Step
    state     TEXT NOT NULL,    -- see report.State
    round     BIGINT NOT NULL,  -- of comments, 0 before the first
    round_now BOOLEAN NOT NULL, -- comments are taken
    revision  BIGINT NOT NULL
);

-- The blocks of a report. svg and png are the picture of a chart, empty for all
-- others.
CREATE TABLE report_blocks (
    report_id TEXT NOT NULL,
    id        TEXT NOT NULL,
    position  BIGINT NOT NULL,
    body      TEXT NOT NULL, -- JSON, see report.Block, without the picture
    svg       TEXT NOT NULL,
    png       BYTEA NOT NULL,
    PRIMARY KEY (report_id, id)
);

CREATE TABLE report_comments (
    report_id TEXT NOT NULL,
    id        TEXT NOT NULL,
    number    BIGINT NOT NULL, -- the order in which they were made
    block     TEXT NOT NULL,
    round     BIGINT NOT NULL,
    author    TEXT NOT NULL,
    at        TEXT NOT NULL,   -- RFC 3339
    body      TEXT NOT NULL,
    resolved  TEXT NOT NULL,   -- by whom, '' while open
    PRIMARY KEY (report_id, id)
);

-- The steps of an approval that were taken.
CREATE TABLE report_approvals (
    report_id TEXT NOT NULL,
    step      BIGINT NOT NULL, -- from 0
    actor     TEXT NOT NULL,
    at        TEXT NOT NULL,   -- RFC 3339
    note      TEXT NOT NULL,
    PRIMARY KEY (report_id, step)
);
