package scheduler

import (
	"errors"
	"testing"
	"time"

	"github.com/aws/smithy-go"
)

func TestNext(t *testing.T) {
	base := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	at := func(text string) time.Duration {
		d, err := time.ParseDuration(text)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	zone := time.FixedZone("", -5*3600)
	tests := []struct {
		text, from, want string // from and want are offsets from base; want is empty for never
	}{
		{"rate(30 minutes)", "-1h", "0s"},
		{"rate(30 minutes)", "0s", "0s"},
		{"rate(30 minutes)", "1s", "30m"},
		{"rate(30 minute)", "30m", "30m"},
		{"rate(2 days)", "49h", "96h"},
		{"at(2026-11-22T06:00:00)", "0s", "1h"},
		{"at(2026-11-22T06:00:00)", "2h", ""},
	}
	for _, tt := range tests {
		e, err := parseExpression(tt.text, zone)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := e.next(base, base.Add(at(tt.from)))
		if ok != (tt.want != "") || ok && !got.Equal(base.Add(at(tt.want))) {
			t.Errorf("%s from %s: %v, %v; want %s", tt.text, tt.from, got, ok, tt.want)
		}
	}
}

func FuzzParseExpression(f *testing.F) {
	for _, s := range []string{"rate(5 minutes)", "at(2026-11-22T06:00:00)", "cron(0 8 * * ? *)", "rate(999999999 days)"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, err := parseExpression(text, time.UTC)
		var ae smithy.APIError
		switch {
		case err != nil && !errors.As(err, &ae):
			t.Fatalf("error of another kind: %v", err)
		case err == nil && e.every <= 0 && e.at.IsZero():
			t.Fatalf("%q is neither a rate nor a time", text)
		}
	})
}
