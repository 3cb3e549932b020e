package term

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// Status shows lines that replace those of the last call; no lines takes them
// away. Without a live terminal it does nothing: use Progress for both.
func (t *Terminal) Status(lines ...string) {
	if !t.live {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.erase()
	t.draw(lines)
}

// erase and draw need t.mu. Like Say, they have nowhere to report that a message was lost.
func (t *Terminal) erase() {
	if len(t.status) > 0 {
		_, _ = io.WriteString(t.err, strings.Repeat("\x1b[1A\x1b[2K", len(t.status)))
		t.status = nil
	}
}

func (t *Terminal) draw(lines []string) {
	for _, line := range lines {
		_, _ = io.WriteString(t.err, Cut(line, max(t.errWidth-1, 10))+"\n")
	}
	t.status = lines
}

// Progress is a job of known or growing size. On a terminal it is a status line; in
// a pipe it is a line at each quarter of the way, if the job takes a while.
type Progress struct {
	t       *Terminal
	label   string
	began   time.Time
	quarter int
}

// patience is how long a job in a pipe may take without a word.
const patience = 2 * time.Second

// Progress begins to report a job, named by a verb ("reading functions").
func (t *Terminal) Progress(label string) *Progress {
	return &Progress{t: t, label: label, began: time.Now()}
}

// Update says how far the job is; a total of 0 is not known yet. It is not for
// concurrent use.
func (p *Progress) Update(done, total int) {
	line := fmt.Sprintf("%s: %d of %d", p.label, done, total)
	if total <= 0 {
		line = fmt.Sprintf("%s: %d", p.label, done)
	}
	if p.t.live {
		p.t.Status(line)
		return
	}
	if total <= 0 || time.Since(p.began) < patience {
		return
	}
	if quarter := done * 4 / total; quarter > p.quarter {
		p.quarter = quarter
		p.t.Say("%s", line)
	}
}

// Done takes the status line away.
func (p *Progress) Done() { p.t.Status() }

// Jobs is Progress for jobs that follow each other, told apart by their labels.
func (t *Terminal) Jobs() func(job string, done, total int) {
	p := t.Progress("")
	return func(job string, done, total int) {
		if job != p.label {
			p = t.Progress(job)
		}
		p.Update(done, total)
	}
}
