package runtimes_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/layerfleet/layerfleet/internal/layer/runtimes"
)

// TestTableHasTheSDKsRuntimes fails when an update of the SDK brings a runtime.
func TestTableHasTheSDKsRuntimes(t *testing.T) {
	known := map[string]bool{}
	for _, r := range types.Runtime("").Values() {
		known[string(r)] = true
		if runtimes.Find(string(r)) == nil {
			t.Errorf("the SDK has %s: add it to the table, with its system and dates", r)
		}
	}
	for _, id := range runtimes.IDs() {
		if !known[id] {
			t.Errorf("the SDK has no %s", id)
		}
	}
}

func TestJudge(t *testing.T) {
	tests := []struct {
		id   string
		want runtimes.Standing
		near string
	}{
		{id: "python3.13", want: runtimes.Current},
		{id: "python3.8", want: runtimes.Retired},
		{id: "dotnet8", want: runtimes.Retired},
		{id: "python3.7", want: runtimes.Refused},
		{id: "provided", want: runtimes.Refused},
		{id: "python3.16", want: runtimes.Unknown},
		{id: "nodejs28.x", want: runtimes.Unknown},
		{id: "cobol85", want: runtimes.Unknown},
		{id: "pythn3.12", want: runtimes.NearMiss, near: "python3.12"},
		{id: "python312", want: runtimes.NearMiss, near: "python3.12"},
		{id: "nodejs22", want: runtimes.NearMiss, near: "nodejs22.x"},
		{id: "nodejs20x", want: runtimes.NearMiss, near: "nodejs20.x"},
		{id: "Python3.12", want: runtimes.NearMiss, near: "python3.12"},
		{id: "provided.al23", want: runtimes.NearMiss, near: "provided.al2"},
		{id: "java-21", want: runtimes.NearMiss, near: "java21"},
	}
	for _, tt := range tests {
		if got, near := runtimes.Judge(tt.id, runtimes.Known); got != tt.want || near != tt.near {
			t.Errorf("%s: %v %q, want %v %q", tt.id, got, near, tt.want, tt.near)
		}
	}
	if got, _ := runtimes.Judge("python3.8", time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)); got != runtimes.Current {
		t.Errorf("python3.8 in 2020: %v", got)
	}
}

func TestSystemHas(t *testing.T) {
	al2, al2023 := runtimes.Find("python3.11").System, runtimes.Find("python3.12").System
	tests := []struct {
		system     *runtimes.System
		version    string
		has, known bool
	}{
		{system: al2, version: "GLIBC_2.2.5", has: true, known: true},
		{system: al2, version: "GLIBC_2.26", has: true, known: true},
		{system: al2, version: "GLIBC_2.27", known: true},
		{system: al2023, version: "GLIBC_2.34", has: true, known: true},
		{system: al2023, version: "GLIBC_2.35", known: true},
		{system: al2, version: "GLIBCXX_3.4.25", known: true},
		{system: al2023, version: "CXXABI_1.3.13", has: true, known: true},
		{system: al2023, version: "GCC_12.0.0", known: true},
		{system: al2, version: "ZLIB_1.2.9", known: true},
		{system: al2, version: "GLIBC_PRIVATE"},
		{system: al2, version: "OPENSSL_3.0.0"},
		{system: al2, version: "CXXABI_FLOAT128"},
		{system: al2, version: ""},
	}
	for _, tt := range tests {
		if has, known := tt.system.Has(tt.version); has != tt.has || known != tt.known {
			t.Errorf("%s %s: has %v, known %v", tt.system.Name, tt.version, has, known)
		}
	}
}
