package api

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"github.com/extsync/extsync/adapters"
	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
)

// hookRoute is where external systems deliver their webhooks. It needs no token: a
// delivery proves itself by its signature.
const hookRoute = "/v1/hooks/:system/:project"

type hookView struct {
	Status string `json:"status" enum:"noted,known"`
}

func (s *server) describeHook() {
	tag := map[string]*huma.Response{"200": {
		Description: "noted: the project looks at it next; or known: the delivery came before, and nothing was done",
		Content:     map[string]*huma.MediaType{"application/json": {Schema: s.schema(reflect.TypeFor[hookView]())}},
	}}
	text := &huma.Schema{Type: huma.TypeString}
	s.huma.OpenAPI().AddOperation(&huma.Operation{
		OperationID: "receive-webhook", Method: http.MethodPost, Path: "/v1/hooks/{system}/{project}", Tags: []string{"webhooks"},
		Summary: "Webhook intake",
		Description: "Authenticated by the system's own signature over the raw body, with the secret of the project. What is unsigned or forged gets 401 " +
			"and leaves no trace. A delivery is a hint: the items it names are read again before anything is believed. At most 1 MiB.",
		Security: []map[string][]string{},
		Parameters: []*huma.Param{
			{Name: "system", In: "path", Required: true, Schema: text, Example: "github"},
			{Name: "project", In: "path", Required: true, Schema: text, Description: "id of a project"},
		},
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{}}}},
		Responses:   s.problemResponse(tag),
	})
}

// receiveHook verifies a delivery, and only then stores its id and the hints. The answer
// is always 200: Linear takes nothing else for one, and would send the delivery again
// (https://linear.app/developers/webhooks).
func (s *server) receiveHook(c *gin.Context) {
	fresh, err := s.takeDelivery(c)
	if err != nil {
		s.refuseHook(c, err)
		return
	}
	if !fresh {
		c.JSON(http.StatusOK, hookView{"known"})
		return
	}
	c.JSON(http.StatusOK, hookView{"noted"})
}

// refuseHook answers like any other failed request, but for the signature: whoever
// shows a wrong one is not authenticated here.
func (s *server) refuseHook(c *gin.Context, err error) {
	ctx := c.Request.Context()
	var p *v1.Problem
	var ext *external.Error
	if errors.As(err, &ext) && ext.Kind == external.Unauthorised {
		p = problem(ctx, v1.NotAuthenticated, "")
		p.Detail = ext.Message
	} else if !errors.As(s.fail(ctx, err), &p) {
		p = problem(ctx, v1.Internal, "")
	}
	s.refuse(c, p)
}

func (s *server) takeDelivery(c *gin.Context) (fresh bool, err error) {
	ctx := c.Request.Context()
	id := c.Param("project")
	if !isID(id) {
		return false, refuse(ctx, v1.NotFound, "there is no such project")
	}
	p, err := s.project(ctx, id)
	if err != nil {
		return false, err
	}
	if string(p.System) != c.Param("system") || p.Status == external.Disconnected {
		return false, refuse(ctx, v1.NotFound, "there is no such project")
	}
	body, err := io.ReadAll(c.Request.Body)
	if err != nil {
		return false, err
	}
	a, d, err := s.verify(c, p, body)
	if err != nil {
		return false, err
	}
	if d.ProjectKey != "" && !strings.EqualFold(d.ProjectKey, p.Key) {
		d.Refs, d.Items = nil, nil // of another project, or of ours under a new name: the next walk tells
	}
	now := s.Engine.Clock.Now()
	err = s.tx(ctx, func(tx store.Tx) error {
		if fresh, err = tx.RecordDelivery(ctx, "hook/"+p.ID, d.ID, now); err != nil || !fresh {
			return err
		}
		if len(d.Items) > 0 {
			return s.Engine.ReceiveTx(ctx, tx, p.ID, a, d.Items)
		}
		return s.Engine.HintTx(ctx, tx, p.ID, d.Refs)
	})
	return fresh, err
}

// verify checks the signature with the project's secret, and that the delivery is not
// an old one. The adapter cannot speak to the system: it has no credential.
func (s *server) verify(c *gin.Context, p store.Project, body []byte) (adapters.Adapter, adapters.Delivery, error) {
	ctx := c.Request.Context()
	none := adapters.Delivery{}
	factory, ok := s.Systems[p.System]
	if !ok {
		return nil, none, refuse(ctx, v1.NotFound, "this server has no adapter for the project's system")
	}
	a, err := factory.New(adapters.Config{
		BaseURL: p.BaseURL, ProjectKey: p.Key, ProjectID: p.ExternalID, User: p.User, Filter: p.Filter, Settings: p.Settings,
		OwnKey: s.Engine.OwnKey(p.ID), KeyOf: s.Engine.KeyOf, Now: s.Engine.Clock.Now,
	})
	if err != nil { // of settings that a newer version refuses: not the sender's fault, nor for it to read
		s.Log.ErrorContext(ctx, "no delivery can be taken", "instance", instance(ctx), "project", p.ID, "error", err)
		return nil, none, refuse(ctx, v1.Internal, "")
	}
	receiver, ok := a.(adapters.WebhookReceiver)
	if !ok {
		return nil, none, refuse(ctx, v1.NotFound, "the project's system sends no webhooks")
	}
	secret, err := s.hookSecret(c, p.ID)
	if err != nil {
		return nil, none, err
	}
	d, err := receiver.VerifyWebhook(secret, c.Request.Header, body)
	if err != nil {
		return nil, none, err
	}
	return a, d, s.fresh(p, d)
}

// fresh refuses a delivery whose signed time is too far from now. Ids are remembered
// too, but not for ever.
func (s *server) fresh(p store.Project, d adapters.Delivery) error {
	if d.SignedAt.IsZero() || d.MaxAge <= 0 {
		return nil
	}
	if age := s.Engine.Clock.Now().Sub(d.SignedAt).Abs(); age > d.MaxAge {
		return &external.Error{
			Kind: external.Unauthorised, Op: "receive a webhook of " + p.Key,
			Message: fmt.Sprintf("it was signed at another time than now, by more than %s; "+
				"it is an old one sent again, or one of both clocks is wrong", d.MaxAge),
		}
	}
	return nil
}

// hookSecret opens the project's webhook secret. There may be none: the adapter
// refuses every delivery then.
func (s *server) hookSecret(c *gin.Context, projectID string) ([]byte, error) {
	ctx := c.Request.Context()
	var sealed []byte
	err := s.tx(ctx, func(tx store.Tx) (err error) {
		sealed, err = tx.Secret(ctx, projectID, hookSecretName)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return s.Vault.Open(projectID, hookSecretName, sealed)
}
