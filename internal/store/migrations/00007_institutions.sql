-- Institutions with what reaching them needs, their groups, areas of the
-- municipality's own, and files on their way in.

-- +goose Up

ALTER TABLE institutions ADD COLUMN email TEXT NOT NULL DEFAULT '';
ALTER TABLE institutions ADD COLUMN closed TEXT NOT NULL DEFAULT ''; -- day from which it is no more, '' while it is
ALTER TABLE institutions ADD COLUMN search TEXT NOT NULL DEFAULT ''; -- name and number, folded by the program
CREATE INDEX institutions_area ON institutions (area, name, number);

-- Institutions put together by people: project schools, a network.
CREATE TABLE institution_groups (
    id   TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    area TEXT NOT NULL -- whose it is: who manages the places of that area changes it; '' for all
);
CREATE TABLE institution_members (
    group_id TEXT NOT NULL,
    number   TEXT NOT NULL,
    PRIMARY KEY (group_id, number)
);
CREATE INDEX institution_members_number ON institution_members (number);

-- Areas that the municipality has added to those that the program ships.
CREATE TABLE areas (
    id     TEXT NOT NULL PRIMARY KEY,
    parent TEXT NOT NULL, -- '' at the top
    name   TEXT NOT NULL,
    level  TEXT NOT NULL,
    ags    TEXT NOT NULL
);

-- How often something was changed: who changes what they saw before names the
-- number that it had then.
CREATE TABLE revisions (
    name   TEXT NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL
);
INSERT INTO revisions (name, number) VALUES ('institutions', 0), ('areas', 0);

-- Files that somebody uploaded and has not yet taken over.
CREATE TABLE uploads (
    id        TEXT NOT NULL PRIMARY KEY,
    user_name TEXT NOT NULL,
    purpose   TEXT NOT NULL, -- what it is to become
    file      TEXT NOT NULL, -- name it had
    data      BYTEA NOT NULL,
    settings  TEXT NOT NULL, -- how it is to be read
    expires   TEXT NOT NULL
);
CREATE INDEX uploads_owner ON uploads (user_name, expires);
