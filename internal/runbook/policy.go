package runbook

import (
	"fmt"
	"strings"

	"github.com/layerfleet/layerfleet/internal/move"
)

// The forms of a Guard rule about one layer. They are chosen by running both generations of the engine (2.1.3, which
// AWS Config has, and 3.1.1) over functions on the old version, the new one, others, several, none, and items without
// a layer list: what reads more easily judges some of them wrong (peers.md §0, defect 1; guard.md §1.6).

// anyVersion filters all versions of a layer: whatever is not right is wrong.
func anyVersion(account, name string) string { return "== /:" + account + ":layer:" + name + ":/" }

// among filters some versions of a layer: those to leave, which are wrong, and the right ones.
func among(arns ...string) string { return "in " + list(arns) }

// oneOf is what the layer versions that pass a filter must be.
func oneOf(arns ...string) string {
	if len(arns) == 1 {
		return `== "` + arns[0] + `"`
	}
	return "in " + list(arns)
}

// list writes a list literal. A Guard string knows no escape but that of its quote, and no ARN holds one.
func list(arns []string) string { return `["` + strings.Join(arns, `", "`) + `"]` }

// guardRule is the rule about one layer: FAIL if the function uses a version to leave, PASS if a right one, SKIP if it
// does not use the layer. A filter that selects nothing gives an empty result, and so does a missing list; without
// the condition on it, functions without layers would FAIL.
func guardRule(name, filter, exempt, right string) string {
	return fmt.Sprintf(`let %[1]s = configuration.layers[ arn %[2]s ]
rule %[1]s_version when resourceType == "AWS::Lambda::Function"%[3]s %%%[1]s !empty {
    %%%[1]s.arn %[4]s
}`, name, filter, exempt, right)
}

// unless is the condition that lets functions with a tag out; empty for no such tag.
func unless(tag string) string {
	if tag == "" {
		return ""
	}
	return " tags." + tag + " not exists"
}

// Policy is the Guard policy of the rule in one Region, as the template of the same moves gives it there. In a Region
// where nothing is enforced it is empty.
func Policy(moves []move.Move, region string) (string, error) {
	t, err := newTable(moves)
	if err != nil {
		return "", err
	}
	return t.policy(region), nil
}

// policy puts the rules of all layers together: a layer that is not in the Region leaves an empty line.
func (t table) policy(region string) string {
	text := make([]string, len(t.Layers))
	here := false
	for i, l := range t.Layers {
		r, ok := l.In(region)
		if !ok {
			continue
		}
		here = true
		text[i] = l.rule(func(key string) string { return l.At(region, l.number(r, key)).String() })
	}
	if !here {
		return ""
	}
	return strings.Join(text, "\n")
}
