package runbook

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// closing is how long the server may take to exit before it is killed, in real time.
const closing = 2 * time.Second

// command is a line to the fork server: run a script, kill one, or wake one from a nap.
type command struct {
	Run     uint64            `json:"run,omitempty"`
	Kill    uint64            `json:"kill,omitempty"`
	Wake    uint64            `json:"wake,omitempty"`
	Nap     uint64            `json:"nap,omitempty"` // which of the script's naps is over
	Source  string            `json:"source,omitempty"`
	Handler string            `json:"handler,omitempty"`
	Events  any               `json:"events,omitempty"`
	Env     map[string]string `json:"env,omitempty"`
	Now     float64           `json:"now,omitempty"`
	Speed   float64           `json:"speed,omitempty"`
	Stepped bool              `json:"stepped,omitempty"`
}

// answer is a line from it: a script's process has ended, or takes a nap on a stepped clock.
type answer struct {
	ID      uint64 `json:"id"`
	Status  int    `json:"status"`
	Outcome string `json:"outcome"`
	Log     string `json:"log"`
	Ready   string `json:"ready"`

	Nap   uint64  `json:"nap"` // counts a script's naps from 1; 0 is the end
	Sleep float64 `json:"sleep"`
	All   bool    `json:"all"` // all threads of the script sleep
}

// server is the running fork server.
type server struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stderr *bytes.Buffer
	boto   string // what scripts import: "boto3 VERSION" or "standin VERSION"
	gone   chan struct{}
	err    error // how the process ended; set when gone is closed

	writing sync.Mutex
	mu      sync.Mutex
	waiting map[uint64]chan answer
}

func startServer(dir string, in interpreter, standIn bool) (*server, error) {
	path, err := json.Marshal(in.Path)
	if err != nil {
		return nil, err
	}
	use := "boto3"
	if standIn {
		use = "standin"
	}
	files := filepath.Join(dir, "python")
	s := &server{stderr: &bytes.Buffer{}, gone: make(chan struct{}), waiting: map[uint64]chan answer{}}
	s.cmd = exec.Command(in.Executable, "-E", "-s", "-B", "-X", "utf8", //nolint:noctx // it outlives the call that starts it; close ends it
		filepath.Join(files, "forkserver.py"), string(path), filepath.Join(files, "standin"), use)
	s.cmd.Env = []string{"HOME=" + dir, "PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8"}
	s.cmd.Dir = dir
	s.cmd.Stderr = s.stderr
	s.cmd.WaitDelay = closing
	if s.stdin, err = s.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("start the script server: %w", err)
	}
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start the script server: %w", err)
	}
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoPython, err)
	}
	lines := bufio.NewReader(stdout)
	var ready answer
	line, err := lines.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &ready)
	}
	if err != nil {
		_ = s.stdin.Close() // the server may have ended; the error below says why
		return nil, fmt.Errorf("%w: the script server did not start: %w", ErrNoPython, errors.Join(err, s.cmd.Wait(), errors.New(s.stderr.String())))
	}
	s.boto = ready.Ready
	go s.read(lines)
	return s, nil
}

// read passes answers to those who wait for them, until the server ends.
func (s *server) read(lines *bufio.Reader) {
	defer func() {
		s.err = s.cmd.Wait()
		close(s.gone)
	}()
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		var a answer
		if json.Unmarshal(line, &a) != nil {
			continue
		}
		s.mu.Lock()
		ch := s.waiting[a.ID]
		s.mu.Unlock()
		if ch != nil {
			ch <- a
		}
	}
}

// run sends a script, lets it sleep on the clock, and waits for its end. If ctx ends first, the script is killed, and run
// returns the answer (with what it printed) together with the cause.
func (s *server) run(ctx context.Context, naps *naps, c command) (answer, error) {
	ch, over := s.await(c.Run)
	defer over()
	ctx = naps.begin(ctx, func(nap uint64, now time.Time) {
		_ = s.send(command{Wake: c.Run, Nap: nap, Now: seconds(now)}) // a server that is gone is told below
	})
	defer naps.end()
	if err := s.send(c); err != nil {
		return answer{}, err
	}
	done := ctx.Done()
	for {
		select {
		case a := <-ch:
			if a.Nap > 0 {
				naps.take(a.Nap, time.Duration(a.Sleep*float64(time.Second)), a.All)
				continue
			}
			if done == nil && a.Outcome == "" {
				return a, context.Cause(ctx)
			}
			return a, nil
		case <-s.gone:
			return answer{}, fmt.Errorf("the script server ended: %w: %s", s.err, strings.TrimSpace(s.stderr.String()))
		case <-done:
			done = nil
			if err := s.send(command{Kill: c.Run}); err != nil {
				return answer{}, err
			}
		}
	}
}

// await gives the channel of a script's answers. They are read until over is called.
func (s *server) await(id uint64) (answers <-chan answer, over func()) {
	ch := make(chan answer, 1)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting[id] = ch
	return ch, func() {
		s.mu.Lock()
		delete(s.waiting, id)
		s.mu.Unlock()
		select {
		case <-ch: // nobody waits for it; the reader must not either
		default:
		}
	}
}

func (s *server) send(c command) error {
	line, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("encode a script's input: %w", err)
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	if _, err := s.stdin.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("reach the script server: %w", err)
	}
	return nil
}

func (s *server) dead() bool {
	select {
	case <-s.gone:
		return true
	default:
		return false
	}
}

// close makes the server kill its scripts and exit.
func (s *server) close() error {
	_ = s.stdin.Close() // the server may have ended
	timer := time.AfterFunc(closing, func() { _ = s.cmd.Process.Kill() })
	defer timer.Stop()
	<-s.gone
	return s.err
}
