package cloudwatch

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// TestMissingData has the tables of the CloudWatch User Guide, "Configuring how CloudWatch alarms treat missing data": the
// data points of five periods, the oldest first (0 is fine, X breaches, - is missing), and the state for each treatment. An
// empty state keeps the current one.
func TestMissingData(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		needed                                    int32
		points                                    string
		missing, ignored, breaching, notBreaching string
	}{
		{3, "0 - X - X", "OK", "OK", "OK", "OK"},
		{3, "- - - - 0", "OK", "OK", "OK", "OK"},
		{3, "- - - - -", "INSUFFICIENT_DATA", "", "ALARM", "OK"},
		{3, "0 X X - X", "ALARM", "ALARM", "ALARM", "ALARM"},
		{3, "- - X - -", "ALARM", "", "ALARM", "OK"},
		{2, "0 - X - X", "ALARM", "ALARM", "ALARM", "ALARM"},
		{2, "0 0 X 0 X", "ALARM", "ALARM", "ALARM", "ALARM"},
		{2, "0 - X - -", "OK", "OK", "ALARM", "OK"},
		{2, "- - - - 0", "OK", "OK", "ALARM", "OK"},
		{2, "- - - X -", "ALARM", "", "ALARM", "OK"},
		// Not in the tables, but by the same rules: a single breach that is younger than needed is no alarm yet.
		{3, "- - - - X", "", "", "ALARM", "OK"},
	} {
		at := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
		var data []sample
		for i, p := range strings.Fields(tt.points) {
			x := sample{at: at.Add(time.Duration(i-5) * time.Minute), count: 1}
			switch p {
			case "X":
				x.sum = 5
			case "-":
				continue
			}
			data = append([]sample{x}, data...)
		}
		for treat, want := range map[string]string{missingData: tt.missing, ignore: tt.ignored, breaching: tt.breaching, notBreaching: tt.notBreaching} {
			a := &alarm{period: time.Minute, settings: api.PutMetricAlarmInput{
				EvaluationPeriods: aws.Int32(3), DatapointsToAlarm: &tt.needed, Threshold: aws.Float64(1), Statistic: types.StatisticSum,
				ComparisonOperator: types.ComparisonOperatorGreaterThanThreshold, TreatMissingData: &treat,
			}}
			if got := a.judge(data, at); string(got.state) != want {
				t.Errorf("%d of 3, %s, %s: %q, want %q", tt.needed, tt.points, treat, got.state, want)
			}
		}
	}
}

func TestComparisons(t *testing.T) {
	t.Parallel()
	for op, want := range map[types.ComparisonOperator]string{
		types.ComparisonOperatorGreaterThanThreshold: "001", types.ComparisonOperatorGreaterThanOrEqualToThreshold: "011",
		types.ComparisonOperatorLessThanThreshold: "100", types.ComparisonOperatorLessThanOrEqualToThreshold: "110",
	} {
		a := &alarm{settings: api.PutMetricAlarmInput{Threshold: aws.Float64(2), ComparisonOperator: op}}
		got := ""
		for _, v := range []float64{1, 2, 3} {
			got += map[bool]string{true: "1", false: "0"}[a.breaches(v)]
		}
		if got != want {
			t.Errorf("%s: %s, want %s", op, got, want)
		}
	}
}

// TestReasons: the recorded words, and those of alarms with DatapointsToAlarm.
func TestReasons(t *testing.T) {
	t.Parallel()
	at := time.Date(2023, 10, 26, 16, 42, 0, 0, time.UTC)
	points := func(values ...float64) (out []sample) {
		for i, v := range values {
			out = append(out, sample{at: at.Add(time.Duration(-i) * time.Minute), count: 1, sum: v})
		}
		return out
	}
	for _, tt := range []struct {
		name       string
		datapoints *int32
		v          verdict
		want       string
	}{
		{"recorded alarm", nil, verdict{"ALARM", points(21.5), 0}, "Threshold Crossed: 1 datapoint [21.5 (26/10/23 16:42:00)] was greater than the threshold (2.0)."},
		{"recorded fill", nil, verdict{"OK", nil, 1}, "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as [NonBreaching]."},
		{"recorded breaching fill", nil, verdict{"ALARM", nil, 2}, "Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were treated as [Breaching]."},
		{"fine", nil, verdict{"OK", points(1, 2), 0}, "Threshold Crossed: 2 datapoints [1.0 (26/10/23 16:42:00), 2.0 (26/10/23 16:41:00)] were not greater than the threshold (2.0)."},
		{"some of", aws.Int32(2), verdict{"ALARM", points(3, 1, 4), 0}, "Threshold Crossed: 2 out of the last 3 datapoints [3.0 (26/10/23 16:42:00), 1.0 (26/10/23 16:41:00), 4.0 (26/10/23 16:40:00)] were greater than the threshold (2.0) (minimum 2 datapoints for OK -> ALARM transition)."},
		{"some of, fine", aws.Int32(3), verdict{"OK", points(1, 3, 4), 0}, "Threshold Crossed: 1 out of the last 3 datapoints [1.0 (26/10/23 16:42:00), 3.0 (26/10/23 16:41:00), 4.0 (26/10/23 16:40:00)] were not greater than the threshold (2.0) (minimum 1 datapoint for ALARM -> OK transition)."},
		{"unknown", nil, verdict{"INSUFFICIENT_DATA", nil, 3}, "Insufficient Data: 3 datapoints were unknown."},
	} {
		a := &alarm{settings: api.PutMetricAlarmInput{
			EvaluationPeriods: aws.Int32(3), DatapointsToAlarm: tt.datapoints, Threshold: aws.Float64(2), Statistic: types.StatisticSum,
			ComparisonOperator: types.ComparisonOperatorGreaterThanThreshold,
		}}
		if got := a.why(tt.v); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

func TestRules(t *testing.T) {
	t.Parallel()
	states := func(name string) types.StateValue {
		switch name {
		case "bad", "bad (one)":
			return types.StateValueAlarm
		case "new":
			return types.StateValueInsufficientData
		default:
			return types.StateValueOk
		}
	}
	for rule, want := range map[string]bool{
		"TRUE": true, "FALSE": false, "NOT FALSE": true, "NOT NOT TRUE": true,
		"ALARM(bad)": true, "ALARM(fine)": false, "OK( fine )": true, `INSUFFICIENT_DATA("new")`: true,
		`ALARM("bad (one)")`: true,
		"ALARM(arn:aws:cloudwatch:us-east-1:100000000001:alarm:bad)": true,
		"ALARM(fine) OR ALARM(bad)":                                  true,
		"ALARM(bad) AND NOT ALARM(fine)":                             true,
		"TRUE OR TRUE AND FALSE":                                     true,
		"(TRUE OR TRUE) AND FALSE":                                   false,
		"NOT (ALARM(bad) AND OK(fine))\n\tOR FALSE":                  false,
		"ALARM(bad)AND(OK(fine))":                                    true,
	} {
		r, err := parseRule(rule)
		if err != nil {
			t.Errorf("%s: %v", rule, err)
			continue
		}
		if got := r.holds(states); got != want {
			t.Errorf("%s is %v, want %v", rule, got, want)
		}
	}
	for rule, want := range map[string]string{
		"":                                   "ValidationException: Invalid AlarmRule: it ends too early",
		"ALARM(a":                            "ValidationException: Invalid AlarmRule: it ends too early",
		"ALARM()":                            "ValidationException: Invalid AlarmRule: a function names no alarm",
		"ALARM a":                            "ValidationException: Invalid AlarmRule: unexpected text at character 7: a",
		"TRUE AND":                           "ValidationException: Invalid AlarmRule: it ends too early",
		"TRUE FALSE":                         "ValidationException: Invalid AlarmRule: unexpected text at character 6: FALSE",
		"TRUEFALSE":                          "ValidationException: Invalid AlarmRule: unexpected text at character 1: TRUEFALSE",
		"(TRUE":                              "ValidationException: Invalid AlarmRule: it ends too early",
		"TRUE)":                              "ValidationException: Invalid AlarmRule: unexpected text at character 5: )",
		"alarm(a)":                           "ValidationException: Invalid AlarmRule: unexpected text at character 1: alarm(a)",
		"AT_LEAST(2, ALARM, (a, b))":         "SandboxUnsupported: the layerfleet sandbox does not support the function AT_LEAST in the AlarmRule of monitoring PutCompositeAlarm",
		strings.Repeat("NOT ", 200) + "TRUE": "ValidationException: Invalid AlarmRule: it is nested deeper than 100 levels",
		strings.Repeat("TRUE OR ", 500) + "FALSE": "ValidationException: Invalid AlarmRule: it has 501 elements, more than 500",
	} {
		if _, err := parseRule(rule); err == nil || err.Error() != want {
			t.Errorf("%.40s:\n got %v\nwant %s", rule, err, want)
		}
	}
}

func FuzzParseRule(f *testing.F) {
	for _, s := range []string{"TRUE", `ALARM("a b") AND NOT (OK(c) OR FALSE)`, "ALARM(", "NOT", "((TRUE))"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := parseRule(text)
		if err != nil {
			return
		}
		for _, name := range r.names() {
			if name == "" {
				t.Errorf("%q names an alarm without a name", text)
			}
		}
		r.holds(func(string) types.StateValue { return types.StateValueOk })
	})
}
