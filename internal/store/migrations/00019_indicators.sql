-- +goose Up

-- What is measured of the baseline.
CREATE TABLE indicators (
    id        TEXT NOT NULL PRIMARY KEY, -- key
    label_de  TEXT NOT NULL,
    label_en  TEXT NOT NULL,
    unit      TEXT NOT NULL,
    field     TEXT NOT NULL, -- key of a field of action
    direction TEXT NOT NULL,
    source    TEXT NOT NULL, -- who usually publishes it
    note      TEXT NOT NULL,
    age_from  BIGINT NOT NULL, -- of the people counted
    age_to    BIGINT NOT NULL, -- -1 when it is not about an age
    public    BOOLEAN NOT NULL,
    revision  BIGINT NOT NULL
);

-- Where values come from: an imported file, or what somebody read them off.
CREATE TABLE indicator_sources (
    id        TEXT NOT NULL PRIMARY KEY,
    title     TEXT NOT NULL,
    publisher TEXT NOT NULL,
    day       TEXT NOT NULL, -- latest reference day
    licence   TEXT NOT NULL,
    file      TEXT NOT NULL,
    sha256    TEXT NOT NULL,
    imported  TEXT NOT NULL -- day
);

CREATE TABLE indicator_values (
    indicator   TEXT NOT NULL,
    area        TEXT NOT NULL,
    period      TEXT NOT NULL,
    day         TEXT NOT NULL, -- reference day
    value       DOUBLE PRECISION NOT NULL,
    numerator   BIGINT,
    denominator BIGINT,
    low         DOUBLE PRECISION,
    high        DOUBLE PRECISION,
    source      TEXT NOT NULL, -- id, '' for none
    PRIMARY KEY (indicator, area, period)
);

-- Targets are set and taken away, never changed.
CREATE TABLE indicator_targets (
    indicator    TEXT NOT NULL,
    area         TEXT NOT NULL,
    due          TEXT NOT NULL,
    goal         DOUBLE PRECISION NOT NULL,
    baseline     DOUBLE PRECISION NOT NULL,
    baseline_day TEXT NOT NULL,
    note         TEXT NOT NULL,
    set_on       TEXT NOT NULL,
    PRIMARY KEY (indicator, area, due)
);

INSERT INTO revisions (name, number) VALUES ('indicators', 0);
