-- +goose Up

-- By what an authenticator knows an account: random, and nothing else's name. ''
-- until there is a first passkey.
ALTER TABLE users ADD COLUMN handle TEXT NOT NULL DEFAULT '';

-- Keys on devices and security keys that sign somebody in by themselves.
CREATE TABLE passkeys (
    id         BYTEA NOT NULL PRIMARY KEY, -- as the authenticator calls it
    number     TEXT NOT NULL UNIQUE,       -- as addresses call it
    user_name  TEXT NOT NULL,
    name       TEXT NOT NULL,              -- as its owner calls it
    credential TEXT NOT NULL,              -- the public key, the counter and the flags, as JSON
    created    TEXT NOT NULL,
    used       TEXT NOT NULL               -- '' until it first signed in
);
CREATE INDEX passkeys_by_user ON passkeys (user_name);

-- Whom a provider of identities (OpenID Connect) means: its own name for somebody,
-- and whose account that is here.
CREATE TABLE identities (
    issuer    TEXT NOT NULL,
    subject   TEXT NOT NULL,
    user_name TEXT NOT NULL,
    created   TEXT NOT NULL,
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX identities_by_user ON identities (user_name);
-- Rights that follow from what the provider says of somebody, set anew whenever
-- they sign in; the others were given by a person.
ALTER TABLE grants ADD COLUMN mapped BOOLEAN NOT NULL DEFAULT FALSE;

-- Links by which somebody who forgot their password sets another, once. Only the
-- hash of the secret in the link is kept.
CREATE TABLE resets (
    hash      BYTEA NOT NULL PRIMARY KEY,
    user_name TEXT NOT NULL,
    expires   TEXT NOT NULL
);
