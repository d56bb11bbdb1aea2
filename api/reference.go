package api

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

//go:embed reference.html
var referenceHTML string

// The page's parts, as the template reads them.
type (
	referenceView struct {
		Title, Version, About string
		Groups                []groupView
		Shapes                []shapeView
		Problems              []problemView
	}
	groupView struct {
		Name       string
		Operations []operationView
	}
	operationView struct {
		Method, Path, Summary, About, Takes, Gives string
		Open                                       bool // needs no token
		Params                                     []fieldView
	}
	shapeView struct {
		Name   string
		Fields []fieldView
	}
	fieldView struct {
		Name, Type, About string
		Required          bool
	}
	problemView struct {
		Name, Title, Advice string
		Status              int
	}
)

// referencePage renders the description as one page that needs nothing else.
func referencePage(o *huma.OpenAPI) ([]byte, error) {
	view := referenceView{Title: o.Info.Title, Version: o.Info.Version, About: o.Info.Description, Groups: groups(o)}
	shapes := o.Components.Schemas.Map()
	for _, name := range sortedKeys(shapes) {
		view.Shapes = append(view.Shapes, shapeView{name, fields(shapes[name])})
	}
	for _, k := range kinds() {
		name := k.uri[strings.LastIndex(k.uri, ":")+1:]
		view.Problems = append(view.Problems, problemView{name, k.title, k.advice, k.status})
	}
	page, err := template.New("reference").Parse(referenceHTML)
	if err != nil {
		return nil, fmt.Errorf("read the reference page: %w", err)
	}
	var b bytes.Buffer
	if err := page.Execute(&b, view); err != nil {
		return nil, fmt.Errorf("write the reference page: %w", err)
	}
	return b.Bytes(), nil
}

// groups lists the operations by tag, in the order of their paths.
func groups(o *huma.OpenAPI) []groupView {
	var out []groupView
	for _, path := range sortedKeys(o.Paths) {
		item := o.Paths[path]
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op == nil {
				continue
			}
			i := slices.IndexFunc(out, func(g groupView) bool { return g.Name == op.Tags[0] })
			if i < 0 {
				out, i = append(out, groupView{Name: op.Tags[0]}), len(out)
			}
			out[i].Operations = append(out[i].Operations, operation(op))
		}
	}
	return out
}

func operation(op *huma.Operation) operationView {
	v := operationView{
		Method: op.Method, Path: op.Path, Summary: op.Summary, About: op.Description,
		Open: op.Security != nil && len(op.Security) == 0,
	}
	for _, p := range op.Parameters {
		v.Params = append(v.Params, fieldView{p.Name + " (" + p.In + ")", typeName(p.Schema), p.Description, p.Required})
	}
	if op.RequestBody != nil {
		v.Takes = shapeOf(op.RequestBody.Content)
	}
	for _, status := range sortedKeys(op.Responses) {
		if status < "3" { // not "default"
			v.Gives = strings.TrimSpace(v.Gives + " " + status + " " + shapeOf(op.Responses[status].Content))
		}
	}
	return v
}

func shapeOf(content map[string]*huma.MediaType) string {
	if m := content["application/json"]; m != nil {
		return typeName(m.Schema)
	}
	return ""
}

func fields(s *huma.Schema) []fieldView {
	var out []fieldView
	for _, name := range sortedKeys(s.Properties) {
		p := s.Properties[name]
		out = append(out, fieldView{name, typeName(p), p.Description, slices.Contains(s.Required, name)})
	}
	return out
}

// typeName says in a word what a schema holds.
func typeName(s *huma.Schema) string {
	switch {
	case s == nil:
		return ""
	case s.Ref != "":
		return s.Ref[strings.LastIndex(s.Ref, "/")+1:]
	case len(s.Enum) > 0:
		return strings.Trim(fmt.Sprint(s.Enum), "[]")
	case len(s.OneOf) > 0:
		return "text or list"
	case s.Type == huma.TypeArray:
		return "list of " + typeName(s.Items)
	case s.Format != "":
		return s.Type + " " + s.Format
	default:
		return s.Type
	}
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
