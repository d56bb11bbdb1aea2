// Package catalog lists the adapters. [All] is the list; only worker and api import it.
package catalog

import (
	"encoding/json"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/github"
	"github.com/extsync/extsync/adapters/jira"
	"github.com/extsync/extsync/adapters/linear"
	"github.com/extsync/extsync/adapters/webhook"
	"github.com/extsync/extsync/external"
)

// All returns a factory for each system that can be connected.
func All() map[external.System]adapters.Factory {
	return map[external.System]adapters.Factory{
		github.System: {Capabilities: github.Capabilities(), New: github.New, Public: github.PublicAPI},
		// What of Jira's editions is spoken to, its settings say.
		jira.System:   {Capabilities: jira.Capabilities(), New: jira.New, Settle: jira.Settle, Places: jira.Places},
		linear.System: {Capabilities: linear.Capabilities(), New: linear.New, Settle: linear.Settle, Public: linear.PublicAPI},
		// What a webhook peer can do, its settings say.
		webhook.System: {Capabilities: webhook.Capabilities(), New: webhook.New, Settle: webhook.Settle, Places: webhook.Places},
	}
}

// Places says where the fields of items stand, as far as a project's settings do, see adapters.Factory.Places.
func Places(s external.System, settings json.RawMessage) map[external.Kind]map[string]string {
	if f := All()[s].Places; f != nil {
		return f(settings)
	}
	return nil
}
