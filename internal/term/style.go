package term

// Style is an SGR code for text on a terminal.
type Style string

// The styles in use. Colour never carries meaning alone: the words say it too.
const (
	Plain  Style = ""
	Bold   Style = "1"
	Dim    Style = "2"
	Red    Style = "31"
	Green  Style = "32"
	Yellow Style = "33"
	Cyan   Style = "36"
)

// Paint styles text for standard output, where that shows colour.
func (t *Terminal) Paint(s Style, text string) string { return paint(t.colour, s, text) }

// PaintErr styles text for standard error, where that shows colour.
func (t *Terminal) PaintErr(s Style, text string) string { return paint(t.errColour, s, text) }

func paint(on bool, s Style, text string) string {
	if !on || s == Plain || text == "" {
		return text
	}
	return "\x1b[" + string(s) + "m" + text + "\x1b[0m"
}
