// Package page cuts sorted lists into the pages of AWS's list operations.
//
// A token holds the key of the last item sent, so that items that come or go between two pages do no harm.
package page

import (
	"encoding/base64"
	"fmt"
	"iter"
	"maps"
	"math"
	"slices"
	"sort"
	"strings"
)

// mark opens every token, so that text which only happens to decode is refused.
const mark = "after:"

// Cut is the page of items after token, at most size long, and the token of the next page (nil after the last).
// items are sorted by key. ok is false for a token that no Cut has made.
func Cut[T any](items []T, key func(T) string, token *string, size int) (part []T, next *string, ok bool) {
	from := 0
	if token != nil {
		last, ok := After(token)
		if !ok {
			return nil, nil, false
		}
		from = sort.Search(len(items), func(i int) bool { return key(items[i]) > last })
	}
	part = items[from:]
	if len(part) > size {
		part = part[:size]
		t := base64.RawURLEncoding.EncodeToString([]byte(mark + key(part[size-1])))
		next = &t
	}
	return part, next, true
}

// Self is the key of items that are their own keys.
func Self(item string) string { return item }

// After is the key that the items of a page come after, for lists too long to be made as a whole; it is empty for the
// first page. ok is false for a token that no Cut has made.
func After(token *string) (key string, ok bool) {
	if token == nil {
		return "", true
	}
	text, err := base64.RawURLEncoding.DecodeString(*token)
	key, made := strings.CutPrefix(string(text), mark)
	return key, err == nil && made
}

// Ascending is the key of items that are sorted by a number which is not negative. The number must be an item's own:
// its place in the list changes when others come or go.
func Ascending(number int) string { return fmt.Sprintf("%019d", number) }

// Descending is the key of items that are sorted by such a number, the greatest first.
func Descending(number int) string { return Ascending(math.MaxInt - number) }

// Numbered is an item of a list that grows at its end only, with its place in that list, which is then its own.
type Numbered[T any] struct {
	Item   T
	Number int
}

// Number numbers the items of a list that grows at its end only. It makes a new list, to be filtered, turned and cut.
func Number[T any](items []T) []Numbered[T] {
	out := make([]Numbered[T], len(items))
	for i, item := range items {
		out[i] = Numbered[T]{Item: item, Number: i}
	}
	return out
}

// Ascending is the item's key in a list in the order of the numbers.
func (n Numbered[T]) Ascending() string { return Ascending(n.Number) }

// Descending is the item's key in a list with the newest item first.
func (n Numbered[T]) Descending() string { return Descending(n.Number) }

// Behind are the entries of a map in order of their keys, behind one of them, which need not be there.
func Behind[V any](m map[string]V, after string) iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		for _, key := range slices.Sorted(maps.Keys(m)) {
			if key > after && !yield(key, m[key]) {
				return
			}
		}
	}
}
