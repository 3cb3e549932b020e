package syntax_test

import (
	"testing"

	"github.com/layerfleet/layerfleet/guard/syntax"
)

func TestPosition(t *testing.T) {
	f := &syntax.File{Name: "a.guard", Source: "é x\ny"}
	for _, c := range []struct {
		name string
		pos  syntax.Position
		want string
	}{
		{name: "the beginning", pos: f.Position(0), want: "a.guard:1:1"},
		{name: "columns count characters", pos: f.Position(3), want: "a.guard:1:3"},
		{name: "another line", pos: f.Position(5), want: "a.guard:2:1"},
		{name: "beyond the end", pos: f.Position(99), want: "a.guard:2:2"},
		{name: "no file", pos: syntax.Position{Line: 3, Column: 4}, want: "3:4"},
		{name: "no line", pos: syntax.Position{File: "a.guard"}, want: "a.guard"},
		{name: "nothing", pos: syntax.Position{}, want: "-"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.pos.String(); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}
