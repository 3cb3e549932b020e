package runbook

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

var (
	// ErrNoPython says that there is no python3 that can run scripts; the message says why.
	ErrNoPython = errors.New("no usable python3")
	// ErrTimeLimit says that a script was killed at its time limit.
	ErrTimeLimit = errors.New("the script was ended at its time limit")
)

// ScriptError is an exception that a script raised, or that its result cannot be returned.
type ScriptError struct {
	Type      string // Python class, such as ClientError
	Message   string
	Traceback string // as Python prints it, without the last line that repeats type and message
}

func (e *ScriptError) Error() string { return e.Type + ": " + e.Message }

// outcome is the report of the forked process.
type outcome struct {
	Payload *string `json:"payload"`
	Error   *struct {
		Type      string `json:"type"`
		Message   string `json:"message"`
		Traceback string `json:"traceback"`
	} `json:"error"`
}

func (a answer) result() (Result, error) {
	res := Result{Logs: a.Log}
	var o outcome
	if err := json.Unmarshal([]byte(a.Outcome), &o); err != nil {
		// The process ended without a report: killed, crashed, or it called os._exit.
		last := a.Log[strings.LastIndexByte(strings.TrimSpace(a.Log), '\n')+1:]
		return res, &ScriptError{Type: "ProcessError", Message: fmt.Sprintf("the script's process ended with status %d %s", a.Status, strings.TrimSpace(last))}
	}
	switch {
	case o.Error != nil:
		return res, &ScriptError{Type: o.Error.Type, Message: o.Error.Message, Traceback: o.Error.Traceback}
	case o.Payload == nil:
		return res, &ScriptError{Type: "ProcessError", Message: "the script's process reported nothing"}
	}
	res.Payload = json.RawMessage(*o.Payload)
	return res, nil
}
