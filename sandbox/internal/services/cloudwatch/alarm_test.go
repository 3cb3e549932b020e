package cloudwatch_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/sandbox/internal/traffic"
)

// errorsOf is an alarm on the errors of a function: one minute with three or more.
func errorsOf(name, f string) *api.PutMetricAlarmInput {
	return &api.PutMetricAlarmInput{
		AlarmName: &name, Namespace: aws.String("AWS/Lambda"), MetricName: aws.String("Errors"), Dimensions: dims("FunctionName", f),
		Statistic: types.StatisticSum, Period: aws.Int32(60), EvaluationPeriods: aws.Int32(1), Threshold: aws.Float64(3),
		ComparisonOperator: types.ComparisonOperatorGreaterThanOrEqualToThreshold, TreatMissingData: aws.String("notBreaching"),
	}
}

// history are the summaries of an alarm's history with minutes since the start, the oldest first.
func (w *world) history(in *api.DescribeAlarmHistoryInput) (out []string) {
	w.Helper()
	in.ScanBy = types.ScanByTimestampAscending
	for _, e := range must[api.DescribeAlarmHistoryOutput](w, in).AlarmHistoryItems {
		out = append(out, fmt.Sprintf("%.0f %s: %s", e.Timestamp.Sub(w.started).Minutes(), *e.AlarmName, *e.HistorySummary))
		if !json.Valid([]byte(*e.HistoryData)) {
			w.Errorf("history data %s", *e.HistoryData)
		}
	}
	return out
}

func (w *world) alarms(in *api.DescribeAlarmsInput) (out []string) {
	w.Helper()
	got := must[api.DescribeAlarmsOutput](w, in)
	for _, a := range got.MetricAlarms {
		out = append(out, *a.AlarmName+" "+string(a.StateValue))
	}
	for _, a := range got.CompositeAlarms {
		out = append(out, *a.AlarmName+" "+string(a.StateValue))
	}
	return out
}

// TestAlarmFollowsTheMetric: an outage brings an alarm about and its end ends it, and a composite alarm follows; nobody
// has to ask in between.
func TestAlarmFollowsTheMetric(t *testing.T) {
	inTime(t, func(w *world) {
		f := w.busy()
		must[api.PutMetricAlarmOutput](w, errorsOf("errors", f))
		both := []types.AlarmType{types.AlarmTypeMetricAlarm, types.AlarmTypeCompositeAlarm}
		must[api.PutCompositeAlarmOutput](w, &api.PutCompositeAlarmInput{AlarmName: aws.String("any"), AlarmRule: aws.String("ALARM(errors) OR FALSE")})
		if diff := cmp.Diff([]string{"errors INSUFFICIENT_DATA", "any OK"}, w.alarms(&api.DescribeAlarmsInput{AlarmTypes: both})); diff != "" {
			t.Errorf("at first (-want +got):\n%s", diff)
		}
		w.troubles.Outage(traffic.Outage{Region: region, Share: 0.95, Span: traffic.Span{From: w.started.Add(20 * time.Minute), Until: w.started.Add(50 * time.Minute)}})
		time.Sleep(2 * time.Hour)
		got := w.history(&api.DescribeAlarmHistoryInput{AlarmTypes: both, HistoryItemType: types.HistoryItemTypeStateUpdate})
		var changes []string
		for _, line := range got {
			_, text, _ := strings.Cut(line, " ")
			changes = append(changes, text)
		}
		want := []string{
			"any: Alarm updated from INSUFFICIENT_DATA to OK", "errors: Alarm updated from INSUFFICIENT_DATA to OK",
			"errors: Alarm updated from OK to ALARM", "any: Alarm updated from OK to ALARM",
		}
		if len(changes) < 6 || !slices.Equal(changes[:4], want) || !slices.Equal(changes[len(changes)-2:], []string{"errors: Alarm updated from ALARM to OK", "any: Alarm updated from ALARM to OK"}) {
			t.Errorf("history:\n%s", strings.Join(got, "\n"))
		}
		for _, line := range got[2:] {
			var minute int
			if _, err := fmt.Sscan(line, &minute); err != nil || minute < 21 || minute > 56 {
				t.Errorf("an outage from minute 20 to 50: %s", line)
			}
		}
	})
}

// TestAskingChangesNothing: an alarm's history is the same whether somebody looked every minute or once.
func TestAskingChangesNothing(t *testing.T) {
	run := func(every time.Duration) (out []string) {
		inTime(t, func(w *world) {
			must[api.PutMetricAlarmOutput](w, errorsOf("errors", w.busy()))
			must[api.PutCompositeAlarmOutput](w, &api.PutCompositeAlarmInput{AlarmName: aws.String("any"), AlarmRule: aws.String("NOT OK(errors)")})
			w.troubles.Outage(traffic.Outage{Region: region, Share: 0.3, Span: traffic.Span{From: w.started.Add(7 * time.Minute)}})
			for range 3 * time.Hour / every {
				time.Sleep(every)
				w.alarms(&api.DescribeAlarmsInput{})
			}
			out = w.history(&api.DescribeAlarmHistoryInput{AlarmTypes: []types.AlarmType{types.AlarmTypeMetricAlarm, types.AlarmTypeCompositeAlarm}})
		})
		return out
	}
	if diff := cmp.Diff(run(3*time.Hour), run(20*time.Second)); diff != "" {
		t.Errorf("(-asked once +asked often):\n%s", diff)
	}
}

// TestShownAlarm: the members that AWS answers, as recorded.
func TestShownAlarm(t *testing.T) {
	inTime(t, func(w *world) {
		must[api.PutMetricAlarmOutput](w, errorsOf("errors", "f-00"))
		got := must[api.DescribeAlarmsOutput](w, &api.DescribeAlarmsInput{}).MetricAlarms[0]
		want := types.MetricAlarm{
			ActionsEnabled: aws.Bool(true), AlarmActions: []string{}, OKActions: []string{}, InsufficientDataActions: []string{},
			AlarmArn: aws.String("arn:aws:cloudwatch:us-east-1:100000000001:alarm:errors"), AlarmName: aws.String("errors"),
			AlarmConfigurationUpdatedTimestamp: &w.started, StateUpdatedTimestamp: &w.started, StateTransitionedTimestamp: &w.started,
			ComparisonOperator: types.ComparisonOperatorGreaterThanOrEqualToThreshold, Dimensions: dims("FunctionName", "f-00"),
			EvaluationPeriods: aws.Int32(1), MetricName: aws.String("Errors"), Namespace: aws.String("AWS/Lambda"), Period: aws.Int32(60),
			StateReason: aws.String("Unchecked: Initial alarm creation"), StateValue: types.StateValueInsufficientData,
			Statistic: types.StatisticSum, Threshold: aws.Float64(3), TreatMissingData: aws.String("notBreaching"),
		}
		if diff := cmp.Diff(want, got, cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".noSmithyDocumentSerde" }, cmp.Ignore())); diff != "" {
			t.Errorf("(-recorded +got):\n%s", diff)
		}
	})
}

// TestDescribeAlarms: composite alarms are left out unless they are asked for.
func TestDescribeAlarms(t *testing.T) {
	inTime(t, func(w *world) {
		for _, name := range []string{"a", "b", "c-1", "c-2"} {
			must[api.PutMetricAlarmOutput](w, errorsOf(name, "f-00"))
		}
		for name, rule := range map[string]string{"p": "ALARM(a) OR ALARM(b)", "q": "ALARM(p)", "r": "TRUE"} {
			if name != "q" {
				must[api.PutCompositeAlarmOutput](w, &api.PutCompositeAlarmInput{AlarmName: &name, AlarmRule: &rule})
			}
		}
		must[api.PutCompositeAlarmOutput](w, &api.PutCompositeAlarmInput{AlarmName: aws.String("q"), AlarmRule: aws.String("ALARM(p) AND OK(c-1)")})
		must[api.SetAlarmStateOutput](w, &api.SetAlarmStateInput{AlarmName: aws.String("b"), StateValue: types.StateValueAlarm, StateReason: aws.String("test")})
		both := []types.AlarmType{types.AlarmTypeMetricAlarm, types.AlarmTypeCompositeAlarm}
		for _, tt := range []struct {
			name string
			in   api.DescribeAlarmsInput
			want string
		}{
			{"metric alarms", api.DescribeAlarmsInput{}, "a INSUFFICIENT_DATA, b ALARM, c-1 INSUFFICIENT_DATA, c-2 INSUFFICIENT_DATA"},
			{"composite", api.DescribeAlarmsInput{AlarmTypes: both[1:]}, "p ALARM, q OK, r ALARM"},
			{"both in alarm", api.DescribeAlarmsInput{AlarmTypes: both, StateValue: types.StateValueAlarm}, "b ALARM, p ALARM, r ALARM"},
			{"prefix", api.DescribeAlarmsInput{AlarmNamePrefix: aws.String("c-")}, "c-1 INSUFFICIENT_DATA, c-2 INSUFFICIENT_DATA"},
			{"names, one composite, one unknown", api.DescribeAlarmsInput{AlarmNames: []string{"a", "p", "x"}}, "a INSUFFICIENT_DATA"},
			{"children", api.DescribeAlarmsInput{ChildrenOfAlarmName: aws.String("q")}, "c-1 INSUFFICIENT_DATA, p ALARM"},
			{"parents", api.DescribeAlarmsInput{ParentsOfAlarmName: aws.String("a")}, "p "},
		} {
			if got := strings.Join(w.alarms(&tt.in), ", "); got != tt.want {
				t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
			}
		}
		in, pages := api.DescribeAlarmsInput{AlarmTypes: both, MaxRecords: aws.Int32(2)}, []string{}
		for {
			out := must[api.DescribeAlarmsOutput](w, &in)
			pages = append(pages, fmt.Sprint(len(out.MetricAlarms)+len(out.CompositeAlarms)))
			if in.NextToken = out.NextToken; in.NextToken == nil {
				break
			}
		}
		if !slices.Equal(pages, []string{"2", "2", "2", "1"}) {
			t.Errorf("pages of %v", pages)
		}
	})
}

// TestSetAlarmState: a metric alarm returns to its state at once, a composite one when a child changes.
func TestSetAlarmState(t *testing.T) {
	inTime(t, func(w *world) {
		set := func(name string, to types.StateValue) {
			must[api.SetAlarmStateOutput](w, &api.SetAlarmStateInput{AlarmName: &name, StateValue: to, StateReason: aws.String("test")})
		}
		state := func() string {
			return strings.Join(w.alarms(&api.DescribeAlarmsInput{AlarmTypes: []types.AlarmType{types.AlarmTypeMetricAlarm, types.AlarmTypeCompositeAlarm}}), ", ")
		}
		quiet := ""
		for _, name := range w.lives.names {
			if traffic.Of(w.svc.IDs, account, region, name).Rate == 0 {
				quiet = name
			}
		}
		must[api.PutMetricAlarmOutput](w, errorsOf("a", quiet))
		must[api.PutCompositeAlarmOutput](w, &api.PutCompositeAlarmInput{AlarmName: aws.String("p"), AlarmRule: aws.String("ALARM(a)")})
		time.Sleep(5 * time.Minute)
		for _, step := range []struct {
			do   func()
			want string
		}{
			{func() {}, "a OK, p OK"},
			{func() { set("a", types.StateValueAlarm) }, "a ALARM, p ALARM"},
			{func() { time.Sleep(time.Minute) }, "a OK, p OK"},
			{func() { set("p", types.StateValueAlarm) }, "a OK, p ALARM"},
			{func() { time.Sleep(time.Hour) }, "a OK, p ALARM"},
			{func() { set("a", types.StateValueInsufficientData) }, "a INSUFFICIENT_DATA, p OK"},
		} {
			step.do()
			if got := state(); got != step.want {
				t.Errorf("%s, want %s", got, step.want)
			}
		}
		_, err := do[api.SetAlarmStateOutput](w, &api.SetAlarmStateInput{AlarmName: aws.String("a"), StateValue: "INVALID", StateReason: aws.String("x")})
		w.fails("recorded", err, "ValidationException: 1 validation error detected: Value 'INVALID' at 'stateValue' failed to satisfy constraint: Member must satisfy enum value set: [INSUFFICIENT_DATA, ALARM, OK]")
		_, err = do[api.SetAlarmStateOutput](w, &api.SetAlarmStateInput{AlarmName: aws.String("x"), StateValue: "OK", StateReason: aws.String("x")})
		w.fails("unknown", err, "ResourceNotFound: Unable to find the specified alarm.")
		_, err = do[api.SetAlarmStateOutput](w, &api.SetAlarmStateInput{AlarmName: aws.String("a"), StateValue: "OK", StateReason: aws.String("x"), StateReasonData: aws.String("{")})
		w.fails("data", err, "InvalidFormatFault: StateReasonData is not valid JSON.")
	})
}

// TestCycle: composite alarms in each other's rules stop, and cannot be deleted until the cycle is broken.
func TestCycle(t *testing.T) {
	inTime(t, func(w *world) {
		rule := func(name, rule string) {
			must[api.PutCompositeAlarmOutput](w, &api.PutCompositeAlarmInput{AlarmName: &name, AlarmRule: &rule})
		}
		rule("a", "FALSE")
		rule("b", "NOT ALARM(a)")
		rule("a", "ALARM(b)")
		time.Sleep(time.Minute)
		_, err := do[api.DeleteAlarmsOutput](w, &api.DeleteAlarmsInput{AlarmNames: []string{"a"}})
		w.fails("in a cycle", err, "ValidationException: Cannot delete a as there are composite alarm(s) depending on it.")
		_, err = do[api.DeleteAlarmsOutput](w, &api.DeleteAlarmsInput{AlarmNames: []string{"a", "b"}})
		w.fails("two", err, "ValidationException: You can delete at most one composite alarm in one operation.")
		rule("b", "FALSE")
		must[api.DeleteAlarmsOutput](w, &api.DeleteAlarmsInput{AlarmNames: []string{"a", "unknown"}})
		must[api.DeleteAlarmsOutput](w, &api.DeleteAlarmsInput{AlarmNames: []string{"b"}})
		_, err = do[api.DeleteAlarmsOutput](w, &api.DeleteAlarmsInput{AlarmNames: []string{"b"}})
		w.fails("gone", err, "ResourceNotFound: Unable to find the specified alarm.")
		got := w.history(&api.DescribeAlarmHistoryInput{AlarmName: aws.String("b"), AlarmTypes: []types.AlarmType{types.AlarmTypeCompositeAlarm}, HistoryItemType: types.HistoryItemTypeConfigurationUpdate})
		if diff := cmp.Diff([]string{`0 b: Alarm "b" created`, `1 b: Alarm "b" updated`, `1 b: Alarm "b" deleted`}, got); diff != "" {
			t.Errorf("the history of a deleted alarm (-want +got):\n%s", diff)
		}
	})
}

func TestRefusalsOfAlarms(t *testing.T) {
	inTime(t, func(w *world) {
		for _, tt := range []struct {
			name   string
			change func(*api.PutMetricAlarmInput)
			want   string
		}{
			{"actions", func(in *api.PutMetricAlarmInput) { in.AlarmActions = []string{"arn:aws:sns:us-east-1:1:x"} }, "SandboxUnsupported: the layerfleet sandbox does not support the member AlarmActions of monitoring PutMetricAlarm"},
			{"metric math", func(in *api.PutMetricAlarmInput) { in.Metrics = []types.MetricDataQuery{{}} }, "SandboxUnsupported: the layerfleet sandbox does not support the member Metrics of monitoring PutMetricAlarm"},
			{"percentile", func(in *api.PutMetricAlarmInput) { in.ExtendedStatistic = aws.String("p90") }, "SandboxUnsupported: the layerfleet sandbox does not support the member ExtendedStatistic of monitoring PutMetricAlarm"},
			{"anomalies", func(in *api.PutMetricAlarmInput) {
				in.ComparisonOperator = types.ComparisonOperatorGreaterThanUpperThreshold
			}, "SandboxUnsupported: the layerfleet sandbox does not support the comparison operator GreaterThanUpperThreshold: anomaly detection"},
			{"operator", func(in *api.PutMetricAlarmInput) { in.ComparisonOperator = "" }, "ValidationException: 1 validation error detected: Value null at 'comparisonOperator' failed to satisfy constraint: Member must not be null"},
			{"name", func(in *api.PutMetricAlarmInput) { in.AlarmName = aws.String(strings.Repeat("x", 256)) }, "ValidationException: 1 validation error detected: Value '" + strings.Repeat("x", 256) + "' at 'alarmName' failed to satisfy constraint: Member must have length less than or equal to 255"},
			{"M of N", func(in *api.PutMetricAlarmInput) { in.DatapointsToAlarm = aws.Int32(2) }, "ValidationException: DatapointsToAlarm must be between 1 and EvaluationPeriods (1), is 2."},
			{"more than a day", func(in *api.PutMetricAlarmInput) { in.EvaluationPeriods = aws.Int32(1441) }, "ValidationException: Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400)."},
			{"missing data", func(in *api.PutMetricAlarmInput) { in.TreatMissingData = aws.String("good") }, "ValidationException: Option good is not supported for parameter TreatMissingData."},
			{"other service", func(in *api.PutMetricAlarmInput) { in.Namespace = aws.String("AWS/EC2") }, "SandboxUnsupported: the layerfleet sandbox does not support the metrics of AWS/EC2"},
		} {
			in := errorsOf("a", "f-00")
			tt.change(in)
			_, err := do[api.PutMetricAlarmOutput](w, in)
			w.fails(tt.name, err, tt.want)
		}
		_, err := do[api.PutCompositeAlarmOutput](w, &api.PutCompositeAlarmInput{AlarmName: aws.String("p"), AlarmRule: aws.String("ALARM(x) OR OK(y)")})
		w.fails("unknown children", err, "ValidationException: Could not save the composite alarm as alarms [x, y] in the alarm rule do not exist")
		must[api.PutMetricAlarmOutput](w, errorsOf("a", "f-00"))
		must[api.PutCompositeAlarmOutput](w, &api.PutCompositeAlarmInput{AlarmName: aws.String("p"), AlarmRule: aws.String("ALARM(a)")})
		_, err = do[api.DeleteAlarmsOutput](w, &api.DeleteAlarmsInput{AlarmNames: []string{"a"}})
		w.fails("a child", err, "ValidationException: Cannot delete a as there are composite alarm(s) depending on it.")
		_, err = do[api.DescribeAlarmsOutput](w, &api.DescribeAlarmsInput{ChildrenOfAlarmName: aws.String("p"), AlarmNames: []string{"a"}})
		w.fails("family", err, "ValidationException: ChildrenOfAlarmName and ParentsOfAlarmName cannot be specified with other parameters but MaxRecords and NextToken.")
	})
}

func TestTags(t *testing.T) {
	inTime(t, func(w *world) {
		in := errorsOf("a", "f-00")
		in.Tags = []types.Tag{{Key: aws.String("team"), Value: aws.String("orders")}}
		must[api.PutMetricAlarmOutput](w, in)
		in.Tags = []types.Tag{{Key: aws.String("team"), Value: aws.String("ignored in an update")}}
		must[api.PutMetricAlarmOutput](w, in)
		arn := aws.String("arn:aws:cloudwatch:us-east-1:100000000001:alarm:a")
		tags := func() (out string) {
			for _, tag := range must[api.ListTagsForResourceOutput](w, &api.ListTagsForResourceInput{ResourceARN: arn}).Tags {
				out += *tag.Key + "=" + *tag.Value + " "
			}
			return out
		}
		must[api.TagResourceOutput](w, &api.TagResourceInput{ResourceARN: arn, Tags: []types.Tag{{Key: aws.String("env"), Value: aws.String("prod")}}})
		if got := tags(); got != "env=prod team=orders " {
			t.Errorf("tags %s", got)
		}
		must[api.UntagResourceOutput](w, &api.UntagResourceInput{ResourceARN: arn, TagKeys: []string{"env", "none"}})
		if got := tags(); got != "team=orders " {
			t.Errorf("tags %s", got)
		}
		_, err := do[api.ListTagsForResourceOutput](w, &api.ListTagsForResourceInput{ResourceARN: aws.String("arn:aws:cloudwatch:eu-west-1:100000000001:alarm:a")})
		w.fails("another Region", err, "ResourceNotFoundException: Resource arn:aws:cloudwatch:eu-west-1:100000000001:alarm:a does not exist")
	})
}
