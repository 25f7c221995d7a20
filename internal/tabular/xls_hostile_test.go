package tabular_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"bedarfslotse/internal/tabular"
	"bedarfslotse/internal/testinput"
)

// open reads all of a workbook and returns the key of what stopped it, "" when
// nothing did.
func open(t testing.TB, content []byte) string {
	t.Helper()
	book, err := tabular.OpenWorkbook(bytes.NewReader(content), tabular.Options{File: "x.xls"})
	if err != nil {
		return fatalKey(t, err)
	}
	for _, sheet := range book.Sheets() {
		if _, err := sheet.ReadAll(); err != nil {
			return fatalKey(t, err)
		}
	}
	return ""
}

// with changes a copy of a file at one place.
func with(content []byte, offset int, values ...any) []byte {
	content = slices.Clone(content)
	copy(content[offset:], little(values...))
	return content
}

func TestBrokenOldWorkbooksAreFindings(t *testing.T) {
	small := oldWorkbook(nil, label(0, 0, "x"))
	stream := biff8(nil, label(0, 0, "x"))
	large := container(streamOf{"Workbook", slices.Concat(stream, make([]byte, 20_000))})
	table := 512 + 512*int(binary.LittleEndian.Uint32(large[76:]))
	folder := 512 + 512*int(binary.LittleEndian.Uint32(large[48:]))
	// A list of tables that names none and goes on with itself.
	last := uint32(len(large)/512 - 1)
	circle := little(with(large, 68, last, uint32(1<<31), bytes.Repeat([]byte{0xFF}, 4*headerTables)), bytes.Repeat([]byte{0xFF}, 508), last)
	one := func(records ...[]byte) []byte { return oldWorkbook(nil, records...) }
	cut := biff8(nil, label(0, 0, "x"))
	cases := []struct {
		name    string
		content []byte
		want    string // "" when the file is readable
	}{
		{"whole", large, ""},
		{"signature only", small[:8], "truncated"},
		{"header only", small[:512], "truncated"},
		{"half", large[:len(large)/2], "truncated"},
		{"small and half", small[:len(small)/2], "truncated"},
		{"sector size", with(small, 30, uint16(31)), "workbook_damaged"},
		{"folder in a circle", with(large, table+4*int(binary.LittleEndian.Uint32(large[48:])), binary.LittleEndian.Uint32(large[48:])), "workbook_damaged"},
		{"stream in a circle", with(large, table+4*3, uint32(1)), "workbook_damaged"},
		{"stream leads out", with(large, table+4*3, uint32(1<<30)), "truncated"},
		{"stream ends early", with(large, table+4*3, uint32(endOfChain)), "workbook_damaged"},
		{"stream longer than the file", with(large, folder+128+120, uint32(1<<31)), "truncated"},
		{"no folder", with(large, 48, uint32(endOfChain)), "workbook_damaged"},
		{"tables in a circle", circle, "workbook_damaged"},
		{"one sector twice in a stream", with(large, table+4*3, uint32(3)), "workbook_damaged"},
		{"neighbours in a circle", with(large, folder+128+68, uint32(1), uint32(1), uint32(1)), ""},
		{"mini stream leads out", with(small, 60, uint32(endOfChain)), "truncated"},
		{"record cut off", container(streamOf{"Workbook", cut[:len(cut)-7]}), "truncated"},
		{"no end", container(streamOf{"Workbook", cut[:len(cut)-4]}), "truncated"},
		{"workbook without end", container(streamOf{"Workbook", bof(0x0600, 5)}), "truncated"},
		{"nothing", container(streamOf{"Workbook", nil}), "truncated"},
		{"other records", container(streamOf{"Workbook", rec(0x1234, uint64(0))}), "workbook_damaged"},
		{"later version", container(streamOf{"Workbook", bof(0x0700, 5)}), "workbook_damaged"},
		{"no sheets", container(streamOf{"Workbook", little(bof(0x0600, 5), eof())}), "workbook_without_sheets"},
		{"sheet elsewhere", container(streamOf{"Workbook", little(bof(0x0600, 5), boundSheet(99999, 0, "x"), eof())}), "truncated"},
		{"sheet at no sheet", container(streamOf{"Workbook", little(bof(0x0600, 5), boundSheet(20, 0, "x"), eof())}), "workbook_damaged"},
		{"sheet at the workbook", container(streamOf{"Workbook", little(bof(0x0600, 5), boundSheet(0, 0, "x"), eof())}), ""},
		{"two sheets in one place", container(streamOf{"Workbook", little(bof(0x0600, 5), boundSheet(0, 0, "x"), boundSheet(0, 0, "y"), eof())}), "workbook_damaged"},
		{"short cell", one(rec(0x0203, uint16(0))), "workbook_damaged"},
		{"short text", one(rec(0x0204, uint16(0), uint16(0), uint16(0), uint16(9), uint8(0), "abc")), "workbook_damaged"},
		{"short text in two", one(rec(0x0204, uint16(0), uint16(0), uint16(0), uint16(9), uint8(1), "abc"), rec(0x003C, uint8(1), "x")), "workbook_damaged"},
		{"far column", one(number(0, 256, 0, 1)), "workbook_damaged"},
		{"many far columns", one(rec(0x00BD, uint16(0), uint16(254), make([]byte, 18), uint16(256))), "workbook_damaged"},
		{"shared text cut off", oldWorkbook(rec(0x00FC, uint32(1), uint32(1), uint16(500), uint8(0), "abc")), "workbook_damaged"},
		{"fewer texts than announced", oldWorkbook(rec(0x00FC, uint32(1), ^uint32(0), uint16(3), uint8(0), "abc"), shared(0, 0, 0)), ""},
		{"reading longer than all", oldWorkbook(rec(0x00FC, uint32(1), uint32(1), uint16(1), uint8(4), ^uint32(0), "abc")), "workbook_damaged"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := open(t, c.content); got != c.want {
				t.Errorf("finding %q, want %q", got, c.want)
			}
		})
	}
}

// TestVolumeHostileOldWorkbooks feeds large files that would grow or be read
// over and over. What a slow day changes, the time, is only told; the memory
// that was asked for is what counts.
func TestVolumeHostileOldWorkbooks(t *testing.T) {
	testinput.Volume(t)
	const size = 12 << 20
	fill := func(one []byte) []byte { return bytes.Repeat(one, size/len(one)) }
	texts := little(uint16(1), uint8(0), "x")
	many := rec(0x003C, bytes.Repeat(texts, 2000))
	nested := little(bof(0x0600, 5))
	for i := range 9000 { // each sheet would contain all that follow
		nested = append(nested, boundSheet(9000*13+24+i*20, 0, "s")...)
	}
	nested = little(nested, eof(), bytes.Repeat(bof(0x0600, 0x10), 9000), eof())
	var rows []byte
	for row := range 65535 {
		rows = append(rows, number(uint16(row), 255, 0, 1)...)
	}
	folder := make([]byte, 0, size)
	for i := range uint32(size / 128) {
		folder = append(folder, directoryEntry("x", 1, i+1, i+1, endOfChain, 0)...)
	}
	cases := []struct {
		name    string
		content []byte
		want    string
		times   int // bytes asked for, in sizes of the file
	}{
		{"one cell over and over", oldWorkbook(nil, fill(number(0, 0, 0, 1))), "", 12},
		{"cells backwards", oldWorkbook(nil, fill(rec(0x00BD, uint16(1), uint16(0), make([]byte, 12), uint16(1))), number(0, 0, 0, 1)), "", 30},
		{"sheets within sheets", container(streamOf{"Workbook", nested}), "truncated", 40},
		{"continued for ever", oldWorkbook(nil, label(0, 0, "x"), fill(rec(0x003C))), "", 40},
		{"many small texts", oldWorkbook(little(rec(0x00FC, uint32(0), ^uint32(0)), fill(many))), "", 40},
		{"wide rows", oldWorkbook(nil, rows), "", 500},
		{"tables that repeat", with(container(streamOf{"Workbook", make([]byte, size)}), 76, make([]byte, 4*headerTables)), "workbook_damaged", 12},
		{"deep folder", append(container(), folder...), "not_spreadsheet", 12},
		{"zero bytes", append([]byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), make([]byte, size)...), "workbook_damaged", 12},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			began := time.Now()
			if got := open(t, c.content); got != c.want {
				t.Errorf("finding %q, want %q", got, c.want)
			}
			took := time.Since(began)
			runtime.ReadMemStats(&after)
			asked := float64(after.TotalAlloc-before.TotalAlloc) / float64(len(c.content))
			t.Logf("%d MB, %v, memory asked for %.1f times that", len(c.content)>>20, took, asked)
			if asked > float64(c.times) {
				t.Errorf("asked for %.1f times its size, want at most %d", asked, c.times)
			}
		})
	}
}

// TestAnyCutAndAnyChangedByteIsHarmless cuts a real file everywhere and changes
// every byte of it.
func TestAnyCutAndAnyChangedByteIsHarmless(t *testing.T) {
	content := fixture(t, "order.xls")
	reads := func(content []byte) bool {
		book, err := tabular.OpenWorkbook(bytes.NewReader(content), tabular.Options{})
		if err == nil {
			for _, sheet := range book.Sheets() {
				if _, err = sheet.ReadAll(); err != nil {
					break
				}
			}
		}
		if err != nil {
			mustBeOneFinding(t, err)
		}
		return err == nil
	}
	for cut := range content {
		if reads(content[:cut]) && cut < len(content)-512 { // of the last sector a part will do
			t.Errorf("cut to %d bytes it was read as if whole", cut)
		}
	}
	for at := range content {
		for _, value := range []byte{0, 0xFF, content[at] ^ 1} {
			reads(with(content, at, value))
		}
	}
}

func FuzzOpenXLS(f *testing.F) {
	for _, name := range []string{"form.xls", "latin_excel95.xls", "order.xls", "uncalculated.xls"} {
		f.Add(fixture(f, name), []byte{}, []byte{})
	}
	f.Add([]byte{}, rec(0x00FC, uint32(1), uint32(1), uint16(3), uint8(0x0D), uint16(1), uint32(2), wide("abc"), uint32(0), "xx"), shared(0, 0, 0))
	f.Add([]byte{}, rec(0x00FC, uint32(1), uint32(1), uint16(6), uint8(0), "abc"), little(rec(0x003C, uint8(1), wide("абв")), shared(0, 0, 0)))
	f.Add([]byte{}, rec(0x00E0, uint16(0), uint16(14)), little(number(1, 1, 0, 45000.5), rec(0x0006, uint16(2), uint16(0), uint16(0), uint64(0xFFFF000000000000), uint64(0)), rec(0x0207, text8("x"))))
	f.Add([]byte{}, []byte{}, little(rec(0x00BD, uint16(0), uint16(1), make([]byte, 12), uint16(2)), rec(0x0205, uint16(0), uint16(0), uint16(0), uint16(0x0107))))
	f.Fuzz(func(t *testing.T, content, global, sheet []byte) {
		// Random bytes hardly ever make a container, so records go into a whole
		// one too, and into the old kind of workbook.
		old := little(rec(0x0809, uint16(0x0500), uint16(5), uint32(0)), global)
		old = little(old, rec(0x0085, uint32(len(old)+11+4), uint16(0), uint8(1)), eof(), bof(0x0500, 0x10), sheet, eof())
		for _, file := range [][]byte{content, oldWorkbook(global, sheet), old} {
			began := time.Now()
			book, err := tabular.OpenWorkbook(bytes.NewReader(file), tabular.Options{MaxUnpacked: 8 << 20})
			if err != nil {
				mustBeOneFinding(t, err)
				continue
			}
			for _, sheet := range book.Sheets() {
				mustComeInOrder(t, sheet)
			}
			if took := time.Since(began); took > 20*time.Second {
				t.Errorf("took %v for %d bytes", took, len(file))
			}
		}
	})
}

// BenchmarkReadXLS reads 20 000 rows of ten cells, half of them text.
func BenchmarkReadXLS(b *testing.B) {
	var sheet, texts []byte
	for row := range 20_000 {
		text := fmt.Sprintf("text number %d", row)
		texts = append(texts, rec(0x003C, uint16(len(text)), uint8(0), text)...)
		for column := range uint16(10) {
			if column%2 == 0 {
				sheet = append(sheet, shared(uint16(row), column, uint32(row))...)
			} else {
				sheet = append(sheet, number(uint16(row), column, 0, float64(row))...)
			}
		}
	}
	content := oldWorkbook(little(rec(0x00FC, uint32(20_000), uint32(20_000)), texts), sheet)
	b.SetBytes(int64(len(content)))
	b.ReportAllocs()
	for b.Loop() {
		if got := open(b, content); got != "" {
			b.Fatal(got)
		}
	}
}
