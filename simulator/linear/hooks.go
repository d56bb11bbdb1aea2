package linear

import (
	"slices"

	"github.com/extsync/extsync/simulator/linear/model"
)

func hookFields() fields[*hook] {
	return fields[*hook]{
		"url":            func(_ *viewer, h *hook) any { return h.url },
		"label":          func(_ *viewer, h *hook) any { return deref(h.label) },
		"enabled":        func(_ *viewer, h *hook) any { return h.enabled },
		"secret":         func(_ *viewer, h *hook) any { return h.secret },
		"resourceTypes":  func(_ *viewer, h *hook) any { return h.types },
		"allPublicTeams": func(_ *viewer, h *hook) any { return h.team == nil },
		"team":           func(v *viewer, h *hook) any { return optional(h.team, v.showTeam) },
		"creator":        func(v *viewer, h *hook) any { return optional(h.creator, v.showUser) },
	}
}

func webhookCreate(v *viewer, args map[string]any) (record, error) {
	in := input(args)
	if err := v.needAdmin(); err != nil {
		return record{}, err
	}
	id, _ := in["id"].(string)
	if slices.ContainsFunc(v.s.hooks, func(h *hook) bool { return h.ID == id }) {
		return record{}, model.Refuse("Entity Webhook with id %s already exists", id)
	}
	h := &hook{enabled: true, creator: v.user}
	team, isSet := in["teamId"].(string)
	if h.team = v.world.Team(team); isSet && (h.team == nil || !v.sees(h.team)) {
		return record{}, model.NotFound("Team", "teamId")
	}
	if !isSet && in["allPublicTeams"] != true {
		return record{}, model.Refuse("Argument Validation Error: either teamId or allPublicTeams must be set")
	}
	if err := h.configure(in); err != nil {
		return record{}, err
	}
	if h.secret == "" {
		h.secret = "lin_wh_" + v.world.UUID()
	}
	h.Meta = v.s.newMeta(id)
	v.s.hooks = append(v.s.hooks, h)
	return v.payload("WebhookPayload", "webhook", v.showHook(h)), nil
}

// configure takes over what an input sets.
func (h *hook) configure(in model.Input) error {
	if url, isSet := in["url"].(string); isSet {
		h.url = url
	}
	if h.url == "" {
		return model.Refuse("Argument Validation Error: url must be a URL address")
	}
	if label, isSet := in["label"].(string); isSet {
		h.label = &label
	}
	if secret, isSet := in["secret"].(string); isSet {
		h.secret = secret
	}
	if enabled, isSet := in["enabled"].(bool); isSet {
		h.enabled = enabled
	}
	if types, isSet := in["resourceTypes"].([]any); isSet {
		h.types = nil
		for _, t := range types {
			name, _ := t.(string)
			if !slices.Contains([]string{"Issue", "Comment", "IssueLabel", "Attachment", "Project", "Cycle", "User"}, name) {
				return model.Refuse("Argument Validation Error: resourceTypes contains an unknown type")
			}
			h.types = append(h.types, name)
		}
	}
	return nil
}

func (v *viewer) hook(id string) (*hook, error) {
	if err := v.needAdmin(); err != nil {
		return nil, err
	}
	if k := slices.IndexFunc(v.s.hooks, func(h *hook) bool { return h.ID == id }); k >= 0 {
		return v.s.hooks[k], nil
	}
	return nil, model.NotFound("Webhook", "")
}

func webhookUpdate(v *viewer, args map[string]any) (record, error) {
	h, err := v.hook(id(args))
	if err != nil {
		return record{}, err
	}
	if err := h.configure(input(args)); err != nil {
		return record{}, err
	}
	h.UpdatedAt = v.world.Now()
	return v.payload("WebhookPayload", "webhook", v.showHook(h)), nil
}

func webhookDelete(v *viewer, args map[string]any) (record, error) {
	h, err := v.hook(id(args))
	if err != nil {
		return record{}, err
	}
	h.enabled = false
	v.s.hooks = slices.DeleteFunc(slices.Clone(v.s.hooks), func(o *hook) bool { return o == h })
	return v.deleted(h.ID), nil
}
