package store

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"bedarfslotse/internal/coding"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/response"
	"bedarfslotse/internal/survey"
)

// OpenText is one answer in a respondent's own words, with nothing about them but
// the language.
type OpenText struct {
	// ID is random to everybody who does not know the wave's secret, and the same
	// as long as the answer is: it tells neither whose the text is nor which other
	// texts are theirs.
	ID       string
	Question string
	Language string
	Body     string
	// Sketch is what the text is compared by; it is made when it is first asked for.
	Sketch func() coding.Sketch

	response receiptHash
	order    uint64
}

// OpenTexts are the open texts of a wave at one moment. They must not be changed.
type OpenTexts struct {
	byID       map[string]*OpenText
	byQuestion map[string][]*OpenText
	salt       []byte
	stamp      textStamp
}

// textStamp changes whenever the responses of a wave do: a change number is given
// out with every response that is added, and what is taken away makes them fewer.
type textStamp struct {
	count, change, generation int64
	imported                  int64 // answers that came by files and sheets
	today                     string
	wave                      *LiveWave
}

// follows tells that nothing but answers of today, given here, has come since an
// earlier stamp: each of them is one change and one response more, which no removal
// is. As long as the wave runs they add no text.
func (s textStamp) follows(earlier textStamp) bool {
	return s.wave == earlier.wave && s.wave.Living() && s.today == earlier.today && s.generation == earlier.generation &&
		s.imported == earlier.imported && s.count-earlier.count == s.change-earlier.change
}

// openTexts keeps the texts of the waves that were read last.
type openTexts struct {
	mu       sync.Mutex
	byWave   map[string]*OpenTexts
	order    []string // ids of waves, the one read last at the end
	sketcher *coding.Sketcher
}

// mostOpenTexts is of how many waves texts are kept in memory.
const mostOpenTexts = 4

func (o *openTexts) clear() {
	o.mu.Lock()
	o.byWave, o.order = nil, nil
	o.mu.Unlock()
}

func (o *openTexts) keep(wave string, texts *OpenTexts) {
	if o.byWave == nil {
		o.byWave = map[string]*OpenTexts{}
	}
	o.byWave[wave] = texts
	o.order = append(slices.DeleteFunc(o.order, func(id string) bool { return id == wave }), wave)
	if len(o.order) > mostOpenTexts {
		delete(o.byWave, o.order[0])
		o.order = o.order[1:]
	}
}

// OpenQuestions lists the questions of a survey that are answered in one's own
// words and not in an institution's name.
func OpenQuestions(v *survey.Version) []*survey.Element {
	var open []*survey.Element
	for _, e := range v.Elements {
		if e.Type == survey.TextType && !e.Attributed && e.ChoicesFrom == nil {
			open = append(open, e)
		}
	}
	return open
}

// OpenTexts reads the open texts of a wave, from memory where they are as they
// were. As long as the wave runs those of today are left out: whoever sees a text
// come in would know when it was sent.
func (db *DB) OpenTexts(ctx context.Context, wave *LiveWave) (*OpenTexts, error) {
	db.texts.mu.Lock() // whoever comes second finds what the first has read
	defer db.texts.mu.Unlock()
	var texts *OpenTexts
	err := db.inReading(ctx, func(tx *sql.Tx) error {
		stamp := textStamp{today: db.Today(), wave: wave}
		err := tx.QueryRowContext(ctx, `SELECT change, generation, (SELECT COUNT(*) FROM responses WHERE wave_id = $1),
			(SELECT COALESCE(SUM(stored), 0) FROM imports WHERE wave_id = $1) FROM waves WHERE id = $1`, wave.ID).
			Scan(&stamp.change, &stamp.generation, &stamp.count, &stamp.imported)
		if err != nil {
			return fmt.Errorf("look for new texts: %w", err)
		}
		if texts = db.texts.byWave[wave.ID]; texts != nil && stamp.follows(texts.stamp) {
			return nil
		}
		if texts != nil && texts.stamp == stamp {
			return nil
		}
		texts, err = db.readTexts(ctx, tx, wave, stamp)
		return err
	})
	if err != nil {
		return nil, unavailable(err)
	}
	db.texts.keep(wave.ID, texts)
	return texts, nil
}

func (db *DB) readTexts(ctx context.Context, tx *sql.Tx, wave *LiveWave, stamp textStamp) (*OpenTexts, error) {
	if db.texts.sketcher == nil {
		db.texts.sketcher = coding.NewSketcher()
	}
	texts := &OpenTexts{byID: map[string]*OpenText{}, byQuestion: map[string][]*OpenText{}, salt: wave.salt, stamp: stamp}
	open := map[*survey.Element]bool{}
	for _, e := range OpenQuestions(wave.Version) {
		open[e] = true
	}
	if len(open) == 0 {
		return texts, nil
	}
	for one, err := range storedResponses(ctx, tx, wave, "") {
		if err != nil {
			return nil, err
		}
		if one.Day >= stamp.today && wave.State != fieldwork.Closed {
			continue
		}
		counts := map[*survey.Element]int{}
		eachText(one.Answers.Top(), wave.Version.Top, func(e *survey.Element, body string) {
			if !open[e] {
				return
			}
			counts[e]++
			texts.add(wave, one, e.Name, counts[e], body, db.texts.sketcher)
		})
	}
	for _, all := range texts.byQuestion {
		slices.SortFunc(all, func(a, b *OpenText) int { return cmp.Compare(a.ID, b.ID) })
	}
	return texts, nil
}

// eachText visits the relevant answers that are texts, those in repeats too.
func eachText(at response.Place, elements []*survey.Element, visit func(*survey.Element, string)) {
	for _, e := range elements {
		switch {
		case e.Type == survey.Group:
			eachText(at, e.Children, visit)
		case e.Type == survey.Repeat:
			for _, inside := range at.Instances(e) {
				eachText(inside, e.Children, visit)
			}
		case e.Type == survey.TextType && at.Relevant(e):
			if values := at.Values(e); len(values) > 0 && values[0] != "" {
				visit(e, values[0])
			}
		}
	}
}

func (t *OpenTexts) add(wave *LiveWave, of *Stored, question string, number int, body string, sketcher *coding.Sketcher) {
	mac := hmac.New(sha256.New, wave.salt)
	mac.Write([]byte("text\x00" + question + "\x00" + strconv.Itoa(number) + "\x00"))
	mac.Write(of.id[:])
	mac.Write([]byte(body))
	sum := mac.Sum(nil)
	one := &OpenText{ID: hex.EncodeToString(sum[:12]), Question: question, Language: of.Language, Body: body, response: of.id,
		order: binary.BigEndian.Uint64(sum[12:]), Sketch: sync.OnceValue(func() coding.Sketch { return sketcher.Sketch(body) })}
	t.byID[one.ID] = one
	t.byQuestion[question] = append(t.byQuestion[question], one)
}

// Text returns a text of a question by its id.
func (t *OpenTexts) Text(question, id string) (*OpenText, bool) {
	one, known := t.byID[id]
	return one, known && one.Question == question
}

// Count is how many texts a question has.
func (t *OpenTexts) Count(question string) int { return len(t.byQuestion[question]) }

// For returns the texts of a question in the random order of one coder, which
// stays when others come in; those of the sample first.
func (t *OpenTexts) For(coder, question string, sample map[string]bool) []*OpenText {
	mac := hmac.New(sha256.New, t.salt)
	mac.Write([]byte("order\x00" + coder))
	key := binary.BigEndian.Uint64(mac.Sum(nil))
	rank := func(one *OpenText) uint64 { return scatter(one.order ^ key) }
	return slices.SortedFunc(slices.Values(t.byQuestion[question]), func(a, b *OpenText) int {
		if sample[a.ID] != sample[b.ID] {
			if sample[a.ID] {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.ID, b.ID))
	})
}

// scatter maps numbers one to one so that near ones are far from each other: the
// finalizer of SplitMix64 (Steele, Lea & Flood 2014).
func scatter(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// forgetTexts deletes what was made of the texts of responses that go, quotes
// too, released or not. Whatever deletes responses calls it in the same
// transaction: withdrawals, undone imports, replaced sheets, the end of retention.
func forgetTexts(ctx context.Context, tx *sql.Tx, waveID string, ids ...receiptHash) error {
	for _, n := range portions(len(ids), narrowPerInsert) {
		arguments := []any{waveID}
		for _, id := range ids[:n] {
			arguments = append(arguments, id[:])
		}
		ids = ids[n:]
		for _, table := range []string{"codings", "coding_texts", "coding_samples", "quotes"} {
			if _, err := tx.ExecContext(ctx, textsDelete(table, n), arguments...); err != nil {
				return fmt.Errorf("forget texts: %w", err)
			}
		}
	}
	return codingsChanged(ctx, tx, waveID)
}

// textsDelete deletes the rows of so many responses.
func textsDelete(table string, n int) string {
	return `DELETE FROM ` + table + ` WHERE wave_id = $1 AND response IN (` + placeholders(2, n) + `)`
}
