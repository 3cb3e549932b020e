package enforce

import (
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/move"
	"github.com/layerfleet/layerfleet/internal/runbook"
)

// automaticParameter turns remediation on and off in sets whose template has parameters.
const automaticParameter = runbook.ParameterAutomatic

// render makes the template of a set.
func render(name string, moves []Move, to map[string]runbook.Targets, automatic bool) (string, error) {
	return runbook.Render(runbook.Content{Name: name, Revision: runbook.Revision{Moves: converted(moves), Automatic: automatic}, Targets: to})
}

// Template is the CloudFormation template that enforces the moves, wherever it is deployed.
func Template(moves []Move) (string, error) { return render(runbook.DefaultName, moves, nil, true) }

// converted are the moves as the templates have them. It goes when [Move] gives way to move.Move.
func converted(moves []Move) []move.Move {
	out := make([]move.Move, 0, len(moves))
	for _, m := range moves {
		to := move.Move{Layer: m.Layer, Regions: map[string]move.Region{}, ExemptTag: move.DefaultExemptTag}
		for region, v := range m.Regions {
			r := move.Region{New: move.Version{Number: v.New, SHA256: v.SHA256}}
			if v.Old > 0 {
				r.Old = []int64{v.Old}
			}
			to.Regions[region] = r
		}
		for region, why := range m.Missing {
			to.Regions[region] = move.Region{Reason: fleet.Reason{Code: fleet.NoVersionInRegion, Detail: why}}
		}
		out = append(out, to)
	}
	return out
}

// read finds out what a set enforces from its template and parameters.
func (s *set) read() error {
	parameters := map[string]string{}
	for _, p := range s.parameters {
		parameters[aws.ToString(p.ParameterKey)] = aws.ToString(p.ParameterValue)
	}
	content, err := runbook.Read(s.body, parameters)
	if errors.Is(err, runbook.ErrForeign) {
		return &foreignError{why: err.Error()}
	}
	if err != nil {
		return err
	}
	s.content = content
	s.rule, s.automatic, s.everywhere, s.targets = content.Name, content.Automatic, content.Everywhere, content.Targets
	for _, p := range content.Moves {
		m := Move{Layer: p.Layer, Regions: map[string]Versions{}, Missing: map[string]string{}}
		for region := range p.Regions {
			r, ok := p.In(region)
			if !ok {
				continue
			}
			if len(r.Old) > 1 {
				return fmt.Errorf("layer %s in %s leaves %d versions, more than this command can show", p.Layer.Name, region, len(r.Old))
			}
			have := Versions{New: r.New.Number, SHA256: r.New.SHA256}
			if len(r.Old) == 1 {
				have.Old = r.Old[0]
			}
			m.Regions[region] = have
			m.Layer.Region = region
		}
		s.moves = append(s.moves, m)
	}
	return nil
}
