package enforce

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/layerfleet/layerfleet/internal/enforce/parts"
)

// automaticParameter turns remediation on and off.
const automaticParameter = parts.ParameterAutomatic

// defaultRule is the template's default name of rule and runbook.
const defaultRule = "layerfleet"

// rendered is what a stack set is made of.
type rendered struct {
	body       string
	parameters []types.Parameter
}

// render makes the template of a set with its parameters.
func render(name string, moves []Move, to map[string]parts.Targets, automatic bool) (rendered, error) {
	body, err := template(moves, to)
	if err != nil {
		return rendered{}, err
	}
	parameter := func(key, value string) types.Parameter {
		return types.Parameter{ParameterKey: aws.String(key), ParameterValue: aws.String(value)}
	}
	return rendered{body: body, parameters: []types.Parameter{
		parameter(parts.ParameterName, name),
		parameter(automaticParameter, strconv.FormatBool(automatic)),
		parameter(parts.ParameterExempt, parts.DefaultExemptTag),
		parameter(parts.ParameterSchedule, ""),
	}}, nil
}

// Template is the CloudFormation template that enforces the moves, wherever it is deployed.
func Template(moves []Move) (string, error) { return template(moves, nil) }

func template(moves []Move, to map[string]parts.Targets) (string, error) {
	out := make([]parts.Move, 0, len(moves))
	for _, m := range moves {
		p := parts.Move{Layer: m.Layer, Regions: map[string]parts.Versions{}}
		for region, v := range m.Regions {
			pv := parts.Versions{New: v.New, SHA256: v.SHA256}
			if v.Old > 0 {
				pv.Old = []int64{v.Old}
			}
			p.Regions[region] = pv
		}
		for region := range m.Missing {
			p.Regions[region] = parts.Versions{} // in the table, so that every row of it can be looked up, but nothing is enforced
		}
		out = append(out, p)
	}
	return parts.Template(out, to)
}

// read finds out what a set enforces from its template and parameters.
func (s *set) read() error {
	parameters := map[string]string{}
	for _, p := range s.parameters {
		parameters[aws.ToString(p.ParameterKey)] = aws.ToString(p.ParameterValue)
	}
	standing, err := parts.Read(s.body, parameters)
	if errors.Is(err, parts.ErrForeign) {
		return &foreignError{why: err.Error()}
	}
	if err != nil {
		return err
	}
	// A set that was made by hand lists the parameters that were given; the template has defaults for these two.
	s.rule = cmp.Or(parameters[parts.ParameterName], defaultRule)
	s.automatic = parameters[automaticParameter] != "false"
	s.everywhere = standing.Everywhere
	s.targets = standing.Targets
	for _, p := range standing.Moves {
		m := Move{Layer: p.Layer, Regions: map[string]Versions{}, Missing: map[string]string{}}
		for region, v := range p.Regions {
			if len(v.Old) > 1 {
				return fmt.Errorf("layer %s in %s leaves %d versions, more than this command can show", p.Layer.Name, region, len(v.Old))
			}
			have := Versions{New: v.New, SHA256: v.SHA256}
			if len(v.Old) == 1 {
				have.Old = v.Old[0]
			}
			m.Regions[region] = have
			m.Layer.Region = region
		}
		s.moves = append(s.moves, m)
	}
	return nil
}
