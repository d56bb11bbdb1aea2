package api_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/extsync/extsync/api"
)

func TestDescriptionIsCommitted(t *testing.T) {
	committed, err := os.ReadFile("openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	now, err := api.Description()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(committed, now) {
		t.Error("api/openapi.json is not what the handlers say: run go generate ./api")
	}
}

func TestDescriptionIsValid(t *testing.T) {
	b, err := api.Description()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(b)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.1") {
		t.Errorf("version %s", doc.OpenAPI)
	}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			if op.Summary == "" || op.OperationID == "" || len(op.Tags) != 1 {
				t.Errorf("%s %s is not described", method, path)
			}
			if open := op.Security != nil && len(*op.Security) == 0; open != (!strings.HasPrefix(path, "/v1/") || strings.HasPrefix(path, "/v1/hooks/")) {
				t.Errorf("%s %s: needs no token: %t", method, path, open)
			}
		}
	}
}

// TestEveryOperationNeedsTheToken asks each operation without one: what is not meant
// to be open, is not.
func TestEveryOperationNeedsTheToken(t *testing.T) {
	s := newService(t)
	b, err := api.Description()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(b)
	if err != nil {
		t.Fatal(err)
	}
	param := regexp.MustCompile(`\{\w+\}`)
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			if op.Security != nil {
				continue
			}
			a := s.call(method, param.ReplaceAllString(path, "00000000-0000-4000-8000-00000000dead"), nil, "Authorization", "")
			if a.Status != http.StatusUnauthorized {
				t.Errorf("%s %s without a token: %d", method, path, a.Status)
			}
		}
	}
}

// TestReferenceIsSelfContained: the page works where nothing else can be reached.
func TestReferenceIsSelfContained(t *testing.T) {
	s := newService(t)
	page := s.call(http.MethodGet, "/docs", nil, "Authorization", "")
	if page.Status != 200 || !contains(page.Body, "/v1/conflicts/{conflict}/decide") || !contains(page.Body, "already-decided") {
		t.Fatalf("%d %.300s", page.Status, page.Body)
	}
	if outside := regexp.MustCompile(`(src|href)="(https?:)?//`).Find(page.Body); outside != nil {
		t.Errorf("it loads from outside: %s", outside)
	}
	if csp := page.Header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'") {
		t.Errorf("policy %q", csp)
	}
	var served map[string]any
	if a := s.call(http.MethodGet, "/openapi.json", nil, "Authorization", ""); json.Unmarshal(a.Body, &served) != nil || served["openapi"] == nil {
		t.Errorf("description: %d %.100s", a.Status, a.Body)
	}
}
