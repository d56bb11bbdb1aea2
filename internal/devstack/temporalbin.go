package devstack

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const (
	modulePath      = "github.com/extsync/extsync"
	temporalPackage = "github.com/temporalio/cli/cmd/temporal"
)

// oldestTemporal is the first server minor version (1.x) with task queue
// fairness, which the product sets.
const oldestTemporal = 29

// ErrNoTemporal says that there is no Temporal command line and none could be
// built. Tests skip on it, aloud; for anyone else it is an error like others.
var ErrNoTemporal = errors.New("no Temporal development server")

// ensureTemporal returns the path of Temporal's command line, which holds the
// development server: from PATH when recent enough, else built once from the
// version pinned in tools/temporal of the source checkout around the working
// directory.
func ensureTemporal(ctx context.Context, progress func(string, ...any)) (string, error) {
	onPath, err := exec.LookPath("temporal")
	if err == nil && recentTemporal(ctx, onPath) {
		return onPath, nil
	}
	root, err := moduleRoot()
	if err != nil {
		found := "Temporal's command line is not on PATH"
		if onPath != "" {
			found = fmt.Sprintf("%s is too old: its server must be 1.%d or newer", onPath, oldestTemporal)
		}
		return "", fmt.Errorf("%w: %s: install it (https://docs.temporal.io/cli), or run extsync inside its source checkout, where it is built once: %w", ErrNoTemporal, found, err)
	}
	bin, err := buildTemporal(ctx, root, progress)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrNoTemporal, err)
	}
	return bin, nil
}

var serverVersion = regexp.MustCompile(`Server (\d+)\.(\d+)`)

// recentTemporal says whether a temporal program brings a server we can use.
func recentTemporal(ctx context.Context, path string) bool {
	cmd := exec.CommandContext(ctx, path, "--version")
	cmd.Env = cleanEnv()
	out, err := cmd.Output()
	if err != nil {
		return false // another program of that name, or broken: build our own
	}
	m := serverVersion.FindSubmatch(out)
	if m == nil {
		return false
	}
	major, _ := strconv.Atoi(string(m[1])) // digits only
	minor, _ := strconv.Atoi(string(m[2]))
	return major > 1 || major == 1 && minor >= oldestTemporal
}

// moduleRoot walks up from the working directory to the product's go.mod.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the source checkout: %w", err)
	}
	for start := dir; ; dir = filepath.Dir(dir) {
		b, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if first, _, _ := strings.Cut(string(b), "\n"); err == nil && strings.TrimSpace(first) == "module "+modulePath {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("%s is not inside a checkout of %s", start, modulePath)
		}
	}
}

// buildTemporal builds .bin/temporal unless it is there and newer than its
// go.mod, the rule the Makefile follows as well. Builders wait for each other:
// the tests of several packages start at once.
func buildTemporal(ctx context.Context, root string, progress func(string, ...any)) (string, error) {
	bin := filepath.Join(root, ".bin", "temporal")
	module := filepath.Join(root, "tools", "temporal")
	if isCurrent(bin, module) {
		return bin, nil
	}
	if err := os.MkdirAll(filepath.Dir(bin), 0o755); err != nil {
		return "", fmt.Errorf("make .bin: %w", err)
	}
	lock, err := awaitLock(ctx, bin+".lock", progress)
	if err != nil {
		return "", fmt.Errorf("wait for another build of Temporal's command line: %w", err)
	}
	defer lock.Close()
	if isCurrent(bin, module) {
		return bin, nil
	}
	progress("building Temporal's command line (once, about 5 minutes on two cores)")
	err = withElapsed(progress, "building Temporal's command line", func() error {
		fresh := bin + ".new" // ours alone under the lock
		cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", fresh, temporalPackage)
		cmd.Dir = module
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("build Temporal's command line in %s: %w: %s", module, err, strings.TrimSpace(string(out)))
		}
		return os.Rename(fresh, bin)
	})
	return bin, err
}

// isCurrent says whether the program exists and its module file is not newer.
func isCurrent(bin, module string) bool {
	b, err := os.Stat(bin)
	if err != nil {
		return false
	}
	m, err := os.Stat(filepath.Join(module, "go.mod"))
	return errors.Is(err, fs.ErrNotExist) || err == nil && !m.ModTime().After(b.ModTime())
}

// awaitLock takes the lock, waiting for whoever holds it.
func awaitLock(ctx context.Context, path string, progress func(string, ...any)) (*os.File, error) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for said := false; ; {
		f, err := lockFile(path)
		var taken *takenError
		if !errors.As(err, &taken) {
			return f, err
		}
		if !said {
			progress("process %s is at it already: waiting", taken.pid)
			said = true
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}
