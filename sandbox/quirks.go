package sandbox

import "github.com/layerfleet/layerfleet/sandbox/internal/quirk"

// Quirk is something that AWS's documents leave open, or state in two ways. A tool that is right on both sides is right on
// AWS, whichever side AWS turns out to be on.
type Quirk struct {
	Name string
	// Values are the sides. The first is the default: the awkward one wherever that is likely.
	Values []string
	// Doc says what the quirk decides, Source where AWS leaves it open.
	Doc, Source string
}

// Quirks are the quirks that a sandbox has. [Options.Quirks] chooses their sides.
func Quirks() []Quirk {
	var out []Quirk
	for _, q := range quirk.All() {
		out = append(out, Quirk{Name: string(q.Name), Values: q.Values, Doc: q.Doc, Source: q.Source})
	}
	return out
}

// TurnedQuirks are all quirks on their other sides.
func TurnedQuirks() map[string]string { return quirk.Turned() }

// CheckQuirks refuses names and values that there are not.
func CheckQuirks(chosen map[string]string) error {
	_, err := quirk.New(chosen)
	return err
}
