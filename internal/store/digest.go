package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"math/bits"
)

// Digest is what two copies of a table must agree on.
type Digest struct {
	Table string `json:"table"`
	Rows  int64  `json:"rows"`
	// Hash, in hexadecimal, covers every value of every row and does not depend
	// on the rows' order: the SHA-256 of each row, added up modulo 2^256. A row
	// is hashed behind the names of the table and its columns; its values follow
	// in the order of the columns' names, each as one byte for its kind and
	// then: text and bytes with their length before them, numbers as eight bytes,
	// truth as one; NULL is a kind of its own. It finds mistakes and damage;
	// against somebody who means to deceive, a backup is encrypted.
	Hash string `json:"hash"`
}

// adder makes a [Digest] row by row.
type adder struct {
	table  table
	head   []byte
	row    []byte
	count  int64
	digits [4]uint64 // the sum, lowest first
}

func newAdder(t table) *adder {
	a := &adder{table: t}
	a.head = appendLong(a.head, t.name)
	for _, one := range t.columns {
		a.head = appendLong(a.head, one.name)
	}
	return a
}

func appendLong[T string | []byte](to []byte, value T) []byte {
	return append(binary.BigEndian.AppendUint64(to, uint64(len(value))), value...)
}

// add takes in a row as [table.rows] visits it.
func (a *adder) add(values []any) {
	a.row = append(a.row[:0], a.head...)
	for _, value := range values {
		switch v := value.(type) {
		case nil:
			a.row = append(a.row, 0)
		case string:
			a.row = appendLong(append(a.row, 1), v)
		case int64:
			a.row = binary.BigEndian.AppendUint64(append(a.row, 2), uint64(v))
		case bool:
			a.row = append(a.row, 3, 0)
			if v {
				a.row[len(a.row)-1] = 1
			}
		case float64:
			a.row = binary.BigEndian.AppendUint64(append(a.row, 4), math.Float64bits(v))
		case []byte:
			a.row = appendLong(append(a.row, 5), v)
		}
	}
	sum := sha256.Sum256(a.row)
	var carry uint64
	for i := range a.digits {
		a.digits[i], carry = bits.Add64(a.digits[i], binary.BigEndian.Uint64(sum[24-8*i:]), carry)
	}
	a.count++
}

func (a *adder) digest() Digest {
	var sum []byte
	for i := range a.digits {
		sum = binary.BigEndian.AppendUint64(sum, a.digits[len(a.digits)-1-i])
	}
	return Digest{Table: a.table.name, Rows: a.count, Hash: hex.EncodeToString(sum)}
}

// digests computes what the tables hold.
func digests(ctx context.Context, q queryer, tables []table) ([]Digest, error) {
	all := make([]Digest, len(tables))
	for i, one := range tables {
		sum := newAdder(one)
		if err := one.rows(ctx, q, "", func(values []any) error { sum.add(values); return nil }); err != nil {
			return nil, err
		}
		all[i] = sum.digest()
	}
	return all, nil
}
