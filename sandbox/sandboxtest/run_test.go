package sandboxtest_test

import (
	"context"
	"testing"
)

// emptyZip is the end record of an archive without files.
const emptyZip = "PK\x05\x06\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"

// run runs a test within an example.
func run(test func(testing.TB)) {
	e := &example{}
	defer func() {
		for _, f := range e.cleanups {
			f()
		}
	}()
	test(e)
}

// example is as much of a test as an example needs.
type example struct {
	testing.TB
	cleanups []func()
}

func (e *example) Helper()                  {}
func (e *example) Context() context.Context { return context.Background() }
func (e *example) Cleanup(f func())         { e.cleanups = append(e.cleanups, f) }
func (e *example) Error(args ...any)        { panic(args) }
func (e *example) Fatal(args ...any)        { panic(args) }
