// Command gen writes the tables of package wire from the source of the SDK's modules, one file for each service.
//
// It is run by `go generate ./...` after a change of the SDK's versions. A module with schemas says its operations and
// routes in them, and the rest at run time; of an older one the generated serializers and deserializers are read, whose
// forms are few. What no module says stands in package wire by hand: namespaces, the statuses of errors of older
// modules, S3's root elements.
package main

import (
	"context"
	"fmt"
	"os"
)

// services are the signing names of the services that the sandbox has, and the SDK's modules.
var services = []struct{ name, module string }{
	{"account", "account"},
	{"cloudformation", "cloudformation"},
	{"config", "configservice"},
	{"iam", "iam"},
	{"lambda", "lambda"},
	{"monitoring", "cloudwatch"},
	{"organizations", "organizations"},
	{"s3", "s3"},
	{"scheduler", "scheduler"},
	{"ssm", "ssm"},
	{"sts", "sts"},
	{"tagging", "resourcegroupstaggingapi"},
}

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// run writes the files into the current directory, which is that of package wire.
func run(ctx context.Context) error {
	for _, s := range services {
		src, err := generate(ctx, s.name, s.module)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		if err := os.WriteFile(fileOf(s.name), src, 0o644); err != nil { //nolint:gosec // source code is for everybody
			return err
		}
	}
	return nil
}

func fileOf(service string) string { return service + "_gen.go" }

// generate is the source of a service's table.
func generate(ctx context.Context, name, module string) ([]byte, error) {
	src, err := load(ctx, module)
	if err != nil {
		return nil, err
	}
	m := &model{name: name, module: module, version: src.version(), members: map[string]member{}}
	if src.hasSchemas() {
		m.readSchemas(src)
	} else if err := m.readSerializers(src); err != nil {
		return nil, err
	}
	if len(m.operations) == 0 || m.version == "" {
		return nil, fmt.Errorf("the module has %d operations and the version %q", len(m.operations), m.version)
	}
	if name == "s3" {
		m.routeS3(src)
	}
	return m.source()
}
