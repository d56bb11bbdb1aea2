package chaos_test

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/extsync/extsync/internal/chaos"
	"github.com/extsync/extsync/internal/devstack"
	"github.com/extsync/extsync/internal/devstack/temporaltest"
	"github.com/extsync/extsync/internal/killable"
)

// TestMain runs the tests, or plays a process of the product.
func TestMain(m *testing.M) {
	killable.Main()
	// Toxiproxy's toxics do not hear that their connection has ended while they pass a piece on.
	goleak.VerifyTestMain(m,
		goleak.IgnoreTopFunction("github.com/Shopify/toxiproxy/v2/toxics.(*NoopToxic).Pipe"),
		goleak.IgnoreTopFunction("github.com/Shopify/toxiproxy/v2/toxics.(*SlicerToxic).Pipe"),
		goleak.IgnoreTopFunction("github.com/Shopify/toxiproxy/v2/toxics.(*LatencyToxic).Pipe"),
		goleak.IgnoreTopFunction("github.com/Shopify/toxiproxy/v2/stream.(*ChanWriter).Write"))
}

// The variables by which `make chaos` says how long and from which seed.
const (
	durationVariable = "EXTSYNC_CHAOS"
	seedVariable     = "EXTSYNC_SEED"
)

// thorough is how long a run must be for each kind of fault to have struck.
const thorough = 5 * time.Minute

// TestChaos does one run: a short one unless the environment asks for more.
func TestChaos(t *testing.T) {
	t.Parallel()
	o := chaos.Options{Seed: uint64(time.Now().UnixNano()), Duration: 20 * time.Second, Tickets: 4, Log: t.Logf}
	if s := os.Getenv(seedVariable); s != "" {
		var err error
		if o.Seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatalf("%s: %v", seedVariable, err)
		}
	}
	if s := os.Getenv(durationVariable); s != "" {
		var err error
		if o.Duration, err = time.ParseDuration(s); err != nil {
			t.Fatalf("%s: %v; want a duration such as 30m", durationVariable, err)
		}
		o.Tickets, o.Thorough = 10, o.Duration >= thorough
	}
	t.Logf("%s=%d", seedVariable, o.Seed)
	r, err := chaos.Run(t.Context(), o)
	if errors.Is(err, devstack.ErrNoTemporal) && os.Getenv(temporaltest.RequireVariable) == "" {
		t.Skipf("SKIPPED, this test needs Temporal: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Log(r.Text)
	if len(r.Violations) == 0 {
		return
	}
	for n, v := range r.Violations {
		if n == 20 {
			t.Errorf("and %d more", len(r.Violations)-n)
			break
		}
		t.Error(v)
	}
	file := filepath.Join(os.TempDir(), "extsync-chaos-"+strconv.FormatUint(r.Seed, 10)+".txt")
	if err := os.WriteFile(file, []byte(r.Text+"\n"+r.Story), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Logf("the whole story is in %s", file)
}
