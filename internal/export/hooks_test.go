package export

import (
	"context"
	"io"
	"iter"

	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/survey"
)

// MicrodataWithout is [Microdata] with one of its protections switched off, so
// that a test can show that it would notice.
func MicrodataWithout(ctx context.Context, w io.Writer, v *survey.Version, areas *catalogue.Areas, records iter.Seq2[Record, error],
	options MicrodataOptions, coarsening, guarding bool) (MicrodataReport, error) {
	m, err := newMicrodata(v, areas, options)
	if err != nil {
		return MicrodataReport{}, err
	}
	if err := m.collect(ctx, records); err != nil {
		return MicrodataReport{}, err
	}
	for _, one := range m.variables {
		one.begin(v, areas)
	}
	if !coarsening {
		if err := m.coarsen(ctx); err != nil {
			return MicrodataReport{}, err
		}
	}
	if !guarding {
		m.guard()
	}
	return m.report(), m.write(ctx, w)
}
