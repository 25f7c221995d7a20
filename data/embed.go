// Package data holds the reference data that the program ships: fields of
// action, areas and an extract of the schools, with its source and licence.
package data

import "embed"

// Files holds the reference data under the names they have in this folder. Each
// file is named, so that nothing that lies about in the folder is shipped by
// accident, least of all the databases in data/var.
//
//go:embed fields_of_action.yaml indicators.yaml areas.yaml institution_types.csv nrw/schools.csv nrw/school_types.csv nrw/indicators.csv nrw/README.md
var Files embed.FS

// Names of the files in [Files].
const (
	FieldsOfAction = "fields_of_action.yaml"
	Indicators     = "indicators.yaml" // that municipalities use; without figures
	Areas          = "areas.yaml"
	OtherTypes     = "institution_types.csv" // of institutions that are no schools
	Schools        = "nrw/schools.csv"
	SchoolTypes    = "nrw/school_types.csv"
	SchoolFigures  = "nrw/indicators.csv" // pupils and social index by town and school type
	SchoolsReadme  = "nrw/README.md"
)
