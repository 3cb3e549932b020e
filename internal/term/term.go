// Package term is how layerfleet speaks to a person: data on standard output, messages
// on standard error, live status lines on a terminal and plain lines in a pipe.
//
// The rules: sentences begin in lower case and end without a period; colour and
// live lines only on a terminal, never with NO_COLOR or TERM=dumb (for live lines);
// nothing but data ever reaches standard output.
package term

import (
	"fmt"
	"io"
	"os"
	"sync"

	"golang.org/x/term"
)

// Terminal is a pair of output streams and what is known of them. Its methods may
// be called by several goroutines at once.
type Terminal struct {
	in       io.Reader
	out, err io.Writer

	inTTY, outTTY bool
	live          bool // status lines can be rewritten
	colour        bool // on standard output
	errColour     bool
	width         int // columns of standard output; 0 when it is no terminal
	errWidth      int

	mu     sync.Mutex
	status []string // what is on the terminal now
}

// New looks at the streams, and at NO_COLOR and TERM through env.
func New(in io.Reader, out, err io.Writer, env func(string) string) *Terminal {
	dumb := env("TERM") == "dumb"
	plain := env("NO_COLOR") != "" || dumb
	t := &Terminal{in: in, out: out, err: err}
	_, t.inTTY = size(in)
	t.width, t.outTTY = size(out)
	var errTTY bool
	t.errWidth, errTTY = size(err)
	t.live = errTTY && !dumb
	t.colour, t.errColour = t.outTTY && !plain, errTTY && !plain
	return t
}

// size is the width of a terminal; ok is false when stream is not one.
func size(stream any) (width int, ok bool) {
	f, isFile := stream.(*os.File)
	if !isFile || !term.IsTerminal(int(f.Fd())) {
		return 0, false
	}
	if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 0 {
		return w, true
	}
	return 80, true
}

// Out is where data goes. What is written appears above any status lines.
func (t *Terminal) Out() io.Writer { return writer{t, t.out} }

// Width is the number of columns of standard output, 0 when it is no terminal.
func (t *Terminal) Width() int { return t.width }

// Live reports whether status lines are rewritten in place.
func (t *Terminal) Live() bool { return t.live }

// Say prints one line on standard error. What cannot be shown is lost: there is nowhere else to say so.
func (t *Terminal) Say(format string, args ...any) {
	_, _ = fmt.Fprintf(writer{t, t.err}, format+"\n", args...)
}

// writer writes above the status lines: it takes them away and puts them back.
type writer struct {
	t  *Terminal
	to io.Writer
}

func (w writer) Write(p []byte) (int, error) {
	w.t.mu.Lock()
	defer w.t.mu.Unlock()
	shown := w.t.status
	w.t.erase()
	n, err := w.to.Write(p)
	if err == nil && len(p) > 0 && p[len(p)-1] == '\n' {
		w.t.draw(shown)
	}
	return n, err
}
