package report

import (
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
)

// Result is one finding, as SARIF has it.
type Result struct {
	Rule   string // its code
	Title  string // what the code stands for
	Level  SARIFLevel
	Text   string
	Help   string  // what to do; may be empty
	Places []Place // at least one
	// Suppressed is the reason why the finding is accepted; empty where it is not.
	Suppressed string
}

// Place is a file of the working directory, or a line in it.
type Place struct {
	Path string
	Line int // from 1; 0 where the file as a whole is meant
}

// SARIFLevel is how much a result weighs.
type SARIFLevel string

// The levels of SARIF 2.1.0, §3.27.10, that are used.
const (
	SARIFError   SARIFLevel = "error"
	SARIFWarning SARIFLevel = "warning"
	SARIFNote    SARIFLevel = "note"
)

type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool    sarifTool     `json:"tool"`
		Results []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version"`
		About   string      `json:"informationUri"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID               string     `json:"id"`
		ShortDescription sarifText  `json:"shortDescription"`
		Help             *sarifText `json:"help,omitempty"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID       string             `json:"ruleId"`
		RuleIndex    int                `json:"ruleIndex"`
		Level        SARIFLevel         `json:"level"`
		Message      sarifText          `json:"message"`
		Locations    []sarifLocation    `json:"locations"`
		Suppressions []sarifSuppression `json:"suppressions,omitempty"`
	}
	sarifLocation struct {
		Physical struct {
			Artifact struct {
				URI string `json:"uri"`
			} `json:"artifactLocation"`
			Region *sarifRegion `json:"region,omitempty"`
		} `json:"physicalLocation"`
	}
	sarifRegion struct {
		StartLine int `json:"startLine"`
	}
	sarifSuppression struct {
		Kind          string `json:"kind"`
		Justification string `json:"justification"`
	}
)

// SARIF writes findings as SARIF 2.1.0, for services that show them beside code.
func SARIF(w io.Writer, version string, results []Result) error {
	run := sarifRun{Tool: sarifTool{sarifDriver{Name: "layerfleet", Version: version, About: "https://github.com/layerfleet/layerfleet", Rules: []sarifRule{}}}, Results: []sarifResult{}}
	rules := &run.Tool.Driver.Rules
	for _, r := range results {
		i := slices.IndexFunc(*rules, func(rule sarifRule) bool { return rule.ID == r.Rule })
		if i < 0 {
			i = len(*rules)
			rule := sarifRule{ID: r.Rule, ShortDescription: sarifText{r.Title}}
			if r.Help != "" {
				rule.Help = &sarifText{r.Help}
			}
			*rules = append(*rules, rule)
		}
		one := sarifResult{RuleID: r.Rule, RuleIndex: i, Level: r.Level, Message: sarifText{r.Text}, Locations: []sarifLocation{}}
		for _, p := range r.Places {
			var at sarifLocation
			at.Physical.Artifact.URI = uri(p.Path)
			if p.Line > 0 {
				at.Physical.Region = &sarifRegion{p.Line}
			}
			one.Locations = append(one.Locations, at)
		}
		if r.Suppressed != "" {
			one.Suppressions = []sarifSuppression{{Kind: "external", Justification: r.Suppressed}}
		}
		run.Results = append(run.Results, one)
	}
	return JSON(w, sarifLog{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []sarifRun{run}})
}

// uri is a path as a relative or absolute reference.
func uri(path string) string {
	slashed := filepath.ToSlash(path)
	u := url.URL{Path: slashed}
	if strings.HasPrefix(slashed, "/") {
		u.Scheme = "file"
	}
	return u.String()
}
