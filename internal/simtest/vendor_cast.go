package simtest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/internal/fleet"
	githubmodel "github.com/extsync/extsync/simulator/github/model"
	"github.com/extsync/extsync/simulator/jira"
	jiramodel "github.com/extsync/extsync/simulator/jira/model"
	"github.com/extsync/extsync/simulator/webhook"
)

// vendor is how to come by a project of one kind, and what its people do that no
// capability tells.
type vendor struct {
	name   string
	found  func(*fleet.Fleet) (fleet.Site, error)
	writes markupKind
	// families: any ticket can be another one's parent.
	families bool
	// document has a person write a text in the vendor's own editor; nil: there is none.
	document func(site fleet.Site, who string, k *known, text string) error
	// idOf is a comment's id by the number that people know; nil: the same.
	idOf    func(site fleet.Site, key string) string
	hook    func(fleet.Site)
	deliver func(context.Context, fleet.Site, *http.Client) error
	setLag  func(fleet.Site, time.Duration)
}

// as is the site as what its recipe made it.
func as[T fleet.Site](s fleet.Site) T {
	site, ok := s.(T)
	if !ok {
		panic("simtest: a recipe met the site of another one")
	}
	return site
}

const (
	hookURL = "https://extsync.example/hook"
	// hookSecret is one that all signature modes take.
	hookSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" //nolint:gosec // because it opens a simulator alone
)

func allVendors() []vendor {
	cloud, dataCenter := aJira(false), aJira(true)
	cloud.document, dataCenter.name = typeDocument, "jira data center"
	return []vendor{aGitHub(), cloud, dataCenter, aLinear(), aWebhook()}
}

func aGitHub() vendor {
	return vendor{
		name: "github", writes: markdown, families: true,
		found: func(f *fleet.Fleet) (fleet.Site, error) { return f.GitHub(), nil },
		hook:  func(s fleet.Site) { as[*fleet.GitHub](s).Repo.AddHook(hookURL, hookSecret) },
		deliver: func(ctx context.Context, s fleet.Site, c *http.Client) error {
			_, err := as[*fleet.GitHub](s).Sim.Deliver(ctx, c)
			return err
		},
		setLag: func(s fleet.Site, d time.Duration) { as[*fleet.GitHub](s).Sim.SetLag(d) },
		idOf:   nodeID,
	}
}

func nodeID(s fleet.Site, key string) (id string) {
	as[*fleet.GitHub](s).Repo.View(func(r *githubmodel.Repo) {
		n, err := strconv.ParseInt(key, 10, 64)
		if err != nil {
			return
		}
		if c, err := r.Comment(n); err == nil {
			id = c.NodeID
		}
	})
	return id
}

func aJira(dataCenter bool) vendor {
	return vendor{
		name: "jira", writes: wiki,
		found: func(f *fleet.Fleet) (fleet.Site, error) { return f.Jira(fleet.JiraOptions{DataCenter: dataCenter}) },
		hook: func(s fleet.Site) {
			j := as[*fleet.Jira](s)
			j.Sim.AddHook(jira.HookSettings{URL: hookURL, Secret: hookSecret})
			for _, who := range append(fleet.People(), s.Account().Login) { // a team without secrets
				if err := j.Project.Grant(who, jiramodel.EditAllComments, jiramodel.DeleteAllComments); err != nil {
					panic(err)
				}
			}
		},
		deliver: func(ctx context.Context, s fleet.Site, c *http.Client) error {
			_, err := as[*fleet.Jira](s).Sim.Deliver(ctx, c)
			return err
		},
		setLag: func(s fleet.Site, d time.Duration) { as[*fleet.Jira](s).Sim.SetLag(d) },
	}
}

func aLinear() vendor {
	return vendor{
		name: "linear", writes: markdown, families: true,
		found: func(f *fleet.Fleet) (fleet.Site, error) { return f.Linear(), nil },
		hook: func(s fleet.Site) {
			sim := as[*fleet.Linear](s).Sim
			sim.AddHook(hookURL, hookSecret, "")
			for _, who := range append(fleet.People(), s.Account().Login) { // else each changes his own comments alone
				sim.SetUser(who, true, true)
			}
		},
		deliver: func(ctx context.Context, s fleet.Site, c *http.Client) error {
			_, err := as[*fleet.Linear](s).Sim.Deliver(ctx, c)
			return err
		},
		setLag: func(s fleet.Site, d time.Duration) { as[*fleet.Linear](s).Sim.SetLag(d) },
	}
}

func aWebhook() vendor {
	return vendor{
		name: "webhook", writes: markdown, families: true,
		found: func(f *fleet.Fleet) (fleet.Site, error) { return f.Webhook(), nil },
		hook: func(s fleet.Site) {
			as[*fleet.Webhook](s).Sim.AddHook(webhook.Hook{Project: s.Account().Key, URL: hookURL, Mode: webhook.ModeStandard, Secret: hookSecret})
		},
		deliver: func(ctx context.Context, s fleet.Site, c *http.Client) error {
			_, err := as[*fleet.Webhook](s).Sim.Deliver(ctx, c)
			return err
		},
		setLag: func(fleet.Site, time.Duration) {}, // its own settings promise 5 s, and the fleet chooses
	}
}

// events has the vendor deliver what it would have told by now. Whether and when a
// delivery arrives the run decides.
func (s *vendorSite) events() []external.Item {
	s.w.must(s.deliver(s.w.ctx, s.site, &http.Client{Transport: intake{s}}))
	out := s.told
	s.told = nil
	return out
}

// intake takes a vendor's deliveries as the API does: verified by their signature, and
// as a hint.
type intake struct{ s *vendorSite }

// RoundTrip takes one.
func (i intake) RoundTrip(r *http.Request) (*http.Response, error) {
	receiver, ok := i.s.eye.(adapters.WebhookReceiver)
	if !ok {
		return nil, errors.New("the adapter takes no webhooks")
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	d, err := receiver.VerifyWebhook([]byte(hookSecret), r.Header, body)
	if err != nil {
		i.s.w.fail("I9", "a webhook of "+i.s.p.id+" is not understood: "+err.Error())
	}
	for _, ref := range d.Refs {
		i.s.told = append(i.s.told, external.Item{Ref: ref})
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
}
