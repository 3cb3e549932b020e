package doc_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/guard/doc"
)

func load(t *testing.T, name, text string) *doc.Document {
	t.Helper()
	d, err := doc.Load(name, []byte(text), doc.LoadValues)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// places lists the values of a document with where they stand.
func places(d *doc.Document) []string {
	var out []string
	var visit func(v *doc.Value)
	visit = func(v *doc.Value) {
		line, column := v.Position()
		out = append(out, fmt.Sprintf("%s %s:%d:%d", v.Path(), d.File(v), line, column))
		for i := range v.Len() {
			visit(v.At(i))
		}
	}
	visit(d.Root())
	return out
}

func TestWith(t *testing.T) {
	item, params := load(t, "item.json", `{"a": [{"b": 1}]}`), load(t, "params.json", `{"p": {"q": [2]}}`)
	before := [][]string{places(item), places(params)}
	both, err := item.With(params)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		" item.json:0:0", "/a item.json:1:7", "/a/0 item.json:1:8", "/a/0/b item.json:1:14",
		"/p params.json:1:7", "/p/q params.json:1:13", "/p/q/0 params.json:1:14",
	}
	if diff := cmp.Diff(want, places(both)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if both.Size() != len(want) {
		t.Errorf("size %d, want %d", both.Size(), len(want))
	}
	if diff := cmp.Diff(before, [][]string{places(item), places(params)}); diff != "" {
		t.Errorf("the documents themselves have changed (-want +got):\n%s", diff)
	}
	if got := both.Root().Get("a").At(0).Get("b").Parent().Parent().Parent(); got != both.Root() {
		t.Errorf("the values belong to %s", got)
	}
}

func TestWithRefuses(t *testing.T) {
	item := load(t, "item.json", `{"a": 1}`)
	for _, c := range []struct{ name, params, want string }{
		{name: "the same member", params: `{"b": 1, "a": 2}`, want: "item.json and p.json both have a"},
		{name: "no map", params: `[1]`, want: "item.json cannot be merged with p.json: one is a list, not a map"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := item.With(load(t, "p.json", c.params)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %s", err, c.want)
			}
		})
	}
}

// TestDetach copies: the document that a value comes from stays as it is.
func TestDetach(t *testing.T) {
	d := load(t, "tests.yaml", "- input: {a: {b: [1]}}\n")
	before := places(d)
	input := doc.Detach(d.Root().At(0).Get("input"))
	want := []string{" :1:10", "/a :1:14", "/a/b :1:18", "/a/b/0 :1:19"}
	if diff := cmp.Diff(want, places(input)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before, places(d)); diff != "" {
		t.Errorf("the document has changed (-want +got):\n%s", diff)
	}
	if input.Size() != len(want) {
		t.Errorf("size %d, want %d", input.Size(), len(want))
	}
}
