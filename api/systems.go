package api

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/catalog"
	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/external"
)

// systems registers the table of what can be connected.
func (s *server) systems() {
	add(s, huma.Operation{OperationID: "list-systems", Method: http.MethodGet, Path: "/v1/systems", Tags: []string{"systems"},
		Summary: "What each kind of external system can hold and do"}, s.listSystems)
}

func (s *server) listSystems(context.Context, *struct{}) (*body[v1.Systems], error) {
	return &body[v1.Systems]{viewSystems(s.Systems)}, nil
}

// KnownSystems returns what this version of the program can connect, without a server.
func KnownSystems() v1.Systems { return viewSystems(catalog.All()) }

func viewSystems(all map[external.System]adapters.Factory) v1.Systems {
	out := v1.Systems{Systems: []v1.System{}}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		out.Systems = append(out.Systems, viewSystem(name, all[name]))
	}
	return out
}

func viewSystem(name external.System, f adapters.Factory) v1.System {
	c := f.Capabilities
	v := v1.System{
		System: string(name), Directions: []string{}, Fields: []v1.SystemField{}, Comment: viewField(c.Comment),
		CommentEdit: c.CommentEdit, CommentDel: c.CommentDel, TicketDel: c.TicketDel, CreateKey: string(c.CreateKey), Transitions: c.Transitions,
		Webhooks: c.Webhooks, Settings: f.Settle != nil, Precision: v1.Duration(c.Precision), Lag: v1.Duration(c.Lag),
		PageSize: c.PageSize, ReadBatch: c.ReadBatch, WriteBatch: c.WriteBatch, HistoryBatch: c.History,
		Limits: v1.SystemLimits{
			RequestsPerHour: c.Limits.RequestsPerHour, WritesPerMinute: c.Limits.WritesPerMinute,
			WritesPerHour: c.Limits.WritesPerHour, WriteGap: v1.Duration(c.Limits.WriteGap),
		},
	}
	for _, d := range []external.Direction{external.Push, external.Pull, external.Bidirectional} {
		if c.Serves(d) {
			v.Directions = append(v.Directions, string(d))
		}
	}
	for _, field := range c.Fields {
		v.Fields = append(v.Fields, viewField(field))
	}
	if c.Custom.Name != "" {
		custom := viewField(c.Custom)
		v.Custom = &custom
	}
	return v
}

func viewField(f external.FieldCapability) v1.SystemField {
	return v1.SystemField{
		Name: f.Name, Title: f.Title, Type: string(cmp.Or(f.Type, external.TypeText)), Set: f.Set, ReadOnly: f.ReadOnly,
		MaxLength: f.MaxRunes, MaxItems: f.MaxItems, History: cmp.Or(string(f.History), "none"),
	}
}
