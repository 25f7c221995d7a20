-- +goose Up

-- The code book of a wave.
CREATE TABLE coding_tags (
    wave_id    TEXT NOT NULL,
    name       TEXT NOT NULL,
    label      TEXT NOT NULL,
    definition TEXT NOT NULL,
    example    TEXT NOT NULL,
    field      TEXT NOT NULL, -- key of a field of action, '' for none
    PRIMARY KEY (wave_id, name)
);

-- Which tags a coder gave a text, names with spaces between them; '' where none
-- fits. response is whose text it is, so that both go together; it never leaves
-- the store.
CREATE TABLE codings (
    wave_id  TEXT NOT NULL,
    text     TEXT NOT NULL,
    coder    TEXT NOT NULL,
    question TEXT NOT NULL,
    response BYTEA NOT NULL,
    tags     TEXT NOT NULL,
    PRIMARY KEY (wave_id, text, coder)
);
CREATE INDEX codings_of ON codings (wave_id, response);

-- What coders made of a text together.
CREATE TABLE coding_texts (
    wave_id     TEXT NOT NULL,
    text        TEXT NOT NULL,
    response    BYTEA NOT NULL,
    translation TEXT NOT NULL,
    marks       TEXT NOT NULL, -- see coding.WriteMarks
    author      TEXT NOT NULL, -- of the last change
    revision    BIGINT NOT NULL,
    PRIMARY KEY (wave_id, text)
);
CREATE INDEX coding_texts_of ON coding_texts (wave_id, response);

-- The texts that all coders get first.
CREATE TABLE coding_samples (
    wave_id  TEXT NOT NULL,
    text     TEXT NOT NULL,
    question TEXT NOT NULL,
    response BYTEA NOT NULL,
    PRIMARY KEY (wave_id, text)
);
CREATE INDEX coding_samples_of ON coding_samples (wave_id, response);

-- Since when the audit log has a line that covers what somebody reads now.
CREATE TABLE coding_sittings (
    wave_id  TEXT NOT NULL,
    question TEXT NOT NULL,
    reader   TEXT NOT NULL,
    began    TEXT NOT NULL,
    PRIMARY KEY (wave_id, question, reader)
);
