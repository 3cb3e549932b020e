package fn

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/layerfleet/layerfleet/guard/doc"
	"github.com/layerfleet/layerfleet/guard/internal/rx"
)

func toLower(v *doc.Value) (*doc.Value, error) { return onText(v, strings.ToLower), nil }

// toUpper is Go's, but for the one letter whose capital form Rust writes as
// two and that occurs in practice.
func toUpper(v *doc.Value) (*doc.Value, error) {
	return onText(v, func(s string) string { return strings.ReplaceAll(strings.ToUpper(s), "ß", "SS") }), nil
}

func onText(v *doc.Value, f func(string) string) *doc.Value {
	if v.Kind() != doc.String {
		return nil
	}
	return doc.NewString(f(v.Text()))
}

// urlDecode undoes percent-encoding; a percent sign without two digits stays,
// a plus sign, too. What does not decode to UTF-8 is dropped.
func urlDecode(v *doc.Value) (*doc.Value, error) {
	if v.Kind() != doc.String {
		return nil, nil //nolint:nilnil // nil drops the value
	}
	s := v.Text()
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			hi, isHigh := hexDigit(s[i+1])
			lo, isLow := hexDigit(s[i+2])
			if isHigh && isLow {
				b.WriteByte(hi<<4 | lo)
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	if !utf8.ValidString(b.String()) {
		return nil, nil //nolint:nilnil // nil drops the value
	}
	return doc.NewString(b.String()), nil
}

func hexDigit(c byte) (value byte, ok bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return (c | 0x20) - 'a' + 10, true
	}
	return 0, false
}

// join puts strings together. Unlike the other functions it does not drop what
// is no string.
func join(values, delimiter Arg) ([]*doc.Value, error) {
	sep, err := one("join", delimiter)
	if err != nil {
		return nil, err
	}
	parts := make([]string, len(values))
	for i, v := range values {
		if v == nil {
			return nil, fmt.Errorf("join: %w: a value was not found", ErrArguments)
		}
		if v.Kind() != doc.String {
			return nil, fmt.Errorf("join: %w: %s at %q is not a string", ErrArguments, v.Kind(), v.Path())
		}
		parts[i] = v.Text()
	}
	made := doc.NewString(strings.Join(parts, sep))
	if len(values) > 0 {
		made.WithPlaceOf(values[0])
	}
	return []*doc.Value{made}, nil
}

// substring cuts by bytes; the ends are taken as numbers of 16 bits. A range
// outside the text drops the value.
func substring(values, from, to Arg) ([]*doc.Value, error) {
	low, err := position(from)
	if err != nil {
		return nil, err
	}
	high, err := position(to)
	if err != nil {
		return nil, err
	}
	return each(values, func(v *doc.Value) (*doc.Value, error) {
		if v.Kind() != doc.String {
			return nil, nil //nolint:nilnil // nil drops the value
		}
		s := v.Text()
		if s == "" || low >= high || high > len(s) {
			return nil, nil //nolint:nilnil // nil drops the value
		}
		if !boundary(s, low) || !boundary(s, high) {
			return nil, fmt.Errorf("substring: %w: %d to %d cuts a character", ErrArguments, low, high)
		}
		return doc.NewString(s[low:high]), nil
	})
}

func boundary(s string, i int) bool { return i == len(s) || utf8.RuneStart(s[i]) }

// position reads an end of a substring.
func position(a Arg) (int, error) {
	if len(a) > 0 && a[0] != nil {
		switch v := a[0]; v.Kind() {
		case doc.Int:
			return int(uint16(v.Int())), nil //nolint:gosec // cut off as in the original
		case doc.Float:
			return int(uint16(min(max(v.Float(), 0), 1<<16-1))), nil
		}
	}
	return 0, fmt.Errorf("substring: %w: not a number", ErrArguments)
}

// regexReplace gives the replacements of all matches, and nothing else of the
// text.
func regexReplace(values, pattern, replacement Arg) ([]*doc.Value, error) {
	expr, err := one("regex_replace", pattern)
	if err != nil {
		return nil, err
	}
	template, err := one("regex_replace", replacement)
	if err != nil {
		return nil, err
	}
	var re *rx.Regexp // compiled when there is something to match, as in the original
	return each(values, func(v *doc.Value) (*doc.Value, error) {
		if v.Kind() != doc.String {
			return nil, nil //nolint:nilnil // nil drops the value
		}
		if re == nil {
			if re, err = rx.Compile(expr, rx.Fancy); err != nil {
				return nil, err
			}
		}
		s, err := re.Expand(v.Text(), template)
		if err != nil {
			return nil, err
		}
		return doc.NewString(s), nil
	})
}

// jsonParse reads YAML, and so JSON, too.
func jsonParse(v *doc.Value) (*doc.Value, error) {
	if v.Kind() != doc.String {
		return nil, nil //nolint:nilnil // nil drops the value
	}
	d, err := doc.Load("", []byte(v.Text()), doc.LoadTest)
	if err != nil {
		return nil, fmt.Errorf("json_parse: %w", err)
	}
	return d.Root(), nil
}
