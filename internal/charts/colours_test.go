package charts

import (
	"math"
	"testing"
)

// What the three kinds of dichromatic sight make of linear colours: Machado,
// Oliveira & Fernandes 2009, severity 1.
var sights = map[string][3][3]float64{
	"full":         {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
	"protanopia":   {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}},
	"deuteranopia": {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}},
	"tritanopia":   {{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602}, {0.004733, 0.691367, 0.303900}},
}

// lab turns a colour, seen so, into CIE L*a*b* under D65.
func lab(c rgb, sight [3][3]float64) [3]float64 {
	linear := func(v float64) float64 {
		if v /= 255; v > 0.04045 {
			return math.Pow((v+0.055)/1.055, 2.4)
		}
		return v / 12.92
	}
	in := [3]float64{linear(c.r), linear(c.g), linear(c.b)}
	var l [3]float64
	for i := range l {
		for j := range in {
			l[i] += sight[i][j] * in[j]
		}
		l[i] = min(max(l[i], 0), 1)
	}
	f := func(v float64) float64 {
		if v > 216.0/24389 {
			return math.Cbrt(v)
		}
		return (24389.0/27*v + 16) / 116
	}
	x := f((0.4124564*l[0] + 0.3575761*l[1] + 0.1804375*l[2]) / 0.95047)
	y := f(0.2126729*l[0] + 0.7151522*l[1] + 0.0721750*l[2])
	z := f((0.0193339*l[0] + 0.1191920*l[1] + 0.9503041*l[2]) / 1.08883)
	return [3]float64{116*y - 16, 500 * (x - y), 200 * (y - z)}
}

// ciede2000 is the colour difference of Sharma, Wu & Dalal 2005.
func ciede2000(p, q [3]float64) float64 {
	radians, power := math.Pi/180, func(v float64) float64 { return math.Pow(v, 7) / (math.Pow(v, 7) + math.Pow(25, 7)) }
	g := 0.5 * (1 - math.Sqrt(power((math.Hypot(p[1], p[2])+math.Hypot(q[1], q[2]))/2)))
	a1, a2 := p[1]*(1+g), q[1]*(1+g)
	c1, c2 := math.Hypot(a1, p[2]), math.Hypot(a2, q[2])
	hue := func(b, a float64) float64 { return math.Mod(math.Atan2(b, a)/radians+360, 360) }
	h1, h2 := hue(p[2], a1), hue(q[2], a2)
	dh, mean := h2-h1, (h1+h2)/2
	if c1*c2 == 0 {
		dh, mean = 0, h1+h2
	} else if math.Abs(dh) > 180 {
		if dh > 0 {
			dh -= 360
		} else {
			dh += 360
		}
		if mean < 180 {
			mean += 180
		} else {
			mean -= 180
		}
	}
	dl, dc, dH := q[0]-p[0], c2-c1, 2*math.Sqrt(c1*c2)*math.Sin(dh/2*radians)
	l, c := (p[0]+q[0])/2, (c1+c2)/2
	t := 1 - 0.17*math.Cos((mean-30)*radians) + 0.24*math.Cos(2*mean*radians) + 0.32*math.Cos((3*mean+6)*radians) - 0.2*math.Cos((4*mean-63)*radians)
	sl, sc, sh := 1+0.015*(l-50)*(l-50)/math.Sqrt(20+(l-50)*(l-50)), 1+0.045*c, 1+0.015*c*t
	turn := -2 * math.Sqrt(power(c)) * math.Sin(60*math.Exp(-math.Pow((mean-275)/25, 2))*radians)
	return math.Sqrt(dl*dl/(sl*sl) + dc*dc/(sc*sc) + dH*dH/(sh*sh) + turn*dc/sc*dH/sh)
}

// Three of the pairs that Sharma, Wu & Dalal publish for testing.
func TestColourDifference(t *testing.T) {
	for _, pair := range []struct {
		p, q [3]float64
		want float64
	}{
		{[3]float64{50, 2.6772, -79.7751}, [3]float64{50, 0, -82.7485}, 2.0425},
		{[3]float64{50, 2.5, 0}, [3]float64{73, 25, -18}, 27.1492},
		{[3]float64{2.0776, 0.0795, -1.135}, [3]float64{0.9033, -0.0636, -0.5514}, 0.9082},
	} {
		if got := ciede2000(pair.p, pair.q); math.Abs(got-pair.want) > 5e-5 {
			t.Errorf("%v, %v: %.4f, want %.4f", pair.p, pair.q, got, pair.want)
		}
	}
}

// nearest is the smallest difference of two colours in all kinds of sight.
func nearest(a, b rgb) (least float64, in string) {
	least = math.Inf(1)
	for name, sight := range sights {
		if d := ciede2000(lab(a, sight), lab(b, sight)); d < least {
			least, in = d, name
		}
	}
	return least, in
}

func contrast(a, b rgb) float64 {
	x, y := a.luminance()+0.05, b.luminance()+0.05
	return max(x/y, y/x)
}

// A difference of 2 is just seen side by side; across a legend it takes more.
func TestColoursStayApartForEverybody(t *testing.T) {
	for i, a := range categorical() {
		for j, b := range categorical()[:i] {
			if d, in := nearest(a, b); d < 15 {
				t.Errorf("choices %d and %d: ΔE %.1f under %s", i+1, j+1, d, in)
			}
		}
	}
	for n := 2; n <= 11; n++ {
		steps := ramp(n)
		for i := 1; i < n; i++ {
			if d, in := nearest(steps[i-1], steps[i]); d < 4 || n <= 5 && d < 10 {
				t.Errorf("steps %d and %d of %d: ΔE %.1f under %s", i, i+1, n, d, in)
			}
		}
		if d, in := nearest(steps[0], steps[n-1]); d < 30 {
			t.Errorf("the ends of a scale of %d: ΔE %.1f under %s", n, d, in)
		}
	}
	for _, theme := range []Theme{Light, Dark} {
		p := colours(t, theme)
		if d, in := nearest(p.roles[accent], p.roles[second]); d < 20 {
			t.Errorf("%s: the two sides of a pair: ΔE %.1f under %s", theme, d, in)
		}
	}
}

func colours(t *testing.T, theme Theme) *palette {
	t.Helper()
	p, err := paletteOf(theme)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// What carries meaning has 3:1 to the ground, words 4.5:1 (WCAG 2.2, 1.4.11 and
// 1.4.3). Parts of a stack and cells of a heat map have an outline or words.
func TestContrasts(t *testing.T) {
	for _, theme := range []Theme{Light, Dark} {
		p := colours(t, theme)
		for role, least := range map[role]float64{rule: 3, accent: 3, second: 3, ink: 4.5, muted: 4.5} {
			if got := contrast(p.roles[role], p.roles[ground]); got < least {
				t.Errorf("%s: role %d has %.2f:1 to the ground, want %.1f", theme, role, got, least)
			}
		}
		below := append(append(categorical(), ramp(5)...), ramp(11)...)
		for i := 0.0; i <= 100; i++ {
			below = append(below, tint(i/100).on(p))
		}
		for _, fill := range below {
			if got := contrast(inkOn{fill}.on(p), fill); got < 4.5 {
				t.Errorf("%s: words on %s have %.2f:1", theme, fill.hex(), got)
			}
		}
		last := tint(0).on(p).luminance()
		for i := 1.0; i <= 20; i++ {
			next := tint(i / 20).on(p).luminance()
			if (next < last) != (theme == Light) {
				t.Errorf("%s: the scale of shares does not run one way at %v", theme, i/20)
			}
			last = next
		}
	}
}
