package term

import (
	"errors"
	"fmt"
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

// sample is what `find` prints, with a reason added.
func sample() *Table {
	table := NewTable("ACCOUNT", "REGION", "FUNCTION", "RUNTIME", "N", "MATCHED", "WHY").Right(4).Prose(6).Drop(3, 0)
	table.Row("100000000001", "ap-southeast-2", "catalogue-api-handler-017", "python3.12", "9", "observability-agent:14", "another layer of the function is not shared with the account: arn:aws:lambda:eu-west-1:100000000000:layer:legacy-crypto:2")
	table.Row("100000000002", "eu-west-1", "注文-api", "nodejs20.x", "12", "deps:3", "")
	return table
}

func TestTableFits(t *testing.T) {
	tests := []struct {
		width int
		want  string
		left  string // the columns that are not there
	}{
		{width: 132, want: `
ACCOUNT       REGION          FUNCTION                   RUNTIME      N  MATCHED                 WHY
100000000001  ap-southeast-2  catalogue-api-handler-017  python3.12   9  observability-agent:14  another layer of the function is
                                                                                                 not shared with the account:
                                                                                                 arn:aws:lambda:eu…r:legacy-crypto:2
100000000002  eu-west-1       注文-api                   nodejs20.x  12  deps:3
`},
		{width: 80, left: "ACCOUNT, RUNTIME", want: `
REGION          FUNCTION           N  MATCHED           WHY
ap-southeast-2  catalogu…ler-017   9  observab…gent:14  another layer of the
                                                        function is not shared
                                                        with the account:
                                                        arn:aws:lamb…cy-crypto:2
eu-west-1       注文-api          12  deps:3
`},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.width), func(t *testing.T) {
			var out, errs strings.Builder
			if err := sample().Write(&Terminal{out: &out, err: &errs, width: tt.width}); err != nil {
				t.Fatal(err)
			}
			if got := "\n" + out.String(); got != tt.want {
				t.Errorf("got%swant%s", got, tt.want)
			}
			if said := errs.String(); (tt.left == "") != (said == "") || !strings.Contains(said, "in "+fmt.Sprint(tt.width)+" columns: "+tt.left+";") && tt.left != "" {
				t.Errorf("said %q, want %q", said, tt.left)
			}
		})
	}
}

// Nothing is wider than the terminal, and the end of a name stays readable.
func TestTableNeverExceedsTheTerminal(t *testing.T) {
	for width := 1; width < 200; width++ {
		var out, errs strings.Builder
		if err := sample().Write(&Terminal{out: &out, err: &errs, width: width}); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(out.String()) {
			if w := Width(strings.TrimSuffix(line, "\n")); w > width {
				t.Errorf("%d columns in %d: %s", w, width, line)
			}
		}
		if width >= 40 && !strings.Contains(out.String(), ":14") {
			t.Errorf("%d: the version is cut off\n%s", width, out.String())
		}
	}
}

func TestCut(t *testing.T) {
	tests := []struct {
		name, text, want, middle string
		width                    int
	}{
		{name: "fits", text: "abc", width: 3, want: "abc", middle: "abc"},
		{name: "cut", text: "abcdefgh", width: 5, want: "abcd…", middle: "ab…gh"},
		{name: "even", text: "abcdefgh", width: 4, want: "abc…", middle: "ab…h"},
		{name: "one column", text: "abcdef", width: 1, want: "…", middle: "…"},
		{name: "wide", text: "日本語文", width: 6, want: "日本…", middle: "日…文"},
		{name: "clusters stay whole", text: "👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧", width: 5, want: "👩‍👩‍👧👩‍👩‍👧…", middle: "👩‍👩‍👧…👩‍👩‍👧"},
		{name: "marks take none", text: "e\u0301e\u0301", width: 2, want: "e\u0301e\u0301", middle: "e\u0301e\u0301"},
		{name: "styled and fits", text: "\x1b[1mabc\x1b[0m", width: 3, want: "\x1b[1mabc\x1b[0m", middle: "\x1b[1mabc\x1b[0m"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Cut(tt.text, tt.width); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if got := CutMiddle(tt.text, tt.width); got != tt.middle {
				t.Errorf("middle: got %q, want %q", got, tt.middle)
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
