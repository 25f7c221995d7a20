package server

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sync"

	"bedarfslotse/internal/charts"
)

// mostPictures bounds the pictures kept: at about 20 KB each a few megabytes.
const mostPictures = 300

// pictures keeps drawn charts by what they were drawn from.
type pictures struct {
	mu    sync.Mutex
	drawn map[[sha256.Size]byte][]byte
}

func newPictures() *pictures { return &pictures{drawn: map[[sha256.Size]byte][]byte{}} }

// draw returns the chart's picture and its entity tag.
func (p *pictures) draw(ctx context.Context, renderer *charts.Renderer, chart charts.Chart, theme charts.Theme) (svg []byte, tag string, err error) {
	key := sha256.Sum256(fmt.Appendf(nil, "%s\x00%x", theme, chart.Fingerprint()))
	tag = fmt.Sprintf(`"%x"`, key[:12])
	p.mu.Lock()
	svg, ok := p.drawn[key]
	p.mu.Unlock()
	if ok {
		return svg, tag, nil
	}
	if svg, err = renderer.SVG(ctx, chart, theme); err != nil {
		return nil, "", err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.drawn) >= mostPictures {
		clear(p.drawn) // simpler than keeping track, and as rare as a new snapshot
	}
	p.drawn[key] = svg
	return svg, tag, nil
}
