package runbook

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

//go:embed python python/standin/boto3/__init__.py python/standin/botocore/__init__.py
var python embed.FS

// environment is all of a script's os.environ.
func environment(home, endpoint string, c Credentials) map[string]string {
	env := map[string]string{
		"HOME": home, "TMPDIR": home, "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8",
		"AWS_ENDPOINT_URL":            endpoint,
		"AWS_REGION":                  c.Region,
		"AWS_DEFAULT_REGION":          c.Region,
		"AWS_CONFIG_FILE":             os.DevNull,
		"AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
		"AWS_EC2_METADATA_DISABLED":   "true",
		// Set, not absent: without it urllib on macOS reads the system's proxies, which a forked process cannot.
		"NO_PROXY": "*", "no_proxy": "*",
	}
	if c.AccessKeyID != "" {
		env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"] = c.AccessKeyID, c.SecretAccessKey
	}
	if c.SessionToken != "" {
		env["AWS_SESSION_TOKEN"] = c.SessionToken
	}
	return env
}

// interpreter is the real python3 behind a shim on the PATH, and where its user has modules.
type interpreter struct {
	Executable string   `json:"executable"`
	Path       []string `json:"path"`
}

// probeSource prints an interpreter. The server then runs that binary in an empty environment. It finds the user's modules
// (virtual environment, user site, PYTHONPATH) by path and inherits nothing else.
const probeSource = `import json, os, sys
if sys.version_info < (3, 9): sys.exit("it is version %d.%d, scripts need 3.9 or later" % sys.version_info[:2])
if not hasattr(os, "fork"): sys.exit("it cannot fork on this system")
print(json.dumps({"executable": sys.executable, "path": [p for p in sys.path if os.path.isabs(p)]}))`

func probe(ctx context.Context, name string) (interpreter, error) {
	if name == "" {
		name = "python3"
	}
	var in interpreter
	out, err := exec.CommandContext(ctx, name, "-c", probeSource).Output()
	if ctx.Err() != nil {
		return in, ctx.Err()
	}
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) && len(exit.Stderr) > 0 {
			err = errors.New(strings.TrimSpace(string(exit.Stderr)))
		}
		return in, fmt.Errorf("%w: %s: %w", ErrNoPython, name, err)
	}
	if err := json.Unmarshal(out, &in); err != nil {
		return in, fmt.Errorf("%w: %s answers nonsense: %w", ErrNoPython, name, err)
	}
	return in, nil
}

// unpack writes the embedded Python files into a private directory.
func unpack() (string, error) {
	dir, err := os.MkdirTemp("", "layerfleet-runbook-")
	if err != nil {
		return "", fmt.Errorf("make the script runner's directory: %w", err)
	}
	err = fs.WalkDir(python, "python", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := python.ReadFile(path)
		if err != nil {
			return err
		}
		to := filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			return err
		}
		return os.WriteFile(to, data, 0o600)
	})
	if err != nil {
		return "", errors.Join(fmt.Errorf("unpack the script runner: %w", err), os.RemoveAll(dir))
	}
	return dir, nil
}
