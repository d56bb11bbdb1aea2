package activities

import "time"

// DefaultReconcile is the time between two full sweeps of a project.
const DefaultReconcile = 24 * time.Hour
