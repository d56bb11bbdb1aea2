// Command generate writes the API's OpenAPI description into openapi.json of the
// directory that it runs in. Run it with `go generate ./api`.
package main

import (
	"fmt"
	"os"

	"github.com/extsync/extsync/api"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run() error {
	b, err := api.Description()
	if err != nil {
		return err
	}
	if err := os.WriteFile("openapi.json", b, 0o644); err != nil { //nolint:gosec // it is public
		return fmt.Errorf("write the description: %w", err)
	}
	return nil
}
