package lint_test

import (
	"fmt"
	"log"

	"github.com/layerfleet/layerfleet/guard/lint"
)

func ExampleSource() {
	found, err := lint.Source([]byte(`rule no_old_layer {
    some configuration.layers[*].arn != "old"
}
`), lint.Options{Name: "layers.guard"})
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range found {
		fmt.Println(f)
		fmt.Println("write instead:", f.Rewrite)
	}
	// Output:
	// layers.guard:2:5: some-inequality: this asks whether one of the values differs, not whether all do: one that differs hides those that do not
	// write instead: configuration.layers[*].arn != "old"
}
