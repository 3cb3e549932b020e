package cloudwatch

import (
	"context"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/page"
	"github.com/layerfleet/layerfleet/sandbox/internal/pair"
	"github.com/layerfleet/layerfleet/sandbox/internal/traffic"
)

const (
	maxListed      = 500                 // metrics of a page
	listedFor      = 14 * 24 * time.Hour // after the newest data (CloudWatch API Reference, ListMetrics)
	recentlyActive = 3 * time.Hour
)

// listMetrics lists the metrics that have data. Those of a function are found by its calls, so that a page costs what
// its functions cost, however many there are.
func (s *Service) listMetrics(_ context.Context, c call.Caller, in *api.ListMetricsInput) (*api.ListMetricsOutput, error) {
	if r := in.RecentlyActive; r != "" && r != types.RecentlyActivePt3h {
		return nil, constraint(r, "recentlyActive", apierr.OneOf(r.Values()...))
	}
	if len(in.Dimensions) > 10 {
		return nil, constraint(nil, "dimensions", apierr.MaxLength(10))
	}
	out := &api.ListMetricsOutput{Metrics: []types.Metric{}}
	if ns := aws.ToString(in.Namespace); ns != "" && ns != namespace {
		if strings.HasPrefix(ns, "AWS/") {
			return nil, apierr.Unsupported("the metrics of %s", ns)
		}
		return out, nil
	}
	after, ok := page.After(in.NextToken)
	if !ok {
		return nil, badToken()
	}
	now := s.Clock.Now()
	since := now.Add(-listedFor)
	if in.RecentlyActive != "" {
		since = now.Add(-recentlyActive)
	}
	p := pair.Key{Account: c.Account, Region: c.Region}
	names := s.Lives.Names(c.Account, c.Region)
	function, _, _ := strings.Cut(after, " ")
	var list []types.Metric
	for _, name := range names[sort.SearchStrings(names, function):] {
		if !wants(in.Dimensions, "FunctionName", name) {
			continue
		}
		for _, m := range s.metricsOf(p, name, since, now) {
			if matches(in, m) && metricKey(m) > after {
				list = append(list, m)
			}
		}
		if len(list) > maxListed {
			break
		}
	}
	part, next, _ := page.Cut(list, metricKey, nil, maxListed)
	out.Metrics, out.NextToken = append(out.Metrics, part...), next
	return out, nil
}

// metricKey orders metrics by function, and says which was the last of a page.
func metricKey(m types.Metric) string {
	parts := []string{*m.Dimensions[0].Value, *m.MetricName}
	for _, d := range m.Dimensions[1:] {
		parts = append(parts, *d.Value)
	}
	return strings.Join(parts, " ")
}

// wants says whether filters let a dimension pass.
func wants(filters []types.DimensionFilter, name, value string) bool {
	return !slices.ContainsFunc(filters, func(f types.DimensionFilter) bool {
		return aws.ToString(f.Name) == name && f.Value != nil && *f.Value != value
	})
}

func matches(in *api.ListMetricsInput, m types.Metric) bool {
	if in.MetricName != nil && *in.MetricName != *m.MetricName {
		return false
	}
	return !slices.ContainsFunc(in.Dimensions, func(f types.DimensionFilter) bool {
		return !slices.ContainsFunc(m.Dimensions, func(d types.Dimension) bool {
			return aws.ToString(f.Name) == *d.Name && (f.Value == nil || *f.Value == *d.Value)
		})
	})
}

// metricsOf are the metrics of a function that have data since a time, in the order of their keys. Data that came first
// within the time that AWS takes to list a metric do not count.
func (s *Service) metricsOf(p pair.Key, name string, since, now time.Time) []types.Metric {
	life, _ := s.Lives.Life(p.Account, p.Region, name)
	f := traffic.Of(s.IDs, p.Account, p.Region, name)
	called, failed := map[traffic.Target]bool{}, map[traffic.Target]bool{}
	q := traffic.Query{Life: life, From: since, Until: now.Add(-s.ListedAfter), Now: now, Only: func(t traffic.Target) bool {
		called[t] = true
		return false
	}}
	for range f.Minutes(q, s.Troubles) {
	}
	for t := range called {
		q.Only = func(x traffic.Target) bool { return x == t }
		reported := false
		for c := range f.Minutes(q, s.Troubles) {
			if reported = true; c.Errors > 0 {
				failed[t] = true
				break
			}
		}
		if !reported {
			delete(called, t)
		}
	}
	var out []types.Metric
	add := func(metric string, values ...string) {
		m := types.Metric{Namespace: aws.String(namespace), MetricName: aws.String(metric)}
		for i, v := range append([]string{name}, values...) {
			m.Dimensions = append(m.Dimensions, types.Dimension{Name: aws.String([]string{"FunctionName", "Resource", "ExecutedVersion"}[i]), Value: aws.String(v)})
		}
		if !slices.ContainsFunc(out, func(x types.Metric) bool { return metricKey(x) == metricKey(m) }) {
			out = append(out, m)
		}
	}
	for _, k := range kinds() {
		targets := called
		switch k.name {
		case "Throttles":
			continue // never any data
		case "Errors":
			targets = failed
		}
		for t := range targets {
			add(k.name)
			if t.Qualifier == "" {
				add(k.name, name)
				continue
			}
			add(k.name, name+":"+t.Qualifier)
			if !unqualified(t.Qualifier) {
				add(k.name, name+":"+t.Qualifier, t.Version)
			}
		}
	}
	slices.SortFunc(out, func(a, b types.Metric) int { return strings.Compare(metricKey(a), metricKey(b)) })
	return out
}
