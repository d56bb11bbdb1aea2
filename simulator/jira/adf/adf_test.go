package adf_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/extsync/extsync/simulator/jira/adf"
)

func parse(t *testing.T, s string) (*adf.Node, error) {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(s), &v); err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return adf.Parse(v)
}

func inDoc(content string) string { return `{"type":"doc","version":1,"content":[` + content + `]}` }

func TestRefused(t *testing.T) {
	for _, c := range []struct{ in, reason string }{
		{`{"version":1,"content":[]}`, "root without type"},
		{`{"type":"doc","content":[]}`, "root without version"},
		{`"text"`, "not an object"},
		{inDoc(`{"type":"nonsense"}`), "unknown node"},
		{inDoc(`{"content":[]}`), "node without type"},
		{inDoc(`{"type":"text","text":"a"}`), "text at the top"},
		{inDoc(`{"type":"listItem","content":[{"type":"paragraph"}]}`), "item without list"},
		{inDoc(`{"type":"bulletList","content":[{"type":"paragraph"}]}`), "list with a paragraph"},
		{inDoc(`{"type":"bulletList","content":[]}`), "empty list"},
		{inDoc(`{"type":"paragraph","content":[{"type":"paragraph"}]}`), "block in a paragraph"},
		{inDoc(`{"type":"codeBlock","content":[{"type":"text","text":"a","marks":[{"type":"strong"}]}]}`), "marks in code"},
		{inDoc(`{"type":"codeBlock","content":[{"type":"hardBreak"}]}`), "break in code"},
		{inDoc(`{"type":"paragraph","content":[{"type":"text","text":"a","marks":[{"type":"bold"}]}]}`), "unknown mark"},
		{inDoc(`{"type":"paragraph","content":[{"type":"text","text":"a","marks":[{"type":"code"},{"type":"strong"}]}]}`), "code with another mark"},
		{inDoc(`{"type":"paragraph","content":[{"type":"text","text":"a","marks":[{"type":"link"}]}]}`), "link without address"},
		{inDoc(`{"type":"heading","attrs":{"level":7}}`), "level out of range"},
		{inDoc(`{"type":"panel","attrs":{"panelType":"loud"},"content":[{"type":"paragraph"}]}`), "unknown panel"},
		{inDoc(`{"type":"panel","content":[{"type":"paragraph"}]}`), "panel without type"},
		{inDoc(`{"type":"paragraph","content":[{"type":"mention"}]}`), "mention of nobody"},
		{inDoc(`{"type":"taskList","content":[{"type":"taskItem","attrs":{"state":"MAYBE"}}]}`), "unknown state"},
		{inDoc(`{"type":"blockquote","content":[{"type":"heading"}]}`), "heading in a quote"},
		{inDoc(`{"type":"table","content":[{"type":"tableRow","content":[{"type":"tableCell","content":[{"type":"table"}]}]}]}`), "table in a table"},
		{inDoc(`null`), "null node"},
	} {
		if n, err := parse(t, c.in); err == nil {
			t.Errorf("%s: taken as %+v", c.reason, n)
		}
	}
}

func TestCanonical(t *testing.T) {
	for _, c := range []struct{ in, want, reason string }{
		{`{"type":"paragraph","content":[{"type":"text","text":"a"},{"type":"text","text":""},{"type":"text","text":"b"}]}`,
			`{"type":"paragraph","content":[{"type":"text","text":"ab"}]}`, "empty text goes, neighbours merge"},
		{`{"type":"paragraph","content":[{"type":"text","text":"a","marks":[{"type":"strong"},{"type":"em"}]},{"type":"text","text":"b","marks":[{"type":"em"},{"type":"strong"}]}]}`,
			`{"type":"paragraph","content":[{"type":"text","text":"ab","marks":[{"type":"em"},{"type":"strong"}]}]}`, "marks have one order"},
		{`{"type":"paragraph","content":[{"type":"text","text":"a","marks":[]},{"type":"text","text":"b","marks":[{"type":"em"}]}]}`,
			`{"type":"paragraph","content":[{"type":"text","text":"a"},{"type":"text","text":"b","marks":[{"type":"em"}]}]}`, "other marks stay apart"},
		{`{"type":"paragraph","content":[{"type":"text","text":"","marks":[{"type":"em"}]},{"type":"text","text":"a"}]}`,
			`{"type":"paragraph","content":[{"type":"text","text":"a"}]}`, "empty text with marks goes too"},
		{`{"type":"paragraph","attrs":{"localId":null},"content":[]}`, `{"type":"paragraph"}`, "nulls and empty content go"},
		{`{"type":"heading","content":[{"type":"text","text":"h"}]}`, `{"type":"heading","attrs":{"level":1},"content":[{"type":"text","text":"h"}]}`, "level by default"},
		{`{"type":"taskList","content":[{"type":"taskItem","content":[{"type":"text","text":"x"}]}]}`,
			`{"type":"taskList","attrs":{"localId":"00000000-0000-4000-8000-000000000001"},"content":[{"type":"taskItem","attrs":{"localId":"00000000-0000-4000-8000-000000000002","state":"TODO"},"content":[{"type":"text","text":"x"}]}]}`,
			"tasks get ids and a state"},
		{`{"type":"orderedList","attrs":{"order":3},"content":[{"type":"listItem","content":[{"type":"paragraph"}]}]}`,
			`{"type":"orderedList","attrs":{"order":3},"content":[{"type":"listItem","content":[{"type":"paragraph"}]}]}`, "what is given stays"},
	} {
		n, err := parse(t, inDoc(c.in))
		if err != nil {
			t.Errorf("%s: %v", c.reason, err)
			continue
		}
		got, err := json.Marshal(n.Content[0])
		if err != nil || string(got) != c.want {
			t.Errorf("%s:\n got %s\nwant %s (%v)", c.reason, got, c.want, err)
		}
		again, err := parse(t, string(mustJSON(t, n)))
		if err != nil || !again.Equal(n) {
			t.Errorf("%s: the canonical form is not its own", c.reason)
		}
	}
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestEmptyDocumentKeepsItsContentKey(t *testing.T) {
	n, err := parse(t, inDoc(""))
	if err != nil || string(mustJSON(t, n)) != `{"type":"doc","version":1,"content":[]}` {
		t.Errorf("%s %v", mustJSON(t, n), err)
	}
}

func TestWiki(t *testing.T) {
	for _, c := range []struct{ content, want, reason string }{
		{`{"type":"heading","attrs":{"level":2},"content":[{"type":"text","text":"T"}]},{"type":"paragraph","content":[{"type":"text","text":"a"},{"type":"hardBreak"},{"type":"text","text":"b"}]}`,
			"h2. T\n\na\nb", "blocks"},
		{`{"type":"paragraph","content":[{"type":"text","text":"x","marks":[{"type":"link","attrs":{"href":"https://e.example"}},{"type":"strong"}]}]}`, "[*x*|https://e.example]", "link outside other marks"},
		{`{"type":"bulletList","content":[{"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"a"}]},{"type":"bulletList","content":[{"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"b"}]}]}]}]}]}`,
			"* a\n** b", "nested list"},
		{`{"type":"codeBlock","attrs":{"language":"go"},"content":[{"type":"text","text":"x := 1"}]}`, "{code:go}\nx := 1\n{code}", "code"},
		{`{"type":"paragraph","content":[{"type":"mention","attrs":{"id":"42"}},{"type":"emoji","attrs":{"shortName":":x:"}},{"type":"inlineCard","attrs":{"url":"https://c"}},{"type":"status","attrs":{"text":"OK","color":"green"}}]}`,
			"[~accountid:42]:x:[https://c]OK", "inline nodes"},
		{`{"type":"table","content":[{"type":"tableRow","content":[{"type":"tableHeader","content":[{"type":"paragraph","content":[{"type":"text","text":"h"}]}]}]},{"type":"tableRow","content":[{"type":"tableCell","content":[{"type":"paragraph","content":[{"type":"text","text":"c"}]}]}]}]}`,
			"||h||\n|c|", "table"},
		{`{"type":"blockquote","content":[{"type":"paragraph","content":[{"type":"text","text":"q"}]}]},{"type":"rule"}`, "{quote}q{quote}\n\n----", "quote and rule"},
	} {
		n, err := parse(t, inDoc(c.content))
		if err != nil {
			t.Errorf("%s: %v", c.reason, err)
			continue
		}
		if got := adf.Wiki(n); got != c.want {
			t.Errorf("%s: got %q, want %q", c.reason, got, c.want)
		}
	}
}

// TestMarkupThatIsUnderstoodComesBack has the law of FromWiki: what it knows survives.
func TestMarkupThatIsUnderstoodComesBack(t *testing.T) {
	for _, s := range []string{"", "a", "a\nb\n\nc", "h3. T\n\ntext", "* a\n* b", "# a\n# b", "{code:go}\nx\n\ty\n{code}", "*as typed*"} {
		n := adf.FromWiki(s)
		if got := adf.Wiki(n); got != s {
			t.Errorf("%q comes back as %q", s, got)
		}
		if _, err := parse(t, string(mustJSON(t, n))); err != nil {
			t.Errorf("%q makes an invalid document: %v", s, err)
		}
	}
	if got := adf.Wiki(adf.FromWiki("a\r\n\r\nb")); strings.Contains(got, "\r") {
		t.Errorf("carriage returns survive: %q", got)
	}
}
