package api

import (
	"context"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/mapping"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// Mappings keeps the field mappings of projects. Version 0 is the one in force.
type Mappings interface {
	// Propose makes a mapping from what the project offers and stores it as a draft.
	Propose(ctx context.Context, projectID, by string) (store.MappingVersion, mapping.Proposal, error)
	// Add stores a person's mapping as a draft and says what is wrong with it.
	Add(ctx context.Context, projectID, by string, m mapping.Mapping) (store.MappingVersion, []mapping.Finding, error)
	Load(ctx context.Context, projectID string, version int) (store.MappingVersion, mapping.Mapping, error)
	// Judge validates a mapping against what the project offers now.
	Judge(ctx context.Context, projectID string, m mapping.Mapping) ([]mapping.Finding, error)
	// Try sends up to n samples of each side through a mapping, writing nothing.
	Try(ctx context.Context, projectID string, m mapping.Mapping, n int) (mapping.Report, []external.Item, []ticket.Ticket, error)
	// Activate puts a version in force, unless something is wrong with it: then it returns
	// what, and changes nothing.
	Activate(ctx context.Context, projectID string, version int, by string) ([]mapping.Finding, error)
}

// mappings registers what keeps a project's field mapping.
func (s *server) mappings() {
	const path = "/v1/projects/{project}/mappings"
	op := func(id, method, path, summary, description string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Tags: []string{"mappings"}, Summary: summary, Description: description}
	}
	made := func(o huma.Operation, status int) huma.Operation {
		o.DefaultStatus = status
		return o
	}
	add(s, op("list-mappings", http.MethodGet, path, "List the versions of a project's field mapping, newest first", ""), s.listMappings)
	add(s, op("get-mapping", http.MethodGet, path+"/{version}", "Read one version, its document in YAML", "Version 0 is the one in force."), s.getMapping)
	add(s, made(op("add-mapping", http.MethodPost, path, "Store a mapping as a draft",
		"It is validated against what the project offers now; also one with errors is stored, and cannot be put in force."), http.StatusCreated), s.addMapping)
	add(s, made(op("propose-mapping", http.MethodPost, path+"/propose", "Propose a mapping from what the project offers, as a draft", ""), http.StatusCreated), s.proposeMapping)
	add(s, op("validate-mapping", http.MethodPost, path+"/validate", "Say what is wrong with a mapping in this project", "Nothing is stored."), s.validateMapping)
	add(s, op("test-mapping", http.MethodPost, path+"/test", "Try a mapping on samples of both sides",
		"Nothing is written anywhere. The answer holds ids and names of fields, nothing that a ticket says."), s.testMapping)
	add(s, op("diff-mappings", http.MethodPost, path+"/diff", "Say what changes from one mapping to another", ""), s.diffMappings)
	add(s, op("activate-mapping", http.MethodPost, path+"/{version}/activate", "Put a version in force; an older one to go back",
		"One with errors is refused. Every ticket is planned again; a field that now reads otherwise is compared afresh, and is a conflict where both sides differ."), s.activateMapping)
}

// VersionPath names a version of a project's mapping.
type VersionPath struct {
	ProjectPath
	Version int `path:"version" minimum:"0" doc:"of the mapping; 0: the one in force"`
}

func (s *server) listMappings(ctx context.Context, in *ProjectPath) (*body[v1.Mappings], error) {
	out := v1.Mappings{Versions: []v1.MappingVersion{}}
	err := s.tx(ctx, func(tx store.Tx) error {
		out.Versions = out.Versions[:0]
		if _, err := tx.Project(ctx, in.Project); err != nil {
			return err
		}
		all, err := tx.ListMappings(ctx, in.Project)
		for _, m := range all {
			out.Versions = append(out.Versions, viewMapping(m))
		}
		return err
	})
	return &body[v1.Mappings]{out}, err
}

func (s *server) getMapping(ctx context.Context, in *VersionPath) (*body[v1.MappingVersion], error) {
	v, m, err := s.Mappings.Load(ctx, in.Project, in.Version)
	if err != nil {
		return nil, err
	}
	out, err := withDocument(v, m)
	return &body[v1.MappingVersion]{out}, err
}

type newMappingInput struct {
	SteerInput
	Body v1.NewMapping
}

func (s *server) addMapping(ctx context.Context, in *newMappingInput) (*body[v1.MappingVersion], error) {
	if _, err := s.connected(ctx, in.Project); err != nil {
		return nil, err
	}
	m, err := decode(ctx, in.Body.Document)
	if err != nil {
		return nil, err
	}
	v, found, err := s.Mappings.Add(ctx, in.Project, in.Actor.Actor, m)
	if err != nil {
		return nil, err
	}
	s.tellReview(ctx, MappingEdited, in.mappingOrder(v.Version))
	out := viewMapping(v)
	out.Findings = viewFindings(found, in.Body.Document)
	return &body[v1.MappingVersion]{out}, nil
}

func (s *server) proposeMapping(ctx context.Context, in *SteerInput) (*body[v1.ProposedMapping], error) {
	if _, err := s.connected(ctx, in.Project); err != nil {
		return nil, err
	}
	v, p, err := s.Mappings.Propose(ctx, in.Project, in.Actor.Actor)
	if err != nil {
		return nil, err
	}
	out := v1.ProposedMapping{Matches: []v1.MappingMatch{}, Unused: orEmpty(p.Unused), Warnings: orEmpty(p.Warnings)}
	for _, m := range p.Matches {
		out.Matches = append(out.Matches, v1.MappingMatch{Field: string(m.Field), External: m.External, Confidence: m.Confidence, Why: m.Why})
	}
	out.Mapping, err = withDocument(v, p.Mapping)
	s.tellReview(ctx, MappingEdited, in.mappingOrder(v.Version))
	return &body[v1.ProposedMapping]{out}, err
}

// named returns the mapping that a reference names, and its document.
func (s *server) named(ctx context.Context, projectID string, ref v1.MappingRef) (mapping.Mapping, string, error) {
	if ref.Document != "" {
		if ref.Version != 0 {
			return mapping.Mapping{}, "", refuse(ctx, v1.InvalidRequest, "name a version or give a document, not both")
		}
		if _, err := s.project(ctx, projectID); err != nil {
			return mapping.Mapping{}, "", err
		}
		m, err := decode(ctx, ref.Document)
		return m, ref.Document, err
	}
	_, m, err := s.Mappings.Load(ctx, projectID, ref.Version)
	if err != nil {
		return m, "", err
	}
	doc, err := mapping.Encode(m)
	return m, string(doc), err
}

// decode reads a document. Its faults name their lines.
func decode(ctx context.Context, document string) (mapping.Mapping, error) {
	m, err := mapping.Decode([]byte(document))
	if err != nil {
		return m, refuse(ctx, v1.InvalidRequest, err.Error())
	}
	return m, nil
}

type mappingRefInput struct {
	ProjectPath
	Body v1.MappingRef
}

func (s *server) validateMapping(ctx context.Context, in *mappingRefInput) (*body[v1.MappingCheck], error) {
	if _, err := s.connected(ctx, in.Project); err != nil {
		return nil, err
	}
	m, doc, err := s.named(ctx, in.Project, in.Body)
	if err != nil {
		return nil, err
	}
	found, err := s.Mappings.Judge(ctx, in.Project, m)
	if err != nil {
		return nil, err
	}
	out := v1.MappingCheck{Findings: viewFindings(found, doc)}
	for _, f := range found {
		if f.Severity == mapping.Error {
			out.Errors++
		}
	}
	return &body[v1.MappingCheck]{out}, nil
}

// defaultSamples is how many tickets of each side a mapping is tried on.
const defaultSamples = 50

type mappingTestInput struct {
	ProjectPath
	Body v1.MappingTest
}

func (s *server) testMapping(ctx context.Context, in *mappingTestInput) (*body[v1.MappingTrial], error) {
	if _, err := s.connected(ctx, in.Project); err != nil {
		return nil, err
	}
	m, _, err := s.named(ctx, in.Project, in.Body.MappingRef)
	if err != nil {
		return nil, err
	}
	n := in.Body.Samples
	if n == 0 {
		n = defaultSamples
	}
	r, outside, here, err := s.Mappings.Try(ctx, in.Project, m, n)
	if err != nil {
		return nil, err
	}
	out := v1.MappingTrial{Outside: len(outside), Here: len(here), Counts: map[string]int{}, Trials: []v1.MappingTrialField{}}
	for o, n := range r.Counts {
		out.Counts[string(o)] = n
	}
	for _, t := range r.Trials {
		out.Trials = append(out.Trials, v1.MappingTrialField{
			ID: t.ID, Direction: string(t.Direction), Field: string(t.Field), Outcome: string(t.Outcome), Reason: t.Reason,
		})
	}
	return &body[v1.MappingTrial]{out}, nil
}

type mappingDiffInput struct {
	ProjectPath
	Body v1.MappingCompare
}

func (s *server) diffMappings(ctx context.Context, in *mappingDiffInput) (*body[v1.MappingDiff], error) {
	from, _, err := s.named(ctx, in.Project, in.Body.From)
	if err != nil {
		return nil, err
	}
	to, _, err := s.named(ctx, in.Project, in.Body.To)
	if err != nil {
		return nil, err
	}
	out := v1.MappingDiff{Changes: []v1.MappingChange{}}
	for _, c := range mapping.Diff(from, to) {
		out.Changes = append(out.Changes, v1.MappingChange(c))
	}
	return &body[v1.MappingDiff]{out}, nil
}

type activateInput struct {
	VersionPath
	Actor
}

func (s *server) activateMapping(ctx context.Context, in *activateInput) (*body[v1.MappingVersion], error) {
	if _, err := s.connected(ctx, in.Project); err != nil {
		return nil, err
	}
	if in.Version == 0 {
		return nil, refuse(ctx, v1.InvalidRequest, "version: want 1 or more; 0 is the one in force")
	}
	found, err := s.Mappings.Activate(ctx, in.Project, in.Version, in.Actor.Actor)
	if err != nil {
		return nil, err
	}
	if mapping.Failed(found) {
		return nil, s.faulty(ctx, in.Version, found)
	}
	v, _, err := s.Mappings.Load(ctx, in.Project, in.Version)
	if err != nil {
		return nil, err
	}
	o := SteerInput{in.ProjectPath, in.Actor}
	s.tellReview(ctx, MappingConfirmed, o.mappingOrder(in.Version))
	out := viewMapping(v)
	out.Findings = viewFindings(found, "")
	return &body[v1.MappingVersion]{out}, nil
}

// faulty refuses to put a version in force, fault by fault.
func (s *server) faulty(ctx context.Context, version int, found []mapping.Finding) error {
	var faults []v1.Fault
	for _, f := range found {
		if f.Severity == mapping.Error {
			faults = append(faults, v1.Fault{Where: f.Path, Message: f.Message})
		}
	}
	return problem(ctx, v1.InvalidRequest, fmt.Sprintf("version %d cannot be put in force: %d errors", version, len(faults)), faults...)
}

func viewMapping(m store.MappingVersion) v1.MappingVersion {
	return v1.MappingVersion{
		Project: m.ProjectID, Version: m.Version, State: string(m.State), CreatedBy: m.CreatedBy, CreatedAt: m.CreatedAt,
		ActivatedBy: m.ActivatedBy, ActivatedAt: m.ActivatedAt,
	}
}

func withDocument(v store.MappingVersion, m mapping.Mapping) (v1.MappingVersion, error) {
	out := viewMapping(v)
	m.Version = v.Version
	doc, err := mapping.Encode(m)
	out.Document = string(doc)
	return out, err
}

// viewFindings names the lines of the document, where there is one.
func viewFindings(found []mapping.Finding, doc string) []v1.MappingFinding {
	out := make([]v1.MappingFinding, 0, len(found))
	for _, f := range found {
		v := v1.MappingFinding{Severity: string(f.Severity), Path: f.Path, Message: f.Message}
		if doc != "" {
			v.Line = mapping.Locate([]byte(doc), f.Path)
		}
		out = append(out, v)
	}
	return out
}
