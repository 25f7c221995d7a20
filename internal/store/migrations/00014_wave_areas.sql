-- +goose Up

-- The areas below the wave's own that take part, keys separated by spaces; '' for
-- all of them. And the order in which figures of groups are divided (METHODS 5.2),
-- '' for the usual one.
ALTER TABLE waves ADD COLUMN areas TEXT NOT NULL DEFAULT '';
ALTER TABLE waves ADD COLUMN breakdown TEXT NOT NULL DEFAULT '';
