package v1

import (
	"fmt"
	"time"
)

// Duration is a length of time, written as Go writes it: "90s", "5m0s".
type Duration time.Duration

// MarshalText writes the duration.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads a duration that is not negative.
func (d *Duration) UnmarshalText(b []byte) error {
	v, err := time.ParseDuration(string(b))
	if err != nil || v < 0 {
		return fmt.Errorf("want a duration such as 90s or 5m, not %.20q", b)
	}
	*d = Duration(v)
	return nil
}
