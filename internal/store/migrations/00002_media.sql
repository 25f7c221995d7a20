-- Pictures and sounds of surveys.

-- +goose Up

-- Each content once, whichever surveys name it and however they call it.
CREATE TABLE media (
    hash   TEXT NOT NULL PRIMARY KEY, -- hexadecimal SHA-256 of data
    type   TEXT NOT NULL, -- MIME type
    data   BYTEA NOT NULL,
    stored TEXT NOT NULL
);
