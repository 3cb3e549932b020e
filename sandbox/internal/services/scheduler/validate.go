package scheduler

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/scheduler/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/function"
	"github.com/layerfleet/layerfleet/sandbox/internal/iampolicy"
)

const (
	defaultGroup = "default"
	// What an unset RetryPolicy means (API reference of CreateSchedule).
	defaultAge      = 86400
	defaultAttempts = 185

	maxDescription = 512
)

// settings are what CreateSchedule and UpdateSchedule set: all of it, since an update resets what it leaves out.
type settings struct {
	expression  expression
	text        string // the expression as given
	zone        string
	start, end  *time.Time
	state       types.ScheduleState
	description *string
	after       types.ActionAfterCompletion
	window      *types.FlexibleTimeWindow
	target      *types.Target
	// service and operation are what the ARN of the target names.
	service, operation string
}

var (
	namePattern = regexp.MustCompile(`^[0-9a-zA-Z\-_.]{1,64}$`)
	rolePattern = regexp.MustCompile(`^arn:aws(?:-[a-z]+)?:iam::\d{12}:role/[\w+=,.@/-]+$`)
)

func invalid(format string, args ...any) error {
	return &types.ValidationException{Message: apierr.Text(format, args...)}
}

func constraint(value any, member, rule string) error {
	return invalid("%s", apierr.ConstraintText(value, member, rule))
}

func missing(member string) error { return invalid("%s", apierr.MissingText(member)) }

func between(v *int32, low, high int32, member string) error {
	if v == nil {
		return nil
	}
	if rule := apierr.Range(*v, low, high); rule != "" {
		return constraint(*v, member, rule)
	}
	return nil
}

func arnOf(account, region, resource string) string {
	return "arn:" + function.Partition(region) + ":scheduler:" + region + ":" + account + ":" + resource
}

func checkName(name, group *string) (string, error) {
	switch {
	case name == nil:
		return "", missing("name")
	case !namePattern.MatchString(*name):
		return "", constraint(*name, "name", apierr.Pattern("[0-9a-zA-Z-_.]+"))
	}
	return *name, checkGroup(group)
}

func checkGroup(group *string) error {
	if g := aws.ToString(group); g != "" && g != defaultGroup {
		return &types.ResourceNotFoundException{Message: aws.String("Schedule group " + g + " does not exist.")}
	}
	return nil
}

// check validates the input of CreateSchedule and UpdateSchedule, which have the same members, and fills in defaults.
func (s *Service) check(ctx context.Context, c call.Caller, in *api.CreateScheduleInput) (name string, n settings, err error) {
	n = settings{
		start: in.StartDate, end: in.EndDate, state: in.State, description: in.Description, after: in.ActionAfterCompletion,
		window: in.FlexibleTimeWindow, target: in.Target, zone: "UTC",
	}
	if name, err = checkName(in.Name, in.GroupName); err != nil {
		return "", n, err
	}
	switch {
	case n.window == nil:
		return "", n, missing("flexibleTimeWindow")
	case in.ScheduleExpression == nil:
		return "", n, missing("scheduleExpression")
	case len(aws.ToString(n.description)) > maxDescription:
		return "", n, constraint(*n.description, "description", apierr.MaxLength(maxDescription))
	}
	if in.ScheduleExpressionTimezone != nil {
		n.zone = *in.ScheduleExpressionTimezone
	}
	if err := n.parse(*in.ScheduleExpression); err != nil {
		return "", n, err
	}
	if err := n.checkEnums(); err != nil {
		return "", n, err
	}
	if err := n.checkDates(s.Clock.Now()); err != nil {
		return "", n, err
	}
	if err := n.checkTarget(); err != nil {
		return "", n, err
	}
	if _, ok := s.Dispatcher.Operation(n.service, n.operation); !ok {
		return "", n, apierr.Unsupported("the operation %s of %s, the target of a schedule", n.operation, n.service)
	}
	group := iampolicy.WithSourceARN(ctx, arnOf(c.Account, c.Region, "schedule-group/"+defaultGroup))
	if !s.Assumable(group, Principal, c.Account, *n.target.RoleArn) {
		return "", n, invalid("The execution role you provide must allow AWS EventBridge Scheduler to assume the role.")
	}
	return name, n, nil
}

// parse reads the expression in the schedule's time zone.
func (n *settings) parse(text string) error {
	location, err := time.LoadLocation(n.zone)
	if err != nil || n.zone == "" || n.zone == "Local" {
		return invalid("Invalid Schedule Expression Timezone %s.", n.zone) // UNCONFIRMED: the text
	}
	n.text = text
	n.expression, err = parseExpression(text, location)
	return err
}

// checkEnums checks the enumerations and the flexible time window, and fills in defaults.
func (n *settings) checkEnums() error {
	w := n.window
	switch w.Mode {
	case types.FlexibleTimeWindowModeOff:
		if w.MaximumWindowInMinutes != nil {
			return invalid("FlexibleTimeWindow.MaximumWindowInMinutes cannot be set when the mode is OFF.") // UNCONFIRMED: the text
		}
	case types.FlexibleTimeWindowModeFlexible:
		if w.MaximumWindowInMinutes == nil {
			return missing("flexibleTimeWindow.maximumWindowInMinutes")
		}
		if err := between(w.MaximumWindowInMinutes, 1, 1440, "flexibleTimeWindow.maximumWindowInMinutes"); err != nil {
			return err
		}
	default:
		return constraint(w.Mode, "flexibleTimeWindow.mode", apierr.OneOf(w.Mode.Values()...))
	}
	if n.state == "" {
		n.state = types.ScheduleStateEnabled
	}
	if !slices.Contains(n.state.Values(), n.state) {
		return constraint(n.state, "state", apierr.OneOf(n.state.Values()...))
	}
	if n.after == "" {
		n.after = types.ActionAfterCompletionNone
	}
	if !slices.Contains(n.after.Values(), n.after) {
		return constraint(n.after, "actionAfterCompletion", apierr.OneOf(n.after.Values()...))
	}
	return nil
}

// checkDates checks StartDate and EndDate. They limit rates; one-time schedules ignore them (API reference).
func (n *settings) checkDates(now time.Time) error {
	switch {
	case n.start != nil && now.Sub(*n.start) > 5*time.Minute:
		return invalid("The StartDate you specify cannot be earlier than 5 minutes ago.")
	case n.start != nil && n.end != nil && !n.end.After(*n.start):
		return invalid("The EndDate you specify must be later than the StartDate.") // UNCONFIRMED: the text
	case n.end != nil && !n.end.After(now):
		return invalid("The EndDate you specify must be in the future.") // UNCONFIRMED: the text
	}
	return nil
}

const sdkTarget = ":scheduler:::aws-sdk:"

// readOnly are the prefixes of the actions that cannot be a target (EventBridge Scheduler User Guide, "Universal
// targets").
func readOnly() []string {
	return []string{
		"get", "describe", "list", "poll", "receive", "search", "scan", "query", "select", "read", "lookup", "discover",
		"validate", "batchGet", "batchDescribe", "batchRead", "transactGet", "adminGet", "adminList", "testMigration",
		"retrieve", "testConnection", "translateDocument", "isAuthorized", "invokeModel",
	}
}

// checkTarget checks the target and finds the operation that it names. The texts are AWS's, from public reports of
// CreateSchedule in 2023 and 2026.
func (n *settings) checkTarget() error {
	t := n.target
	switch {
	case t == nil:
		return missing("target")
	case t.Arn == nil:
		return missing("target.arn")
	case t.RoleArn == nil:
		return missing("target.roleArn")
	case !rolePattern.MatchString(*t.RoleArn):
		return constraint(*t.RoleArn, "target.roleArn", apierr.Pattern(`arn:aws(-[a-z]+)?:iam::\d{12}:role\/[\w+=,.@\/-]+`))
	}
	if p := t.RetryPolicy; p != nil {
		if err := between(p.MaximumEventAgeInSeconds, 60, 86400, "target.retryPolicy.maximumEventAgeInSeconds"); err != nil {
			return err
		}
		if err := between(p.MaximumRetryAttempts, 0, 185, "target.retryPolicy.maximumRetryAttempts"); err != nil {
			return err
		}
	}
	_, rest, universal := strings.Cut(*t.Arn, sdkTarget)
	service, action, ok := strings.Cut(rest, ":")
	if !universal || !ok || service == "" || action == "" {
		parts := strings.Split(*t.Arn, ":")
		if len(parts) < 6 || parts[0] != "arn" {
			return invalid("Provided Arn is not in correct format.")
		}
		if parts[2] == "scheduler" {
			return invalid("scheduler is not a supported service for a target.")
		}
		return apierr.Unsupported("the target %s of a schedule: only universal targets are", *t.Arn)
	}
	if service == "scheduler" {
		return invalid("scheduler is not a supported service for a target.")
	}
	if slices.ContainsFunc(readOnly(), func(p string) bool { return strings.HasPrefix(action, p) }) {
		return invalid("%s API is not supported.", action)
	}
	if action[0] < 'a' || action[0] > 'z' {
		return invalid("%s API is not supported.", action) // UNCONFIRMED: the guide wants a lower-case first letter
	}
	n.service, n.operation = service, strings.ToUpper(action[:1])+action[1:]
	if aws.ToString(t.Input) == "" {
		return invalid("You must provide an input to set this target for your schedule.")
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal([]byte(*t.Input), &object); err != nil {
		return invalid("Invalid RequestJson provided. Reason %s", err)
	}
	return nil
}
