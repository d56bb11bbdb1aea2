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
