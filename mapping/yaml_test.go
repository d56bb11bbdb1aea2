package mapping_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/mapping"
	"github.com/extsync/extsync/ticket"
)

func documents(t *testing.T) map[string][]byte {
	t.Helper()
	docs := map[string][]byte{}
	names, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(names) < 4 {
		t.Fatalf("documents %v: %v", names, err)
	}
	for _, name := range names {
		if docs[name], err = os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	for _, system := range mapping.Systems() {
		if docs["default of "+string(system)], err = mapping.Encode(standard(t, system)); err != nil {
			t.Fatal(err)
		}
	}
	if docs["proposal"], err = mapping.Encode(propose(t).Mapping); err != nil {
		t.Fatal(err)
	}
	return docs
}

func decode(t *testing.T, doc []byte) mapping.Mapping {
	t.Helper()
	m, err := mapping.Decode(doc)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestDocumentsAreSound(t *testing.T) {
	for name, doc := range documents(t) {
		m := decode(t, doc)
		if found := mapping.Check(m); mapping.Failed(found) {
			t.Errorf("%s: %v", name, found)
		}
	}
}

func TestYAMLAndJSONSayTheSame(t *testing.T) {
	for name, doc := range documents(t) {
		m := decode(t, doc)
		again, err := mapping.Encode(m)
		if err != nil {
			t.Fatal(err)
		}
		a, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := json.Marshal(decode(t, again)); err != nil || !bytes.Equal(a, b) {
			t.Errorf("%s came back as\n%s\n(%v), was\n%s", name, b, err, a)
		}
	}
}

func TestDefaultsComeBackFromYAML(t *testing.T) {
	for _, system := range mapping.Systems() {
		want := standard(t, system)
		doc, err := mapping.Encode(want)
		if err != nil {
			t.Fatal(err)
		}
		if diff := mapping.Diff(want, decode(t, doc)); len(diff) > 0 {
			t.Errorf("%s: %v", system, diff)
		}
	}
}

func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(mapping.JSONSchema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	if err := c.AddResource("mapping.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("mapping.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func judge(t *testing.T, s *jsonschema.Schema, doc []byte) error {
	t.Helper()
	var v any
	if err := yaml.Unmarshal(doc, &v); err != nil {
		return err
	}
	return s.Validate(v)
}

func TestJSONSchemaTakesWhatDecodeTakes(t *testing.T) {
	s := schema(t)
	for name, doc := range documents(t) {
		if err := judge(t, s, doc); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// faulty are documents that nobody can mean.
func faulty() []struct{ reason, doc, says string } {
	return []struct{ reason, doc, says string }{
		{"a key misspelled", "tickets:\n  title: t\n  due:\n    extrenal: d\n", `line 4: tickets.due: "extrenal" is no key here; is "external" meant?`},
		{"a key that is none", "tickets: {title: t}\ncolour: red\n", "line 2: \"colour\" is no key here; want one of version, tickets"},
		{"a field misspelled", "tickets:\n  title: t\n  assignee: a\n", `line 3: tickets: "assignee" is no field of ours; is "assignees" meant`},
		{"a custom field in capitals", "tickets:\n  title: t\n  x:Team: a\n", "line 3: tickets: \"x:Team\" is no field of ours"},
		{"a rule without a field", "tickets:\n  title: t\n  due:\n    direction: in\n", `line 3: tickets.due: names no external field; add "external: name"`},
		{"a word for a truth", "tickets:\n  title: t\n  labels:\n    external: l\n    set: maybe\n", "line 5: tickets.labels.set: want true or false"},
		{"a line of a table without its outside", "tickets:\n  title: t\n  priority:\n    external: p\n    values:\n      - {local: p1}\n", `line 6: tickets.priority.values[0]: needs both`},
		{"a list for lines", "tickets: [title]\n", `line 1: tickets: want lines of "name: value"`},
		{"lines for one value", "tickets:\n  title: t\nusers:\n  ann: {login: a}\n", "line 4: users.ann: want one value"},
		{"one login twice", "tickets: {title: t}\nusers:\n  ann: a\n  bob: a\n", "line 3: users: users: the login \"a\" is given to both"},
		{"a version that is none", "version: zero\ntickets: {title: t}\n", "line 1: version: want a number from 1"},
	}
}

func TestFaultsNameTheirLineAndTheFix(t *testing.T) {
	for _, c := range faulty() {
		if _, err := mapping.Decode([]byte(c.doc)); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want it to say %q", c.reason, err, c.says)
		}
	}
	for reason, doc := range map[string]string{
		"nothing": "", "no YAML": "tickets: [", "two documents": "tickets: {title: t}\n---\ntickets: {title: t}\n",
		"a second document that is none": "tickets: {title: t}\n---\ntickets: [\n",
		"one field twice":                "tickets:\n  title: a\n  title: b\n", "too long": "#" + strings.Repeat("x", 1<<20), "binary": "tickets: {title: !!binary aGk=}\n",
	} {
		if _, err := mapping.Decode([]byte(doc)); err == nil {
			t.Errorf("%s was accepted", reason)
		}
	}
}

func TestJSONSchemaRefusesWhatDecodeRefuses(t *testing.T) {
	s := schema(t)
	for _, c := range faulty() {
		if c.reason == "one login twice" {
			continue // JSON Schema cannot compare values
		}
		if judge(t, s, []byte(c.doc)) == nil {
			t.Errorf("%s: the schema takes it", c.reason)
		}
	}
}

func TestManyFaultsAreToldAtOnce(t *testing.T) {
	_, err := mapping.Decode([]byte("tickets:\n  titel: t\n  bodi: b\n  due: {}\n"))
	if err == nil || strings.Count(err.Error(), "line ") != 3 {
		t.Errorf("got %v, want three lines", err)
	}
}

func TestWordsAreNotTakenForNumbers(t *testing.T) {
	m := decode(t, []byte("tickets:\n  title: t\n  priority:\n    external: p\n    values: {p1: 1, p2: 2.0, p3: yes, p4: null}\n"))
	var got []string
	for _, p := range m.Tickets[1].Values {
		got = append(got, p.External[0])
	}
	if strings.Join(got, "|") != "1|2.0|yes|" {
		t.Errorf("got %q", got)
	}
	doc, err := mapping.Encode(m)
	if err != nil {
		t.Fatal(err)
	}
	if len(mapping.Diff(m, decode(t, doc))) > 0 {
		t.Errorf("came back changed:\n%s", doc)
	}
}

func TestFindingsHaveALine(t *testing.T) {
	doc, err := os.ReadFile("testdata/jira.yaml")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(doc), "\n")
	for path, want := range map[string]string{
		"tickets.title":                "title: summary",
		"tickets.state.values[2]":      "duplicate",
		"tickets.priority.values[1]":   "p2: High",
		"tickets.priority.unmapped":    "unmapped: {in: p3",
		"tickets.due.set":              "due: duedate", // not said: the rule itself
		"constants.issuetype":          "issuetype: Task",
		"users.bob":                    "bob: 5b10",
		"tickets.state.values[99].and": "values:",
		"nowhere":                      "",
	} {
		if got := lines[mapping.Locate(doc, path)-1]; !strings.Contains(got, want) {
			t.Errorf("%s is on the line %q, want one with %q", path, got, want)
		}
	}
	if mapping.Locate([]byte("["), "tickets") != 1 {
		t.Error("a document that cannot be read has its first line")
	}
}

func TestFieldsMappedTwiceHaveNoYAML(t *testing.T) {
	m := standard(t, "github")
	m.Tickets = append(m.Tickets, m.Tickets[0])
	if _, err := mapping.Encode(m); err == nil {
		t.Error("one of the rules would be lost")
	}
}

func FuzzDecode(f *testing.F) {
	for _, c := range faulty() {
		f.Add([]byte(c.doc))
	}
	names, err := filepath.Glob("testdata/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		doc, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(doc)
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		m, err := mapping.Decode(doc)
		if err != nil {
			return
		}
		mapping.Locate(doc, "tickets.state.values[1]")
		if mapping.Failed(mapping.Check(m)) {
			return
		}
		item := external.Fields{}
		for _, r := range m.Tickets {
			item[r.External[0]] = ticket.Text("x")
		}
		if got := m.ToCanonical(external.KindTicket, item); len(got) != len(m.Tickets) {
			t.Errorf("%d fields for %d rules", len(got), len(m.Tickets))
		}
	})
}
