package charts

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"regexp"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"time"

	"github.com/dop251/goja"
	"github.com/go-text/typesetting/font"
)

// Renderer draws charts as static SVG pictures: the same options as in the
// page, through the same ECharts, in a JavaScript machine without network,
// files or clock. It is safe for concurrent use.
//
// Nothing is read or compiled before the first picture. A machine with ECharts
// in it is kept for the next picture, until none came for a minute; there are
// never more than the bound.
type Renderer struct {
	script func() ([]byte, error)
	fonts  func() ([][]byte, error)
	limit  time.Duration

	prepare sync.Once // ECharts
	failed  error
	program *goja.Program
	drawer  *goja.Program

	read    sync.Once // the fonts
	unread  error
	parsed  []*font.Font
	setters sync.Pool // typesetters of pictures that need no ECharts

	slots chan struct{} // one per picture being drawn
	mu    sync.Mutex
	idle  []*machine
	leave *time.Timer // ends the rest, from the first picture on
}

// mostMachines bounds how many pictures are drawn at the same time: one machine
// holds some 20 MB, and more of them than cores draw no faster.
const mostMachines = 4

// drawLimit ends a picture that takes longer than any honest chart.
const drawLimit = 10 * time.Second

// machineRest is how long a machine waits for the next picture: longer than somebody looks at one page of charts. A new machine
// takes a tenth of a second.
const machineRest = time.Minute

// ErrNothingToDraw is returned for a chart without options.
var ErrNothingToDraw = errors.New("charts: nothing to draw")

// NewRenderer returns a renderer. The script is ECharts' full build
// (echarts.min.js, 6.x); the fonts are TrueType files, tried in this order for
// each character. Both are asked for at the first picture that needs them, once;
// an error in them comes back from [Renderer.SVG].
func NewRenderer(echartsScript func() ([]byte, error), fonts func() ([][]byte, error)) *Renderer {
	return &Renderer{
		script: echartsScript, fonts: fonts, limit: drawLimit,
		slots: make(chan struct{}, min(mostMachines, max(1, runtime.GOMAXPROCS(0)))),
	}
}

// SVG draws the chart. The result has no scripts, styles, text elements or
// references outside itself; its words are outlines, and title and description
// say what it shows. The same chart and theme give the same bytes, so that
// their hash can serve as an entity tag.
//
// It waits for a free machine and stops when the context ends, with the
// context's error. A chart without options gives [ErrNothingToDraw].
func (r *Renderer) SVG(ctx context.Context, chart Chart, theme Theme) ([]byte, error) {
	if !chart.Drawn() {
		return nil, ErrNothingToDraw
	}
	if chart.scene != nil {
		return r.paint(ctx, chart, theme)
	}
	colours, err := themeOf(theme)
	if err != nil {
		return nil, fmt.Errorf("read themes: %w", err)
	}
	release, err := r.slot(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	if err := r.readFonts(); err != nil {
		return nil, err
	}
	if r.prepare.Do(r.compile); r.failed != nil {
		return nil, r.failed
	}
	worker, err := r.take()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, r.limit)
	defer cancel()
	drawn, err := worker.draw(ctx, chart, string(colours))
	if err != nil {
		return nil, fmt.Errorf("draw chart %s: %w", chart.ID, err) // the machine may be in any state: let it go
	}
	picture, err := outlined(drawn, chart, worker.setter)
	if err != nil {
		return nil, fmt.Errorf("write chart %s: %w", chart.ID, err)
	}
	r.give(worker)
	return picture, nil
}

// slot waits until fewer pictures than the bound are in the making. The caller
// gives the slot back.
func (r *Renderer) slot(ctx context.Context) (release func(), err error) {
	select {
	case r.slots <- struct{}{}:
		return func() { <-r.slots }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// drawScript is our few lines between the options and the drawing.
//
//go:embed draw.js
var drawScript string

func (r *Renderer) compile() {
	script, err := r.script()
	if err != nil {
		r.failed = fmt.Errorf("read ECharts: %w", err)
		return
	}
	if r.program, err = goja.Compile("echarts.min.js", string(script), false); err != nil {
		r.failed = fmt.Errorf("compile ECharts: %w", err)
		return
	}
	if r.drawer, err = goja.Compile("draw.js", drawScript, true); err != nil {
		r.failed = fmt.Errorf("compile draw.js: %w", err)
	}
	debug.FreeOSMemory() // some 60 MB of syntax tree, which nobody needs again
}

// readFonts reads the fonts, once.
func (r *Renderer) readFonts() error {
	r.read.Do(func() {
		files, err := r.fonts()
		if err == nil {
			r.parsed, err = parseFonts(files)
		}
		if err != nil {
			r.unread = fmt.Errorf("read fonts: %w", err)
		}
	})
	return r.unread
}

// setter returns a typesetter of the renderer's own; it goes back into setters.
func (r *Renderer) setter() (*typesetter, error) {
	if err := r.readFonts(); err != nil {
		return nil, err
	}
	if idle, ok := r.setters.Get().(*typesetter); ok {
		return idle, nil
	}
	return newTypesetter(r.parsed), nil
}

// paint draws a scene of our own, for which no machine is needed.
func (r *Renderer) paint(ctx context.Context, chart Chart, theme Theme) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	colours, err := paletteOf(theme)
	if err != nil {
		return nil, fmt.Errorf("read themes: %w", err)
	}
	setter, err := r.setter()
	if err != nil {
		return nil, err
	}
	defer r.setters.Put(setter)
	return painted(chart.scene, chart, colours, setter)
}

// take returns an idle machine or makes one.
func (r *Renderer) take() (*machine, error) {
	r.mu.Lock()
	if last := len(r.idle) - 1; last >= 0 {
		worker := r.idle[last]
		r.idle = r.idle[:last]
		r.mu.Unlock()
		return worker, nil
	}
	r.mu.Unlock()
	return r.newMachine()
}

// give keeps a machine for the next picture, and begins the rest anew.
func (r *Renderer) give(worker *machine) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.idle = append(r.idle, worker)
	if r.leave == nil {
		r.leave = time.AfterFunc(machineRest, r.release)
	} else {
		r.leave.Reset(machineRest)
	}
}

// release lets idle machines go: whoever only looks at charts in the morning
// has their memory for the rest of the day.
func (r *Renderer) release() {
	r.mu.Lock()
	r.idle = nil
	r.mu.Unlock()
	debug.FreeOSMemory()
}

// machine is one JavaScript runtime with ECharts in it.
type machine struct {
	vm     *goja.Runtime
	drawFn goja.Callable
	setter *typesetter
}

func (r *Renderer) newMachine() (*machine, error) {
	m := &machine{vm: goja.New(), setter: newTypesetter(r.parsed)}
	m.vm.SetMaxCallStackSize(2000)
	if err := m.vm.Set("measure", m.measure); err != nil {
		return nil, fmt.Errorf("prepare the JavaScript machine: %w", err)
	}
	if _, err := m.vm.RunProgram(r.program); err != nil {
		return nil, fmt.Errorf("start ECharts: %w", err)
	}
	value, err := m.vm.RunProgram(r.drawer)
	if err != nil {
		return nil, fmt.Errorf("start draw.js: %w", err)
	}
	draw, ok := goja.AssertFunction(value)
	if !ok {
		return nil, errors.New("draw.js is no function")
	}
	m.drawFn = draw
	return m, nil
}

var fontSize = regexp.MustCompile(`(\d+(?:\.\d+)?)px`)

// measure answers ECharts' question how wide a text is in a CSS font.
func (m *machine) measure(text, cssFont string) float64 {
	size := float64(smallSize)
	if found := fontSize.FindStringSubmatch(cssFont); found != nil {
		size, _ = strconv.ParseFloat(found[1], 64)
	}
	return m.setter.width(text, size)
}

// draw returns ECharts' own SVG.
func (m *machine) draw(ctx context.Context, chart Chart, theme string) (string, error) {
	stop := context.AfterFunc(ctx, func() { m.vm.Interrupt(ctx.Err()) })
	value, err := m.drawFn(goja.Undefined(), m.vm.ToValue(string(chart.Options)), m.vm.ToValue(theme),
		m.vm.ToValue(chart.Width), m.vm.ToValue(chart.Height))
	stop()
	if ctx.Err() != nil {
		return "", ctx.Err() // also when it came too late to interrupt: the machine is then marked
	}
	if err != nil {
		return "", err
	}
	return value.String(), nil
}
