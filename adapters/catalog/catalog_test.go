package catalog_test

import (
	"encoding/json"
	"testing"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/catalog"
	"github.com/extsync/extsync/external"
)

// configs are the least that each adapter can be made from.
func configs() map[external.System]adapters.Config {
	return map[external.System]adapters.Config{
		"github":  {ProjectKey: "octo/hello", Token: "t"},
		"jira":    {BaseURL: "https://example.atlassian.net", ProjectKey: "ABC", User: "a@example.com", Token: "t"},
		"linear":  {ProjectKey: "ENG", Token: "lin_api_t"},
		"webhook": {ProjectKey: "desk", Token: "t", Settings: json.RawMessage(pullOnly)},
	}
}

// pullOnly is a peer that tells us what changed and takes nothing.
const pullOnly = `{
  "ticket": {"id": ".id", "updated_at": ".at", "fields": {"title": {"read": ".title"}}},
  "receive": {"signature": {"mode": "sha256"}, "delivery_id": {"header": "X-Delivery"}, "ticket": ".issue"}
}`

func TestEveryFactoryMakesWhatItSays(t *testing.T) {
	for system, f := range catalog.All() {
		cfg, known := configs()[system]
		if !known {
			t.Errorf("%s: no config to make one from; add it", system)
			continue
		}
		a, err := f.New(cfg)
		if err != nil {
			t.Errorf("%s: %v", system, err)
			continue
		}
		if f.Capabilities.System != system || a.Capabilities().System != system {
			t.Errorf("%s makes an adapter of %s, and says it is %s", system, a.Capabilities().System, f.Capabilities.System)
		}
	}
}

func TestSettingsNarrowWhatAPeerServes(t *testing.T) {
	caps, err := catalog.All()["webhook"].Settle(json.RawMessage(pullOnly))
	if err != nil {
		t.Fatal(err)
	}
	if !caps.Serves(external.Pull) || caps.Serves(external.Push) || caps.Serves(external.Bidirectional) {
		t.Errorf("a peer that takes nothing serves %v, want pull alone", caps.Directions)
	}
}

func TestSettingsTellWhatAnEditionCan(t *testing.T) {
	tests := []struct {
		system   external.System
		settings string
		read     bool // many items in one call
		create   bool // many creates in one call
		reason   string
	}{
		{"jira", "", true, true, "Jira Cloud is the default"},
		{"jira", `{"edition": "data_center"}`, false, true, "Data Center reads issues one by one"},
		{"linear", `{"auth": "oauth"}`, true, true, "how a token is sent changes nothing"},
		{"linear", `{"backlink": "https://tickets.example.com/{id}"}`, true, false, "a link back takes a call for each issue"},
	}
	for _, tt := range tests {
		caps, err := catalog.All()[tt.system].Settle(json.RawMessage(tt.settings))
		if err != nil || caps.System != tt.system || caps.ReadBatch > 1 != tt.read || caps.WriteBatch > 1 != tt.create {
			t.Errorf("%s with %s (%s): it is %s, reads %d and creates %d at once, %v",
				tt.system, tt.settings, tt.reason, caps.System, caps.ReadBatch, caps.WriteBatch, err)
		}
	}
}

// What is refused here is refused when a project is connected, not at its first session.
func TestSettingsThatAreRefused(t *testing.T) {
	for system, f := range catalog.All() {
		if f.Settle == nil {
			continue // it takes no settings
		}
		for _, raw := range []string{`{`, `[]`, `{"no such setting": 1}`} {
			if _, err := f.Settle(json.RawMessage(raw)); external.KindOf(err) != external.Invalid {
				t.Errorf("%s takes the settings %s: %v", system, raw, err)
			}
		}
	}
}
