package runbook

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"

	"go.yaml.in/yaml/v4"

	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/move"
)

// ErrForeign says that a template is neither rendered by [Render] nor deploy/lambdalayer.yaml.
var ErrForeign = errors.New("the template does not enforce layer versions")

// formatVersion is that of the metadata; before it there was [tableVersion].
const formatVersion = "2.0"

// metadata is what templates of both kinds say of themselves.
type metadata struct {
	FormatVersion string     `yaml:"FormatVersion"`
	Hash          string     `yaml:"Hash"`
	State         string     `yaml:"State"`
	Layers        yaml.Node  `yaml:"Layers"`
	Targets       tableUnits `yaml:"Targets"`
}

// Read finds out what a template enforces. The stand-alone template, and sets that layerfleet rendered before templates
// had no parameters, need those of their stack set. The error is [ErrForeign] for other people's templates, and for a
// stand-alone one that replaces one layer by another, which no move says.
func Read(body string, parameters map[string]string) (Content, error) {
	var t struct {
		Metadata struct {
			Layerfleet *metadata `yaml:"Layerfleet"`
		} `yaml:"Metadata"`
		Mappings struct {
			Versions map[string]map[string]string `yaml:"Versions"`
		} `yaml:"Mappings"`
	}
	if err := yaml.Load([]byte(body), &t); err != nil || t.Metadata.Layerfleet == nil {
		return Content{}, ErrForeign
	}
	ours := t.Metadata.Layerfleet
	switch {
	case ours.FormatVersion != formatVersion && ours.FormatVersion != tableVersion:
		return Content{}, fmt.Errorf("the template has format version %q, this program knows %s and %s", ours.FormatVersion, tableVersion, formatVersion)
	case ours.Layers.IsZero():
		return readStandalone(parameters)
	case ours.FormatVersion == tableVersion:
		return readTable(*ours, t.Mappings.Versions, parameters)
	}
	c, err := readState(ours.State)
	if err != nil {
		return Content{}, err
	}
	if err := move.CheckAll(c.Moves); err != nil {
		return Content{}, fmt.Errorf("the state in the template is damaged: %w", err)
	}
	c.Hash = ours.Hash
	return c, nil
}

// Names of the parameters of deploy/lambdalayer.yaml; the first four were also those of rendered templates.
const (
	ParameterName        = "Name"
	ParameterAutomatic   = "AutomaticRemediation"
	ParameterExempt      = "ExemptTag"
	ParameterSchedule    = "ScheduleExpression"
	ParameterConcurrent  = "ConcurrentPercentage"
	ParameterAccept      = "AcceptMismatch"
	ParameterOld         = "OldLayerArn"
	ParameterNew         = "NewLayerArn"
	ParameterSHA256      = "NewLayerSha256"
	ParameterSameVersion = "SameVersionInAllRegions"
)

// DefaultName is the name of the rule where a set that was made by hand gives none.
const DefaultName = "layerfleet"

// given is what the parameters say of everything but the moves. A set that was made by hand lists those that were given,
// the others have the defaults of the template.
func given(parameters map[string]string) (c Content, exemptTag string) {
	exemptTag, named := parameters[ParameterExempt]
	if !named {
		exemptTag = move.DefaultExemptTag
	}
	c.Name = cmp.Or(parameters[ParameterName], DefaultName)
	c.Automatic = parameters[ParameterAutomatic] != "false"
	c.Schedule = parameters[ParameterSchedule]
	if percent, err := strconv.Atoi(parameters[ParameterConcurrent]); err == nil {
		c.Concurrency = ConcurrencyFor(0)
		c.Concurrency.Percent = percent
	}
	return c, exemptTag
}

// readStandalone reads the parameters of deploy/lambdalayer.yaml.
func readStandalone(parameters map[string]string) (Content, error) {
	c, exemptTag := given(parameters)
	c.ByHand = true
	to, err := layer.ParseVersionARN(parameters[ParameterNew])
	if err != nil {
		return Content{}, fmt.Errorf("%s: %w", ParameterNew, err)
	}
	r := move.Region{New: move.Version{Number: to.Version, SHA256: parameters[ParameterSHA256]}}
	old := parameters[ParameterOld]
	from, err := layer.ParseARN(old)
	if err != nil {
		exact, err := layer.ParseVersionARN(old)
		if err != nil {
			return Content{}, fmt.Errorf("%s: %w", ParameterOld, err)
		}
		from, r.Old = exact.ARN, []int64{exact.Version}
		if exact == to {
			r.Old = []int64{} // the policy fails nothing
		}
	}
	c.Everywhere = parameters[ParameterSameVersion] == "true"
	if from.Region != to.Region && !c.Everywhere {
		return c, nil // the stack does nothing, in any Region
	}
	if from.Account != to.Account || from.Name != to.Name {
		return Content{}, fmt.Errorf("%w but replaces layer %s by layer %s", ErrForeign, from, to.ARN)
	}
	m := move.Move{Layer: to.ARN, Regions: map[string]move.Region{to.Region: r}, ExemptTag: exemptTag}
	m.Layer.Region = ""
	// The script asks Lambda what the new version declares: nothing of that stands in the parameters.
	accept := parameters[ParameterAccept] == "true"
	m.Accept = move.Accept{Architecture: accept, Runtime: accept}
	c.Moves = []move.Move{m}
	return c, m.Check()
}
