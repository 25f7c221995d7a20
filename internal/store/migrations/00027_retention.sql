-- +goose Up

-- The day on which the single responses were deleted, '' while they are kept.
ALTER TABLE waves ADD COLUMN deleted TEXT NOT NULL DEFAULT '';

-- The figures that were kept of a wave on that day.
CREATE TABLE remains (
    wave_id TEXT NOT NULL PRIMARY KEY,
    figures BYTEA NOT NULL
);
