package rx

import (
	"strconv"
	"strings"
)

// Expand puts the captures of every match into a template and joins the
// results; the text between the matches is dropped. In the template $1, $name
// and ${name} stand for captures and $$ for a dollar sign.
func (r *Regexp) Expand(s, template string) (string, error) {
	m, err := r.matcher(s)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	if m.quick != nil {
		for _, at := range m.quick.FindAllStringSubmatchIndex(s, -1) {
			r.expand(&b, template, func(n int) string {
				if 2*n+1 >= len(at) || at[2*n] < 0 {
					return ""
				}
				return s[at[2*n]:at[2*n+1]]
			})
		}
		return b.String(), nil
	}
	found, err := m.slow.FindStringMatch(s)
	for ; err == nil && found != nil; found, err = m.slow.FindNextMatch(found) {
		match := found
		r.expand(&b, template, func(n int) string {
			if g := match.GroupByNumber(n); g != nil {
				return g.String()
			}
			return ""
		})
	}
	if err != nil {
		return "", ErrTooLong
	}
	return b.String(), nil
}

// expand writes a template; group gives the text of a capture.
func (r *Regexp) expand(b *strings.Builder, template string, group func(n int) string) {
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
			known := err == nil
			if !known {
				number, known = r.names[name]
			}
			if known {
				b.WriteString(group(number))
			}
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
