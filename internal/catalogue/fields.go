package catalogue

import (
	"regexp"
	"slices"

	"github.com/goccy/go-yaml/ast"

	"bedarfslotse/internal/failure"
)

// FieldOfAction (Themenfeld) is what a question, an indicator, an offer or a
// measure is about.
type FieldOfAction struct {
	Key         string            // lower-case ASCII with underscores, stable
	Cluster     string            // key of its cluster
	Label       map[string]string // by language tag; has de and en
	Description map[string]string // by language tag; may be empty
}

// Cluster is a group of fields of action.
type Cluster struct {
	Key   string
	Label map[string]string // by language tag; has de and en
}

// Fields is the taxonomy of fields of action. It is immutable and safe for
// concurrent use.
type Fields struct {
	version  string
	clusters []Cluster
	fields   []FieldOfAction
}

// requiredLanguages are those of the coordinators' pages.
func requiredLanguages() []string { return []string{"de", "en"} }

var fieldPattern = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)

// ReadFields reads the taxonomy from YAML. Findings name line and column, all
// of them at once; the fields are nil when one of them is fatal. file is only
// put into the findings.
func ReadFields(file string, content []byte) (*Fields, failure.Findings) {
	doc := newDocument(file, content)
	fields := &Fields{}
	seen := make(map[string]bool) // clusters and fields share one space of keys
	doc.fields(doc.root, map[string]func(ast.Node){
		"version": doc.text(&fields.version),
		"clusters": func(node ast.Node) {
			doc.items(node, func(item ast.Node) { fields.readCluster(doc, item, seen) })
		},
	}, "version", "clusters")
	if doc.findings.Sort(); doc.findings.Fatal() {
		return nil, doc.findings
	}
	return fields, doc.findings
}

func (f *Fields) readCluster(doc *document, item ast.Node, seen map[string]bool) {
	cluster := Cluster{}
	from := len(f.fields)
	doc.fields(item, map[string]func(ast.Node){
		"key":   doc.text(&cluster.Key),
		"label": doc.texts(&cluster.Label, requiredLanguages()...),
		"fields": func(node ast.Node) {
			doc.items(node, func(item ast.Node) { f.fields = append(f.fields, readField(doc, item, seen)) })
		},
	}, "key", "label", "fields")
	checkKey(doc, item, cluster.Key, seen)
	for i := from; i < len(f.fields); i++ {
		f.fields[i].Cluster = cluster.Key
	}
	f.clusters = append(f.clusters, cluster)
}

func readField(doc *document, item ast.Node, seen map[string]bool) FieldOfAction {
	field := FieldOfAction{}
	doc.fields(item, map[string]func(ast.Node){
		"key":         doc.text(&field.Key),
		"label":       doc.texts(&field.Label, requiredLanguages()...),
		"description": doc.texts(&field.Description),
	}, "key", "label")
	checkKey(doc, item, field.Key, seen)
	return field
}

func checkKey(doc *document, item ast.Node, key string, seen map[string]bool) {
	switch {
	case key == "": // reported as missing
	case !fieldPattern.MatchString(key):
		doc.find(item, "catalogue.bad_field_key", "key", key)
	case seen[key]:
		doc.find(item, "catalogue.duplicate_key", "key", key)
	}
	seen[key] = true
}

// Version names the state of the taxonomy.
func (f *Fields) Version() string { return f.version }

// Clusters returns the clusters in the order of the file.
func (f *Fields) Clusters() []Cluster { return slices.Clone(f.clusters) }

// All returns the fields in the order of the file, cluster by cluster.
func (f *Fields) All() []FieldOfAction { return slices.Clone(f.fields) }

// Get returns the field with a key.
func (f *Fields) Get(key string) (FieldOfAction, bool) {
	at := slices.IndexFunc(f.fields, func(field FieldOfAction) bool { return field.Key == key })
	if at < 0 {
		return FieldOfAction{}, false
	}
	return f.fields[at], true
}

// In returns the fields of a cluster.
func (f *Fields) In(cluster string) []FieldOfAction {
	var found []FieldOfAction
	for _, field := range f.fields {
		if field.Cluster == cluster {
			found = append(found, field)
		}
	}
	return found
}

// Keys returns the keys of all fields in the order of the file.
func (f *Fields) Keys() []string {
	keys := make([]string, 0, len(f.fields))
	for _, field := range f.fields {
		keys = append(keys, field.Key)
	}
	return keys
}
