package runbook

import (
	"encoding/json"
	"fmt"
)

// Quotas of AWS that a set of moves can reach.
const (
	maxTemplate   = 51_200    // bytes of a template that is sent inline (CloudFormation quotas)
	maxPolicy     = 10_000    // characters of a rule's PolicyText (AWS Config API)
	maxDocument   = 64 * 1024 // bytes of an Automation document (Systems Manager API)
	maxAttributes = 200       // keys of one row of a mapping (CloudFormation quotas)
	maxRolePolicy = 10_240    // characters of all inline policies of a role (IAM quotas)
)

// LimitError says that the moves do not fit into one stack set.
type LimitError struct {
	What, Unit string
	Size, Max  int
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("%s has %d %s, of which AWS takes %d", e.What, e.Size, e.Unit, e.Max)
}

// Hint says what helps.
func (e *LimitError) Hint() string {
	return "enforce fewer layers, or fewer versions of each, with one stack set, and the others with a second one"
}

func fits(what, unit string, size, limit int) error {
	if size > limit {
		return &LimitError{What: what, Unit: unit, Size: size, Max: limit}
	}
	return nil
}

// fits checks what a stack makes of the table in each Region, where it is longer than in the template.
func (t table) fits() error {
	row := 0
	for _, c := range t.Layers {
		row += len(c.Keys()) + 1
	}
	if err := fits("a row of the version table", "keys", row, maxAttributes); err != nil {
		return err
	}
	for _, region := range t.Here {
		if err := fits("the Guard policy in "+region, "characters", len(t.policy(region)), maxPolicy); err != nil {
			return err
		}
		if err := fits("the runbook in "+region, "bytes", t.documentSize(region), maxDocument); err != nil {
			return err
		}
		if err := fits("the policy of the remediation role in "+region, "characters", t.rolePolicySize(region), maxRolePolicy); err != nil {
			return err
		}
	}
	return nil
}

// surroundings is more than the parts of the document and the policy that do not depend on the table.
const surroundings = 2000

// documentSize is at least the size of the runbook, as the JSON that CloudFormation makes of it.
func (t table) documentSize(region string) int {
	rows := []map[string]any{}
	for _, c := range t.Layers {
		r, ok := c.In(region)
		if !ok {
			continue
		}
		var numbers []string
		for _, k := range c.Keys() {
			numbers = append(numbers, fmt.Sprint(c.number(r, k)))
		}
		rows = append(rows, map[string]any{
			"Layer": c.ARN(), "New": numbers, "Old": 0, "Also": 0, "Sha256": r.New.SHA256, "Exempt": c.ExemptTag, "Accept": c.Accepted(),
		})
	}
	data, err := json.Marshal([]any{script, rows})
	if err != nil {
		return maxDocument + 1 // strings and numbers always marshal
	}
	return len(data) + surroundings
}

func (t table) rolePolicySize(region string) int {
	size := surroundings
	for _, c := range t.Layers {
		size += len(c.Layer.WithRegion(region).String()) + len(`":*",`)
	}
	return size
}
