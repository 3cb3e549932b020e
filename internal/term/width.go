package term

import (
	"strings"
	"unicode"
)

// wide holds the blocks whose characters take two columns (East Asian wide and
// fullwidth forms, emoji), after Unicode's EastAsianWidth.txt, coarsely.
var wide = &unicode.RangeTable{
	R16: []unicode.Range16{{Lo: 0x1100, Hi: 0x115f, Stride: 1}, {Lo: 0x2e80, Hi: 0xa4cf, Stride: 1}, {Lo: 0xac00, Hi: 0xd7a3, Stride: 1}, {Lo: 0xf900, Hi: 0xfaff, Stride: 1}, {Lo: 0xfe30, Hi: 0xfe6f, Stride: 1}, {Lo: 0xff00, Hi: 0xff60, Stride: 1}, {Lo: 0xffe0, Hi: 0xffe6, Stride: 1}},
	R32: []unicode.Range32{{Lo: 0x1f300, Hi: 0x1faff, Stride: 1}, {Lo: 0x20000, Hi: 0x3fffd, Stride: 1}},
}

// Width is the number of columns that s takes, escape sequences not counted.
func Width(s string) int {
	n, escape := 0, false
	for _, r := range s {
		switch {
		case escape:
			escape = r != 'm' && r != 'K' && r != 'A'
		case r == 0x1b:
			escape = true
		default:
			n += columns(r)
		}
	}
	return n
}

func columns(r rune) int {
	switch {
	case r < 0x20 || unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case unicode.Is(wide, r):
		return 2
	}
	return 1
}

// Cut shortens s to at most width columns, with an ellipsis for what is left out.
// Styled text is given back as it is when it fits, unstyled when it does not.
func Cut(s string, width int) string {
	if Width(s) <= width {
		return s
	}
	var b strings.Builder
	n, escape := 0, false
	for _, r := range s {
		switch {
		case escape:
			escape = r != 'm' && r != 'K' && r != 'A'
			continue
		case r == 0x1b:
			escape = true
			continue
		}
		if n += columns(r); n > width-1 {
			break
		}
		b.WriteRune(r)
	}
	return b.String() + "…"
}
