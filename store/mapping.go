package store

import (
	"context"
	"encoding/json"
	"time"
)

// MappingState is where a version of a mapping is in its life.
type MappingState string

// The states of a mapping version.
const (
	MappingDraft   MappingState = "draft"   // proposed or edited, and not in force
	MappingActive  MappingState = "active"  // in force; at most one a project
	MappingRetired MappingState = "retired" // was in force; can be activated again
)

// MappingVersion is one version of a project's field mapping. Its document never
// changes; an edit is a new version.
type MappingVersion struct {
	ProjectID string
	Version   int // from 1, without gaps
	State     MappingState
	// Document is the mapping as JSON, see package mapping.
	Document    json.RawMessage
	CreatedBy   string
	CreatedAt   time.Time
	ActivatedBy string
	ActivatedAt time.Time
}

// Mappings keeps the versions of each project's field mapping.
type Mappings interface {
	// AddMapping stores a document as the next version, a draft, and returns it with its
	// version.
	AddMapping(ctx context.Context, m MappingVersion) (MappingVersion, error)
	Mapping(ctx context.Context, projectID string, version int) (MappingVersion, error)
	// ActiveMapping fails with ErrNotFound when the project has none: the system's
	// default is in force.
	ActiveMapping(ctx context.Context, projectID string) (MappingVersion, error)
	// ListMappings returns all versions of a project, newest first.
	ListMappings(ctx context.Context, projectID string) ([]MappingVersion, error)
	// ActivateMapping puts a version in force and retires the one before. It is no error
	// when it is in force already.
	ActivateMapping(ctx context.Context, projectID string, version int, by string, at time.Time) error
}
