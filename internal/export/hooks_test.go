package export

import (
	"io"
	"iter"

	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/survey"
)

// MicrodataWithout is [Microdata] with one of its protections switched off, so
// that a test can show that it would notice.
func MicrodataWithout(w io.Writer, v *survey.Version, areas *catalogue.Areas, records iter.Seq2[Record, error],
	options MicrodataOptions, coarsening, guarding bool) (MicrodataReport, error) {
	m, err := newMicrodata(v, areas, options)
	if err != nil {
		return MicrodataReport{}, err
	}
	if err := m.collect(records); err != nil {
		return MicrodataReport{}, err
	}
	for _, one := range m.variables {
		one.begin(v, areas)
	}
	if !coarsening {
		m.coarsen()
	}
	if !guarding {
		m.guard()
	}
	return m.report(), m.write(w)
}
