package store

// PretendNewer marks the database as written by a later version.
func PretendNewer(db *DB) error {
	_, err := db.write.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, TRUE)`)
	return err
}
