-- +goose Up

-- The calculated variables of a wave.
CREATE TABLE variables (
    wave_id    TEXT NOT NULL,
    name       TEXT NOT NULL,
    label_de   TEXT NOT NULL,
    label_en   TEXT NOT NULL,
    definition TEXT NOT NULL, -- JSON, see analysis.Definition
    source     TEXT NOT NULL, -- the question that is recoded or cut, '' for none
    cut        TEXT NOT NULL, -- into which parts, see analysis.Definition.Cut
    revision   BIGINT NOT NULL,
    PRIMARY KEY (wave_id, name)
);

-- Into which parts the respondents of a question were ever divided since there
-- are figures of groups.
CREATE TABLE variable_cuts (
    wave_id TEXT NOT NULL,
    source  TEXT NOT NULL,
    cut     TEXT NOT NULL,
    PRIMARY KEY (wave_id, source, cut)
);
