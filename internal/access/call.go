package access

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"syscall"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
)

// callError says of a failed call where it was made. It reads like its cause, so
// that whoever looks for the SDK's errors finds them; [Text] writes it for people.
type callError struct {
	where string // ACCOUNT/REGION, or a Region while the account is not known
	err   error
}

func (e *callError) Error() string { return e.err.Error() }
func (e *callError) Unwrap() error { return e.err }

// Hint is what to do when nothing answers; "" of other failures.
func (e *callError) Hint() string {
	failed, ok := errors.AsType[*url.Error](e.err)
	if !ok || interrupted(e.err) {
		return ""
	}
	host := failed.URL
	if u, err := url.Parse(failed.URL); err == nil {
		host = u.Hostname()
	}
	if strings.HasSuffix(host, ".amazonaws.com") || strings.HasSuffix(host, ".amazonaws.com.cn") || strings.HasSuffix(host, ".api.aws") {
		return "check the network, a proxy, and that the Region of " + e.where + " is spelled right"
	}
	return "AWS_ENDPOINT_URL leads there: start `layerfleet sandbox` at that address, or unset the variable to reach AWS"
}

// at is a configuration whose clients call at a place.
func at(cfg aws.Config, where string) aws.Config {
	cfg.APIOptions = append(slices.Clip(cfg.APIOptions), located(where)) // clipped: many copies share them
	return cfg
}

// located makes the errors of a client's calls say where they were made.
func located(where string) func(*middleware.Stack) error {
	return func(stack *middleware.Stack) error {
		return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("layerfleetLocated",
			func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
				out, metadata, err := next.HandleInitialize(ctx, in)
				if err != nil {
					err = &callError{where: where, err: err}
				}
				return out, metadata, err
			}), middleware.Before)
	}
}

// Text is an error as people read it. Where the SDK tells its whole way through a
// call (https response error StatusCode: …, RequestID: …) it says which operation
// failed, in which pair unless the sentence names it, and what AWS answered:
// OPERATION in ACCOUNT/REGION: CODE: message.
func Text(err error) string {
	text := err.Error()
	for _, call := range calls(err) {
		raw := call.Error()
		before, after, found := strings.Cut(text, raw)
		if !found {
			continue // an error that words its cause differently
		}
		said := call.OperationName
		if at, ok := call.Err.(*callError); ok && !names(before, at.where) {
			said += " in " + at.where
		}
		text = before + said + ": " + cause(call.Err) + after
	}
	return text
}

// names reports whether a sentence names a place, in whatever form.
func names(sentence, where string) bool {
	account, region, _ := strings.Cut(where, "/")
	return strings.Contains(sentence, account) && strings.Contains(sentence, region)
}

// calls are the outermost calls that failed in the tree of err.
func calls(err error) []*smithy.OperationError {
	switch e := err.(type) {
	case nil:
		return nil
	case *smithy.OperationError:
		return []*smithy.OperationError{e}
	case interface{ Unwrap() []error }:
		var all []*smithy.OperationError
		for _, one := range e.Unwrap() {
			all = append(all, calls(one)...)
		}
		return all
	}
	return calls(errors.Unwrap(err))
}

// cause is why a call failed.
func cause(err error) string {
	if inner := calls(err); len(inner) > 0 {
		return Text(inner[0]) // another call on the way, such as the assuming of a role
	}
	if interrupted(err) {
		return "interrupted"
	}
	why := ""
	failed, sent := errors.AsType[*url.Error](err)
	broken, garbled := errors.AsType[*smithy.DeserializationError](err)
	api, answered := errors.AsType[smithy.APIError](err)
	switch {
	case answered:
		why = answer(api)
	case sent:
		why = noAnswer(failed).Error()
	case garbled:
		why = fmt.Sprintf("the answer cannot be read: %v", broken.Err)
	default:
		why = err.Error()
	}
	if tried, ok := errors.AsType[*retry.MaxAttemptsError](err); ok && tried.Attempt > 1 {
		why += fmt.Sprintf(" (tried %d times)", tried.Attempt)
	}
	return why
}

func interrupted(err error) bool { return errors.Is(err, context.Canceled) }

// noAnswer is a failed request as people read it; other errors are given back.
func noAnswer(err error) error {
	if failed, ok := errors.AsType[*url.Error](err); ok {
		return &unanswered{failed}
	}
	return err
}

type unanswered struct{ err *url.Error }

func (e *unanswered) Error() string {
	return fmt.Sprintf("no answer from %s: %s", address(e.err.URL), reach(e.err.Err))
}

func (e *unanswered) Unwrap() error { return e.err }

// address is the host of a URL, with its port.
func address(text string) string {
	if u, err := url.Parse(text); err == nil && u.Host != "" {
		return u.Host
	}
	return text
}

// reach is why an address cannot be reached, without the names of system calls.
func reach(err error) string {
	if number, ok := errors.AsType[syscall.Errno](err); ok {
		return number.Error()
	}
	if lookup, ok := errors.AsType[*net.DNSError](err); ok {
		return lookup.Err
	}
	return err.Error()
}
