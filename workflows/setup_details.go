package workflows

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"github.com/extsync/extsync/activities"
)

// at moves the setup to a step; whatever was wrong before is mended.
func (s *setup) at(ctx workflow.Context, step SetupStep) {
	s.Step, s.Problem, s.Fault = step, "", ""
	s.tell(ctx)
}

func (s *setup) tell(ctx workflow.Context) {
	workflow.SetCurrentDetails(ctx, setupDetails(s.SetupState))
}

func setupDetails(s SetupState) string {
	var b page
	b.add("## Connecting %s on %s\n\n", s.Project.Key, s.Project.System)
	for n, title := range []string{
		"System: " + string(s.Project.System),
		"Credentials" + nonEmpty(": we speak as ", s.Project.Login),
		"Project: " + s.Project.Key,
		"Mapping: " + mappingLine(s),
		"Privacy: nothing leaves that is not public or granted",
		fmt.Sprintf("Preview and approval: %d would be created outside, %d stay here", s.Preview.CreateOutside, s.Preview.Withheld) + twinsLine(s.Preview),
		"First synchronisation and verification",
	} {
		mark := " "
		if SetupStep(n+1) < s.Step {
			mark = "x"
		}
		b.add("%d. [%s] %s\n", n+1, mark, title)
	}
	switch {
	case s.Problem != "":
		b.add("\n**To do:** %s\n", s.Problem)
	case s.Step == StepMapping:
		b.add("%s", "\nThe workflow `"+MappingID(s.Project.ID)+"` finds the mapping, and says what it waits for\n")
	case s.Approve:
		b.add("\n**To do:** approve the preview, or change what would leave and ask for another one\n")
	case s.Step == StepDone:
		b.add("%s", "\n"+linksTable(s.Project))
	}
	return b.String()
}

func twinsLine(p activities.Preview) string {
	switch {
	case p.Part && p.Outside == 0:
		return "; what exists there could not be read yet"
	case p.Part:
		return fmt.Sprintf("; %d seem to exist among the %d tickets there that were read", p.Twins, p.Outside)
	case p.Twins > 0:
		return fmt.Sprintf("; %d seem to exist there", p.Twins)
	}
	return ""
}

func mappingLine(s SetupState) string {
	switch {
	case s.Step <= StepMapping:
		return "what stands where"
	case s.Mapping == 0:
		return "the default of the system"
	}
	return fmt.Sprintf("version %d", s.Mapping)
}

func nonEmpty(before, s string) string {
	if s == "" {
		return ""
	}
	return before + s
}
