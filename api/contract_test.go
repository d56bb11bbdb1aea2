package api_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/extsync/extsync/api"
	"github.com/extsync/extsync/engine"
)

// operation is one that the description knows.
type operation struct {
	method, template string
	path             *regexp.Regexp
	answers          *openapi3.Responses
}

// described reads the description once. Addresses without parameters come first: they are meant
// where one with a parameter would do, too.
var described = sync.OnceValues(func() (*openapi3.T, []operation) {
	b, err := api.Description()
	if err != nil {
		panic(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(b)
	if err != nil {
		panic(err)
	}
	parameter := regexp.MustCompile(`\{\w+\}`)
	var all []operation
	for template, item := range doc.Paths.Map() {
		path := regexp.MustCompile("^" + parameter.ReplaceAllString(template, "[^/]+") + "$")
		for method, op := range item.Operations() {
			all = append(all, operation{method, template, path, op.Responses})
		}
	}
	slices.SortFunc(all, func(a, b operation) int { return strings.Count(a.template, "{") - strings.Count(b.template, "{") })
	return doc, all
})

// keepsWord checks an answer against what the description says of it: clients are made from that.
func (s *service) keepsWord(method, path string, a answer) {
	s.t.Helper()
	path, _, _ = strings.Cut(path, "?")
	_, all := described()
	at := slices.IndexFunc(all, func(o operation) bool { return o.method == method && o.path.MatchString(path) })
	if at < 0 {
		return // it is no operation
	}
	op := all[at]
	said := op.answers.Value(strconv.Itoa(a.Status))
	if said == nil {
		said = op.answers.Default()
	}
	kind, _, _ := strings.Cut(a.Header.Get("Content-Type"), ";")
	media := said.Value.Content.Get(kind)
	if media == nil {
		s.t.Errorf("%s %s answers %d with %q, which is not described", method, op.template, a.Status, kind)
		return
	}
	var v any
	if err := json.Unmarshal(a.Body, &v); err != nil {
		s.t.Errorf("%s %s: %v", method, op.template, err)
		return
	}
	if err := media.Schema.Value.VisitJSON(v, openapi3.EnableFormatValidation()); err != nil {
		s.t.Errorf("%s %s answers %d otherwise than described: %.600v", method, op.template, a.Status, err)
	}
}

// TestEveryStandingIsDescribed: a difference may have any standing but that of what is well.
func TestEveryStandingIsDescribed(t *testing.T) {
	doc, _ := described()
	known := doc.Components.Schemas["Difference"].Value.Properties["standing"].Value.Enum
	for _, s := range []engine.Standing{
		engine.Pending, engine.Parked, engine.Withheld, engine.Drifted, engine.SetAside, engine.Lossy, engine.Unread, engine.Different,
		engine.NotHere, engine.NotThere, engine.Twin, engine.Dangling,
	} {
		if !slices.Contains(known, any(string(s))) {
			t.Errorf("%q is not described", s)
		}
	}
}
