package model

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// The words made-up issues are built of. Markdown of every kind people use in trackers must occur: task lists, fenced code,
// tables, quotes, links, mentions, emphasis, nested lists, HTML, characters outside ASCII.

func pick[T any](rng *rand.Rand, from []T) T { return from[rng.IntN(len(from))] }

func issueTitle(rng *rand.Rand, k int) string {
	verb := pick(rng, []string{"Fix", "Speed up", "Document", "Rework", "Retry", "Simplify", "Test", "Remove"})
	what := pick(rng, []string{"the importer", "pagination of results", "login with a hardware key", "the `--json` flag",
		"time zones in reports", "uploads over 10 MB", "the naïve cache", "error messages", "parsing of \"quoted\" names"})
	when := pick(rng, []string{"on slow networks", "after an upgrade", "for guests", "when offline", "in the nightly build", "on ARM"})
	return fmt.Sprintf("%s %s %s (%d)", verb, what, when, k)
}

func sentence(rng *rand.Rand) string {
	return pick(rng, []string{
		"It worked until the last release, and **only** fails on the second attempt.",
		"The log says `connection reset by peer`, then nothing.",
		"See [the notes](https://example.com/notes?id=7&v=2) for how we got here.",
		"I can reproduce it on three machines; _two of them_ run an older kernel.",
		"Größe und Größenordnung stimmen nicht: 1 000 ≠ 1,000.",
		"Nobody on the team has asked for this yet, but it would save us an hour a week. 🎉",
		"> It should not need a restart.\n\nI agree with that.",
		"Press <kbd>Ctrl</kbd>+<kbd>C</kbd> twice and it leaves a lock file behind.",
	})
}

func checklist(rng *rand.Rand) string {
	var b strings.Builder
	for _, item := range []string{"write a failing test", "fix it", "  - [ ] also for the old format", "update the docs", "tell support"} {
		box := "- [ ] "
		if rng.IntN(2) == 0 {
			box = "- [x] "
		}
		if strings.HasPrefix(item, " ") {
			box = ""
		}
		b.WriteString(box + item + "\n")
	}
	return b.String()
}

func codeBlock(rng *rand.Rand) string {
	return pick(rng, []string{
		"```go\nfor i := range retries {\n\tif err := send(ctx); err == nil {\n\t\treturn nil\n\t}\n}\n```\n",
		"```\n$ tool import --dry-run data.csv\nrow 17: unexpected end of line\n```\n",
		"```json\n{\"id\": 17, \"name\": \"a | b\", \"tags\": []}\n```\n",
		"    indented code, the old way\n    second line\n",
	})
}

func table(rng *rand.Rand) string {
	return fmt.Sprintf("| run | before | after |\n|----:|-------:|:-----:|\n| 1 | %d ms | %d ms |\n| 2 | %d ms | *failed* |\n",
		rng.IntN(900)+100, rng.IntN(90)+10, rng.IntN(900)+100)
}

func markdownBody(rng *rand.Rand) string {
	parts := []string{"## What happens\n\n" + sentence(rng)}
	for _, part := range []func(*rand.Rand) string{checklist, codeBlock, table, sentence} {
		if rng.IntN(2) == 0 {
			parts = append(parts, part(rng))
		}
	}
	return strings.Join(append(parts, "### Expected\n\n"+sentence(rng)), "\n\n")
}

func commentBody(rng *rand.Rand) string {
	if rng.IntN(4) == 0 {
		return sentence(rng) + "\n\n" + codeBlock(rng)
	}
	return sentence(rng)
}
