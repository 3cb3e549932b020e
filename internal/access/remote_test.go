package access_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/layerfleet/layerfleet/internal/access"
)

// clockServer answers as a sandbox's clock does; a sleep of an hour never ends.
func clockServer(t *testing.T, speed float64) string {
	t.Helper()
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			d, err := time.ParseDuration(r.URL.Query().Get("sleep"))
			if err != nil {
				t.Error(err)
			}
			if d == time.Hour {
				<-r.Context().Done()
				return
			}
			now = now.Add(d)
		}
		_, _ = fmt.Fprintf(w, `{"now":%q,"speed":%v}`, now.Format(time.RFC3339Nano), speed)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestClockAt(t *testing.T) {
	t.Parallel()
	stands, err := access.ClockAt(t.Context(), clockServer(t, 0))
	if err != nil {
		t.Fatal(err)
	}
	start := stands.Now()
	if err := stands.Sleep(t.Context(), 90*time.Minute); err != nil {
		t.Fatal(err)
	}
	if got := stands.Now().Sub(start); got != 90*time.Minute {
		t.Errorf("it went on by %s", got)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := stands.Sleep(ctx, time.Hour); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a wait that was given up: %v", err)
	}

	runs, err := access.ClockAt(t.Context(), clockServer(t, 3600))
	if err != nil {
		t.Fatal(err)
	}
	if year := runs.Now().Year(); year != 2030 {
		t.Errorf("it is %d there", year)
	}
	began := time.Now()
	if err := runs.Sleep(t.Context(), time.Minute); err != nil || time.Since(began) > 10*time.Second {
		t.Errorf("a minute took %s: %v", time.Since(began), err)
	}
}

func TestClockAtRefuses(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		handler http.HandlerFunc
		want    string
	}{
		"foreign":  {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "not signed", http.StatusForbidden) }, "403 Forbidden: not signed"},
		"nonsense": {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) }, "nonsense"},
	} {
		server := httptest.NewServer(tt.handler)
		if _, err := access.ClockAt(t.Context(), server.URL); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", name, err)
		}
		server.Close()
		if _, err := access.ClockAt(t.Context(), server.URL); err == nil {
			t.Errorf("%s: nobody is there, and no error", name)
		}
	}
}
