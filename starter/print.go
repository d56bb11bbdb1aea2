package starter

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	v1 "github.com/extsync/extsync/api/v1"
)

// show prints a result: as JSON where that was asked for, else by text.
func show[T any](a *app, v T, text func(T)) error {
	if !a.json {
		text(v)
		return nil
	}
	enc := json.NewEncoder(a.Out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

func (a *app) print(format string, args ...any) { fmt.Fprintf(a.Out, format+"\n", args...) }

// table prints rows in columns.
func (a *app) table(rows ...[]string) {
	w := tabwriter.NewWriter(a.Out, 0, 0, 2, ' ', 0)
	for _, r := range rows {
		fmt.Fprintln(w, strings.TrimRight(strings.Join(r, "\t"), "\t"))
	}
	_ = w.Flush() // to a terminal or a pipe: there is nobody left to tell
}

// plain makes text from outside safe to print: without control characters, which
// could steer the terminal.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.Is(unicode.Bidi_Control, r) {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

// short makes a text fit into a column.
func short(s string, n int) string {
	s = strings.Join(strings.Fields(plain(s)), " ")
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

// block prints a text of several lines under a heading, indented.
func (a *app) block(heading, text string) {
	if text == "" {
		text = "(empty)"
	}
	a.print("%s\n  %s", heading, strings.ReplaceAll(strings.TrimRight(plain(text), "\n"), "\n", "\n  "))
}

// when prints a time, or a dash for one that has not come.
func when(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format("2006-01-02 15:04:05Z")
}

// counted prints what is not zero: "3 created here, 1 conflict".
func counted(parts ...any) string {
	var out []string
	for i := 0; i+1 < len(parts); i += 2 {
		if n, ok := parts[i].(int); ok && n != 0 {
			out = append(out, fmt.Sprintf("%d %s", n, spoken(n, fmt.Sprint(parts[i+1]))))
		}
	}
	if len(out) == 0 {
		return "nothing"
	}
	return strings.Join(out, ", ")
}

// spoken puts the words about one into the singular.
func spoken(n int, words string) string {
	if n != 1 {
		return words
	}
	for _, noun := range []string{"field", "conflict", "change", "difference", "read", "write", "item", "ticket", "comment"} {
		words = regexp.MustCompile(`\b`+noun+`s\b`).ReplaceAllString(words, noun)
	}
	return strings.NewReplacer("secrets were", "secret was", "secrets are", "secret is").Replace(words)
}

// report says in a line what a session did.
func report(r v1.Report) string {
	return counted(r.CreatedHere, "created here", r.AppliedHere, "fields changed here", r.DeletedHere, "deleted here",
		r.CreatedOutside, "created outside", r.PushedOutside, "fields changed outside", r.DeletedOutside, "deleted outside", r.TakenBack, "taken back outside",
		r.Conflicts, "conflicts", r.Twins, "of them about twins", r.Resolved, "conflicts closed", r.Drift, "drifted", r.Lossy, "lossy",
		r.Failed, "failed", r.Quarantined, "quarantined", r.Repaired, "repaired", r.Unexplained, "unexplained differences")
}

// keyed prints what an external system calls an item: a bare number as a number, a name such as
// IVY-7 as it is.
func keyed(key string) string {
	if strings.Trim(key, "0123456789") == "" {
		return "#" + key
	}
	return plain(key)
}

// orDash prints something where there is nothing.
func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
