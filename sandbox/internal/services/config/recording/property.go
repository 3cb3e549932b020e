package recording

import (
	"strings"

	"github.com/layerfleet/layerfleet/configsql"
	"github.com/layerfleet/layerfleet/sandbox/internal/function"
)

// property is a property of configuration items. The table [properties] is the one place that says which there are:
// items, advanced queries, Guard policies and the store's indexes are made from it.
type property struct {
	path string

	// One of these reads the property. An empty text and a nil tree are missing.
	text   func(*State) string
	number func(*State) int64
	tree   func(*State) any

	// queried is the tree in queries where it differs from the item's.
	queried func(*State) any
	// scalars reads what a query finds at the path without building a tree. Texts and numbers do not need it. A row
	// with nothing else repeats a part of another row's tree.
	scalars func(*State, []configsql.Value) []configsql.Value
	index   index
}

// index is how the store finds resources by a property.
type index uint8

const (
	noIndex index = iota
	byName
	byLayer
)

const (
	defaultEphemeralMB = 512
	defaultTracing     = "PassThrough"
	latest             = "$LATEST" // the only version of a function that Config records
	configuration      = "configuration"
)

// properties are the top level of an item, then the keys of AWS's published schema of AWS::Lambda::Function, in their
// odd cases. Environment variables are never recorded.
//
// UNCONFIRMED: that state and stateReason are still objects with a value, as in the schema.
var properties = []property{
	{path: "version", text: func(*State) string { return Version }},
	{path: "accountId", text: func(s *State) string { return s.Record.Account }},
	{path: "awsRegion", text: func(s *State) string { return s.Record.Region }},
	{path: "availabilityZone", text: func(*State) string { return Zone }},
	{path: "arn", text: func(s *State) string { return s.Record.ARN() }},
	{path: "resourceType", text: func(*State) string { return ResourceType }},
	{path: "resourceId", text: functionName, index: byName},
	{path: "resourceName", text: functionName, index: byName},
	{path: "configurationItemCaptureTime", text: func(s *State) string { return s.At().Format(itemTime) }},
	{path: "configurationItemStatus", text: (*State).Status},
	{path: "configurationStateId", text: (*State).ID},
	{path: "relatedEvents", tree: func(*State) any { return []any{} }},
	{path: "relationships", tree: func(s *State) any { return relationTrees(s.Record) }},
	{path: "supplementaryConfiguration", tree: func(s *State) any { return Supplementary(s.Record) }},
	{path: "tags", tree: func(s *State) any { return tagMap(s.Record) }, queried: func(s *State) any { return tagList(s.Record) }},
	{path: "tags.key", scalars: tagKeys},
	{path: "tags.tag", scalars: tagPairs},

	{path: "configuration.architectures", tree: func(s *State) any { return []any{s.Record.Arch} }, scalars: architecture},
	{path: "configuration.codeSha256", text: func(s *State) string { return s.Record.CodeSha256 }},
	{path: "configuration.codeSize", number: func(s *State) int64 { return s.Record.CodeSize }},
	{path: "configuration.deadLetterConfig.targetArn", text: func(s *State) string { return extra(s).DeadLetterARN }},
	{path: "configuration.description", tree: func(s *State) any { return s.Record.Description }},
	{path: "configuration.ephemeralStorage.size", number: func(s *State) int64 {
		if mb := extra(s).EphemeralMB; mb != 0 {
			return int64(mb)
		}
		return defaultEphemeralMB
	}},
	{path: "configuration.functionArn", text: func(s *State) string { return s.Record.ARN() }},
	{path: "configuration.functionName", text: functionName, index: byName},
	{path: "configuration.handler", text: func(s *State) string { return s.Record.Handler }},
	{path: "configuration.kmskeyArn", text: func(s *State) string { return extra(s).KMSKeyARN }},
	{path: "configuration.lastModified", text: func(s *State) string { return s.Record.Modified.UTC().Format(lambdaTime) }},
	{path: "configuration.lastUpdateStatus", text: func(s *State) string { return s.Record.LastUpdateStatus }},
	{path: "configuration.lastUpdateStatusReason", text: func(s *State) string { return s.Record.LastUpdateStatusReason }},
	{path: "configuration.lastUpdateStatusReasonCode", text: func(s *State) string { return s.Record.LastUpdateStatusReasonCode }},
	{path: "configuration.layers", tree: func(s *State) any { return layerTrees(s.Record) }},
	{path: "configuration.layers.arn", scalars: layerARNs, index: byLayer},
	{path: "configuration.memorySize", number: func(s *State) int64 { return int64(s.Record.MemoryMB) }},
	{path: "configuration.packageType", text: func(s *State) string { return s.Record.PackageType }},
	{path: "configuration.revisionId", text: func(s *State) string { return s.Record.RevisionID }},
	{path: "configuration.role", text: func(s *State) string { return s.Record.Role }},
	{path: "configuration.runtime", text: func(s *State) string { return s.Record.Runtime }},
	{path: "configuration.state.value", text: func(s *State) string { return s.Record.State }},
	{path: "configuration.stateReason.value", text: func(s *State) string { return s.Record.StateReason }},
	{path: "configuration.stateReasonCode", text: func(s *State) string { return s.Record.StateReasonCode }},
	{path: "configuration.timeout", number: func(s *State) int64 { return int64(s.Record.TimeoutSec) }},
	{path: "configuration.tracingConfig.mode", text: func(s *State) string {
		if mode := extra(s).TracingMode; mode != "" {
			return mode
		}
		return defaultTracing
	}},
	{path: "configuration.version", text: func(*State) string { return latest }},
	{path: "configuration.vpcConfig", tree: func(s *State) any { return network(extra(s)) }},
}

// byLength are the rows of [properties] by the length of their path: find is called for each row of a query, and a
// map takes several times as long.
var byLength = func() (rows [64][]*property) {
	for i := range properties {
		n := len(properties[i].path)
		rows[n] = append(rows[n], &properties[i])
	}
	return rows
}()

// find is the row of a path, or nil.
func find(path string) *property {
	if len(path) >= len(byLength) {
		return nil
	}
	for _, p := range byLength[len(path)] {
		if p.path == path {
			return p
		}
	}
	return nil
}

func functionName(s *State) string { return s.Record.Name }

// none is the Extra of records without one.
var none function.Extra

func extra(s *State) *function.Extra {
	if s.Record.Extra == nil {
		return &none
	}
	return s.Record.Extra
}

// in is the property as a JSON tree, in an item or in a query; nil if it is missing.
func (p *property) in(s *State, query bool) any {
	switch {
	case query && p.queried != nil:
		return p.queried(s)
	case p.tree != nil:
		return p.tree(s)
	case p.number != nil:
		return p.number(s)
	case p.text != nil:
		if v := p.text(s); v != "" {
			return v
		}
	}
	return nil
}

// item builds the parts of an item whose path starts with top ("" for all of it).
func (s *State) item(top string, query bool) map[string]any {
	tree := make(map[string]any, len(properties)/2)
	if strings.HasPrefix(configuration+".", top) {
		tree[configuration] = make(map[string]any, len(properties)/2)
	}
	for i := range properties {
		p := &properties[i]
		if !strings.HasPrefix(p.path, top) {
			continue
		}
		if v := p.in(s, query); v != nil {
			put(tree, p.path, v)
		}
	}
	return tree
}

// put sets the value at a path of a tree of objects.
func put(tree map[string]any, path string, v any) {
	for {
		head, rest, nested := strings.Cut(path, ".")
		if !nested {
			tree[head] = v
			return
		}
		below, ok := tree[head].(map[string]any)
		if !ok {
			below = map[string]any{}
			tree[head] = below
		}
		tree, path = below, rest
	}
}
