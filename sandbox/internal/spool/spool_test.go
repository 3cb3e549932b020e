package spool_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/spool"
)

func inTemp(t *testing.T) func() []string {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	return func() []string {
		files, err := filepath.Glob(filepath.Join(dir, "*", "*"))
		if err != nil {
			t.Fatal(err)
		}
		return files
	}
}

func TestRoomComesBack(t *testing.T) {
	files := inTemp(t)
	s := spool.New(10)
	six, err := s.Write(strings.NewReader("123456"))
	if err != nil || six.Size != 6 {
		t.Fatalf("%+v, %v", six, err)
	}
	_, err = s.Write(strings.NewReader("12345"))
	var refused *apierr.Error
	if !errors.As(err, &refused) || refused.Code != "SandboxUnsupported" || !strings.Contains(refused.Message, "more than 10 bytes") {
		t.Errorf("over the limit: %v", err)
	}
	if left := files(); len(left) != 1 {
		t.Errorf("the refused file is still there: %v", left)
	}
	open, err := six.Open()
	if err != nil {
		t.Fatal(err)
	}
	six.Remove()
	six.Remove() // counts once
	if data, err := io.ReadAll(open); err != nil || string(data) != "123456" {
		t.Errorf("after Remove %q, %v", data, err)
	}
	if err := open.Close(); err != nil {
		t.Error(err)
	}
	if _, err := s.Write(strings.NewReader("1234567890")); err != nil {
		t.Errorf("the bytes still count: %v", err)
	}
	if _, err := s.Write(strings.NewReader("1")); err == nil {
		t.Error("more bytes were given back than were taken")
	}
}

func TestReadersErrorLeavesNothing(t *testing.T) {
	files := inTemp(t)
	s := spool.New(10)
	broken := errors.New("broken")
	if _, err := s.Write(io.MultiReader(strings.NewReader("123456"), iotest.ErrReader(broken))); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
	if left := files(); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	if _, err := s.Write(strings.NewReader("1234567890")); err != nil {
		t.Errorf("the bytes still count: %v", err)
	}
}

func TestClose(t *testing.T) {
	files := inTemp(t)
	s := spool.New(10)
	if err := s.Close(); err != nil {
		t.Errorf("closing a spool without files: %v", err)
	}
	s = spool.New(10)
	f, err := s.Write(strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if left := files(); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	if _, err := f.Open(); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("opening after Close: %v", err)
	}
	if _, err := s.Write(strings.NewReader("x")); err == nil {
		t.Error("a closed spool accepts a file")
	}
}
