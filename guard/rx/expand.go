package rx

import (
	"strconv"
	"strings"
)

// expand writes a template; group gives the text of a capture by name, or by
// number if that is not negative.
func expand(b *strings.Builder, template string, group func(name string, n int) string) {
	for {
		n := strings.IndexByte(template, '$')
		if n < 0 {
			b.WriteString(template)
			return
		}
		b.WriteString(template[:n])
		template = template[n:]
		name, length := reference(template)
		switch {
		case strings.HasPrefix(template, "$$"):
			b.WriteByte('$')
			length = 2
		case length == 0:
			b.WriteByte('$')
			length = 1
		default:
			number, err := strconv.Atoi(name)
			if err != nil {
				number = -1
			}
			b.WriteString(group(name, number))
		}
		template = template[length:]
	}
}

// reference reads $name or ${name}; the length is 0 if there is none.
func reference(s string) (name string, length int) {
	if strings.HasPrefix(s, "${") {
		if end := strings.IndexByte(s, '}'); end > 2 {
			return s[2:end], end + 1
		}
		return "", 0
	}
	end := 1
	for end < len(s) && (s[end] == '_' || s[end] >= '0' && s[end] <= '9' || s[end]|0x20 >= 'a' && s[end]|0x20 <= 'z') {
		end++
	}
	if end == 1 {
		return "", 0
	}
	return s[1:end], end
}
