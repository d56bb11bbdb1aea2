package official

import (
	"encoding/json"
	"maps"
	"regexp"
)

// The deviations that amend meets, by name.
const (
	offsetWithoutColon = "time without colon in its offset"
	nullField          = "null field of an issue"
	nullInHistory      = "null in a changelog item"
)

// jira is Atlassian's description of Jira Cloud, of the platform and of Jira Software.
func jira() vendor {
	return vendor{
		files: []string{"specs/jira/platform-v3.json", "specs/jira/software.json"},
		deviations: []Deviation{
			{offsetWithoutColon, "the description says date-time, but all its examples and Jira itself write +0000; compared with a colon added"},
			{nullField, "Jira shows empty fields as null, where the description allows any value but null; compared without them"},
			{nullInHistory, "a value that was or is empty is null, as in the recorded webhooks; compared without them"},
			{"unexpected value: \"\"", "some 204 are described with a JSON body, which a 204 cannot have"},
			{"/assignee 204: request body has an error: doesn't match schema #/components/schemas/User: Error at \"/accountId\": Value is not nullable",
				"operation assignIssue: accountId null unassigns, says its text"},
			{"parameter \"fields\" in query has an error: path 0: value summary,status: schema has non primitive type object",
				"the description of Jira Software types field ids as objects"},
		},
		path:  gateway,
		amend: amendJira,
	}
}

// sitePrefix begins the addresses of a site behind Atlassian's gateway.
var sitePrefix = regexp.MustCompile(`^/ex/jira/[^/]+`)

func gateway(path string) string { return sitePrefix.ReplaceAllString(path, "") }

var offset = regexp.MustCompile(`(T\d\d:\d\d:\d\d\.\d{3}[+-]\d\d)(\d\d)"`)

func amendJira(body []byte, met func(string)) []byte {
	var v any
	if json.Unmarshal(body, &v) != nil {
		return body
	}
	withoutNulls(v, met)
	out, err := json.Marshal(v)
	if err != nil {
		return body // cannot be: it was JSON before
	}
	if offset.Match(out) {
		met(offsetWithoutColon)
	}
	return offset.ReplaceAll(out, []byte(`$1:$2"`))
}

func withoutNulls(v any, met func(string)) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			withoutNulls(e, met)
		}
	case map[string]any:
		if fields, isObject := v["fields"].(map[string]any); isObject {
			drop(fields, nullField, met)
		}
		if _, isItem := v["fieldtype"]; isItem {
			drop(v, nullInHistory, met)
		}
		for _, e := range v {
			withoutNulls(e, met)
		}
	}
}

func drop(m map[string]any, why string, met func(string)) {
	maps.DeleteFunc(m, func(_ string, e any) bool {
		if e == nil {
			met(why)
		}
		return e == nil
	})
}
