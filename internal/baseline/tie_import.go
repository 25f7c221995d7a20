package baseline

import (
	"bytes"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/tabular"
)

// TieTargets lists what a table of who works with whom may hold. The words are what
// people call frequencies, kinds and areas, by key.
func TieTargets(frequencies, kinds, areas []tabular.Choice) []tabular.Target {
	return []tabular.Target{
		{Key: "from", Label: "network.input.from", Kind: tabular.TextValue, Required: true, Synonyms: []string{"Einrichtung", "Von", "Akteur", "Quelle", "Akteur 1", "Source", "From"}},
		{Key: "to", Label: "network.input.to", Kind: tabular.TextValue, Required: true, Synonyms: []string{"Partner", "Nach", "Arbeitet mit", "Kooperationspartner", "Akteur 2", "Ziel", "Target", "To"}},
		{Key: "frequency", Label: "network.input.frequency", Kind: tabular.ChoiceValue, Choices: frequencies, Fixed: true, Synonyms: []string{"Häufigkeit", "Wie oft", "Frequency"}},
		{Key: "kind", Label: "network.input.kind", Kind: tabular.ChoiceValue, Choices: kinds, Synonyms: []string{"Art", "Art des Partners", "Typ", "Kind"}},
		{Key: "area", Label: "network.input.area", Kind: tabular.AreaValue, Choices: areas, Fixed: true, Synonyms: []string{"Gebiet", "Ort", "Stadt", "Kommune", "Area"}},
	}
}

// TieImport is what a table of ties would change.
type TieImport struct {
	New      []Tie
	Changed  []TieChange
	Same     int
	Findings failure.Findings
}

// TieChange is a tie of which the table says something else.
type TieChange struct{ Old, New Tie }

// ReadTieTable reads a table of ties through a mapping and compares it with those
// that there are: a tie is told by its ends, in their order. file is where they are
// known from. may tells for which areas whoever imports may change something. The
// error is [failure.Findings] when the file is unusable.
func ReadTieTable(targets []tabular.Target, content []byte, file string, reading tabular.Reading, mapping tabular.Mapping, there []Tie, may func(area string) bool) (*TieImport, error) {
	table, err := tabular.OpenTable(bytes.NewReader(content), reading.Options(file))
	if err != nil {
		return nil, err
	}
	mapped, err := mapping.Open(table, targets, file, reading.Sheet)
	if err != nil {
		return nil, err
	}
	result, known, seen := &TieImport{}, map[string]Tie{}, map[string]int{}
	for _, one := range there {
		known[offerKey(one.From, one.To)] = one
	}
	for row, err := range mapped.Rows() {
		if err != nil {
			return nil, err
		}
		if !row.Refused {
			result.add(mapped, row, known, seen, file, may)
		}
	}
	result.Findings = mapped.Findings()
	return result, nil
}

func (i *TieImport) add(mapped *tabular.Mapped, row tabular.Record, known map[string]Tie, seen map[string]int, file string, may func(string) bool) {
	key := offerKey(row.Text("from"), row.Text("to"))
	if line, twice := seen[key]; twice {
		mapped.Note(failure.Warning, "network.row_twice", row, "from", failure.Params{"line": line})
		return
	}
	seen[key] = row.Line
	old, there := known[key]
	tie := old
	if !there {
		tie = Tie{From: row.Text("from"), To: row.Text("to"), Source: file}
	}
	for target, into := range map[string]*string{"frequency": &tie.Frequency, "kind": &tie.Kind, "area": &tie.Area} {
		if text := row.Text(target); text != "" {
			*into = text
		}
	}
	if err := tie.Check(func(string) bool { return true }); err != nil {
		failed := failure.As(err)
		input, _ := failed.Params["input"].(string)
		mapped.Note(failure.Fatal, failed.Key, row, input, failed.Params)
		return
	}
	if !may(tie.Area) || there && !may(old.Area) {
		mapped.Note(failure.Fatal, "offers.row_foreign", row, "area", failure.Params{"title": tie.From + " – " + tie.To})
		return
	}
	switch {
	case !there:
		i.New = append(i.New, tie)
	case tie == old:
		i.Same++
	default:
		i.Changed = append(i.Changed, TieChange{old, tie})
	}
}
