package ignore_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/layerfleet/layerfleet/internal/layer/ignore"
)

func TestIgnores(t *testing.T) {
	tests := []struct {
		name, list  string
		stays, goes []string // a folder ends with a slash
	}{
		{name: "nothing", stays: []string{"a", "b/"}},
		{name: "a name anywhere", list: "*.pyc", goes: []string{"a.pyc", "x/y/a.pyc"}, stays: []string{"a.py", "a.pyc.txt"}},
		{name: "tied", list: "/build\ndocs/*.md", goes: []string{"build", "docs/a.md"}, stays: []string{"x/build", "x/docs/a.md", "docs/x/a.md"}},
		{name: "folders only", list: "tests/", goes: []string{"tests/", "a/tests/", "a/tests/x.py"}, stays: []string{"tests", "a/tests"}},
		{name: "kept again", list: "*.txt\n!keep.txt", goes: []string{"a.txt"}, stays: []string{"keep.txt", "x/keep.txt"}},
		{name: "not out of a folder", list: "out/\n!out/keep.txt", goes: []string{"out/keep.txt"}},
		{name: "stars", list: "**/cache\na/**/z\nlogs/**", goes: []string{"cache", "x/cache", "a/z", "a/b/c/z", "logs/x"}, stays: []string{"logs/", "z"}},
		{name: "comment, escape, space", list: "# x\n\\#y\n\\!z\nq\\ \nr  \n", goes: []string{"#y", "!z", "q ", "r"}, stays: []string{"# x", "q"}},
		{name: "classes", list: "[a-c].x\n[!a]y\n[[:digit:]]\n[]]\n[x", goes: []string{"b.x", "by", "7", "]"}, stays: []string{"d.x", "ay", "[x"}},
		{name: "lines of Windows", list: "*.tmp\r\n", goes: []string{"a.tmp"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := ignore.Parse(tt.list)
			for _, name := range tt.goes {
				if !l.Ignores(strings.TrimSuffix(name, "/"), strings.HasSuffix(name, "/")) {
					t.Errorf("%s stays", name)
				}
			}
			for _, name := range tt.stays {
				if l.Ignores(strings.TrimSuffix(name, "/"), strings.HasSuffix(name, "/")) {
					t.Errorf("%s goes", name)
				}
			}
		})
	}
}

// TestAsGit draws lists and files, and compares with git check-ignore.
func TestAsGit(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		if os.Getenv("LAYERFLEET_REQUIRE_PEERS") == "1" {
			t.Fatal(err)
		}
		t.Skip("needs git")
	}
	dir := t.TempDir()
	git := func(stdin string, args ...string) string {
		cmd := exec.CommandContext(t.Context(), "git", args...) //nolint:gosec // of the test's own
		cmd.Dir, cmd.Stdin = dir, strings.NewReader(stdin)
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1")
		var errs bytes.Buffer
		cmd.Stderr = &errs
		out, err := cmd.Output()
		if err != nil && errs.Len() > 0 {
			t.Fatalf("git %q: %v: %s", args, err, errs.String())
		}
		return string(out)
	}
	git("", "init", "-q")
	var files []string
	for _, d := range []string{"", "a/", "a/b/", "b/", "cb/a/"} {
		for _, f := range []string{"a.x", "b.x", "ab", "c", "-", "#c"} {
			files = append(files, d+f)
		}
	}
	for _, f := range files {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(f)), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, f), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	line := rapid.StringOfN(rapid.SampledFrom([]rune(`aabbcx./*?!#[]-\ `)), 0, 8, -1)
	rapid.Check(t, func(t *rapid.T) {
		list := strings.Join(rapid.SliceOfN(line, 1, 4).Draw(t, "list"), "\n")
		if err := os.WriteFile(filepath.Join(dir, ".gitignore"), []byte(list), 0o600); err != nil {
			t.Fatal(err)
		}
		want := map[string]bool{}
		for name := range strings.SplitSeq(git(strings.Join(files, "\x00"), "check-ignore", "--no-index", "-z", "--stdin"), "\x00") {
			want[name] = true
		}
		l := ignore.Parse(list)
		for _, f := range files {
			if got := l.Ignores(f, false); got != want[f] {
				t.Errorf("%q: %q ignored %v, git says %v", list, f, got, want[f])
			}
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add("a\n!b/\n[a-z]*\n**/x", "a/b")
	f.Fuzz(func(_ *testing.T, list, name string) { ignore.Parse(list).Ignores(name, false) })
}
