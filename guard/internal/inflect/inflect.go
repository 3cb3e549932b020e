// Package inflect respells names the way Guard does when a document has no
// member of the name that a rule asks for: "bucketName" is then looked up as
// "BucketName", "bucket-name" and so on. The conversions are those of the Rust
// crate Inflector 0.11, its oddities included.
package inflect

import (
	"strings"
	"unicode"
)

// Count is the number of spellings.
const Count = 7

// Spellings gives the conversions of a name, in the order in which they are
// tried: camel, class, kebab, Pascal, snake, title and train case.
func Spellings(name string) [Count]string {
	pascal := camelLike(name, camelOptions{newWord: true})
	return [Count]string{
		camelLike(name, camelOptions{}),
		class(pascal),
		snakeLike(name, '-'),
		pascal,
		snakeLike(name, '_'),
		camelLike(name, camelOptions{newWord: true, firstWord: true, separator: ' '}),
		camelLike(name, camelOptions{newWord: true, firstWord: true, separator: '-'}),
	}
}

// class is Pascal case with its last word in the singular.
func class(pascal string) string {
	at := max(strings.LastIndexFunc(pascal, unicode.IsUpper), 0)
	return pascal[:at] + singular(pascal[at:])
}

type camelOptions struct {
	newWord   bool
	firstWord bool
	separator rune // 0 for none
}

// camelLike joins words and capitalizes them. A word begins after what is
// neither letter nor digit, after a digit, and where a capital follows a small
// letter.
func camelLike(name string, o camelOptions) string {
	newWord, firstWord, last, started := o.newWord, o.firstWord, ' ', false
	var b strings.Builder
	b.Grow(len(name) + len(name)/2)
	for _, r := range trimRight(name) {
		switch {
		case !alphanumeric(r) && started:
			newWord = true
		case !started && !alphanumeric(r):
		case unicode.IsNumber(r):
			started, newWord = true, true
			b.WriteRune(r)
		case newWord || lower(last) && upper(r):
			started, newWord = true, false
			if o.separator != 0 && !firstWord {
				b.WriteRune(o.separator)
			}
			b.WriteRune(asciiUpper(r))
			firstWord = false
		default:
			started, last = true, r
			b.WriteRune(asciiLower(r))
		}
	}
	return b.String()
}

// snakeLike joins words in small letters by a separator.
func snakeLike(name string, separator rune) string {
	all := []rune(name)
	first := true
	var b strings.Builder
	b.Grow(len(name) + len(name)/2)
	for at, r := range trimRight(name) {
		switch {
		case !alphanumeric(r):
			if !first {
				first = true
				b.WriteRune(separator)
			}
			continue
		case !first && r == asciiUpper(r) && (lowerAt(all, at+1) || lowerAt(all, at-1)):
			b.WriteRune(separator)
		}
		first = false
		b.WriteRune(asciiLower(r))
	}
	return b.String()
}

// lowerAt looks up a character by what is in truth an offset in bytes; so does
// the original.
func lowerAt(all []rune, i int) bool { return i >= 0 && i < len(all) && lower(all[i]) }

func trimRight(s string) string {
	return strings.TrimRightFunc(s, func(r rune) bool { return !alphanumeric(r) })
}

func alphanumeric(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.Is(unicode.Other_Alphabetic, r)
}

func lower(r rune) bool {
	return unicode.IsLower(r) || unicode.Is(unicode.Other_Lowercase, r)
}

func upper(r rune) bool {
	return unicode.IsUpper(r) || unicode.Is(unicode.Other_Uppercase, r)
}

func asciiUpper(r rune) rune {
	if r >= 'a' && r <= 'z' {
		return r - 'a' + 'A'
	}
	return r
}

func asciiLower(r rune) rune {
	if r >= 'A' && r <= 'Z' {
		return r - 'A' + 'a'
	}
	return r
}
