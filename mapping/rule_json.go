package mapping

import (
	"encoding/json"
	"fmt"
)

// UnmarshalJSON refuses a rule that could not even be carried out, so that the
// translation need not look. Whether a rule makes sense is for Check to say.
func (r *Rule) UnmarshalJSON(b []byte) error {
	type plain Rule
	var p plain
	if err := json.Unmarshal(b, &p); err != nil {
		return fmt.Errorf("rule: %w", err)
	}
	least := 1
	if p.Convert == GitHubState {
		least = 2
	}
	if len(p.External) < least {
		return fmt.Errorf("rule of %s: names %d external fields; %s needs %d", p.Field, len(p.External), p.Convert, least)
	}
	for i, line := range p.Values {
		if len(line.Local) == 0 || len(line.External) == 0 {
			return fmt.Errorf("rule of %s: line %d of its table needs a local and an external value", p.Field, i)
		}
	}
	*r = Rule(p)
	return nil
}
