package outbound_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/ticket"
)

func TestJudge(t *testing.T) {
	granted := []ticket.Grant{{TicketID: "t", ProjectID: "gh"}}
	rule := outbound.Rules{PassOn: []outbound.PassOn{{From: "jira", To: "gh"}}}
	tests := []struct {
		reason  string
		ticket  ticket.Ticket
		comment *ticket.Comment
		grants  []ticket.Grant
		rules   outbound.Rules
		out, in bool
	}{
		{"local_only stops both directions", ticket.Ticket{ID: "t", Privacy: ticket.LocalOnly}, nil, granted, rule, false, false},
		{"an unknown level stops both", ticket.Ticket{ID: "t"}, nil, granted, rule, false, false},
		{"public always", ticket.Ticket{ID: "t", Privacy: ticket.Public}, nil, nil, outbound.Rules{}, true, true},
		{"shareable without a grant may only come in", ticket.Ticket{ID: "t", Privacy: ticket.Shareable}, nil, nil, outbound.Rules{}, false, true},
		{"shareable with a grant", ticket.Ticket{ID: "t", Privacy: ticket.Shareable}, nil, granted, outbound.Rules{}, true, true},
		{"a grant for another ticket", ticket.Ticket{ID: "u", Privacy: ticket.Shareable}, nil, granted, outbound.Rules{}, false, true},
		{"a rule for its origin", ticket.Ticket{ID: "t", Privacy: ticket.Shareable, Origin: "jira"}, nil, nil, rule, true, true},
		{"a rule for another origin", ticket.Ticket{ID: "t", Privacy: ticket.Shareable, Origin: "linear"}, nil, nil, rule, false, true},
		{"a private comment on a public ticket", ticket.Ticket{ID: "t", Privacy: ticket.Public}, &ticket.Comment{Privacy: ticket.LocalOnly}, nil, rule, false, false},
		{"a comment follows its ticket", ticket.Ticket{ID: "t", Privacy: ticket.Public}, &ticket.Comment{}, nil, outbound.Rules{}, true, true},
	}
	for _, tt := range tests {
		v := outbound.Judge("gh", tt.rules, tt.grants, tt.ticket, tt.comment)
		if v.Out != tt.out || v.In != tt.in || v.Reason == "" {
			t.Errorf("%s: %+v, want out %v and in %v, with a reason", tt.reason, v, tt.out, tt.in)
		}
	}
}

func TestOnlyClearMakesOutbound(t *testing.T) {
	if _, err := (outbound.Outbound{}).Open(); !errors.Is(err, outbound.ErrNotCleared) {
		t.Errorf("the zero Outbound must be refused, got %v", err)
	}
	private := outbound.Request{Ticket: ticket.Ticket{ID: "t", Privacy: ticket.LocalOnly}, Content: outbound.Content{ProjectID: "gh"}}
	out, err := outbound.Clear(private)
	if external.KindOf(err) != external.Forbidden {
		t.Errorf("a private ticket must be refused as forbidden, got %v", err)
	}
	if _, err := out.Open(); err == nil {
		t.Error("what was refused must not open")
	}
}

func TestClearSanitisesProseAlone(t *testing.T) {
	out, err := outbound.Clear(outbound.Request{
		Ticket: ticket.Ticket{ID: "t", Privacy: ticket.Public},
		Content: outbound.Content{ProjectID: "gh", Set: external.Fields{
			"body": ticket.Text("ask @ann"), "title": ticket.Text("ask @ann")}},
		Prose: []string{"body"},
	})
	if err != nil {
		t.Fatal(err)
	}
	c, err := out.Open()
	if err != nil {
		t.Fatal(err)
	}
	if c.Set["title"].Text() != "ask @ann" || c.Set["body"].Text() != "ask @\u2060ann" {
		t.Errorf("title %q, body %q", c.Set["title"].Text(), c.Set["body"].Text())
	}
}

func TestSanitise(t *testing.T) {
	const j = "\u2060"
	tests := []struct{ reason, text, known, want string }{
		{"a mention", "ask @ann and @bob", "", "ask @" + j + "ann and @" + j + "bob"},
		{"a team", "@org/team", "", "@" + j + "org/team"},
		{"an address is no mention", "write to ann@example.com", "", "write to ann@example.com"},
		{"a command", "/close", "", "/" + j + "close"},
		{"a path is no command", "see a/close", "", "see a/close"},
		{"a closing keyword", "Fixes #12 and closes: o/r#3", "", "Fixes #" + j + "12 and closes: o/r#" + j + "3"},
		{"a plain reference stays", "see #12", "", "see #12"},
		{"code is left alone", "`@ann` and\n```\n@bob\n/close\n```\n@eve", "", "`@ann` and\n```\n@bob\n/close\n```\n@" + j + "eve"},
		{"three backticks in a sentence begin no code", "type ``` and ask\n@bob", "", "type ``` and ask\n@" + j + "bob"},
		{"a longer fence holds a shorter one", "````\n```\n@ann\n````\n@bob", "", "````\n```\n@ann\n````\n@" + j + "bob"},
		{"a fence ends with its own sign", "```\n~~~\n@ann\n```\n@bob\n~~~\n@eve", "", "```\n~~~\n@ann\n```\n@" + j + "bob\n~~~\n@eve"},
		{"a fence that says its language, and none that does not end there", "``` go\n@ann\n``` go\n@ann\n```\n@bob", "", "``` go\n@ann\n``` go\n@ann\n```\n@" + j + "bob"},
		{"a fence ends with the quote it stands in", "> ```\n> @ann\n@bob", "", "> ```\n> @ann\n@" + j + "bob"},
		{"a fence ends with the item it stands in", "- ```\n  @ann\n\n@bob", "", "- ```\n  @ann\n\n@" + j + "bob"},
		{"a fence in a list", "1. so\n   ```\n   @ann\n   ```\n2. @bob", "", "1. so\n   ```\n   @ann\n   ```\n2. @" + j + "bob"},
		{"code with a backtick in it", "``a ` @ann`` and @bob", "", "``a ` @ann`` and @" + j + "bob"},
		{"a backtick that nothing ends in its line", "`@ann and\n@bob`", "", "`@" + j + "ann and\n@" + j + "bob`"},
		{"a backtick that is none", "\\`@ann`", "", "\\`@" + j + "ann`"},
		{"four spaces before a fence make it none", "so\n\n    ```\n@ann", "", "so\n\n    ```\n@" + j + "ann"},
		{"a fence in code ends none", "```\n    ```\n> ```\n``` >\n@bob\n```\n@ann", "", "```\n    ```\n> ```\n``` >\n@bob\n```\n@" + j + "ann"},
		{"code that goes on over a line", "`a\nb` @ann `@bob`", "", "`a\nb` @" + j + "ann `@bob`"},
		{"three backticks in HTML", "<details>\n```\n@ann\n```\n</details>", "", "<details>\n```\n@" + j + "ann\n```\n</details>"},
		{"a lone tag behind the text of a list or a quote", "- so\n<b>\n```\n@ann\n```", "", "- so\n<b>\n```\n@" + j + "ann\n```"},
		{"a lone tag behind a table", "a|b\n-|-\n</b>\n```\n@ann\n```", "", "a|b\n-|-\n</b>\n```\n@" + j + "ann\n```"},
		{"a lone tag with a tab, and one that ends nothing", "<b>\t\n`@ann`\n\n</pre>\n`@bob`", "", "<b>\t\n`@" + j + "ann`\n\n</pre>\n`@" + j + "bob`"},
		{"a lone tag within a text", "so\n<b>\n```\n@ann\n```\n- so\n  <b>\n  ```\n  @bob", "", "so\n<b>\n```\n@ann\n```\n- so\n  <b>\n  ```\n  @bob"},
		{"a fence within a comment", "<!--\n\n```\n-->\n@ann\n```", "", "<!--\n\n```\n-->\n@" + j + "ann\n```"},
		{"a backtick in a tag", "<a href=\"`\">@ann`</a>", "", "<a href=\"`\">@" + j + "ann`</a>"},
		{"a backtick in a link", "<http://a.b/`> @ann `b", "", "<http://a.b/`> @" + j + "ann `b"},
		{"a bare link that ends earlier by then", "http://a.bc/,@eve` x ` @ann `", "", "http://a.bc/,@" + j + "eve` x ` @" + j + "ann `"},
		{"a table has one cell end where code would go on", "a|b\n-|-\n`@ann|@bob`", "", "a|b\n-|-\n`@" + j + "ann|@" + j + "bob`"},
		{"an empty line of an old Mac ends what began", "`x\r\r@ann`", "", "`x\r\r@" + j + "ann`"},
		{"code with Windows' line ends", "```\r\n@ann\r\n```\r\n@bob `@eve`", "", "```\r\n@ann\r\n```\r\n@" + j + "bob `@eve`"},
		{"a mention right behind a full stop", "done.@ann", "", "done.@" + j + "ann"},
		{"two mentions with a slash between, and three", "@ann/@bob and (@ann/@bob/@eve)", "", "@" + j + "ann/@" + j + "bob and (@" + j + "ann/@" + j + "bob/@" + j + "eve)"},
		{"a mention in italics and in bold", "_@ann_ __@bob__ @ann-@bob", "", "_@" + j + "ann_ __@" + j + "bob__ @" + j + "ann-@" + j + "bob"},
		{"an at sign in another spelling", "&commat;ann &#64;bob &#X40;eve `&#64;bob`", "", "&commat;" + j + "ann &#64;" + j + "bob &#X40;" + j + "eve `&#64;bob`"},
		{"a mention behind another at sign", "@@ann x@@bob", "", "@@" + j + "ann x@@" + j + "bob"},
		{"a package in an address", "https://npmjs.com/package/@types/node", "", "https://npmjs.com/package/@types/node"},
		{"what stands there already was meant", "hi @ann\nhi @bob", "hi @ann", "hi @ann\nhi @" + j + "bob"},
		{"what was code there summons nobody yet", "@ann", "```\n@ann\n```", "@" + j + "ann"},
		{"a number that stood there closed nothing yet", "fixes\n#1", "sees\n#1", "fixes\n#" + j + "1"},
		{"a number that closes there already", "fixes\n#1", "fixes\n#1", "fixes\n#1"},
		{"nothing to do", "plain", "", "plain"},
	}
	for _, tt := range tests {
		got := outbound.Sanitise(tt.text, tt.known)
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.reason, got, tt.want)
		}
		if back := outbound.Restore(got); back != tt.text {
			t.Errorf("%s: restored %q, want %q", tt.reason, back, tt.text)
		}
	}
}

// TestMaliciousContent is a corpus of what people write to make a tracker do something, on
// the way out and, as an outsider's text, on the way in and out again. What leaves must
// summon, close and command nobody; what is meant must come back byte for byte.
func TestMaliciousContent(t *testing.T) {
	live := regexp.MustCompile(`(?im)(^|[^\w@/.` + "`" + `])@\w|^\s*/\w|\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+(?:[\w.-]+/[\w.-]+)?#\d`)
	tests := []struct{ reason, text string }{
		{"everybody is mentioned", "@all @here @channel @everyone look"},
		{"a mention after each kind of sign", "(@ann) [@ann] *@ann* _(@ann)_ \"@ann\" ,@ann;@ann>@ann"},
		{"mentions in a row", "@ann@bob @ann,@bob\t@eve"},
		{"a mention in a link, an image, a heading and a table", "[@ann](https://x) ![@ann](https://x)\n# @ann\n| @ann | b |"},
		{"a mention on each line", "@ann\n@bob\r\n> @eve\n- @dan\n1. @kim"},
		{"a mention beside code", "`x` @ann `y`@bob"},
		{"a fence that is never closed", "@ann\n```\n@bob"},
		{"all closing keywords", "close #1 closes #2 closed #3 fix #4 fixes #5 fixed #6 resolve #7 resolves #8 resolved #9"},
		{"keywords in other spellings", "FIXES #1, Closes: #2; resolves\t#3 fixes  #4"},
		{"a keyword for another repository", "fixes octo/hello#1"},
		{"a keyword and its number on two lines", "fixes\n#1"},
		{"commands", "/close\n/assign @ann\n  /label ~bug\n\t/duplicate #1"},
		{"a command after Windows' line end", "x\r\n/close"},
		{"a mention behind the sign that we put in", "\u2060@ann @\u2060@bob"},
		{"a person who types the sign that we put in", "@\u2060ann and #\u20601"},
	}
	for _, tt := range tests {
		safe := outbound.Sanitise(tt.text, "")
		code := regexp.MustCompile("(?s)```.*?(?:```|$)|`[^`\n]*`")
		if hit := live.FindString(code.ReplaceAllString(safe, "")); hit != "" {
			t.Errorf("%s: %q leaves as %q, in which %q is alive", tt.reason, tt.text, safe, hit)
		}
		if again := outbound.Sanitise(safe, ""); again != safe {
			t.Errorf("%s: sanitised twice it reads %q", tt.reason, again)
		}
		if strings.Contains(tt.text, "\u2060") {
			continue // its author loses a sign that nobody sees
		}
		if back := outbound.Restore(safe); back != tt.text {
			t.Errorf("%s: %q comes back as %q", tt.reason, tt.text, back)
		}
	}
}

// TestSanitiseEndsInTime, also where its parser would go on for minutes. A second is what it takes, and ten
// under the race detector while other tests run.
func TestSanitiseEndsInTime(t *testing.T) {
	for _, s := range []string{"> ", "1. ", "](", "[a](", "@a/", "<b>\n", "-\n<b>\n"} {
		began := time.Now()
		got := outbound.Sanitise(strings.Repeat(s, ticket.MaxBody/len(s))+" @ann `@bob`", "")
		if took := time.Since(began); took > time.Minute || strings.Contains(got, "@ann") {
			t.Errorf("%q: it took %s, and a mention is alive: %v", s, took, strings.Contains(got, "@ann"))
		}
	}
}

// TestRestoreUndoesSanitise holds the law on any text that has no joiner of its own.
func TestRestoreUndoesSanitise(t *testing.T) {
	piece := rapid.SampledFrom([]string{
		"@ann", "@", "/close", "fixes #1", "#", "`", "```", "~~~", "\n", " ", "x", "é", "\r\n", "\r", "closes: a/b#2", "> ", "- ", "http://a.bc/", "<!--", "-->", "|", "-|-",
	})
	rapid.Check(t, func(rt *rapid.T) {
		text := ""
		for _, p := range rapid.SliceOfN(piece, 0, 16).Draw(rt, "text") {
			text += p
		}
		safe := outbound.Sanitise(text, "")
		if got := outbound.Restore(safe); got != text {
			rt.Fatalf("%q came back as %q", text, got)
		}
		if again := outbound.Sanitise(safe, ""); again != safe {
			rt.Fatalf("sanitising twice: %q", again)
		}
	})
}
