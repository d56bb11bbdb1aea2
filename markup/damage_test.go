package markup

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestDamage(t *testing.T) {
	const both, onlyADF, onlyWiki = 3, 1, 2
	for _, c := range []struct {
		reason, md, what string
		in               int
	}{
		{"what a comment hides inside a quote nobody can tell", "> <!-- a\n\nb", "HTML comment that does not end", both},
		{"nor inside a tag's block", "<div>\n<!-- a\n\nb -->\n</div>", "HTML comment that does not end", both},
		{"what follows a comment is HTML", "<!-- a --> b <kbd>c</kbd>", "raw HTML", both},
		{"a tag that is no mark", "a <kbd>x</kbd>", "raw HTML", both},
		{"an attribute may mean anything", `<span class="x">a</span> b`, "raw HTML", both},
		{"a footnote would become a link", "a[^1]\n\n[^1]: b", "footnote", both},
		{"a link that shows nothing", "[](http://x) a", "link without a text or a target", both},
		{"quotes do not nest", "> a\n>\n> > b", "quote inside a quote", both},
		{"an item is no section", "- # a", "heading inside a list item", both},
		{"a picture among words is a link in Jira, whose title is taken", "a [![b](https://c)](https://d \"e\") f", "image inside text, in a link with a title", onlyADF},
		{"a relative picture points nowhere", "![b](c.png)", "image without a web address", both},
		{"code takes no other marks", "**`a`**", "marks on code", onlyADF},
		{"# counts from one", "3. a", "list that does not start at 1", onlyWiki},
		{"an item is a line", "- a\n\n  b", "several paragraphs in a list item", onlyWiki},
		{"a panel has a plain title", "<details>\n<summary>a | b</summary>\n\nb\n\n</details>", "summary that the title of a panel cannot hold", onlyWiki},
		{"a panel ends where one inside does", "<details>\n<summary>a</summary>\n\n> [!NOTE]\n> b\n\n</details>", "alert inside a collapsible section", onlyWiki},
		{"the end of a macro inside it", "```go\n{code}\n```", "code that contains {code}", onlyWiki},
		{"a placeholder of another document", "[@a](#jira-0123456789)", "placeholder whose original is not in this document", both},
	} {
		for _, f := range formats() {
			losses := f.Damage("", c.md)
			has := slices.ContainsFunc(losses, func(l Loss) bool { return l.What == c.what })
			if want := c.in&int(f) != 0; has != want {
				t.Errorf("%s: format %d: %v, want %q %v", c.reason, f, losses, c.what, want)
			}
			var damage *DamageError
			if _, err := f.New(c.md); errors.As(err, &damage) != (len(losses) > 0) {
				t.Errorf("%s: format %d writes what is damaged: %v", c.reason, f, err)
			}
		}
	}
}

// TestNoDamage: respelling is none.
func TestNoDamage(t *testing.T) {
	for reason, md := range map[string]string{
		"a comment":                            "a\n\n<!-- x -->",
		"a comment inside text":                "a <!-- x\ny --> b",
		"text behind a comment":                "<!-- x --> *b*",
		"a comment that never ends":            "a\n\n<!-- x\n\ny",
		"a comment inside a quote":             "> a\n> <!-- x -->",
		"a setext heading":                     "a\n===",
		"reference links":                      "[a][b] [b]\n\n[b]: http://c",
		"indented code":                        "    a\n\n    b",
		"aligned columns":                      "|a|b|\n|:-|-:|\n|c|d|",
		"a loose list":                         "- a\n\n- b",
		"hard breaks of all kinds":             "a  \nb\\\nc<br>d",
		"tags that are marks":                  "<b>a</b> <i>b</i> <ins>c</ins> <sup>d</sup>",
		"a picture with a size":                `<img width="10" alt="a" src="https://b/c.png">`,
		"what only looks like a tag":           "List<String> of <your name> and </foo>",
		"pictures in text":                     "a ![b](https://c/d.png) e ![](https://f/g.png)\n[![h](https://i)](https://j)[![](https://k)](https://l)",
		"an alert":                             "> [!note]\n> a",
		"tasks":                                "- [ ] a\n- [X] b",
		"a mention typed":                      "@ann, see #1",
		"a footnote without a note":            "a[^1]",
		"everything that could be wiki markup": `*a _b -c +d ^e ~f {g} {{h}} [i] !j! |k| ??l?? h1. m bq. n # o :) (x) \\ p -- q --- {*}r{*} [~s] [t|http://u] &#42; {code}`,
		"wiki markup at the start of lines":    "h1. a\nbq. b\n\\# c\n\\* d\n| e\n---- f\n{quote}",
		"marks inside words":                   "a**b**c and *d*e and x~~y~~",
		"urls beside marks":                    "**http://a.b/c_d** (https://e.f/g), http://h.i.",
		"bare backslashes":                     `C:\dir\*x* \\ a\`,
	} {
		for _, f := range formats() {
			if l := f.Damage("", md); len(l) > 0 {
				t.Errorf("%s: format %d: %v", reason, f, l)
			}
			if checkMarkdown(t, f, md) {
				t.Errorf("%s: damaged", reason)
			}
		}
	}
}

// TestDamageOfEdits: a placeholder that was changed is reported, one that was
// deleted with its block is not, nor is what an untouched block holds.
func TestDamageOfEdits(t *testing.T) {
	raw := docOf(para(`{"type":"mention","attrs":{"id":"1","text":"@Ann"}},{"type":"text","text":" hi"}`) + `,{"type":"blockquote","content":[{"type":"heading","attrs":{"level":1},"content":[{"type":"text","text":"odd"}]}]},` + para(`{"type":"text","text":"end"}`))
	md, err := ADF.Read(raw)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ reason, from, to, what string }{
		{"the label was edited", "@Ann", "@Bob", "changed placeholder"},
		{"it was made bold", "[@Ann]", "**x** [**@Ann**]", "marks on a placeholder"},
		{"another block was edited", "end", "END", ""},
		{"its block was deleted", md[:strings.Index(md, "hi")+2], "gone", ""},
		{"the odd quote was edited", "odd", "even", "heading inside a quote"},
	} {
		losses := ADF.Damage(raw, strings.Replace(md, c.from, c.to, 1))
		if c.what == "" && len(losses) > 0 || c.what != "" && (len(losses) != 1 || losses[0].What != c.what) {
			t.Errorf("%s: %v, want %q", c.reason, losses, c.what)
		}
	}
}
