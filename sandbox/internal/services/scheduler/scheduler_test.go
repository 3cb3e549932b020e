package scheduler_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	configtypes "github.com/aws/aws-sdk-go-v2/service/configservice/types"
	iamapi "github.com/aws/aws-sdk-go-v2/service/iam"
	api "github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/scheduler/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/clock"
	"github.com/layerfleet/layerfleet/sandbox/internal/ids"
	"github.com/layerfleet/layerfleet/sandbox/internal/quirk/quirktest"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/iam"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/organizations"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/scheduler"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/sts"
)

const (
	account  = "100000000000"
	role     = "arn:aws:iam::100000000000:role/evaluate"
	evaluate = "arn:aws:scheduler:::aws-sdk:config:startConfigRulesEvaluation"
)

type world struct {
	*testing.T
	clock      *clock.Clock
	dispatcher *call.Dispatcher
	faults     call.Faults
	started    time.Time
	mu         sync.Mutex
	calls      []string // "offset rule principal" of each evaluation that got through
	attempts   []string // "offset operation code" of each call of the scheduler's
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, clock: clock.New(1)}
	w.started = w.clock.Now()
	source := ids.New(1)
	org := organizations.New(organizations.Config{Clock: w.clock, IDs: source, Management: account, Name: "management"})
	access := iam.New(iam.Config{Clock: w.clock, IDs: source, Organization: org, Quirks: quirktest.Turned(t, nil)})
	tokens := sts.New(sts.Config{IAM: access, Organization: org, Secret: "s"})
	w.dispatcher = call.New(w.clock)
	s := scheduler.New(scheduler.Config{
		Clock: w.clock, IDs: source, Dispatcher: w.dispatcher, Assumable: access.Assumable, Call: w.call,
	})
	t.Cleanup(s.Close)
	w.dispatcher.Register(access.Operations()...)
	w.dispatcher.Register(tokens.Operations()...)
	w.dispatcher.Register(s.Operations()...)
	w.dispatcher.Register(call.Operation("config", "StartConfigRulesEvaluation", w.evaluation).Accepts("ConfigRuleNames"))
	w.dispatcher.Intercept(call.CheckPermissions(access), w.faults.Intercept)
	w.dispatcher.Observe(func(e call.Entry) {
		if e.Service != "config" && (e.Name != "AssumeRole" || e.Err == nil) {
			return
		}
		code := "ok"
		if ae, ok := errors.AsType[smithy.APIError](e.Err); ok {
			code = ae.ErrorCode()
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		w.attempts = append(w.attempts, w.offset()+" "+e.Name+" "+code)
	})
	for name, trust := range map[string]string{"evaluate": `"Condition":{"StringEquals":{"aws:SourceAccount":"` + account + `"}},"Principal":{"Service":"scheduler.amazonaws.com"}`, "other": `"Principal":{"Service":"ssm.amazonaws.com"}`} {
		w.must(iamapi.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",` + trust + `}]}`)})
	}
	w.must(iamapi.PutRolePolicyInput{RoleName: aws.String("evaluate"), PolicyName: aws.String("p"), PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"config:StartConfigRulesEvaluation","Resource":"*"}]}`)})
	return w
}

func admin() call.Caller { return call.Administrator(account, "us-east-1") }

func (w *world) offset() string { return w.clock.Now().Sub(w.started).Round(time.Second).String() }

func (w *world) call(ctx context.Context, c call.Caller, service, name string, input []byte) ([]byte, error) {
	op, _ := w.dispatcher.Operation(service, name)
	in := &configservice.StartConfigRulesEvaluationInput{}
	if err := json.Unmarshal(input, in); err != nil {
		return nil, err
	}
	_, err := w.dispatcher.Do(ctx, c, op, in)
	return nil, err
}

func (w *world) evaluation(_ context.Context, c call.Caller, in *configservice.StartConfigRulesEvaluationInput) (*configservice.StartConfigRulesEvaluationOutput, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls = append(w.calls, w.offset()+" "+in.ConfigRuleNames[0]+" "+c.Principal[:strings.LastIndexByte(c.Principal, '/')])
	return &configservice.StartConfigRulesEvaluationOutput{}, nil
}

func (w *world) must(in any) {
	w.Helper()
	var err error
	switch in := in.(type) {
	case iamapi.CreateRoleInput:
		_, err = call.Do[iamapi.CreateRoleOutput](w.Context(), w.dispatcher, admin(), &in)
	case iamapi.PutRolePolicyInput:
		_, err = call.Do[iamapi.PutRolePolicyOutput](w.Context(), w.dispatcher, admin(), &in)
	case *api.CreateScheduleInput:
		_, err = call.Do[api.CreateScheduleOutput](w.Context(), w.dispatcher, admin(), in)
	}
	if err != nil {
		w.Fatal(err)
	}
}

// schedule is a valid input that a test changes.
func schedule(change func(*api.CreateScheduleInput)) *api.CreateScheduleInput {
	in := &api.CreateScheduleInput{
		Name: aws.String("again"), ScheduleExpression: aws.String("rate(30 minutes)"),
		FlexibleTimeWindow: &types.FlexibleTimeWindow{Mode: types.FlexibleTimeWindowModeOff},
		Target:             &types.Target{Arn: aws.String(evaluate), RoleArn: aws.String(role), Input: aws.String(`{"ConfigRuleNames":["layers"]}`)},
	}
	if change != nil {
		change(in)
	}
	return in
}

func code(err error) string {
	if ae, ok := errors.AsType[smithy.APIError](err); ok {
		return ae.ErrorCode() + ": " + ae.ErrorMessage()
	}
	if err != nil {
		return "not an API error: " + err.Error()
	}
	return ""
}

func TestRefusals(t *testing.T) {
	w := newWorld(t)
	target := func(arn string) func(*api.CreateScheduleInput) {
		return func(in *api.CreateScheduleInput) { in.Target.Arn = &arn }
	}
	tests := []struct {
		name   string
		change func(*api.CreateScheduleInput)
		want   string
	}{
		{"group", func(in *api.CreateScheduleInput) { in.GroupName = aws.String("g") }, "ResourceNotFoundException: Schedule group g does not exist."},
		{"name", func(in *api.CreateScheduleInput) { in.Name = aws.String("a b") }, "ValidationException: 1 validation error detected: Value 'a b' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [0-9a-zA-Z-_.]+"},
		{"read-only", target("arn:aws:scheduler:::aws-sdk:config:selectAggregateResourceConfig"), "ValidationException: selectAggregateResourceConfig API is not supported."},
		{"scheduler itself", target("arn:aws:scheduler:us-east-1:100000000000:aws-sdk:config:startConfigRulesEvaluation"), "ValidationException: scheduler is not a supported service for a target."},
		{"templated", target("arn:aws:lambda:us-east-1:100000000000:function:f"), "SandboxUnsupported: the layerfleet sandbox does not support the target arn:aws:lambda:us-east-1:100000000000:function:f of a schedule: only universal targets are"},
		{"unknown operation", target("arn:aws:scheduler:::aws-sdk:config:putThing"), "SandboxUnsupported: the layerfleet sandbox does not support the operation PutThing of config, the target of a schedule"},
		{"no input", func(in *api.CreateScheduleInput) { in.Target.Input = nil }, "ValidationException: You must provide an input to set this target for your schedule."},
		{"input", func(in *api.CreateScheduleInput) { in.Target.Input = aws.String("[") }, "ValidationException: Invalid RequestJson provided. Reason unexpected end of JSON input"},
		{"role of another service", func(in *api.CreateScheduleInput) {
			in.Target.RoleArn = aws.String(strings.Replace(role, "evaluate", "other", 1))
		}, "ValidationException: The execution role you provide must allow AWS EventBridge Scheduler to assume the role."},
		{"no role", func(in *api.CreateScheduleInput) { in.Target.RoleArn = aws.String(role + "x") }, "ValidationException: The execution role you provide must allow AWS EventBridge Scheduler to assume the role."},
		{"window", func(in *api.CreateScheduleInput) { in.FlexibleTimeWindow.Mode = "SOMETIMES" }, "ValidationException: 1 validation error detected: Value 'SOMETIMES' at 'flexibleTimeWindow.mode' failed to satisfy constraint: Member must satisfy enum value set: [OFF, FLEXIBLE]"},
		{"attempts", func(in *api.CreateScheduleInput) {
			in.Target.RetryPolicy = &types.RetryPolicy{MaximumRetryAttempts: aws.Int32(186)}
		}, "ValidationException: 1 validation error detected: Value '186' at 'target.retryPolicy.maximumRetryAttempts' failed to satisfy constraint: Member must have value less than or equal to 185"},
		{"start", func(in *api.CreateScheduleInput) { in.StartDate = aws.Time(w.clock.Now().Add(-time.Hour)) }, "ValidationException: The StartDate you specify cannot be earlier than 5 minutes ago."},
		{"zone", func(in *api.CreateScheduleInput) { in.ScheduleExpressionTimezone = aws.String("Mars/Base") }, "ValidationException: Invalid Schedule Expression Timezone Mars/Base."},
		{"key", func(in *api.CreateScheduleInput) { in.KmsKeyArn = aws.String("x") }, "SandboxUnsupported: the layerfleet sandbox does not support the member KmsKeyArn of scheduler CreateSchedule"},
		{"dead letters", func(in *api.CreateScheduleInput) {
			in.Target.DeadLetterConfig = &types.DeadLetterConfig{Arn: aws.String("x")}
		}, "SandboxUnsupported: the layerfleet sandbox does not support the member Target.DeadLetterConfig of scheduler CreateSchedule"},
		{"cron", func(in *api.CreateScheduleInput) { in.ScheduleExpression = aws.String("cron(0 8 * * ? *)") }, "SandboxUnsupported: the layerfleet sandbox does not support the cron expression cron(0 8 * * ? *) of a schedule"},
	}
	for _, tt := range tests {
		if _, err := call.Do[api.CreateScheduleOutput](t.Context(), w.dispatcher, admin(), schedule(tt.change)); code(err) != tt.want {
			t.Errorf("%s:\n got %q\nwant %q", tt.name, code(err), tt.want)
		}
	}
	for _, bad := range []string{
		"rate(10 seconds)", "rate(10 years)", "rate(10)", "rate()", "rate(-10 minutes)", "rate( 10 minutes )", " rate(10 minutes)", "rate(0 minutes)",
		"rate(foo minutes)", "rate(10 minutess)", "at(2021-12-31T23:59:59Z)", "at(2021-12-31)", "cron(0 1 * * *)", "cron()", "cron(INVALID)", "hourly",
	} {
		_, err := call.Do[api.CreateScheduleOutput](t.Context(), w.dispatcher, admin(), schedule(func(in *api.CreateScheduleInput) { in.ScheduleExpression = &bad }))
		if want := "ValidationException: Invalid Schedule Expression " + bad + "."; code(err) != want {
			t.Errorf("%s: %q", bad, code(err))
		}
	}
}

func TestLifeOfASchedule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		disabled := func(in *api.CreateScheduleInput) {
			in.State, in.ClientToken = types.ScheduleStateDisabled, aws.String("t")
		}
		w.must(schedule(disabled))
		w.must(schedule(disabled)) // the same request again
		_, err := call.Do[api.CreateScheduleOutput](t.Context(), w.dispatcher, admin(), schedule(nil))
		if code(err) != "ConflictException: Schedule again already exists." {
			t.Errorf("second: %q", code(err))
		}
		time.Sleep(time.Hour)
		if w.count() != 0 {
			t.Errorf("a disabled schedule called %v", w.calls)
		}
		got, err := call.Do[api.GetScheduleOutput](t.Context(), w.dispatcher, admin(), &api.GetScheduleInput{Name: aws.String("again")})
		if err != nil || *got.Arn != "arn:aws:scheduler:us-east-1:100000000000:schedule/default/again" || *got.ScheduleExpressionTimezone != "UTC" ||
			got.ActionAfterCompletion != types.ActionAfterCompletionNone || *got.Target.RetryPolicy.MaximumRetryAttempts != 185 {
			t.Errorf("%+v, %v", got, err)
		}
		in := schedule(nil)
		if _, err := call.Do[api.UpdateScheduleOutput](t.Context(), w.dispatcher, admin(), &api.UpdateScheduleInput{
			Name: in.Name, ScheduleExpression: in.ScheduleExpression, FlexibleTimeWindow: in.FlexibleTimeWindow, Target: in.Target,
		}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour + time.Minute)
		w.expect(
			"1h0m0s layers arn:aws:sts::100000000000:assumed-role/evaluate",
			"1h30m0s layers arn:aws:sts::100000000000:assumed-role/evaluate",
			"2h0m0s layers arn:aws:sts::100000000000:assumed-role/evaluate",
		)
		l, err := call.Do[api.ListSchedulesOutput](t.Context(), w.dispatcher, admin(), &api.ListSchedulesInput{State: types.ScheduleStateEnabled})
		if err != nil || len(l.Schedules) != 1 {
			t.Errorf("%+v, %v", l, err)
		}
		for i, want := range []string{"", "ResourceNotFoundException: Schedule again does not exist."} {
			if _, err := call.Do[api.DeleteScheduleOutput](t.Context(), w.dispatcher, admin(), &api.DeleteScheduleInput{Name: in.Name}); code(err) != want {
				t.Errorf("delete %d: %q", i, code(err))
			}
		}
		time.Sleep(time.Hour)
		if w.count() != 3 {
			t.Errorf("after deletion: %v", w.calls)
		}
	})
}

func (w *world) same(want []string, list *[]string) {
	w.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if diff := cmp.Diff(want, *list); diff != "" {
		w.Error(diff)
	}
}

func (w *world) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.calls)
}

func (w *world) expect(calls ...string) {
	w.Helper()
	w.same(calls, &w.calls)
}

func TestOnceThenGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		zone := time.FixedZone("", 0)
		at := w.started.Add(10 * time.Minute).In(zone).Format("2006-01-02T15:04:05")
		w.must(schedule(func(in *api.CreateScheduleInput) {
			in.ScheduleExpression, in.ActionAfterCompletion = aws.String("at("+at+")"), types.ActionAfterCompletionDelete
		}))
		time.Sleep(time.Hour)
		synctest.Wait()
		w.expect("10m0s layers arn:aws:sts::100000000000:assumed-role/evaluate")
		if _, err := call.Do[api.GetScheduleOutput](t.Context(), w.dispatcher, admin(), &api.GetScheduleInput{Name: aws.String("again")}); err == nil {
			t.Error("the schedule is still there")
		}
	})
}

func TestBetweenStartAndEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.must(schedule(func(in *api.CreateScheduleInput) {
			in.StartDate, in.EndDate = aws.Time(w.started.Add(10*time.Minute)), aws.Time(w.started.Add(time.Hour))
		}))
		time.Sleep(5 * time.Hour)
		w.expect("10m0s layers arn:aws:sts::100000000000:assumed-role/evaluate", "40m0s layers arn:aws:sts::100000000000:assumed-role/evaluate")
	})
}

func TestFlexibleWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.must(schedule(func(in *api.CreateScheduleInput) {
			in.FlexibleTimeWindow = &types.FlexibleTimeWindow{Mode: types.FlexibleTimeWindowModeFlexible, MaximumWindowInMinutes: aws.Int32(15)}
		}))
		time.Sleep(15 * time.Minute)
		if w.count() != 1 || strings.HasPrefix(w.calls[0], "0s ") {
			t.Errorf("calls %v", w.calls)
		}
	})
}

func TestRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.faults.Add(call.Fault{Operation: "StartConfigRulesEvaluation", Times: 2, Err: &configtypes.LimitExceededException{}})
		w.must(schedule(nil))
		time.Sleep(time.Minute)
		w.same([]string{"0s StartConfigRulesEvaluation LimitExceededException", "1s StartConfigRulesEvaluation LimitExceededException", "3s StartConfigRulesEvaluation ok"}, &w.attempts)
	})
}

func TestNoRetryWithoutPermission(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.must(schedule(nil))
		time.Sleep(time.Minute)
		if _, err := call.Do[iamapi.DeleteRolePolicyOutput](t.Context(), w.dispatcher, admin(), &iamapi.DeleteRolePolicyInput{RoleName: aws.String("evaluate"), PolicyName: aws.String("p")}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(30 * time.Minute)
		if _, err := call.Do[iamapi.DeleteRoleOutput](t.Context(), w.dispatcher, admin(), &iamapi.DeleteRoleInput{RoleName: aws.String("evaluate")}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(30 * time.Minute)
		w.same([]string{"0s StartConfigRulesEvaluation ok", "30m0s StartConfigRulesEvaluation AccessDeniedException", "1h0m0s AssumeRole AccessDenied"}, &w.attempts)
	})
}
