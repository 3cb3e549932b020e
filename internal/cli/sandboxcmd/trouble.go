package sandboxcmd

import (
	"errors"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	local "github.com/layerfleet/layerfleet/sandbox"
)

// troubles are flags that may be given several times, each with one trouble.
type troubles[T any] struct {
	list  []T
	texts []string
	form  string
	parse func(string) (T, error)
}

// String, Set and Type make troubles a flag's value.
func (t *troubles[T]) String() string { return strings.Join(t.texts, " ") }

// Set adds one. Its errors go on behind the flag and the text: --breaks "x" is not ….
func (t *troubles[T]) Set(text string) error {
	one, err := t.parse(text)
	if err != nil {
		if rest, ok := strings.CutPrefix(err.Error(), strconv.Quote(text)+" "); ok {
			return errors.New(rest)
		}
		return errors.New("is wrong: " + strings.TrimPrefix(err.Error(), text+": "))
	}
	t.list, t.texts = append(t.list, one), append(t.texts, text)
	return nil
}

// Type is the placeholder in help texts.
func (t *troubles[T]) Type() string { return t.form }

// troubleFlags make calls of functions fail.
type troubleFlags struct {
	breaks  troubles[local.Break]
	outages troubles[local.Outage]
}

func (f *troubleFlags) add(cmd *cobra.Command) {
	f.breaks = troubles[local.Break]{form: "LAYER:VERSION=SHARE", parse: local.ParseBreak}
	f.outages = troubles[local.Outage]{form: "REGION@START+LENGTH=SHARE", parse: local.ParseOutage}
	cmd.Flags().Var(&f.breaks, "breaks", "a layer version, even a future one, under which a share of the calls fails: common-runtime:7=5%")
	cmd.Flags().Var(&f.outages, "outage", "a time in which a share of all calls in a Region fails: us-east-1@2h+30m=20%")
}
