-- One text for SQLite and PostgreSQL: TEXT, BIGINT, BOOLEAN, DOUBLE PRECISION
-- and BYTEA only; days as 2026-03-01, times as RFC 3339 in UTC, both in TEXT.
-- Keys begin with the wave, so that a distributed PostgreSQL can shard by it.

-- +goose Up

-- Every content a survey ever had when it was imported or a wave opened with it.
CREATE TABLE surveys (
    id       TEXT NOT NULL,
    hash     TEXT NOT NULL,
    version  TEXT NOT NULL,
    document TEXT NOT NULL,
    imported BOOLEAN NOT NULL, -- by a person, as opposed to taken from the library by a wave
    stored   TEXT NOT NULL,
    PRIMARY KEY (id, hash)
);

CREATE TABLE waves (
    id            TEXT NOT NULL PRIMARY KEY,
    slug          TEXT NOT NULL UNIQUE,
    survey_id     TEXT NOT NULL,
    survey_hash   TEXT NOT NULL,
    state         TEXT NOT NULL,
    area          TEXT NOT NULL,
    opened        TEXT NOT NULL,
    until         TEXT NOT NULL, -- last day, '' without end
    closed        TEXT NOT NULL, -- day, '' while open
    k             BIGINT NOT NULL,
    population    BIGINT,
    institutions  BOOLEAN NOT NULL, -- responses keep the institution that their code names
    kiosk         BOOLEAN NOT NULL,
    proof_of_work BOOLEAN NOT NULL,
    purpose       TEXT NOT NULL,
    legal_basis   TEXT NOT NULL,
    mandate       TEXT NOT NULL,
    contact       TEXT NOT NULL,
    retention     TEXT NOT NULL, -- last day on which single responses are kept
    sample        BOOLEAN NOT NULL, -- made-up answers of the demonstration
    salt          BYTEA NOT NULL,
    change        BIGINT NOT NULL, -- the last change number given out
    generation    BIGINT NOT NULL, -- grows when chunks are rewritten
    release       BIGINT NOT NULL, -- the newest release, 0 before the first
    snapshot      BYTEA
);

-- The answers of one respondent. id is the hash of the receipt: random to
-- everybody but the respondent, and all that finds a response again.
CREATE TABLE responses (
    wave_id          TEXT NOT NULL,
    id               BYTEA NOT NULL,
    content          BYTEA NOT NULL, -- what was sent, hashed, to tell a repetition from a conflict
    change           BIGINT NOT NULL,
    release          BIGINT NOT NULL,
    import           BIGINT NOT NULL, -- 0 for answers given here
    day              TEXT NOT NULL,
    language         TEXT NOT NULL,
    duration         BIGINT NOT NULL,
    area             TEXT NOT NULL,
    institution_type TEXT NOT NULL,
    institution      TEXT NOT NULL,
    answers          TEXT NOT NULL,
    PRIMARY KEY (wave_id, id)
);

-- Where a closing wave's rows wait while they are put into random order.
CREATE TABLE responses_shuffled (
    wave_id          TEXT NOT NULL,
    id               BYTEA NOT NULL,
    content          BYTEA NOT NULL,
    change           BIGINT NOT NULL,
    release          BIGINT NOT NULL,
    import           BIGINT NOT NULL,
    day              TEXT NOT NULL,
    language         TEXT NOT NULL,
    duration         BIGINT NOT NULL,
    area             TEXT NOT NULL,
    institution_type TEXT NOT NULL,
    institution      TEXT NOT NULL,
    answers          TEXT NOT NULL
);

-- The packed codes of the same responses, one row per commit, merged upwards.
CREATE TABLE chunks (
    wave_id TEXT NOT NULL,
    last    BIGINT NOT NULL, -- highest change number inside
    level   BIGINT NOT NULL, -- how often merged
    data    BYTEA NOT NULL,
    PRIMARY KEY (wave_id, last)
);

-- What is left of a withdrawn response, so that a late resend stores nothing.
CREATE TABLE tombstones (
    wave_id TEXT NOT NULL,
    id      BYTEA NOT NULL,
    PRIMARY KEY (wave_id, id)
);

-- Withdrawn responses whose codes have not left the figures yet (METHODS 5.4).
CREATE TABLE withdrawals (
    wave_id    TEXT NOT NULL,
    record_key BYTEA NOT NULL,
    day        TEXT NOT NULL,
    PRIMARY KEY (wave_id, record_key)
);

-- Statements in an institution's name, without anything that leads to the
-- anonymous answers given beside them.
CREATE TABLE statements (
    wave_id     TEXT NOT NULL,
    id          BYTEA NOT NULL, -- hash of the statement's own receipt
    institution TEXT NOT NULL,  -- official number, '' when only a name was given
    name        TEXT NOT NULL,
    verified    BOOLEAN NOT NULL, -- by an access code of the institution
    answers     TEXT NOT NULL,
    PRIMARY KEY (wave_id, id)
);

CREATE TABLE codes (
    wave_id          TEXT NOT NULL,
    hash             BYTEA NOT NULL UNIQUE,
    area             TEXT NOT NULL,
    institution_type TEXT NOT NULL,
    institution      TEXT NOT NULL,
    shared           BOOLEAN NOT NULL, -- a group's code, used by many
    used             BOOLEAN NOT NULL,
    PRIMARY KEY (wave_id, hash)
);

-- The whole wave's exact tables as released; they stand (METHODS 5.4).
CREATE TABLE releases (
    wave_id TEXT NOT NULL,
    number  BIGINT NOT NULL,
    day     TEXT NOT NULL,
    tables  BYTEA NOT NULL,
    PRIMARY KEY (wave_id, number)
);

CREATE TABLE imports (
    wave_id TEXT NOT NULL,
    number  BIGINT NOT NULL,
    file    TEXT NOT NULL,
    hash    TEXT NOT NULL,
    day     TEXT NOT NULL,
    stored  BIGINT NOT NULL,
    PRIMARY KEY (wave_id, number)
);

-- Cells of imported files that did not fit the survey.
CREATE TABLE import_asides (
    wave_id TEXT NOT NULL,
    import  BIGINT NOT NULL,
    line    BIGINT NOT NULL,
    name    TEXT NOT NULL,
    value   TEXT NOT NULL,
    reason  TEXT NOT NULL,
    PRIMARY KEY (wave_id, import, line, name)
);

CREATE TABLE institutions (
    number       TEXT NOT NULL PRIMARY KEY,
    name         TEXT NOT NULL,
    type         TEXT NOT NULL,
    type_label   TEXT NOT NULL,
    area         TEXT NOT NULL,
    ags          TEXT NOT NULL,
    pupils       BIGINT,
    social_index BIGINT,
    period       TEXT NOT NULL, -- school year of the figures
    source       TEXT NOT NULL
);

CREATE TABLE users (
    name     TEXT NOT NULL PRIMARY KEY,
    password TEXT NOT NULL,
    role     TEXT NOT NULL,
    created  TEXT NOT NULL
);

CREATE TABLE sessions (
    token  TEXT NOT NULL PRIMARY KEY, -- hash of the cookie's value
    data   BYTEA NOT NULL,
    expiry TEXT NOT NULL
);

CREATE TABLE tokens (
    hash    BYTEA NOT NULL PRIMARY KEY,
    role    TEXT NOT NULL,
    created TEXT NOT NULL
);

-- Small facts of the whole installation.
CREATE TABLE facts (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);
