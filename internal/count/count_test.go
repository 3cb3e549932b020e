package count_test

import (
	"testing"

	"github.com/layerfleet/layerfleet/internal/count"
)

func TestOf(t *testing.T) {
	tests := []struct {
		n          int
		noun, want string
	}{
		{n: 0, noun: "function", want: "0 functions"},
		{n: 1, noun: "function", want: "1 function"},
		{n: 2, noun: "layer version", want: "2 layer versions"},
		{n: 1, noun: "entry", want: "1 entry"},
		{n: 2, noun: "entry", want: "2 entries"},
		{n: 2, noun: "day", want: "2 days"},
		{n: 2, noun: "alias", want: "2 aliases"},
		{n: 2, noun: "branch", want: "2 branches"},
	}
	for _, tt := range tests {
		if got := count.Of(tt.n, tt.noun); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

func TestWord(t *testing.T) {
	if count.Word(1, "is", "are") != "is" || count.Word(0, "is", "are") != "are" || count.Word(2, "is", "are") != "are" {
		t.Error("the word does not agree with its number")
	}
}
