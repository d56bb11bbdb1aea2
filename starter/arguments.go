package starter

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// What arguments a command takes stands in the line of its use alone, which people read as well.
// Cobra counts them, and would say of one that is missing no more than that.

// place is one argument that a command takes.
type place struct {
	name     string
	optional bool
	many     bool
}

// places reads them off the line of a command's use: "edit ID --revision N" takes one, "decide ID | --all"
// one that may be left out, and "retry PROJECT [LINK...]" as many as there are.
func places(use string) (all []place) {
	for _, word := range strings.Fields(use)[1:] {
		if word == "|" && len(all) > 0 {
			all[len(all)-1].optional = true
		}
		if word == "|" || strings.HasPrefix(word, "-") {
			break
		}
		name := strings.Trim(word, "[]")
		p := place{name: strings.TrimSuffix(name, "..."), optional: name != word}
		p.many = p.name != name
		all = append(all, p)
	}
	return all
}

// takeArguments has all commands that do something check what they are given.
func takeArguments(cmd *cobra.Command) {
	for _, c := range cmd.Commands() {
		takeArguments(c)
	}
	if cmd.Runnable() && !cmd.HasSubCommands() {
		cmd.Args = arguments
	}
}

// arguments refuses too few and too many, and says which is meant and what to do next.
func arguments(cmd *cobra.Command, given []string) error {
	line := "want `" + cmd.Parent().CommandPath() + " " + cmd.Use + "`"
	all := places(cmd.Use)
	for n, p := range all {
		switch {
		case n >= len(given) && !p.optional:
			return usage("%s is missing: %s; %s", p.name, line, whereTo(cmd, p.name))
		case p.many:
			return nil
		}
	}
	if len(given) > len(all) {
		return usage("%q is one too many: %s", given[len(all)], line)
	}
	return nil
}

// whereTo says where a person finds what an argument names.
func whereTo(cmd *cobra.Command, name string) string {
	switch name {
	case "PROJECT":
		return "`extsync status` shows the projects"
	case "SESSION":
		return "`extsync status PROJECT` shows the last sessions"
	case "TICKET":
		return "`extsync tickets list` shows the tickets"
	case "ID":
		if cmd.Name() == "restore" {
			break // the list shows what is open, or not deleted
		}
		return fmt.Sprintf("`%s list` shows the %s", cmd.Parent().CommandPath(), cmd.Parent().Name())
	}
	return "see `" + cmd.CommandPath() + " --help`"
}
