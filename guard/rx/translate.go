package rx

import "strings"

// translation is a pattern in the words of the two engines.
type translation struct {
	quick, slow string
	fancy       bool // Go's engine cannot do it
	boundary    bool // Go's engine can do it for ASCII texts
}

const (
	wordSet  = `\p{L}\p{Nl}\p{M}\p{Nd}\p{Pc}\x{200c}\x{200d}\x{24b6}-\x{24e9}\x{1f130}-\x{1f149}\x{1f150}-\x{1f169}\x{1f170}-\x{1f189}`
	spaceSet = `\t-\r \x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}`
)

// translate rewrites a pattern.
func translate(pattern string, s Syntax) (translation, error) {
	t := translation{slow: pattern}
	var b strings.Builder
	class := false
	for i := 0; i < len(pattern); i++ {
		c := pattern[i]
		if c == '[' {
			class = true
		}
		if c == ']' {
			class = false
		}
		if c != '\\' || i+1 == len(pattern) {
			b.WriteByte(c)
			continue
		}
		i++
		open, shut := "[", "]"
		if class {
			open, shut = "", ""
		}
		switch e := pattern[i]; e {
		case 'd':
			b.WriteString(`\p{Nd}`)
		case 'D':
			b.WriteString(`\P{Nd}`)
		case 'w':
			b.WriteString(open + wordSet + shut)
		case 'W':
			b.WriteString("[^" + wordSet + "]")
		case 's':
			b.WriteString(open + spaceSet + shut)
		case 'S':
			b.WriteString("[^" + spaceSet + "]")
		case 'b', 'B':
			t.boundary = true
			b.WriteString(`\` + string(rune(e)))
		default:
			b.WriteString(`\` + string(rune(e)))
		}
	}
	t.quick = b.String()
	return t, nil
}
