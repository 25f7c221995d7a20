-- +goose Up

-- What a coordinator settles before a wave opens and while it runs.
ALTER TABLE waves ADD COLUMN access TEXT NOT NULL DEFAULT 'link'; -- link, group (code), single (code)
ALTER TABLE waves ADD COLUMN languages TEXT NOT NULL DEFAULT ''; -- tags offered, with spaces between them; '' for all
ALTER TABLE waves ADD COLUMN public BOOLEAN NOT NULL DEFAULT FALSE; -- figures may be read by everybody
ALTER TABLE waves ADD COLUMN mandate_day TEXT NOT NULL DEFAULT '';
ALTER TABLE waves ADD COLUMN mandate_reference TEXT NOT NULL DEFAULT '';
ALTER TABLE waves ADD COLUMN helpline TEXT NOT NULL DEFAULT '';
ALTER TABLE waves ADD COLUMN supervision TEXT NOT NULL DEFAULT ''; -- day on which the school supervision was told
ALTER TABLE waves ADD COLUMN council TEXT NOT NULL DEFAULT ''; -- day on which the staff council was told
ALTER TABLE waves ADD COLUMN previous TEXT NOT NULL DEFAULT ''; -- id of the wave that this one repeats
ALTER TABLE waves ADD COLUMN revision BIGINT NOT NULL DEFAULT 0; -- grows with every change of the settings

-- Parts of a wave's population, each with how many could answer.
CREATE TABLE strata (
    wave_id          TEXT NOT NULL,
    area             TEXT NOT NULL, -- '' for all, as the two below
    institution_type TEXT NOT NULL,
    institution      TEXT NOT NULL,
    population       BIGINT NOT NULL, -- 0 when not known
    target           BIGINT NOT NULL, -- how many answers are wanted, 0 for no target
    PRIMARY KEY (wave_id, area, institution_type, institution)
);
