package request

import (
	"strings"

	"github.com/layerfleet/layerfleet/sandbox/internal/quirk"
)

// ReadBack is a template as CloudFormation gives it back.
func ReadBack(q quirk.Set, body string) string {
	if q.Is(quirk.NonASCII, "kept") {
		return body
	}
	return strings.Map(func(r rune) rune {
		if r > 127 {
			return '?'
		}
		return r
	}, body)
}
