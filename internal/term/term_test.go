package term

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func noEnv(string) string { return "" }

func TestTableInAPipeIsNotCut(t *testing.T) {
	var out, errs strings.Builder
	to := New(strings.NewReader(""), &out, &errs, noEnv)
	table := NewTable("NAME", "COUNT").Right(1)
	table.Row(strings.Repeat("x", 200), "7")
	table.Row("日本", "12")
	if err := table.Write(to); err != nil {
		t.Fatal(err)
	}
	want := "NAME" + strings.Repeat(" ", 198) + "COUNT\n" +
		strings.Repeat("x", 200) + "      7\n" +
		"日本" + strings.Repeat(" ", 198) + "   12\n"
	if out.String() != want {
		t.Errorf("got\n%q\nwant\n%q", out.String(), want)
	}
}

func TestTableFitsATerminal(t *testing.T) {
	var out strings.Builder
	to := &Terminal{out: &out, err: &out, width: 30}
	table := NewTable("A", "B")
	table.Row(strings.Repeat("long ", 20), strings.Repeat("b", 12))
	if err := table.Write(to); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(out.String()) {
		if w := Width(strings.TrimSuffix(line, "\n")); w > 30 {
			t.Errorf("%d columns: %s", w, line)
		}
	}
	if !strings.Contains(out.String(), "…") {
		t.Error("nothing shows that text was left out")
	}
}

func TestCut(t *testing.T) {
	tests := []struct {
		name, text, want string
		width            int
	}{
		{name: "fits", text: "abc", width: 3, want: "abc"},
		{name: "cut", text: "abcdef", width: 4, want: "abc…"},
		{name: "wide", text: "日本語", width: 5, want: "日本…"},
		{name: "styled and fits", text: "\x1b[1mabc\x1b[0m", width: 3, want: "\x1b[1mabc\x1b[0m"},
		{name: "styled and cut", text: "\x1b[1mabcdef\x1b[0m", width: 3, want: "ab…"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Cut(tt.text, tt.width); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestProgressInAPipeIsALineAQuarter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out, errs strings.Builder
		to := New(strings.NewReader(""), &out, &errs, noEnv)
		short, long := to.Progress("short"), to.Progress("long")
		for i := range 101 {
			short.Update(i, 100)
		}
		for i := range 101 {
			time.Sleep(time.Second)
			long.Update(i, 100)
		}
		long.Done()
		if got, want := errs.String(), "long: 25 of 100\nlong: 50 of 100\nlong: 75 of 100\nlong: 100 of 100\n"; got != want {
			t.Errorf("got %q", got)
		}
		if out.Len() > 0 {
			t.Errorf("standard output has %q", out.String())
		}
	})
}

func TestTalkAppearsAboveStatus(t *testing.T) {
	var errs strings.Builder
	to := &Terminal{out: &errs, err: &errs, live: true, errWidth: 80}
	to.Status("working")
	to.Say("note")
	to.Status()
	if got, want := errs.String(), "working\n\x1b[1A\x1b[2Knote\nworking\n\x1b[1A\x1b[2K"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestConfirm(t *testing.T) {
	var errs strings.Builder
	if _, err := New(strings.NewReader("y\n"), &errs, &errs, noEnv).Confirm("go on?"); !errors.Is(err, ErrNotAsked) {
		t.Errorf("a pipe answered: %v", err)
	}
	for answer, want := range map[string]bool{"y\n": true, "YES\n": true, "\n": false, "n\n": false, "": false, "yep\n": false} {
		to := &Terminal{in: strings.NewReader(answer), err: &errs, inTTY: true}
		if got, err := to.Confirm("go on?"); err != nil || got != want {
			t.Errorf("%q is %v, %v", answer, got, err)
		}
	}
}
