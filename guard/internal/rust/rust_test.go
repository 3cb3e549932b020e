package rust_test

import (
	"math"
	"testing"

	"github.com/layerfleet/layerfleet/guard/internal/rust"
)

func TestParseFloat(t *testing.T) {
	for _, c := range []struct {
		text string
		want float64
		ok   bool
	}{
		{text: "1.5", want: 1.5, ok: true},
		{text: "+1e3", want: 1000, ok: true},
		{text: ".5", want: 0.5, ok: true},
		{text: "1e999", want: math.Inf(1), ok: true},
		{text: "-Infinity", want: math.Inf(-1), ok: true},
		{text: "inf", want: math.Inf(1), ok: true},
		{text: "NaN", want: math.NaN(), ok: true},
		{text: "0x10"},
		{text: "1_000"},
		{text: "--1"},
		{text: "+-inf"},
		{text: "1e"},
		{text: " 1"},
		{text: ""},
	} {
		got, ok := rust.ParseFloat(c.text)
		if ok != c.ok || got != c.want && !(math.IsNaN(got) && math.IsNaN(c.want)) {
			t.Errorf("%q is %v, %v, want %v, %v", c.text, got, ok, c.want, c.ok)
		}
	}
}
