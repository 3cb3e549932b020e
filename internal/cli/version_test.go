package cli

import (
	"runtime"
	"runtime/debug"
	"testing"
)

func TestBuild(t *testing.T) {
	here := runtime.Version() + ", " + runtime.GOOS + "/" + runtime.GOARCH
	tests := []struct {
		name string
		info *debug.BuildInfo
		want string
	}{
		{name: "no modules", want: "layerfleet devel (" + here + ")"},
		{name: "go test", info: &debug.BuildInfo{Main: debug.Module{Version: "(devel)"}}, want: "layerfleet devel (" + here + ")"},
		{name: "go install …@v1.2.3", info: &debug.BuildInfo{Main: debug.Module{Version: "v1.2.3"}}, want: "layerfleet v1.2.3 (" + here + ")"},
		{
			name: "go install …@COMMIT", info: &debug.BuildInfo{Main: debug.Module{Version: "v1.2.4-0.20261129162345-04e177f54d7a"}},
			want: "layerfleet v1.2.4-0.20261129162345-04e177f54d7a (commit 04e177f54d7a, 2026-11-29T16:23:45Z, " + here + ")",
		},
		{
			name: "go build in a repository",
			info: &debug.BuildInfo{
				Main:     debug.Module{Version: "v1.2.3+dirty"},
				Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "04e177f54d7a0123"}, {Key: "vcs.time", Value: "2026-11-29T16:23:45Z"}, {Key: "vcs.modified", Value: "true"}},
			},
			want: "layerfleet v1.2.3+dirty (commit 04e177f54d7a with changes, 2026-11-29T16:23:45Z, " + here + ")",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := read(tt.info).String(); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}
