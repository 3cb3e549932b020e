package guardcmd

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/layerfleet/layerfleet/guard"
	"github.com/layerfleet/layerfleet/internal/cli/command"
	"github.com/layerfleet/layerfleet/internal/report"
)

type evalOptions struct {
	rules, data, params string
	dialect             dialect
	loader              loader
	explain             bool
	format              command.Format
}

// evaluation is the JSON value of eval.
type evaluation struct {
	FormatVersion string       `json:"format_version"`
	Status        guard.Status `json:"status"`
	Files         []evaluated  `json:"files"`
}

// evaluated is a document with its verdicts.
type evaluated struct {
	Data   string        `json:"data"`
	Status guard.Status  `json:"status"`
	Rules  []ruleVerdict `json:"rules"`
}

type ruleVerdict struct {
	Name     string          `json:"name"`
	Status   guard.Status    `json:"status"`
	File     string          `json:"file"`
	Findings []guard.Finding `json:"findings"`
	// Explanation is there if it was asked for.
	Explanation *guard.Step `json:"explanation,omitempty"`
}

func newEval(f *command.Factory) *cobra.Command {
	var o evalOptions
	cmd := &cobra.Command{
		Use:   "eval --rules FILE|DIR --data FILE|DIR|-",
		Short: "evaluate policies on documents, with the reasons",
		Long: `eval evaluates all rules on all documents. The exit code is 0 if none fails (all pass
or skip), 2 if one fails, 1 if there is no verdict: a policy or document that cannot be
read, or an evaluation that the engine gives up on.

In a directory, files with the extensions .guard and .ruleset are policies, and .json,
.jsn, .yaml, .yml and .template documents. A document is a configuration item, a
template, or any other JSON or YAML. --input-parameters adds the members of another
document, such as CONFIG_RULE_PARAMETERS.

Documents are read as values by default, as AWS Config passes them. The command lines
of cfn-guard read some scalars differently (2.1.3 reads null and -1 as text); with
--loader documents are read as they do, to compare with them.

--explain shows how each verdict came about, passes and skips included.`,
		Example: `  layerfleet guard eval --rules layers.guard --data item.json
  layerfleet guard eval --rules layers.guard --data items/ --input-parameters params.json -o json
  layerfleet guard eval --rules s3.guard --data template.yaml --dialect 3 --explain
  echo '{"resourceType": "AWS::Lambda::Function"}' | layerfleet guard eval --rules layers.guard --data -`,
		Args: command.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.rules == "" || o.data == "" {
				return need(cmd, "--rules and --data")
			}
			return runEval(cmd.Context(), cmd.InOrStdin(), f, o)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.rules, "rules", "", "policy, or directory of policies")
	flags.StringVar(&o.data, "data", "", "document, or directory of documents; - is standard input")
	flags.StringVar(&o.params, "input-parameters", "", "document whose members are added to each of --data")
	flags.BoolVar(&o.explain, "explain", false, "show how the verdicts came about")
	o.dialect.flag(cmd)
	o.loader.flag(cmd)
	command.FormatFlag(cmd, &o.format)
	return cmd
}

func runEval(ctx context.Context, in io.Reader, f *command.Factory, o evalOptions) error {
	rules, err := compileAll(o.rules, o.dialect.Dialect)
	if err != nil {
		return err
	}
	documents, err := documentsOf(in, o)
	if err != nil {
		return err
	}
	out := evaluation{FormatVersion: report.FormatVersion, Files: []evaluated{}}
	for _, d := range documents {
		one, err := evaluate(ctx, rules, d, o.explain)
		if err != nil {
			return err
		}
		out.Files = append(out.Files, one)
		out.Status = worse(out.Status, one.Status)
	}
	if err := f.Show(o.format, out, func() error { return writeEvaluation(f.Terminal, out) }); err != nil {
		return err
	}
	return command.Conclude(true, out.Status == guard.StatusFail)
}

func documentsOf(in io.Reader, o evalOptions) ([]*guard.Document, error) {
	names := []string{stdin}
	if o.data != stdin {
		var err error
		if names, err = files(o.data, dataExtensions()); err != nil {
			return nil, err
		}
	}
	var params *guard.Document
	if o.params != "" {
		var err error
		if params, err = load(o.params, in, o.loader.Loader); err != nil {
			return nil, err
		}
	}
	all := make([]*guard.Document, len(names))
	for i, name := range names {
		d, err := load(name, in, o.loader.Loader)
		if err == nil && params != nil {
			d, err = d.With(params)
		}
		if err != nil {
			return nil, err
		}
		all[i] = d
	}
	return all, nil
}

func evaluate(ctx context.Context, rules []ruleFile, d *guard.Document, explained bool) (evaluated, error) {
	out := evaluated{Data: d.Name, Rules: []ruleVerdict{}}
	for _, file := range rules {
		result, err := file.rules.Eval(ctx, d)
		if err != nil {
			return out, fmt.Errorf("no verdict on %s: %w", d.Name, err)
		}
		out.Status = worse(out.Status, result.Status)
		for _, r := range result.Rules {
			v := ruleVerdict{Name: r.Name, Status: r.Status, File: file.name, Findings: append([]guard.Finding{}, r.Findings...)}
			if explained {
				v.Explanation = r.Explain()
			}
			out.Rules = append(out.Rules, v)
		}
	}
	return out, nil
}

// worse is the verdict of two together: a failure before a pass before a skip.
func worse(a, b guard.Status) guard.Status {
	if a == guard.StatusFail || b == guard.StatusSkip {
		return a
	}
	return b
}
