package store

// PretendNewer marks the database as written by a later version.
func PretendNewer(db *DB) error {
	_, err := db.write.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, TRUE)`)
	return err
}

// PretendFirst takes a database back to what the first migration made.
func PretendFirst(db *DB) error {
	for _, statement := range []string{
		`DROP TABLE media`, `DROP TABLE drafts`, `DROP TABLE invitations`, `DROP TABLE audit`, `DROP TABLE audit_head`, `DROP TABLE spares`,
		`DROP TABLE institution_groups`, `DROP TABLE institution_members`, `DROP TABLE areas`, `DROP TABLE revisions`, `DROP TABLE uploads`,
		`DROP INDEX institutions_area`, `ALTER TABLE institutions DROP COLUMN email`, `ALTER TABLE institutions DROP COLUMN closed`,
		`ALTER TABLE institutions DROP COLUMN search`,
		`ALTER TABLE users DROP COLUMN second`, `ALTER TABLE users DROP COLUMN second_step`,
		`ALTER TABLE users ADD COLUMN role TEXT NOT NULL DEFAULT ''`,
		`UPDATE users SET role = (SELECT MIN(role) FROM grants WHERE user_name = name)`, `DROP TABLE grants`,
		`ALTER TABLE users DROP COLUMN email`, `ALTER TABLE users DROP COLUMN disabled`,
		`ALTER TABLE sessions DROP COLUMN user_name`, `ALTER TABLE sessions DROP COLUMN began`, `ALTER TABLE sessions DROP COLUMN device`,
		`ALTER TABLE tokens DROP COLUMN name`, `ALTER TABLE tokens DROP COLUMN area`, `ALTER TABLE tokens DROP COLUMN expires`,
		`DROP TABLE strata`, `ALTER TABLE waves DROP COLUMN access`, `ALTER TABLE waves DROP COLUMN languages`,
		`ALTER TABLE waves DROP COLUMN public`, `ALTER TABLE waves DROP COLUMN mandate_day`, `ALTER TABLE waves DROP COLUMN mandate_reference`,
		`ALTER TABLE waves DROP COLUMN helpline`, `ALTER TABLE waves DROP COLUMN supervision`, `ALTER TABLE waves DROP COLUMN council`,
		`ALTER TABLE waves DROP COLUMN previous`, `ALTER TABLE waves DROP COLUMN revision`,
		`DELETE FROM goose_db_version WHERE version_id > 1`,
	} {
		if _, err := db.write.Exec(statement); err != nil {
			return err
		}
	}
	return nil
}

// CountMedia counts the stored contents.
func CountMedia(db *DB) (count int, err error) {
	err = db.read.QueryRow(`SELECT COUNT(*) FROM media`).Scan(&count)
	return count, err
}

// Tamper runs a statement that the program has not.
func Tamper(db *DB, statement string) error {
	_, err := db.write.Exec(statement)
	return err
}
