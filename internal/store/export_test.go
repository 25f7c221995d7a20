package store

// PretendNewer marks the database as written by a later version.
func PretendNewer(db *DB) error {
	_, err := db.write.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, TRUE)`)
	return err
}

// PretendFirst takes a database back to what the first migration made.
func PretendFirst(db *DB) error {
	for _, statement := range []string{`DROP TABLE media`, `DROP TABLE drafts`, `DELETE FROM goose_db_version WHERE version_id > 1`} {
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
