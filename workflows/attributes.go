package workflows

import (
	"unicode/utf8"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/extsync/extsync/activities"
	"github.com/extsync/extsync/external"
)

// The search attributes by which operators find workflows.
const (
	attrSystem  = "ExternalSystem"  // "github"
	attrProject = "ExternalProject" // "octo/hello"
	attrStatus  = "SyncStatus"      // of a ProjectSync: "active", "paused" ...
	attrField   = "ConflictField"   // of a ConflictResolution: "title" ...
)

// SearchAttributes returns the search attributes that the namespace must know, with
// their types as Temporal's command line names them.
func SearchAttributes() map[string]string {
	return map[string]string{attrSystem: "Keyword", attrProject: "Keyword", attrStatus: "Keyword", attrField: "Keyword"}
}

func keyword(name string) temporal.SearchAttributeKeyKeyword {
	return temporal.NewSearchAttributeKeyKeyword(name)
}

// maxShort is how much of a project's address stands where Temporal has little room, in bytes. It
// refuses a workflow whose summary has more than 400, encrypted as it may be, and its tables hold
// 255 characters of a search attribute. An address may have 512 characters.
const maxShort = 200

// short is an address as far as there is room for it.
func short(key string) string {
	if len(key) <= maxShort {
		return key
	}
	end := maxShort - len("…")
	for !utf8.RuneStart(key[end]) {
		end--
	}
	return key[:end] + "…"
}

// ofProject are the attributes of everything that concerns one project.
func ofProject(system external.System, key string, more ...temporal.SearchAttributeUpdate) temporal.SearchAttributes {
	updates := more
	if system != "" {
		updates = append(updates, keyword(attrSystem).ValueSet(string(system)))
	}
	if key != "" {
		updates = append(updates, keyword(attrProject).ValueSet(short(key)))
	}
	return temporal.NewSearchAttributes(updates...)
}

// ofConflict are the attributes of a conflict's workflow.
func ofConflict(v activities.ConflictView) temporal.SearchAttributes {
	return ofProject(v.System, v.Key, keyword(attrField).ValueSet(string(v.Field)))
}

// showProject brings a ProjectSync's attributes up to date, in one call and only when
// one of them changed: each call is billable.
func showProject(ctx workflow.Context, p activities.ProjectState) error {
	have := workflow.GetTypedSearchAttributes(ctx)
	var updates []temporal.SearchAttributeUpdate
	set := func(name, value string) {
		if old, _ := have.GetKeyword(keyword(name)); old != value {
			updates = append(updates, keyword(name).ValueSet(value))
		}
	}
	set(attrSystem, string(p.System))
	set(attrProject, short(p.Key))
	set(attrStatus, string(p.Status))
	if len(updates) == 0 {
		return nil
	}
	return workflow.UpsertTypedSearchAttributes(ctx, updates...)
}
