package charts

// Idle tells how many machines wait for the next picture.
func (r *Renderer) Idle() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.idle)
}

// Placed is a line of text or a mark at its place, for tests of layouts.
type Placed struct {
	Text                  string
	Left, Top, Right, Low float64
	Size                  float64
}

// Places returns where a grouped chart's texts and other marks stand, texts as
// wide as the renderer's fonts make them.
func (r *Renderer) Places(chart Chart) (texts, marks []Placed) {
	setter, err := r.setter()
	if err != nil {
		panic(err)
	}
	defer r.setters.Put(setter)
	for _, m := range chart.scene.marks {
		switch m.kind {
		case words:
			wide := setter.width(m.text, m.size)
			left := m.x - float64(m.anchor)/2*wide
			texts = append(texts, Placed{m.text, left, m.y - m.size*0.4, left + wide, m.y + m.size*0.4, m.size})
		case box:
			marks = append(marks, Placed{Left: m.x, Top: m.y, Right: m.x + m.w, Low: m.y + m.h})
		case line, dashes:
			marks = append(marks, Placed{Left: min(m.x, m.x+m.w), Top: min(m.y, m.y+m.h), Right: max(m.x, m.x+m.w), Low: max(m.y, m.y+m.h)})
		default:
			marks = append(marks, Placed{Left: m.x - m.w, Top: m.y - m.h, Right: m.x + m.w, Low: m.y + m.h})
		}
	}
	return texts, marks
}
