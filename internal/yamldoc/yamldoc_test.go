package yamldoc_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/yamldoc"
)

func TestScalarsStayAsWritten(t *testing.T) {
	d, err := yamldoc.Parse("f.yaml", []byte("a: 1.10\nb: 012345678901\nc: [3.10, \"x\"]\nd: true\ne: 7\nf: &x {g: on}\nh: *x\n"))
	if err != nil {
		t.Fatal(err)
	}
	f := d.Root().Fields("a", "b", "c", "d", "e", "f", "h")
	got := []string{f["a"].Text(), f["b"].Text(), strings.Join(f["c"].Texts(), " "), f["h"].Fields("g")["g"].Text()}
	if diff := cmp.Diff([]string{"1.10", "012345678901", "3.10 x", "on"}, got); diff != "" {
		t.Error(diff)
	}
	if !f["d"].Bool() || f["e"].Int() != 7 || f["nowhere"].Exists() || f["nowhere"].Text() != "" {
		t.Errorf("d %v, e %d", f["d"].Bool(), f["e"].Int())
	}
	if err := d.Err(); err != nil {
		t.Error(err)
	}
}

func TestProblems(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string
		hint       string
	}{
		{name: "empty", text: "", want: []string{"f.yaml: the file is empty"}},
		{name: "not YAML", text: "a: [1\nb: 2\n", want: []string{"f.yaml:2:"}},
		{name: "two documents", text: "a: 1\n---\na: 2\n", want: []string{"f.yaml:2:1: a second document begins here"}},
		{name: "unknown field", text: "text: x\nlits: []\n", want: []string{"f.yaml:2:1: lits is not a known field"}, hint: "did you mean list?"},
		{name: "twice", text: "text: x\ntext: y\n", want: []string{"f.yaml:2:1: text appears twice"}},
		{name: "wrong kinds", text: "text: [x]\nlist: 3\nflag: yes\nnumber: -4\n", want: []string{
			`f.yaml:1:7: text: must be text, not a list`, `f.yaml:2:7: list: must be a list, not "3"`,
			`f.yaml:3:7: flag: must be true or false, not "yes"`, `f.yaml:4:9: number: must be a whole number, not "-4"`,
		}},
		{name: "nothing", text: "text:\nlist: [a, a]\n", want: []string{"text: must be text, not nothing", "f.yaml:2:11: list[1]: a appears twice"}},
		{name: "not a mapping", text: "- 1\n", want: []string{"f.yaml:1:1: must be a mapping, not a list"}},
		{name: "merge key", text: "flag: &a true\n<<: *a\n", want: []string{"f.yaml:2:1: merge keys (<<) are not supported"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, err := yamldoc.Parse("f.yaml", []byte(tt.text))
			if err == nil {
				f := d.Root().Fields("text", "list", "flag", "number")
				f["text"].Text()
				f["list"].Texts()
				f["flag"].Bool()
				f["number"].Int()
				err = d.Err()
			}
			if err == nil {
				t.Fatal("nothing is wrong")
			}
			lines := strings.Split(err.Error(), "\n")
			if len(lines) != len(tt.want) {
				t.Fatalf("got %q, want %q", lines, tt.want)
			}
			for i, want := range tt.want {
				if !strings.Contains(lines[i], want) {
					t.Errorf("got %q, want %q", lines[i], want)
				}
			}
			if tt.hint != "" && strings.Join(hint.Of(err), "\n") != tt.hint {
				t.Errorf("hints %q, want %q", hint.Of(err), tt.hint)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("a: [1, {b: c}]\n"))
	f.Add([]byte("a: &x\n- *x\n"))
	f.Add([]byte("? [a]\n: b\n"))
	f.Fuzz(func(_ *testing.T, data []byte) {
		d, err := yamldoc.Parse("f", data)
		if err != nil {
			return
		}
		for _, e := range d.Root().Entries() {
			e.Value.Texts()
			e.Value.Int()
			e.Value.Fields("a")
		}
		_ = d.Err()
	})
}
