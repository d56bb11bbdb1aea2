package devstack

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Remove deletes what a stack keeps in dir, so that the next Start there begins
// anew. That there is nothing is no error. It fails, naming the process, while a
// stack runs there; servers left behind by a killed one are stopped.
func Remove(dir string) error {
	if !exists(dir) {
		return nil
	}
	d, err := openDir(dir)
	if err != nil {
		return err
	}
	err = d.empty()
	return errors.Join(err, d.close())
}

// empty removes everything but the lock, which is ours.
func (d *dataDir) empty() error {
	home := d.path
	if b, err := os.ReadFile(d.file(elsewhereFile)); err == nil {
		home = strings.TrimSpace(string(b))
	}
	data := filepath.Join(home, "postgres")
	silent := func(string, ...any) {}
	err := errors.Join(
		endOrphan(filepath.Join(data, "postmaster.pid"), data, silent),
		endOrphan(d.file("temporal.pid"), d.path, silent),
	)
	if err != nil {
		return err
	}
	if home != d.path {
		removeElsewhere(home)
	}
	entries, err := os.ReadDir(d.path)
	if err != nil {
		return fmt.Errorf("list the data directory: %w", err)
	}
	var errs []error
	for _, e := range entries {
		if e.Name() != "lock" {
			errs = append(errs, os.RemoveAll(d.file(e.Name())))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("remove the data of an earlier run: %w", err)
	}
	return nil
}
