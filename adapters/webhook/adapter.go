package webhook

import (
	"context"
	"net/http"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
)

// adapter is the port to one project.
type adapter struct {
	*contract
	*client
	project   string // its key
	projectID string
	ownKey    func(string) bool
}

var (
	_ adapters.Adapter         = (*adapter)(nil)
	_ adapters.WebhookReceiver = (*adapter)(nil)
)

// New makes the adapter of a project with cfg.Settings, see [Settings]. It makes no
// call. The token is one or more words: those that begin with whsec_ are the secrets that
// sign what we send, several while they are exchanged; another one is the bearer
// token of every call.
func New(cfg adapters.Config) (adapters.Adapter, error) {
	c, err := agree(cfg.Settings)
	if err != nil {
		return nil, err
	}
	calls, err := newClient(cfg, c)
	if err != nil {
		return nil, err
	}
	own := cfg.OwnKey
	if own == nil {
		own = func(string) bool { return false }
	}
	return &adapter{contract: c, client: calls, project: cfg.ProjectKey, projectID: cfg.ProjectID, ownKey: own}, nil
}

// Capabilities returns facts; they follow from the settings.
func (a *adapter) Capabilities() external.Capabilities { return a.capabilities() }

// Probe asks whom the credential speaks as, where an address tells it, and whether what
// is read can be read. Where nothing can, it sends the ping of the settings, if there
// is one. What a system that only takes requests would refuse shows with the first write.
func (a *adapter) Probe(ctx context.Context) (external.Identity, error) {
	id := external.Identity{Login: a.set.Login}
	if id.Login == "" {
		id.Login = "extsync"
	}
	if len(a.verbs) > 0 && len(a.signers) == 0 {
		id.Missing = append(id.Missing, missingSecret)
	}
	if a.account != nil {
		if err := a.ask(ctx, &id); err != nil {
			return external.Identity{}, err
		}
	}
	switch {
	case a.listed(external.KindTicket):
		_, err := a.page(ctx, external.KindTicket, a.now(), "", "")
		return id, err
	case a.readable():
		return id, nil // without a list there is no address that surely exists
	case a.ping != nil && len(a.signers) > 0:
		_, err := a.send(ctx, request{what: "send a ping", kind: "ping", action: a.ping, id: randomID("ping"), values: a.values(external.Ref{}),
			body: map[string]any{"action": string(ping), "project": a.project}})
		return id, err
	}
	return id, nil
}

// ask reads the account's answer into the identity.
func (a *adapter) ask(ctx context.Context, id *external.Identity) error {
	const what = "ask whom the credential speaks as"
	answer, err := a.get(ctx, what, "account.get", a.account.address, a.values(external.Ref{}), "")
	if err != nil {
		return err
	}
	r := reader{ctx: ctx, raw: answer.doc}
	id.Login = r.text(a.account.login)
	missing, _ := r.any(a.account.missing).([]any)
	for _, m := range missing {
		if s, ok := scalar(m); ok && s != "" {
			id.Missing = append(id.Missing, s)
		}
	}
	if r.err == nil && id.Login == "" {
		return fail(external.Invalid, what, "the answer has no login; check read.account.login of the settings", nil)
	}
	return unreadable(what, r.err)
}

// Project returns what the settings say of the project.
func (a *adapter) Project(context.Context) (external.Project, error) {
	p := external.Project{ID: a.set.Project.ID, Key: a.project, Name: a.set.Project.Name, URL: a.set.Project.URL}
	if p.ID == "" {
		p.ID = a.project
	}
	if p.Name == "" {
		p.Name = a.project
	}
	if p.ID == "" {
		return external.Project{}, fail(external.Invalid, "look at the project", "give it a key: it is what {project} stands for", nil)
	}
	if a.projectID != "" && a.projectID != p.ID {
		return external.Project{}, fail(external.Moved, "look at "+a.project,
			"the settings name another project than the one that was connected; connect it anew", nil)
	}
	return p, nil
}

// Projects returns the one project that the settings are for.
func (a *adapter) Projects(ctx context.Context) ([]external.Project, error) {
	p, err := a.Project(ctx)
	if err != nil {
		return nil, err
	}
	return []external.Project{p}, nil
}

// Schema returns the fields of the settings, with their options.
func (a *adapter) Schema(context.Context) (external.Schema, error) {
	var s external.Schema
	for _, f := range a.shapes[external.KindTicket].fields {
		s.Fields = append(s.Fields, f.FieldCapability)
	}
	return s, nil
}

// Normalize returns the fields as they would read after being written: numbers and
// times in one spelling, texts as the settings say that the system keeps them. A
// comment's body follows the ticket's where both have one, see Comment in Settings.
func (a *adapter) Normalize(f external.Fields) external.Fields {
	out := make(external.Fields, len(f))
	for name, v := range f {
		if known, ok := a.anyField(name); ok {
			v = known.tidy(v)
		}
		out[name] = v
	}
	return out
}

// anyField finds a field of tickets or else of comments: Normalize is not told which it
// has.
func (a *adapter) anyField(name string) (field, bool) {
	if f, ok := a.shapes[external.KindTicket].field(name); ok {
		return f, true
	}
	if s := a.shapes[external.KindComment]; s != nil {
		return s.field(name)
	}
	return field{}, false
}

// History returns nothing: no settings say where a history would be.
func (a *adapter) History(_ context.Context, queries []adapters.HistoryQuery) ([][]external.Revision, error) {
	return make([][]external.Revision, len(queries)), nil
}

// values fill the placeholders of addresses.
func (a *adapter) values(ref external.Ref) map[string]string {
	return map[string]string{"project": a.project, "id": ref.ID, "key": ref.Key, "parent": ref.Parent}
}

// VerifyWebhook checks a delivery's signature in the mode of the settings and names the
// items it is about. Where nothing can be read back it brings them whole. The caller
// compares SignedAt with the time, and remembers ids.
func (a *adapter) VerifyWebhook(secret []byte, header http.Header, body []byte) (adapters.Delivery, error) {
	if a.intake == nil {
		return adapters.Delivery{}, fail(external.Invalid, "receive webhook", "the settings have no receive", nil)
	}
	signed, err := a.intake.verify(secrets(secret), header, body)
	if err != nil {
		return adapters.Delivery{}, err
	}
	// Deliveries come without a context: their programs are bounded by their own time.
	return a.delivery(context.Background(), header, body, signed)
}

func (a *adapter) now() time.Time { return a.clock() }
