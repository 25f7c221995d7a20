package testpostgres_test

import (
	"testing"

	"bedarfslotse/internal/testpostgres"

	"github.com/jackc/pgx/v5"
)

// count returns how many rows a server has.
func count(t *testing.T, c *testpostgres.Cluster) int {
	t.Helper()
	connection, err := pgx.Connect(t.Context(), c.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close(t.Context()) }()
	var rows int
	if err := connection.QueryRow(t.Context(), "SELECT COUNT(*) FROM x").Scan(&rows); err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestHeavyClusterSurvives(t *testing.T) {
	c := testpostgres.Own(t)
	c.Exec("CREATE TABLE x (n BIGINT)")
	for n := 1; n <= 3; n++ {
		c.Exec("INSERT INTO x VALUES (1)")
		c.Kill()
		c.Restart()
		if got := count(t, c); got != n {
			t.Fatalf("%d rows after kill %d", got, n)
		}
	}
	standby := c.Standby()
	c.Exec("INSERT INTO x VALUES (1)")
	c.Kill()
	standby.Promote()
	standby.Exec("INSERT INTO x VALUES (1)")
	if got := count(t, standby); got != 5 {
		t.Errorf("%d rows at the standby", got)
	}
}
