package linear_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/extsync/extsync/simulator/linear"
)

// TestWebhookBodiesFitTheOfficialTypes compares every body with Linear's published payload types: nothing is missing, nothing is
// made up.
func TestWebhookBodiesFitTheOfficialTypes(t *testing.T) {
	types, ours := official(t, "webhook-payload-types.graphql"), load(t, linear.Schema())
	r := &receiver{status: http.StatusOK}
	w := newWorld(t)
	w.sim.AddHook("http://hook", "secret", "", "Issue", "Comment", "IssueLabel", "Attachment")
	w.sim.AddToken("app", linear.Token{Login: "extsync", Kind: linear.App, Scopes: []string{"read", "write", "admin"}})
	w.auth = "Bearer app"
	w.mutate(ours, w.do)
	w.act(linear.Act{Login: "ada", Do: "edit", Issue: "OPS-1", Title: ptr("hers")})
	if _, err := w.sim.Deliver(t.Context(), &http.Client{Transport: r}); err != nil {
		t.Fatal(err)
	}
	for _, must := range []string{"Issue.create", "Issue.update", "Issue.remove", "Comment.create", "Comment.update", "Comment.remove",
		"IssueLabel.create", "Attachment.create", "Attachment.remove"} {
		if !slices.Contains(r.actions(), must) {
			t.Errorf("no %s", must)
		}
	}
	for _, body := range r.bodies {
		kind, _ := body["type"].(string)
		fits(t, types, "EntityWebhookPayload", body, kind)
		data, _ := body["data"].(map[string]any)
		fits(t, types, kind+"WebhookPayload", data, kind+".data")
		actor, _ := body["actor"].(map[string]any)
		fits(t, types, map[any]string{"user": "UserActorWebhookPayload"}[actor["type"]]+map[any]string{"OauthClient": "OauthClientActorWebhookPayload"}[actor["type"]], actor, "actor")
	}
}

// fits checks an object against a type: required fields are there, and all that is there exists and has its type.
func fits(t *testing.T, s *ast.Schema, name string, got map[string]any, path string) {
	t.Helper()
	def := s.Types[name]
	if def == nil {
		t.Errorf("%s: there is no type %s", path, name)
		return
	}
	for _, f := range def.Fields {
		if got[f.Name] == nil && f.Type.NonNull {
			t.Errorf("%s.%s is missing", path, f.Name)
		}
	}
	for key, v := range got {
		f := def.Fields.ForName(key)
		if f == nil {
			t.Errorf("%s.%s does not exist", path, key)
			continue
		}
		if v != nil {
			fitsType(t, s, f.Type, v, path+"."+key)
		}
	}
}

func fitsType(t *testing.T, s *ast.Schema, of *ast.Type, v any, path string) {
	t.Helper()
	if of.Elem != nil {
		list, isList := v.([]any)
		if !isList {
			t.Errorf("%s: no list", path)
		}
		for _, item := range list {
			fitsType(t, s, of.Elem, item, path)
		}
		return
	}
	def := s.Types[of.NamedType]
	m, isMap := v.(map[string]any)
	switch {
	case def.Kind == ast.Union || def.Kind == ast.Interface:
	case def.Kind == ast.Object && !isMap, def.Kind == ast.Scalar && !scalar(def, v):
		t.Errorf("%s: %v (%T) is no %s", path, v, v, of.NamedType)
	case def.Kind == ast.Object && strings.HasSuffix(def.Name, "Payload"):
		fits(t, s, def.Name, m, path)
	}
}
