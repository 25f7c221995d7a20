-- +goose Up

-- The questions whose figures everybody may read, names with spaces between them
-- and '' for none, and the licence of the open data. They take the place of a
-- flag that only announced it.
ALTER TABLE waves ADD COLUMN public_questions TEXT NOT NULL DEFAULT '';
ALTER TABLE waves ADD COLUMN public_licence TEXT NOT NULL DEFAULT '';
ALTER TABLE waves DROP COLUMN public;
