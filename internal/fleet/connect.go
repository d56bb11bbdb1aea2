package fleet

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/mapping"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
)

// Spec says what to connect and how.
type Spec struct {
	// Site is the project; nil: a new one of the System.
	Site      Site
	System    external.System
	Direction external.Direction // default: bidirectional
	Filter    string
	Settings  json.RawMessage // nil: those of the site's account
	// PassOn lists the members whose tickets may go on to this one.
	PassOn     []*Member
	Strategies []store.Strategy
	// PollEvery and Pace are as in store.Project.
	PollEvery time.Duration
	Pace      store.Pace
	// Mapping changes what was proposed, before it is stored; nil: it is taken as it is.
	Mapping func(*mapping.Mapping)
}

// Member is one connected project.
type Member struct {
	ID   string // of the project
	Name string // of the system, with a number from the second of its kind on
	Site Site
	// Proposal is what the mapping was made from.
	Proposal mapping.Proposal

	adapter adapters.Adapter
	made    recipe
}

// Connect links a project in the steps of a person: address and credential, probe,
// mapping, preview, and activation. A mapping that is the system's default needs no
// version of its own.
func (f *Fleet) Connect(ctx context.Context, s Spec) (*Member, error) {
	if s.Site == nil {
		var err error
		if s.Site, err = f.NewSite(s.System); err != nil {
			return nil, err
		}
	}
	m := &Member{Site: s.Site, Name: string(s.Site.System())}
	for _, other := range f.members {
		if other.Site.System() == m.Site.System() {
			m.Name = fmt.Sprintf("%s %d", m.Site.System(), len(f.members)+1)
		}
	}
	if err := f.setUp(ctx, m, s); err != nil {
		return nil, fmt.Errorf("connect %s: %w", m.Name, err)
	}
	f.members = append(f.members, m)
	return m, nil
}

// NewSite makes an empty project in a simulator of its own.
func (f *Fleet) NewSite(system external.System) (Site, error) {
	switch system {
	case "github":
		return f.GitHub(), nil
	case "jira":
		return f.Jira(JiraOptions{})
	case "linear":
		return f.Linear(), nil
	case "webhook":
		return f.Webhook(), nil
	}
	return nil, fmt.Errorf("no simulator of the system %q", system)
}

func (f *Fleet) setUp(ctx context.Context, m *Member, s Spec) error {
	a := m.Site.Account()
	if s.Settings == nil {
		s.Settings = a.Settings
	}
	rules := outbound.Rules{}
	p, err := f.Engine.CreateProject(ctx, engine.Connection{
		System: m.Site.System(), BaseURL: a.BaseURL, Key: a.Key, Direction: s.Direction, Strategies: s.Strategies, By: operator,
		PollEvery: s.PollEvery, Pace: s.Pace,
	}, f.seal([]byte(a.Token)))
	if err != nil {
		return err
	}
	m.ID = p.ID
	for _, from := range s.PassOn {
		rules.PassOn = append(rules.PassOn, outbound.PassOn{From: from.ID, To: m.ID})
	}
	f.byID[m.ID] = m
	_, err = f.Engine.Configure(ctx, m.ID, operator, func(p *store.Project) error {
		p.User, p.Filter, p.Settings, p.Rules = a.User, s.Filter, s.Settings, rules
		return nil
	})
	if err != nil {
		return err
	}
	if _, err := f.Engine.Probe(ctx, m.ID); err != nil {
		return err
	}
	if err := f.propose(ctx, m, s.Mapping); err != nil {
		return err
	}
	preview, err := f.Engine.Preview(ctx, m.ID)
	if err != nil {
		return err
	}
	_, err = f.Engine.Activate(ctx, m.ID, operator, preview)
	return err
}

const operator = "op"

// seal seals a credential where somebody opens it again: a fleet of its own does not.
func (f *Fleet) seal(token []byte) func(projectID string) ([]byte, error) {
	if f.options.Seal != nil {
		return f.options.Seal(token)
	}
	return func(string) ([]byte, error) { return []byte("sealed"), nil }
}

// propose makes the mapping from the project's schema, as the setup does.
func (f *Fleet) propose(ctx context.Context, m *Member, change func(*mapping.Mapping)) error {
	a, err := f.Adapter(ctx, m)
	if err != nil {
		return err
	}
	schema, err := a.Schema(ctx)
	if err != nil {
		return fmt.Errorf("read the schema: %w", err)
	}
	m.Proposal = mapping.Propose(a.Capabilities(), schema, m.Site.Vocabulary().Emails)
	doc := m.Proposal.Mapping
	if logins := m.Site.Vocabulary().Accounts; logins != nil {
		if doc.Users, err = mapping.NewUsers(logins); err != nil {
			return err
		}
	}
	if change != nil {
		change(&doc)
	}
	usual, err := mapping.Default(m.Site.System())
	if err == nil && len(mapping.Diff(usual, doc)) == 0 {
		return nil
	}
	if bad := mapping.Validate(doc, a.Capabilities(), schema); mapping.Failed(bad) {
		return &InvalidError{Findings: bad}
	}
	return f.Remap(ctx, m, doc)
}

// InvalidError refuses a mapping that its check found wanting.
type InvalidError struct{ Findings []mapping.Finding }

// Error lists the findings that are errors.
func (e *InvalidError) Error() string {
	var lines []string
	for _, f := range e.Findings {
		if f.Severity == mapping.Error {
			lines = append(lines, f.Path+": "+f.Message)
		}
	}
	return "the mapping cannot be used: " + strings.Join(lines, "; ")
}

// Remap stores a mapping as the next version and puts it in force, checked or not.
func (f *Fleet) Remap(ctx context.Context, m *Member, doc mapping.Mapping) error {
	raw, err := json.Marshal(doc)
	if err != nil {
		return fmt.Errorf("encode the mapping: %w", err)
	}
	var v store.MappingVersion
	err = f.Store.Tx(ctx, func(tx store.Tx) (err error) {
		v, err = tx.AddMapping(ctx, store.MappingVersion{
			ProjectID: m.ID, State: store.MappingDraft, Document: raw, CreatedBy: operator, CreatedAt: f.Clock.Now(),
		})
		return err
	})
	if err != nil {
		return fmt.Errorf("store the mapping: %w", err)
	}
	return f.Engine.ActivateMapping(ctx, m.ID, v.Version, operator)
}

// Mapping returns the mapping in force.
func (f *Fleet) Mapping(ctx context.Context, m *Member) (doc mapping.Mapping, err error) {
	err = f.Store.Tx(ctx, func(tx store.Tx) error {
		v, err := tx.ActiveMapping(ctx, m.ID)
		if err == nil {
			return json.Unmarshal(v.Document, &doc)
		}
		doc, err = mapping.Default(m.Site.System())
		return err
	})
	if err != nil {
		return doc, fmt.Errorf("mapping of %s: %w", m.Name, err)
	}
	return doc, nil
}

// Adapter returns the member's adapter, as the engine sees it.
func (f *Fleet) Adapter(ctx context.Context, m *Member) (adapters.Adapter, error) {
	p, err := f.Project(ctx, m)
	if err != nil {
		return nil, err
	}
	return f.For(ctx, p)
}

// PassOn adds the rule that tickets of one member may go on to another.
func (f *Fleet) PassOn(ctx context.Context, from, to *Member) error {
	_, err := f.Engine.Configure(ctx, to.ID, operator, func(p *store.Project) error {
		p.Rules.PassOn = append(p.Rules.PassOn, outbound.PassOn{From: from.ID, To: to.ID})
		return nil
	})
	return err
}

// PassAll adds the rules that every member's tickets may go on to every other.
func (f *Fleet) PassAll(ctx context.Context) error {
	for _, from := range f.members {
		for _, to := range f.members {
			if from == to {
				continue
			}
			if err := f.PassOn(ctx, from, to); err != nil {
				return err
			}
		}
	}
	return nil
}
