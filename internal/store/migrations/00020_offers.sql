-- What a municipality's concept starts from: offers, measures, who works with whom,
-- stakeholders and papers. Lists of keys are separated by spaces.

-- +goose Up

CREATE TABLE offers (
    id          TEXT NOT NULL PRIMARY KEY,
    title       TEXT NOT NULL,
    provider    TEXT NOT NULL,
    fields      TEXT NOT NULL,
    audiences   TEXT NOT NULL,
    age_from    BIGINT NOT NULL,
    age_to      BIGINT NOT NULL,
    areas       TEXT NOT NULL,
    places      BIGINT,        -- NULL unknown
    languages   TEXT NOT NULL,
    cost        TEXT NOT NULL,
    starts      TEXT NOT NULL,
    ends        TEXT NOT NULL,
    funding     TEXT NOT NULL,
    funding_end TEXT NOT NULL,
    status      TEXT NOT NULL,
    contact     TEXT NOT NULL,
    source      TEXT NOT NULL,
    confirmed   TEXT NOT NULL, -- day on which the provider last said that it is so
    public      BOOLEAN NOT NULL,
    revision    BIGINT NOT NULL
);

-- Which offers of institutions' statements were taken over, and which not.
CREATE TABLE offer_decisions (
    wave_id   TEXT NOT NULL,
    statement TEXT NOT NULL, -- its id in hexadecimal digits
    stated    TEXT NOT NULL, -- see baseline.Stated
    offer     TEXT NOT NULL, -- id of what became of it, '' when it was declined
    PRIMARY KEY (wave_id, statement, stated)
);

-- Links by which providers say whether an offer is still as it is written.
CREATE TABLE offer_links (
    hash    BYTEA NOT NULL PRIMARY KEY,
    offer   TEXT NOT NULL,
    made    TEXT NOT NULL, -- day
    expires TEXT NOT NULL
);
CREATE INDEX offer_links_of ON offer_links (offer);

CREATE TABLE measures (
    id          TEXT NOT NULL PRIMARY KEY,
    title       TEXT NOT NULL,
    field       TEXT NOT NULL,
    area        TEXT NOT NULL, -- '' for all
    audience    TEXT NOT NULL,
    reason      TEXT NOT NULL,
    responsible TEXT NOT NULL,
    steps       TEXT NOT NULL, -- JSON
    due         TEXT NOT NULL,
    status      TEXT NOT NULL,
    offer       TEXT NOT NULL,
    indicator   TEXT NOT NULL,
    question    TEXT NOT NULL,
    revision    BIGINT NOT NULL
);

CREATE TABLE stakeholders (
    id        TEXT NOT NULL PRIMARY KEY,
    name      TEXT NOT NULL,
    area      TEXT NOT NULL, -- '' for all
    interest  BIGINT NOT NULL,
    influence BIGINT NOT NULL,
    stance    TEXT NOT NULL,
    contact   TEXT NOT NULL,
    note      TEXT NOT NULL,
    revision  BIGINT NOT NULL
);

CREATE TABLE documents (
    id       TEXT NOT NULL PRIMARY KEY,
    title    TEXT NOT NULL,
    issuer   TEXT NOT NULL,
    year     BIGINT NOT NULL,
    area     TEXT NOT NULL, -- '' for all
    fields   TEXT NOT NULL,
    link     TEXT NOT NULL,
    note     TEXT NOT NULL,
    revision BIGINT NOT NULL
);

-- Who works with whom, beside what statements of institutions say.
CREATE TABLE ties (
    id        TEXT NOT NULL PRIMARY KEY,
    from_name TEXT NOT NULL,
    to_name   TEXT NOT NULL,
    frequency TEXT NOT NULL,
    kind      TEXT NOT NULL,
    area      TEXT NOT NULL, -- '' for all
    source    TEXT NOT NULL,
    revision  BIGINT NOT NULL
);

INSERT INTO revisions (name, number) VALUES ('offers', 0), ('ties', 0);
