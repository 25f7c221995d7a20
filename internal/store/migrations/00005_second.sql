-- +goose Up

-- A second factor: the secret that an authenticator app shares, '' for none, and
-- the time step of the last code taken in, so that none is good twice.
ALTER TABLE users ADD COLUMN second TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN second_step BIGINT NOT NULL DEFAULT 0;

-- Hashes of the codes that stand in for the second factor once each.
CREATE TABLE spares (
    user_name TEXT NOT NULL,
    hash      BYTEA NOT NULL,
    PRIMARY KEY (user_name, hash)
);
