package runbook

import (
	"encoding/json"
	"fmt"
	"math/bits"
	"regexp"
	"slices"
	"time"

	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/move"
)

// Content is all that a template stands for.
type Content struct {
	// Name is that of the rule, the runbook and the schedule in every pair.
	Name string `json:"name"`
	// Revision is what the template enforces.
	Revision
	// Former are the revisions before it that are still known, oldest first.
	Former []Revision `json:"former,omitempty"`
	// Targets are where the set was deployed to, or was to be, by Region.
	Targets map[string]Targets `json:"targets,omitempty"`
	// SelfManaged is the permission model of the set. It does not show in what is made of it.
	SelfManaged bool `json:"self_managed,omitempty"`
	// NoRemediation leaves out the remediation, and what it needs, for Regions that do not have its resource type:
	// stack sets refuse a template with a type that a Region does not know.
	NoRemediation bool `json:"no_remediation,omitempty"`
	// Schedule asks for re-evaluation of everything, as EventBridge Scheduler writes it: rate(1 day). Empty: never.
	Schedule string `json:"schedule,omitempty"`
	// Concurrency is how fast remediation goes.
	Concurrency Concurrency `json:"concurrency,omitzero"`

	// What only [Read] knows. ByHand: the stand-alone template, which says less. Everywhere: the numbers count in all
	// Regions, not only in the one that Moves has (see [move.Move.Spread]). Hash: what [Content.Same] compares.
	ByHand     bool   `json:"-"`
	Everywhere bool   `json:"-"`
	Hash       string `json:"-"`
}

// Revision is one state of a set.
type Revision struct {
	Number int       `json:"revision,omitempty"` // from 1 up; 0 for sets of versions that did not count
	At     time.Time `json:"at,omitzero"`
	By     string    `json:"by,omitempty"`   // the caller's ARN
	Tool   string    `json:"tool,omitempty"` // the version of layerfleet
	// Moves and Automatic are what it enforces, and whether it does more than detect.
	Moves     []move.Move `json:"moves"`
	Automatic bool        `json:"automatic"`
}

// Targets are where a stack set is meant to go in a Region: whatever a deployment that was cut short has reached, the
// template says where it was going.
type Targets struct {
	Units    []string `json:"units,omitempty"`    // ids of OUs and roots: their accounts, and those that join them
	Accounts []string `json:"accounts,omitempty"` // single accounts
}

// Next is the content with another revision on top. The number of to is set.
func (c Content) Next(to Revision) Content {
	if len(c.Moves) > 0 {
		c.Former = append(slices.Clone(c.Former), c.Revision)
	}
	to.Number = c.Number + 1
	c.Revision = to
	return c
}

// Revisions are all revisions that are known, oldest first; the last one is deployed.
func (c Content) Revisions() []Revision { return append(slices.Clone(c.Former), c.Revision) }

// Capabilities are those that CloudFormation asks for with these templates.
func Capabilities() []string { return []string{"CAPABILITY_IAM"} }

// Concurrency is how fast remediation goes in every pair of a set.
type Concurrency struct {
	// Percent of the functions that were found are worked on at once, 1 to 100; 0 for [ConcurrencyFor] an unknown number.
	Percent int `json:"percent,omitempty"`
	// PaceSeconds is the longest time that a script waits before its first write, so that many do not write together.
	PaceSeconds int `json:"pace_seconds,omitempty"`
}

// atOnce is how many scripts run at once where there is a choice: some 5 of the 15 calls a second that Lambda's control
// plane answers in a pair, which leaves the owners theirs. Systems Manager runs 100 at once (aws.md §9.2).
const atOnce = 25

// ConcurrencyFor is the concurrency for a set whose largest pair has so many functions to move; 0: not known. It is the
// same for numbers that are alike, so that a repeat renders the same template.
func ConcurrencyFor(largest int) Concurrency {
	if largest <= 0 {
		return Concurrency{Percent: 10, PaceSeconds: 10}
	}
	most := 1 << bits.Len(uint(largest-1)) // the next power of two
	percent := min(max(100*atOnce/most, 1), 100)
	return Concurrency{Percent: percent, PaceSeconds: max(most*percent/100, 1) * 2 / 5}
}

// nameForm is what can name a rule, a runbook and a schedule alike: runbooks have three characters at least, rule names
// over 64 characters break compliance calls, and Systems Manager reserves some beginnings.
var (
	nameForm     = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]{2,39}$`)
	reserved     = regexp.MustCompile(`^(aws|AWS|amazon|amzn)`)
	scheduleForm = regexp.MustCompile(`^(rate\([1-9][0-9]{0,4} (minutes?|hours?|days?)\)|cron\([A-Za-z0-9 ,*?/#-]{9,240}\))?$`)
)

// CheckName refuses what cannot name the rule and the runbook of a set.
func CheckName(name string) error {
	switch {
	case !nameForm.MatchString(name):
		return hint.With(fmt.Errorf("%q cannot name a rule and a runbook alike", name), "a letter, then 2 to 39 letters, digits and hyphens")
	case reserved.MatchString(name):
		return hint.With(fmt.Errorf("%q begins as Systems Manager reserves it for AWS", name), "a name that does not begin with aws, amazon or amzn")
	}
	return nil
}

// normal is the content as it is read back: what says the same is the same value.
func (c Content) normal() (Content, error) {
	text, err := json.Marshal(c)
	if err != nil {
		return Content{}, fmt.Errorf("writing the state down: %w", err)
	}
	c = Content{}
	if err := json.Unmarshal(text, &c); err != nil {
		return Content{}, fmt.Errorf("writing the state down: %w", err)
	}
	c.Moves, c.At = move.Sorted(c.Moves), c.At.UTC()
	if c.Concurrency.Percent == 0 {
		c.Concurrency = ConcurrencyFor(0)
	}
	to := map[string]Targets{}
	for region, t := range c.Targets {
		to[region] = Targets{Units: sorted(t.Units), Accounts: sorted(t.Accounts)}
	}
	c.Targets = to
	return c, nil
}

func sorted(list []string) []string { return slices.Compact(slices.Sorted(slices.Values(list))) }

// check finds what cannot be rendered.
func (c Content) check() error {
	if err := CheckName(c.Name); err != nil {
		return err
	}
	if !scheduleForm.MatchString(c.Schedule) {
		return fmt.Errorf("schedule %q is neither rate(NUMBER minutes|hours|days) nor cron(SIX FIELDS)", c.Schedule)
	}
	if p := c.Concurrency; p.Percent < 0 || p.Percent > 100 || p.PaceSeconds < 0 || p.PaceSeconds > 300 {
		return fmt.Errorf("%d percent at once with pauses of %d seconds cannot be", p.Percent, p.PaceSeconds)
	}
	if c.NoRemediation && c.Automatic {
		return fmt.Errorf("without a remediation there is only detection")
	}
	return nil
}
