-- +goose Up

-- A token of a person does what that person may do at the time, within its
-- scopes; one without an owner was made by the command line and has a role of its
-- own.
ALTER TABLE tokens ADD COLUMN id TEXT NOT NULL DEFAULT '';     -- as addresses call it
ALTER TABLE tokens ADD COLUMN owner TEXT NOT NULL DEFAULT '';
ALTER TABLE tokens ADD COLUMN scopes TEXT NOT NULL DEFAULT ''; -- separated by spaces, '' for all
ALTER TABLE tokens ADD COLUMN used TEXT NOT NULL DEFAULT '';   -- last day, '' for never
CREATE INDEX tokens_by_owner ON tokens (owner);

-- Who wants to be told of what.
CREATE TABLE webhooks (
    id      TEXT NOT NULL PRIMARY KEY,
    area    TEXT NOT NULL, -- with all below it, '' for all
    url     TEXT NOT NULL,
    events  TEXT NOT NULL, -- separated by spaces
    secret  TEXT NOT NULL, -- signs what is sent, so it is kept as it is
    author  TEXT NOT NULL,
    created TEXT NOT NULL,
    enabled BOOLEAN NOT NULL
);

-- What happened, written with the change itself, until it is spread over the
-- webhooks that want it.
CREATE TABLE events (
    id      TEXT NOT NULL PRIMARY KEY,
    event   TEXT NOT NULL,
    area    TEXT NOT NULL,
    body    TEXT NOT NULL, -- what is sent, JSON
    created TEXT NOT NULL,
    spread  BOOLEAN NOT NULL
);
CREATE INDEX events_to_spread ON events (spread, created);

-- What is sent to whom: the outbox while pending, the log afterwards.
CREATE TABLE deliveries (
    webhook  TEXT NOT NULL,
    event_id TEXT NOT NULL,
    state    TEXT NOT NULL, -- pending, delivered, failed
    attempts BIGINT NOT NULL,
    due      TEXT NOT NULL, -- when it is to be sent next, while pending
    status   BIGINT NOT NULL, -- of the last answer, 0 for none
    problem  TEXT NOT NULL,   -- what went wrong the last time, '' for nothing
    tried    TEXT NOT NULL,   -- when it was sent last, '' for never
    PRIMARY KEY (webhook, event_id)
);
CREATE INDEX deliveries_due ON deliveries (state, due);

-- The largest share of its target, in percent, that was told of a wave.
CREATE TABLE milestones (
    wave_id TEXT NOT NULL PRIMARY KEY,
    reached BIGINT NOT NULL
);
