package starter

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	v1 "github.com/extsync/extsync/api/v1"
)

func (a *app) why() *cobra.Command {
	return &cobra.Command{
		Use: "why TICKET [FIELD]", Short: "Tell how a ticket came to hold what it holds",
		Long: "why tells the story of each value of a ticket, newest first: who wrote it, when and on which side, through which\n" +
			"session and step, what it replaced, which conflicts there were and who decided them, where it went on to, and why\n" +
			"nothing happens where nothing does. With FIELD it tells of that field alone; body includes the comments, and deleted\n" +
			"is what became of the ticket, its comments and their items outside as a whole.",
		Example: "  extsync why 0f8c3a52-6c1e-4d0a-9f0e-2b7d5c1a9e44 title",
		RunE: func(cmd *cobra.Command, args []string) error {
			field := ""
			if len(args) == 2 {
				field = args[1]
			}
			c := a.call()
			s, err := c.Why(cmd.Context(), args[0], field)
			if err != nil {
				return err
			}
			switch {
			case len(s.Chapters) > 0:
			case field == wholeItem:
				return show(a, s, func(v1.Story) { a.print("ticket: nothing of it was deleted, here or outside") })
			default:
				return &codedError{exitNotFound, fmt.Sprintf("nothing was ever written in %q of ticket %s; `extsync tickets show` lists its fields", field, args[0])}
			}
			projects, err := c.Projects(cmd.Context())
			if err != nil {
				return err
			}
			names := map[string]string{}
			for _, p := range projects.Projects {
				names[p.ID] = p.Address + " on " + p.System
			}
			return show(a, s, func(s v1.Story) { a.printStory(s, names) })
		},
	}
}

func (a *app) printStory(s v1.Story, names map[string]string) {
	for n, c := range s.Chapters {
		if n > 0 {
			a.print("")
		}
		tell := told
		if c.Field == wholeItem {
			tell = toldOfWhole
		}
		a.print("%s", heading(c))
		rows := make([][]string, len(c.Events))
		for k, e := range c.Events {
			rows[k] = []string{"  " + when(e.At), tell(e, names), through(e)}
		}
		a.table(rows...)
		for _, st := range c.Standings {
			a.print("  now in %s: %s", projectName(names, st.Project), standing(st))
		}
	}
	if s.Cut {
		a.print("\nMore is recorded than is told here: the oldest events are left out.")
	}
}

// wholeItem is the field of a chapter about the ticket or comment as a whole.
const wholeItem = "deleted"

// heading says what a chapter is about, and what that holds now.
func heading(c v1.StoryChapter) string {
	of := c.Field
	switch {
	case c.Comment != "":
		of = "comment " + plain(c.Comment)
	case c.Field == wholeItem:
		of = "ticket"
	}
	switch {
	case c.Field != wholeItem:
		return of + ": " + quoted(c.Value)
	case c.Value.IsEmpty():
		return of + ": not deleted"
	}
	return of + ": deleted"
}

// toldOfWhole says in words what happened to an item as a whole.
func toldOfWhole(e v1.StoryEvent, names map[string]string) string {
	did := "deleted it"
	if e.After.IsEmpty() {
		did = "brought it back"
	}
	project, who := projectName(names, e.Project), plain(first(e.Who, "somebody"))
	switch e.Verb {
	case "wrote", "restored":
		return fmt.Sprintf("%s %s here", who, did)
	case "came_in":
		return fmt.Sprintf("a session %s here, after what it found in %s", did, project)
	case "decided":
		return fmt.Sprintf("%s decided: a session %s here", who, did)
	case "took_back":
		return fmt.Sprintf("its item in %s %s", project, ended(e))
	case "conflict":
		return fmt.Sprintf("conflict with %s about the whole", project)
	}
	return told(e, names)
}

// replaced says by what a value was taken back outside.
func replaced(e v1.StoryEvent) string {
	switch {
	case e.After.IsEmpty():
		return "was taken back"
	case e.After.Equal(e.Before): // of an item that was closed already
		return "was left as it is"
	}
	return "was taken back, with " + quoted(e.After) + " in its place,"
}

// ended says how an item was taken away outside: where its system deletes nothing it still stands there.
func ended(e v1.StoryEvent) string {
	state := strings.ReplaceAll(plain(e.After.Text()), "_", " ")
	switch {
	case state == "":
		return "was taken away"
	case e.After.Equal(e.Before):
		return fmt.Sprintf("was closed already, as %s, and stays so: it cannot be deleted there", state)
	}
	return fmt.Sprintf("was closed as %s: it cannot be deleted there", state)
}

func projectName(names map[string]string, id string) string {
	if name := names[id]; name != "" {
		return plain(name)
	}
	return "project " + plain(id)
}

// maxTold is how much of a value a line shows.
const maxTold = 60

func quoted(v v1.Value) string {
	if v.IsEmpty() {
		return "nothing"
	}
	if v.IsSet() {
		return short("["+strings.Join(v.Elements(), ", ")+"]", maxTold)
	}
	return `"` + short(v.Text(), maxTold) + `"`
}

// told says an event in words.
func told(e v1.StoryEvent, names map[string]string) string {
	project := projectName(names, e.Project)
	who := plain(first(e.Who, "somebody"))
	switch e.Verb {
	case "wrote":
		return fmt.Sprintf("%s wrote %s here%s", who, quoted(e.After), replacing(e.Before))
	case "came_in":
		return fmt.Sprintf("%s came in from %s%s", quoted(e.After), project, replacing(e.Before))
	case "decided":
		if e.Project == "" {
			return fmt.Sprintf("%s decided on %s%s", who, quoted(e.After), replacing(e.Before))
		}
		return fmt.Sprintf("%s decided on %s of %s%s", who, quoted(e.After), project, replacing(e.Before))
	case "merged":
		return fmt.Sprintf("both sides were merged into %s", quoted(e.After))
	case "restored":
		return fmt.Sprintf("%s had %s restored%s", who, quoted(e.After), replacing(e.Before))
	case "sent_out":
		return fmt.Sprintf("%s went out to %s%s", quoted(e.After), project, replacing(e.Before))
	case "took_back":
		return fmt.Sprintf("%s %s in %s", quoted(e.Before), replaced(e), project)
	case "conflict":
		return fmt.Sprintf("conflict with %s: %s here, %s there", project, quoted(e.Before), quoted(e.After))
	case "settled":
		return fmt.Sprintf("the conflict with %s was closed: %s%s", project, plain(e.Reason), by(e.Who))
	}
	return plain(e.Verb)
}

func by(who string) string {
	if who == "" {
		return ""
	}
	return " by " + plain(who)
}

func replacing(v v1.Value) string {
	if v.IsEmpty() {
		return ""
	}
	return " in place of " + quoted(v)
}

// through says by which session, under which mapping and why.
func through(e v1.StoryEvent) string {
	var out []string
	if e.Session != "" {
		session := "session " + e.Session
		if e.Step > 0 {
			session += fmt.Sprintf(" step %d", e.Step)
		}
		if e.Mapping > 0 {
			session += fmt.Sprintf(", mapping %d", e.Mapping)
		}
		out = append(out, session)
	}
	if e.Reason != "" && e.Verb != "settled" {
		out = append(out, plain(e.Reason))
	}
	if e.Outcome != "" {
		out = append(out, plain(e.Outcome))
	}
	return strings.Join(out, "; ")
}

func standing(s v1.StoryStanding) string {
	out := plain(s.State)
	if s.Key != "" {
		out = keyed(s.Key) + ", " + out
	}
	if s.Waiting {
		out += ", a change waits for its session"
	}
	if s.Because != "" {
		out += ": " + short(s.Because, 200)
	}
	return out
}
