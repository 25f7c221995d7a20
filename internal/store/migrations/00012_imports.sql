-- +goose Up

-- Who brought which answers in, and that they were taken out again. A day's
-- answer sheets that one person types are an import of kind 'paper'.
ALTER TABLE imports ADD COLUMN kind TEXT NOT NULL DEFAULT 'file';
ALTER TABLE imports ADD COLUMN actor TEXT NOT NULL DEFAULT '';
ALTER TABLE imports ADD COLUMN statements BIGINT NOT NULL DEFAULT 0; -- how many came with it; nothing leads to which
ALTER TABLE imports ADD COLUMN undone TEXT NOT NULL DEFAULT '';      -- day, '' while it stands
