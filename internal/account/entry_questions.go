package account

// The actions on what answers the guiding questions.
const (
	NoteAdded       Action = "note.added"
	NoteChanged     Action = "note.changed"
	NoteRemoved     Action = "note.removed"
	ConceptAdded    Action = "concept.added"
	ConceptChanged  Action = "concept.changed"
	ConceptRemoved  Action = "concept.removed"
	OwnWordsAdded   Action = "own_words.added"
	OwnWordsChanged Action = "own_words.changed"
)

func questionActions() []Action {
	return []Action{NoteAdded, NoteChanged, NoteRemoved, ConceptAdded, ConceptChanged, ConceptRemoved, OwnWordsAdded, OwnWordsChanged}
}
