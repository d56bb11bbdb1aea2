package v1

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// UnmarshalJSON refuses null: it could be meant to clear a field or to leave it.
func (e *TicketEdit) UnmarshalJSON(b []byte) error {
	if err := refuseNulls(b); err != nil {
		return err
	}
	type plain TicketEdit
	return json.Unmarshal(b, (*plain)(e))
}

// UnmarshalJSON refuses null: it could be meant to reset a setting or to leave it.
func (c *ProjectChange) UnmarshalJSON(b []byte) error {
	if err := refuseNulls(b); err != nil {
		return err
	}
	type plain ProjectChange
	return json.Unmarshal(b, (*plain)(c))
}

func refuseNulls(b []byte) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(b, &members); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if string(members[name]) == "null" {
			return fmt.Errorf("%s: null says nothing here; leave the member out to keep the value, or send an empty one to clear it", name)
		}
	}
	return nil
}
