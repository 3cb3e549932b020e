package page

import (
	"strings"
	"testing"
)

func TestCut(t *testing.T) {
	items := []string{"a", "b", "c", "d", "e"}
	self := func(s string) string { return s }
	var pages []string
	var token *string
	for {
		part, next, ok := Cut(items, self, token, 2)
		if !ok {
			t.Fatal("token refused")
		}
		pages = append(pages, strings.Join(part, ""))
		if next == nil {
			break
		}
		token = next
	}
	if got := strings.Join(pages, " "); got != "ab cd e" {
		t.Errorf("pages %q", got)
	}
	if part, _, _ := Cut([]string{"a", "c"}, self, func() *string { _, n, _ := Cut(items, self, nil, 2); return n }(), 2); len(part) != 1 || part[0] != "c" {
		t.Errorf("after a deleted item: %q", part)
	}
	for _, bad := range []string{"%", "nonsense", ""} {
		if _, _, ok := Cut(items, self, &bad, 2); ok {
			t.Errorf("foreign token %q accepted", bad)
		}
	}
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	numbers := []int{0, 1, 9, 10, 1 << 40}
	for i := 1; i < len(numbers); i++ {
		less, more := numbers[i-1], numbers[i]
		if Ascending(less) >= Ascending(more) || Descending(less) <= Descending(more) {
			t.Errorf("%d and %d: %s, %s; %s, %s", less, more, Ascending(less), Ascending(more), Descending(less), Descending(more))
		}
	}
}
