package access

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// ClockAt reads the clock that a sandbox announces, at its address. Where that runs, so does this one, as fast; where it
// stands still, waits are made there.
func ClockAt(ctx context.Context, url string) (Time, error) {
	r := &remote{url: url}
	began := time.Now()
	speed, err := r.ask(ctx, http.MethodGet, url)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, noAnswer(err)
	case speed > 0:
		return Clock{start: began, base: r.now, speed: speed}, nil
	default:
		return r, nil
	}
}

// remote is a clock in another process that does not run by itself.
type remote struct {
	url string

	mu  sync.Mutex
	now time.Time // when it was last heard of
}

// Now implements [Time]. A clock that answers no more has stopped.
func (r *remote) Now() time.Time {
	_, _ = r.ask(context.Background(), http.MethodGet, r.url)
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

// Sleep implements [Time].
func (r *remote) Sleep(ctx context.Context, d time.Duration) error {
	_, err := r.ask(ctx, http.MethodPost, r.url+"?sleep="+d.String())
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// ask sends a request and takes down the time.
func (r *remote) ask(ctx context.Context, method, url string) (speed float64, err error) {
	request, err := http.NewRequestWithContext(ctx, method, url, nil)
	if err != nil {
		return 0, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, err
	}
	if response.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("the clock answers %s: %s", response.Status, strings.TrimSpace(string(body)))
	}
	var answer struct {
		Now   time.Time `json:"now"`
		Speed float64   `json:"speed"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return 0, fmt.Errorf("the clock answers nonsense: %w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if answer.Now.After(r.now) {
		r.now = answer.Now
	}
	return answer.Speed, nil
}
