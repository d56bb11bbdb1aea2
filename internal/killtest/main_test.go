package killtest

import (
	"os"
	"testing"

	"github.com/extsync/extsync/internal/killable"
)

// TestMain runs the tests, or plays a worker process.
func TestMain(m *testing.M) {
	killable.Main()
	os.Exit(m.Run())
}
