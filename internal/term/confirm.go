package term

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

// ErrNotAsked says that nobody is there to answer a question.
var ErrNotAsked = errors.New("standard input is not a terminal, so nobody can be asked")

// Confirm asks a question and reports whether the answer was yes. Anything but
// "y" or "yes" is a no. Without a terminal to answer from it is ErrNotAsked.
func (t *Terminal) Confirm(question string) (bool, error) {
	if !t.inTTY {
		return false, ErrNotAsked
	}
	_, _ = fmt.Fprintf(writer{t, t.err}, "%s [y/N] ", question) // as with Say
	answer, err := bufio.NewReader(t.in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return true, nil
	}
	return false, nil
}
