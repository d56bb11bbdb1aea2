package v1

import "time"

// MappingVersion is one version of a project's field mapping. Its document never
// changes: an edit is a new version.
type MappingVersion struct {
	Project     string           `json:"project" format:"uuid"`
	Version     int              `json:"version" doc:"from 1; 0: the system's default"`
	State       string           `json:"state" enum:"draft,active,retired" doc:"active: in force; retired: was, and can be again"`
	CreatedBy   string           `json:"created_by,omitempty"`
	CreatedAt   time.Time        `json:"created_at,omitzero"`
	ActivatedBy string           `json:"activated_by,omitempty"`
	ActivatedAt time.Time        `json:"activated_at,omitzero"`
	Document    string           `json:"document,omitempty" doc:"the mapping in YAML; not in lists"`
	Findings    []MappingFinding `json:"findings,omitempty" nullable:"false" doc:"what is wrong with it in this project; only when it is stored, validated or activated"`
}

// Mappings lists the versions of a project's mapping, newest first.
type Mappings struct {
	Versions []MappingVersion `json:"versions" nullable:"false"`
}

// NewMapping is a mapping to store.
type NewMapping struct {
	Document string `json:"document" minLength:"1" maxLength:"1048576" doc:"the mapping in YAML"`
}

// MappingRef names a mapping: a stored version, or a document that is not stored.
type MappingRef struct {
	Version  int    `json:"version,omitempty" minimum:"0" doc:"absent or 0, and no document: the one in force"`
	Document string `json:"document,omitempty" maxLength:"1048576" doc:"in YAML, in place of a version"`
}

// MappingFinding is one thing to know about a mapping.
type MappingFinding struct {
	Severity string `json:"severity" enum:"error,warning" doc:"with an error it cannot be put in force"`
	Path     string `json:"path" example:"tickets.state.values[2]"`
	Line     int    `json:"line,omitempty" doc:"of the document"`
	Message  string `json:"message"`
}

// MappingCheck is what validation found.
type MappingCheck struct {
	Errors   int              `json:"errors"`
	Findings []MappingFinding `json:"findings" nullable:"false"`
}

// ProposedMapping is a mapping made from what the project offers, stored as a draft.
type ProposedMapping struct {
	Mapping  MappingVersion `json:"mapping"`
	Matches  []MappingMatch `json:"matches" nullable:"false"`
	Unused   []string       `json:"unused" nullable:"false" doc:"fields outside that it leaves alone"`
	Warnings []string       `json:"warnings" nullable:"false"`
}

// MappingMatch says how a field found its external ones.
type MappingMatch struct {
	Field      string   `json:"field"`
	External   []string `json:"external" nullable:"false"`
	Confidence float64  `json:"confidence" doc:"0 to 1; below 0.7 a person should look"`
	Why        string   `json:"why"`
}

// MappingTest asks to try a mapping on samples.
type MappingTest struct {
	MappingRef
	Samples int `json:"samples,omitempty" minimum:"1" maximum:"500" doc:"of each side, at most; default 50"`
}

// MappingTrial is what became of the samples.
type MappingTrial struct {
	Outside int                 `json:"outside" doc:"samples that came from outside"`
	Here    int                 `json:"here" doc:"samples of ours"`
	Counts  map[string]int      `json:"counts" doc:"fields by outcome: exact, respelled, lossy, refused"`
	Trials  []MappingTrialField `json:"trials" nullable:"false" doc:"those that are not exact; no value of a ticket"`
}

// MappingTrialField is how one field of one sample came through.
type MappingTrialField struct {
	ID        string `json:"id" doc:"of the item outside, or of our ticket"`
	Direction string `json:"direction" enum:"in,out"`
	Field     string `json:"field"`
	Outcome   string `json:"outcome" enum:"exact,respelled,lossy,refused"`
	Reason    string `json:"reason,omitempty"`
}

// MappingCompare asks what changes from one mapping to another.
type MappingCompare struct {
	From MappingRef `json:"from,omitzero" doc:"absent: the one in force"`
	To   MappingRef `json:"to"`
}

// MappingDiff says what changes.
type MappingDiff struct {
	Changes []MappingChange `json:"changes" nullable:"false"`
}

// MappingChange is one difference.
type MappingChange struct {
	Path   string `json:"path"`
	What   string `json:"what"`
	Rebase bool   `json:"rebase,omitempty" doc:"what both sides agreed on last says nothing any more: the field is compared afresh"`
}

// MappingReview is how the search for a mapping stands, where a workflow follows it.
type MappingReview struct {
	Step      string `json:"step" enum:"proposing,validating,trying,review,activating,done,rejected,lapsed"`
	Version   int    `json:"version,omitempty" doc:"under review"`
	Errors    int    `json:"errors"`
	Warnings  int    `json:"warnings"`
	Exact     int    `json:"exact" doc:"fields of the samples that come through as they are"`
	Respelled int    `json:"respelled"`
	Lossy     int    `json:"lossy"`
	Refused   int    `json:"refused"`
	Problem   string `json:"problem,omitempty" doc:"what a person must mend, and how"`
	By        string `json:"by,omitempty" doc:"who had the last word"`
}
