package workflows

import (
	"strings"
	"testing"

	"github.com/extsync/extsync/activities"
)

// TestSetupDetailsTellTwins: the page of a setup says what is known of twins, and among how
// much of what is outside they were looked for.
func TestSetupDetailsTellTwins(t *testing.T) {
	tests := []struct {
		name    string
		preview activities.Preview
		want    string
	}{
		{"nothing is alike", activities.Preview{CreateOutside: 3, Withheld: 1, Outside: 9}, "3 would be created outside, 1 stay here\n"},
		{"some are", activities.Preview{CreateOutside: 3, Twins: 2, Outside: 9}, "3 would be created outside, 0 stay here; 2 seem to exist there\n"},
		{"it took too long", activities.Preview{CreateOutside: 3, Twins: 2, Outside: 9, Part: true},
			"0 stay here; 2 seem to exist among the 9 tickets there that were read\n"},
		{"nothing was to be read", activities.Preview{CreateOutside: 3, Part: true}, "0 stay here; what exists there could not be read yet\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if page := setupDetails(SetupState{Preview: tt.preview}); !strings.Contains(page, tt.want) {
				t.Errorf("the page does not say %q:\n%s", tt.want, page)
			}
		})
	}
}
