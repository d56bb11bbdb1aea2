package webhook_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/extsync/extsync/adapters/webhook"
	"github.com/extsync/extsync/external"
)

func TestTheExamplesAreRight(t *testing.T) {
	for name, serves := range map[string][]external.Direction{
		"bidirectional.json": {external.Push, external.Pull, external.Bidirectional}, "push.json": {external.Push}, "pull.json": {external.Pull},
	} {
		caps, err := webhook.Settle(json.RawMessage(readFile(t, name)))
		if err != nil || !slices.Equal(caps.Directions, serves) {
			t.Errorf("%s: %v, %v; want %v", name, caps.Directions, err, serves)
		}
		got, why, err := webhook.Directions(json.RawMessage(readFile(t, name)))
		if err != nil || !slices.Equal(got, serves) || len(got)+len(why) != 3 {
			t.Errorf("%s: %v, %v, %v", name, got, why, err)
		}
	}
}

// TestWhatSettingsServe takes pieces away and looks which directions are left, and
// what is said of the others.
func TestWhatSettingsServe(t *testing.T) {
	const list = `"list": "/api/projects/{project}/tickets?since={since}&cursor={page}",`
	for _, c := range []struct {
		reason string
		cut    []string
		serves []external.Direction
		why    string // of bidirectional
	}{
		{"all", nil, []external.Direction{external.Push, external.Pull, external.Bidirectional}, ""},
		{"without write", []string{"write"}, []external.Direction{external.Pull}, "no write"},
		{"without read", []string{"read"}, []external.Direction{external.Push, external.Pull}, "overwritten unseen"},
		{"without receive", []string{"receive"}, []external.Direction{external.Push, external.Pull, external.Bidirectional}, ""},
		{"neither list nor receive", []string{"receive", "read.ticket.list", "read.ticket.next"}, []external.Direction{external.Push}, "nothing tells of changes"},
		{"a list is not needed where deliveries come", []string{"read.ticket.list", "read.ticket.next"},
			[]external.Direction{external.Push, external.Pull, external.Bidirectional}, ""},
	} {
		got, why, err := webhook.Directions(cut(t, readFile(t, "bidirectional.json"), c.cut...))
		if err != nil || !slices.Equal(got, c.serves) || !strings.Contains(why[external.Bidirectional], c.why) {
			t.Errorf("%s: %v, %v, %v", c.reason, got, why, err)
		}
	}
	if !strings.Contains(readFile(t, "bidirectional.json"), list) {
		t.Error("the example has no list")
	}
}

// cut takes keys out of settings.
func cut(t *testing.T, settings string, paths ...string) json.RawMessage {
	t.Helper()
	var doc map[string]any
	if err := json.Unmarshal([]byte(settings), &doc); err != nil {
		t.Fatal(err)
	}
	for _, p := range paths {
		keys := strings.Split(p, ".")
		at := doc
		for _, k := range keys[:len(keys)-1] {
			next, ok := at[k].(map[string]any)
			if !ok {
				t.Fatalf("the settings have no %s", p)
			}
			at = next
		}
		delete(at, keys[len(keys)-1])
	}
	raw, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// TestProblemsAreNamed changes one thing of a right example each, and wants the path of
// the key and a word about it.
func TestProblemsAreNamed(t *testing.T) {
	type table []struct{ file, old, replacement, words string }
	for _, c := range (table{
		{"push.json", `"login"`, `"logn"`, "logn: there is no such setting"},
		{"push.json", `"max_runes"`, `"max_rune"`, "ticket.fields.title.max_rune: there is no such setting"},
		{"push.json", `"max_runes": 200`, `"max_runes": "200"`, "ticket.fields.title.max_runes: want a whole number"},
		{"push.json", `"max_runes": 200`, `"max_runes": 2.5`, "a number is not whole"},
		{"push.json", `"max_runes": 200`, `"max_runes": -1`, "ticket.fields.title: a limit cannot be negative"},
		{"push.json", `"set": true`, `"set": 1`, "ticket.fields.labels.set: want a true or false"},
		{"push.json", `"normalize": ["trim"]`, `"normalize": "trim"`, "ticket.fields.title.normalize: want a list"},
		{"push.json", `"normalize": ["trim"]`, `"normalize": [1]`, "ticket.fields.title.normalize[0]: want a text"},
		{"push.json", `["trim"]`, `["upper"]`, `ticket.fields.title.normalize: there is no "upper"`},
		{"push.json", `"type": "labels"`, `"type": "label"`, `ticket.fields.labels.type: there is no type "label"`},
		{"push.json", `"labels": {"type"`, `"la-bels": {"type"`, "ticket.fields.la-bels: a field's name"},
		{"push.json", `"labels": {"type": "labels"`, `"labels": {"max_items": 3, "options": [{"name": "x"}], "type": "labels"`, "ticket.fields.labels.options: are for fields"},
		{"push.json", `"title": {`, `"title": {"max_items": 3, `, "ticket.fields.title.max_items: is for sets"},
		{"push.json", `"title": {`, `"title": {"type": "state", `, "ticket.fields.title.options: are missing"},
		{"push.json", `"deduplicates": true,`, ``, "write.deduplicates: want true"},
		{"push.json", `"sets": "replace"`, `"sets": "both"`, "write.sets: want delta or replace"},
		{"push.json", `"deduplicates": true,`, `"deduplicates": true, "max_body": 2000000,`, "write.max_body: want at most"},
		{"push.json", `"async": true`, `"async": false`, "write.ticket.create: want one of item, id and async"},
		{"push.json", `"async": true`, `"async": true, "id": ".id"`, "write.ticket.create: want one of"},
		{"push.json", `"async": true`, `"async": true, "key": ".id"`, "write.ticket.create.key: goes with id"},
		{"push.json", `"async": true`, `"item": "."`, "ticket.id: is missing"},
		{"push.json", `"async": true`, `"async": true, "method": "GET"`, "write.ticket.create.method: want one of POST"},
		{"push.json", `"async": true`, `"async": true, "full": true`, "write.ticket.create.full: is for an update"},
		{"push.json", `"https://desk.example/hooks/{project}", "async"`, `"https://desk.example/hooks/{id}", "async"`, "write.ticket.create.address: {id} has no meaning here"},
		{"push.json", `"https://desk.example/hooks/{project}", "async"`, `"https://{project}/hooks", "async"`, "write.ticket.create.address"},
		{"push.json", `"https://desk.example/hooks/{project}", "async"`, `"https://desk.example{project}", "async"`, "followed by no slash"},
		{"push.json", `"https://desk.example/hooks/{project}", "async"`, `"http://desk.example/hooks", "async"`, "plain_http"},
		{"push.json", `"https://desk.example/hooks/{project}", "async"`, `"https://u:p@desk.example/hooks", "async"`, "without a user"},
		{"push.json", `"https://desk.example/hooks/{project}", "async"`, `"//desk.example/hooks", "async"`, "want an address"},
		{"push.json", `"https://desk.example/hooks/{project}", "async"`, `"/hooks#x", "async"`, "character"},
		{"push.json", `"https://desk.example/hooks/{project}", "async"`, `"/hooks/{project", "async"`, "{project} has no meaning here"[10:]},
		{"push.json", `"body": "{type: \"ping\"}"`, `"body": "{type: env}"`, "write.ping.body: the program may not call env"},
		{"push.json", `"body": "{type: \"ping\"}"`, `"body": "{type"`, "write.ping.body: the program cannot be parsed"},
		{"push.json", `"body": "{type: \"ping\"}"`, `"body": "nosuch"`, "write.ping.body: the program may not call nosuch"},
		{"push.json", `"body": "{type: \"ping\"}"`, `"body": "$x"`, "write.ping.body: the program cannot be compiled"},
		{"push.json", `"comment": {"fields": {"body"`, `"comment": {"fields": {"text"`, "comment.fields: want body"},
		{"push.json", `"fields": {"body": {"type": "prose", "normalize": ["crlf"]}}`, `"fields": {"body": {}}`, "comment.fields.body: must have the type"},
		{"pull.json", `"id": ".id", "key": ".number"`, `"key": ".number"`, "ticket.id: is missing"},
		{"pull.json", `"updated_at": ".updated"`, `"created_at": ".updated"`, "ticket.updated_at: is missing; an old delivery"},
		{"pull.json", `"parent": ".ticket", `, ``, "comment.parent: is missing"},
		{"pull.json", `"id": ".id", "key"`, `"parent": ".x", "id": ".id", "key"`, "ticket.parent: only a comment"},
		{"pull.json", `{"read": ".title", "normalize": ["trim"]}`, `{"normalize": ["trim"]}`, "ticket.fields.title.read: is missing"},
		{"pull.json", `"mode": "sha256"`, `"mode": "sha1"`, "receive.signature.mode: want one of"},
		{"pull.json", `"mode": "sha256"`, `"mode": "token"`, "receive.signature.timestamp: is for the modes"},
		{"pull.json", `"mode": "sha256"`, `"mode": "sha256", "body_claim": "x"`, "receive.signature.body_claim: is for the mode jwt"},
		{"pull.json", `"mode": "sha256", `, `"mode": "standard", `, "receive.signature.header: Standard Webhooks"},
		{"pull.json", `"max_age": "5m"`, `"max_age": "soon"`, "receive.signature.max_age: want a duration"},
		{"pull.json", `"max_age": "5m"`, `"max_age": "0s"`, "receive.signature.max_age: want more than nothing"},
		{"pull.json", `"delivery_id": {"payload": ".delivery"},`, ``, "receive.delivery_id: is missing"},
		{"pull.json", `{"payload": ".delivery"}`, `{"payload": ".delivery", "header": "X"}`, "receive.delivery_id: want header or payload"},
		{"pull.json", `"ticket": ".ticket", "comment": ".comment"`, `"event": null`, "receive.ticket: is missing"},
		{"bidirectional.json", `"login": ".login", `, ``, "read.account: want an address and a login"},
		{"bidirectional.json", `"account": {"address": "/api/account", "login": ".login", "missing": ".missing"},`, ``, "login: is missing; say whom"},
		{"bidirectional.json", `"item": "/api/projects/{project}/tickets/{id}"`, `"item": "/api/projects/{project}/tickets"`, "read.ticket.item: want the address of one item"},
		{"bidirectional.json", `?since={since}&cursor={page}`, `?cursor={page}`, "read.ticket.list: want {since}"},
		{"bidirectional.json", `&cursor={page}`, ``, "read.ticket.next: goes with {page}"},
		{"bidirectional.json", `"page_size": 50`, `"page_size": 5000`, "read.page_size: want 1 to"},
		{"bidirectional.json", `"page_size": 50`, `"since": "iso"`, "read.since: want rfc3339"},
		{"bidirectional.json", `"lag": "5s"`, `"lag": "-5s"`, "read.lag: want a duration"},
		{"bidirectional.json", `"category": "todo"`, `"category": "new"`, "ticket.fields.state.options: want a category"},
		{"bidirectional.json", `{"name": "open", `, `{`, "ticket.fields.state.options: want a name"},
		{"bidirectional.json", `"item": ".",`, `"async": true,`, "write.ticket.create.async: does not go with read"},
		{"bidirectional.json", `"method": "DELETE", "address"`, `"id": ".id", "address"`, "write.ticket.delete: id, key and async are for a create"},
		{"bidirectional.json", `"method": "DELETE", "address"`, `"item": ".", "address"`, "write.ticket.delete.item: is for a create or an update"},
	}) {
		settings := readFile(t, c.file)
		if !strings.Contains(settings, c.old) {
			t.Errorf("%s does not hold %s", c.file, c.old)
			continue
		}
		_, err := webhook.Settle(json.RawMessage(strings.Replace(settings, c.old, c.replacement, 1)))
		want(t, err, external.Invalid, c.words)
	}
}

func TestAllProblemsAreNamedAtOnce(t *testing.T) {
	_, err := webhook.Settle(json.RawMessage(`{"ticket": {"fields": {"a": {"type": "x"}, "b": {"read": "env"}}}, "write": {"sets": "x"}}`))
	want(t, err, external.Invalid, "ticket.fields.a.type", "ticket.fields.b.read", "write.sets", "write: does nothing")
	for raw, words := range map[string]string{
		"": "are missing", "[]": "want an object", "{": "not one JSON object", "{}": "ticket: is missing", `{"ticket": {"fields": {}}}`: "ticket.fields: are missing",
		`{"ticket": {"fields": {"a": {}}}}`: "do nothing", `{"ticket": {"fields": {"a": {}}}, "comment": null, "read": {}}`: "read.ticket: is missing",
		`{"ticket": {"fields": {"a": {}}}, "write": {"comment": {"delete": {"address": "/x"}}}}`: "write.comment: there is no comment",
	} {
		_, err := webhook.Settle(json.RawMessage(raw))
		want(t, err, external.Invalid, words)
	}
}

func TestBaseAddresses(t *testing.T) {
	for base, ok := range map[string]bool{
		"https://desk.example": true, "https://desk.example/root/": true, "": false, "http://desk.example": false, "desk.example": false,
		"https://u@desk.example": false, "https://desk.example?x=1": false, "ftp://desk.example": false,
	} {
		cfg := newDesk(t, "bidirectional.json").config()
		cfg.BaseURL = base
		if _, err := webhook.New(cfg); (err == nil) != ok {
			t.Errorf("%q: %v", base, err)
		}
	}
	d := newDesk(t, "bidirectional.json").with(`"project":`, `"plain_http": ["127.0.0.1:8080"], "project":`)
	cfg := d.config()
	cfg.BaseURL = "http://127.0.0.1:8080"
	if _, err := webhook.New(cfg); err != nil {
		t.Errorf("a host that is listed: %v", err)
	}
}

// TestALostCreateIsNeverMadeTwice: whatever the settings say, either all creates are found
// by their key, or the system has promised to deduplicate.
func TestALostCreateIsNeverMadeTwice(t *testing.T) {
	for _, c := range []struct {
		reason string
		cut    []string
		key    external.CreateKeyKind
		ok     bool
	}{
		{"all are found", []string{"write.deduplicates"}, external.CreateKeyProperty, true},
		{"comments are not, and are never made", []string{"write.deduplicates", "comment.create_key", "write.comment"}, external.CreateKeyProperty, true},
		{"comments are not", []string{"write.deduplicates", "comment.create_key"}, "", false},
		{"comments are not, and it is promised", []string{"comment.create_key"}, external.CreateKeyNone, true},
		{"none is listed", []string{"read.ticket.list", "read.ticket.next"}, external.CreateKeyNone, true},
	} {
		caps, err := webhook.Settle(cut(t, readFile(t, "bidirectional.json"), c.cut...))
		if (err == nil) != c.ok || caps.CreateKey != c.key {
			t.Errorf("%s: %q, %v", c.reason, caps.CreateKey, err)
		}
	}
}

// TestWhoMakesItemsSaysWhose: where items are made and read, their author tells what a create of ours made.
func TestWhoMakesItemsSaysWhose(t *testing.T) {
	for _, kind := range []string{"ticket", "comment"} {
		_, err := webhook.Settle(cut(t, readFile(t, "bidirectional.json"), kind+".author"))
		if err == nil || !strings.Contains(err.Error(), kind+".author: is missing") {
			t.Errorf("without the author of a %s: %v", kind, err)
		}
	}
	if _, err := webhook.Settle(cut(t, readFile(t, "bidirectional.json"), "ticket.author", "comment.author", "write")); err != nil {
		t.Errorf("of what is read alone: %v", err)
	}
}
