-- +goose Up

-- Who of several programs on this database does what is to be done once.
CREATE TABLE leases (
    name   TEXT NOT NULL PRIMARY KEY,
    holder TEXT NOT NULL, -- random, of one running program
    until  TEXT NOT NULL  -- when it is free for others
);

-- What runs in the background of an instance, for the others to show.
CREATE TABLE jobs (
    id        TEXT NOT NULL PRIMARY KEY, -- random
    owner     TEXT NOT NULL,             -- name of an account
    final     BOOLEAN NOT NULL,          -- it has ended
    cancelled BOOLEAN NOT NULL,          -- somebody asked that it be stopped
    since     TEXT NOT NULL,             -- when its state began
    renewed   TEXT NOT NULL,             -- when its instance last wrote this row
    document  TEXT NOT NULL              -- JSON of package jobs
);
CREATE INDEX jobs_by_owner ON jobs (owner);

-- Their results, in pieces.
CREATE TABLE job_parts (
    job    TEXT NOT NULL,
    number BIGINT NOT NULL, -- from 0
    data   BYTEA NOT NULL,
    PRIMARY KEY (job, number)
);
