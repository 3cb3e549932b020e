package cloudwatch

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// why words the reason of a metric alarm's new state. Recorded are those of alarms without DatapointsToAlarm, and of periods
// without any data; the words for DatapointsToAlarm are from notifications that people posted (aws-sdk-java #1723).
func (a *alarm) why(v verdict) string {
	switch {
	case v.state == types.StateValueInsufficientData:
		was := "was"
		if v.filled != 1 {
			was = "were"
		}
		return fmt.Sprintf("Insufficient Data: %s %s unknown.", count(v.filled, "datapoint"), was)
	case len(v.points) == 0:
		treated := "Breaching"
		if v.state == types.StateValueOk {
			treated = "NonBreaching"
		}
		was := "was"
		if v.filled != 1 {
			was = "were"
		}
		return fmt.Sprintf("Threshold Crossed: no datapoints were received for %s and %s %s treated as [%s].",
			count(v.filled, "period"), count(v.filled, "missing datapoint"), was, treated)
	}
	crossed := v.state == types.StateValueAlarm
	var values []string
	matching := 0
	for _, x := range v.points {
		value := x.statistic(a.settings.Statistic)
		if a.breaches(value) == crossed {
			matching++
		}
		values = append(values, fmt.Sprintf("%s (%s)", double(value), x.at.UTC().Format("02/01/06 15:04:05")))
	}
	shown := values
	verb := "was"
	if len(v.points) != 1 {
		verb = "were"
	}
	if !crossed {
		verb += " not"
	}
	compared := fmt.Sprintf("%s %s the threshold (%s)", verb, comparison(a.settings.ComparisonOperator), double(*a.settings.Threshold))
	if a.settings.DatapointsToAlarm == nil {
		return fmt.Sprintf("Threshold Crossed: %s [%s] %s.", count(len(v.points), "datapoint"), strings.Join(shown, ", "), compared)
	}
	least, change := a.needed(), "OK -> ALARM"
	if !crossed {
		least, change = int(*a.settings.EvaluationPeriods)-a.needed()+1, "ALARM -> OK"
	}
	return fmt.Sprintf("Threshold Crossed: %d out of the last %d datapoints [%s] %s (minimum %s for %s transition).",
		matching, len(v.points), strings.Join(shown, ", "), compared, count(least, "datapoint"), change)
}

// stamp is the time format of StateReasonData and HistoryData.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000-0700") }

// reasonData is StateReasonData (recorded).
func (a *alarm) reasonData(v verdict, at time.Time) string {
	type evaluated struct {
		Timestamp   string   `json:"timestamp"`
		SampleCount *float64 `json:"sampleCount,omitempty"`
		Value       *float64 `json:"value,omitempty"`
	}
	data := struct {
		Version    string             `json:"version"`
		QueryDate  string             `json:"queryDate"`
		StartDate  string             `json:"startDate,omitempty"`
		Unit       types.StandardUnit `json:"unit,omitempty"`
		Statistic  types.Statistic    `json:"statistic"`
		Period     int32              `json:"period"`
		Recent     []float64          `json:"recentDatapoints"`
		Threshold  float64            `json:"threshold"`
		Datapoints []evaluated        `json:"evaluatedDatapoints"`
	}{
		Version: "1.0", QueryDate: stamp(at), Unit: a.settings.Unit, Statistic: a.settings.Statistic, Period: *a.settings.Period,
		Recent: []float64{}, Threshold: *a.settings.Threshold,
	}
	for _, x := range slices.Backward(v.points) {
		data.Recent = append(data.Recent, x.statistic(a.settings.Statistic))
	}
	for i, x := range v.points {
		data.Datapoints = append(data.Datapoints, evaluated{stamp(x.at), aws.Float64(x.count), aws.Float64(x.statistic(a.settings.Statistic))})
		if i == len(v.points)-1 {
			data.StartDate = stamp(x.at)
		}
	}
	if len(v.points) == 0 {
		for i := range v.filled {
			data.Datapoints = append(data.Datapoints, evaluated{Timestamp: stamp(at.Add(-time.Duration(i+1) * a.period))})
		}
	}
	return toJSON(data)
}

func toJSON(v any) string {
	b, _ := json.Marshal(v) // structures of texts and finite numbers
	return string(b)
}

func isJSON(text string) bool { return json.Valid([]byte(text)) }
