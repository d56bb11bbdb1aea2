package workflows

import (
	"fmt"

	"go.temporal.io/sdk/workflow"
)

func (m *fieldMapping) tell(ctx workflow.Context) {
	workflow.SetCurrentDetails(ctx, mappingDetails(m.in, m.MappingState))
}

// mappingDetails is Markdown for people: ids and counts, no field's name or value.
func mappingDetails(in MappingInput, s MappingState) string {
	var b page
	b.add("## Field mapping of %s on %s: %s\n\n", in.Key, in.System, s.Step)
	if s.Draft.Version != 0 {
		b.add("%s", draftLines(s))
	}
	if s.By != "" {
		b.add("- last word: %s\n", s.By)
	}
	show := fmt.Sprintf("`extsync mapping show %s --version %d`", in.ProjectID, s.Draft.Version)
	switch {
	case s.Problem != "":
		b.add("\n**To do:** %s\n", s.Problem)
	case s.Step == MappingReview && s.Verdict.Errors > 0:
		b.add("%s", "\n**To do:** look at it with "+show+", mend it in a file and store that with `extsync mapping edit --file`\n")
	case s.Step == MappingReview:
		b.add("%s", "\n**To do:** look at it with "+show+", then confirm it with `extsync mapping activate`, or reject it\n")
	case s.Step == MappingLapsed:
		b.add("\nNobody decided in time. The draft stays and can be activated any time.\n")
	}
	return b.String()
}

func draftLines(s MappingState) string {
	var b page
	b.add("- version: **%d**\n", s.Draft.Version)
	if d := s.Draft; d.Mapped != 0 {
		b.add("- proposed: %d fields, of which %d should be looked at; %d fields outside are left alone; %d warnings\n", d.Mapped, d.Doubtful, d.Unused, d.Warnings)
	}
	b.add("- validation: %d errors, %d warnings\n", s.Verdict.Errors, s.Verdict.Warnings)
	t := s.Trial
	b.add("- tried on %d tickets outside and %d here: %d fields exact, %d respelled, %d with losses, %d that would stay where they are\n",
		t.Outside, t.Here, t.Exact, t.Respelled, t.Lossy, t.Withheld)
	return b.String()
}
