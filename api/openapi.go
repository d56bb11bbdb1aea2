package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/ticket"
)

// Version of the API: its paths start with /v1.
const Version = "1.0.0"

// config describes the API to huma. What huma serves by itself is off: its pages
// load from elsewhere, and its links repeat the host of the request.
func (s *server) config() huma.Config {
	c := huma.DefaultConfig("External Sync", Version)
	c.CreateHooks = nil
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", ""
	c.Transformers = []huma.Transformer{s.retell}
	c.Info.Description = "Keeps the tickets of a team in step with external systems, both ways. Every error is a problem (RFC 9457)."
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"adminToken": {Type: "http", Scheme: "bearer", Description: "printed at the first start, and kept in .extsync/token"},
	}
	c.Security = []map[string][]string{{"adminToken": {}}}
	c.Components.Schemas.RegisterTypeAlias(reflect.TypeFor[ticket.Value](), reflect.TypeFor[valueSchema]())
	return c
}

// valueSchema describes ticket.Value, which knows nothing of schemas.
type valueSchema struct{}

// Schema implements huma.SchemaProvider.
func (valueSchema) Schema(huma.Registry) *huma.Schema {
	text := &huma.Schema{Type: huma.TypeString}
	return &huma.Schema{
		Description: "a text, or a list of texts",
		OneOf:       []*huma.Schema{text, {Type: huma.TypeArray, Items: text}},
	}
}

// schema describes a type of v1 once, and refers to it.
func (s *server) schema(t reflect.Type) *huma.Schema {
	return s.huma.OpenAPI().Components.Schemas.Schema(t, true, t.Name())
}

// problemResponse adds to an operation's answers that everything else is a problem.
func (s *server) problemResponse(answers map[string]*huma.Response) map[string]*huma.Response {
	if answers == nil {
		answers = map[string]*huma.Response{}
	}
	schema := s.schema(reflect.TypeFor[v1.Problem]())
	answers["default"] = &huma.Response{
		Description: "A problem",
		Content:     map[string]*huma.MediaType{v1.ProblemType: {Schema: schema}},
	}
	return answers
}

// Description returns the OpenAPI 3.1 description, indented.
func Description() ([]byte, error) {
	s, _ := build(Deps{})
	return s.description()
}

func (s *server) description() ([]byte, error) {
	// huma describes its own error shape too, which nobody sees.
	delete(s.huma.OpenAPI().Components.Schemas.Map(), "ErrorModel")
	delete(s.huma.OpenAPI().Components.Schemas.Map(), "ErrorDetail")
	compact, err := json.Marshal(s.huma.OpenAPI())
	if err != nil {
		return nil, fmt.Errorf("describe the API: %w", err)
	}
	var b bytes.Buffer
	if err := json.Indent(&b, compact, "", "  "); err != nil {
		return nil, fmt.Errorf("describe the API: %w", err)
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

// describe serves the description and the page made of it. Both are made once.
func (s *server) describe(router *gin.Engine) {
	description, err := s.description()
	if err != nil {
		panic(err) // unreachable: the description is the same in every process
	}
	page, err := referencePage(s.huma.OpenAPI())
	if err != nil {
		panic(err) // likewise
	}
	router.GET("/openapi.json", func(c *gin.Context) { c.Data(http.StatusOK, "application/json", description) })
	router.GET("/docs", func(c *gin.Context) {
		c.Header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
		c.Data(http.StatusOK, "text/html; charset=utf-8", page)
	})
}
