-- +goose Up

-- What translators say to each other about a text in one language.
CREATE TABLE translation_comments (
    id       TEXT NOT NULL PRIMARY KEY,
    working  TEXT NOT NULL, -- the working copy
    key      TEXT NOT NULL, -- the text, see survey.Located
    language TEXT NOT NULL,
    author   TEXT NOT NULL,
    stored   TEXT NOT NULL,
    body     TEXT NOT NULL,
    resolver TEXT NOT NULL, -- who settled it, '' while it is open
    resolved TEXT NOT NULL  -- when
);
CREATE INDEX translation_comments_of ON translation_comments (working, language);

-- Since when the audit log has a line that covers what somebody translates now:
-- saving text by text would fill it with lines.
CREATE TABLE translation_sittings (
    working  TEXT NOT NULL,
    language TEXT NOT NULL,
    author   TEXT NOT NULL,
    began    TEXT NOT NULL,
    PRIMARY KEY (working, language, author)
);
