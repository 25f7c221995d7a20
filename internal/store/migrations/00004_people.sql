-- +goose Up

-- What somebody may do, where: a role for an area and all below it, '' for all.
CREATE TABLE grants (
    user_name TEXT NOT NULL,
    role      TEXT NOT NULL,
    area      TEXT NOT NULL,
    PRIMARY KEY (user_name, role, area)
);
INSERT INTO grants (user_name, role, area) SELECT name, role, '' FROM users;
ALTER TABLE users DROP COLUMN role;
ALTER TABLE users ADD COLUMN email TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN disabled BOOLEAN NOT NULL DEFAULT FALSE;

-- Links that make an account, once. Only the hash of the secret in the link is
-- kept.
CREATE TABLE invitations (
    hash    BYTEA NOT NULL PRIMARY KEY,
    email   TEXT NOT NULL, -- whom it was meant for, '' when not told
    role    TEXT NOT NULL,
    area    TEXT NOT NULL,
    inviter TEXT NOT NULL,
    expires TEXT NOT NULL
);

-- Who is signed in where, for the list from which a session can be ended. A
-- session from before is ended: nobody could be told whose it is.
DELETE FROM sessions;
ALTER TABLE sessions ADD COLUMN user_name TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN began TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN device TEXT NOT NULL DEFAULT '';

ALTER TABLE tokens ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE tokens ADD COLUMN area TEXT NOT NULL DEFAULT '';
ALTER TABLE tokens ADD COLUMN expires TEXT NOT NULL DEFAULT ''; -- last day, '' without end

-- Who did what. The program has no statement that changes or deletes a row; each
-- row's hash covers the one before it, and the head tells the last one, so that
-- a row changed or deleted by other means is found out.
CREATE TABLE audit (
    number  BIGINT NOT NULL PRIMARY KEY, -- from 1, without gaps
    at      TEXT NOT NULL,
    actor   TEXT NOT NULL,
    action  TEXT NOT NULL,
    subject TEXT NOT NULL,
    area    TEXT NOT NULL,
    effect  TEXT NOT NULL,
    hash    TEXT NOT NULL
);
CREATE TABLE audit_head (
    number BIGINT NOT NULL,
    hash   TEXT NOT NULL
);
INSERT INTO audit_head (number, hash) VALUES (0, '');
