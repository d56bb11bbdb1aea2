package markup

import (
	"strings"
	"testing"
)

func docOf(content string) string { return `{"type":"doc","version":1,"content":[` + content + `]}` }

func para(inside string) string { return `{"type":"paragraph","content":[` + inside + `]}` }

// shows compares what was read with what was wanted, which may end where the digest
// of a placeholder begins.
func shows(got, want string) bool {
	if !strings.HasSuffix(want, placeholder) {
		return got == want
	}
	return strings.HasPrefix(got, want) && len(got) == len(want)+digestLen+len(")")
}

// TestADFReads shows each node and mark as a reader sees it.
func TestADFReads(t *testing.T) {
	for _, c := range []struct{ reason, content, want string }{
		{"marks", para(`{"type":"text","text":"a","marks":[{"type":"strong"},{"type":"em"}]},{"type":"text","text":" b","marks":[{"type":"code"}]}`), "***a***` b`"},
		{"a mark that cannot be spelled with stars is a tag", para(`{"type":"text","text":"a"},{"type":"text","text":":b","marks":[{"type":"strong"}]},{"type":"text","text":"c"}`), "a<strong>:b</strong>c"},
		{"white space moves out of a mark", para(`{"type":"text","text":"a ","marks":[{"type":"strong"}]},{"type":"text","text":"b"}`), "**a** b"},
		{"plain text with stars is escaped", para(`{"type":"text","text":"*a* 2 * 3 snake_case [x] <b>"}`), `\*a\* 2 * 3 snake_case \[x\] \<b>`},
		{"a hard break is a line", para(`{"type":"text","text":"a"},{"type":"hardBreak"},{"type":"text","text":"- b"}`), "a\n\\- b"},
		{"two breaks", para(`{"type":"text","text":"a"},{"type":"hardBreak"},{"type":"hardBreak"},{"type":"text","text":"b"}`), "a<br>\nb"},
		{"underline and subscript", para(`{"type":"text","text":"u","marks":[{"type":"underline"}]},{"type":"text","text":"2","marks":[{"type":"subsup","attrs":{"type":"sub"}}]}`), "<u>u</u><sub>2</sub>"},
		{"a mention shows a name and no account id", para(`{"type":"mention","attrs":{"id":"5b10ac8d82e05b22cc7d4ef5","text":"@Ann Lee"}}`), "[@Ann Lee](#jira-"},
		{"a status", para(`{"type":"status","attrs":{"text":"In progress","color":"blue"}}`), "[In progress](#jira-"},
		{"a date is the day in UTC", para(`{"type":"date","attrs":{"timestamp":"1732492800000"}}`), "[2024-11-25](#jira-"},
		{"an emoji is its character", para(`{"type":"emoji","attrs":{"shortName":":smile:","text":"😄"}}`), "😄"},
		{"an emoji of the site is its name", para(`{"type":"emoji","attrs":{"shortName":":parrot:"}}`), ":parrot:"},
		{"a smart link is a link", para(`{"type":"inlineCard","attrs":{"url":"https://x.org/a"}}`), "https://x.org/a"},
		{"coloured text stays text that can be edited", para(`{"type":"text","text":"red","marks":[{"type":"textColor","attrs":{"color":"#ff0000"}}]}`), "[red](#jira-"},
		{"an inline node nobody knows", para(`{"type":"futureThing"}`), "[Jira futureThing](#jira-"},
		{"a panel is an alert", `{"type":"panel","attrs":{"panelType":"warning"},"content":[` + para(`{"type":"text","text":"x"}`) + `]}`, "> [!WARNING]\n> x"},
		{"an expand is details", `{"type":"expand","attrs":{"title":"T<"},"content":[` + para(`{"type":"text","text":"x"}`) + `]}`, "<details>\n<summary>T&lt;</summary>\n\nx\n\n</details>"},
		{"an attachment", `{"type":"mediaSingle","content":[{"type":"media","attrs":{"type":"file","id":"1","alt":"a.png"}}]}`, "[Jira attachment: a.png](#jira-"},
		{"an external image", `{"type":"mediaSingle","content":[{"type":"media","attrs":{"type":"external","url":"https://x/a.png","alt":"A"}}]}`, "![A](https://x/a.png)"},
		{"an extension", `{"type":"extension","attrs":{"extensionType":"t","extensionKey":"toc"}}`, "[Jira extension toc](#jira-"},
		{"a layout shows the beginning of its text", `{"type":"layoutSection","content":[{"type":"layoutColumn","content":[` + para(`{"type":"text","text":"left"}`) + `]}]}`, "[Jira layoutSection: left](#jira-"},
		{"a decision list", `{"type":"decisionList","content":[{"type":"decisionItem","content":[{"type":"text","text":"yes"}]}]}`, "[Jira decisionList: yes](#jira-"},
		{"a task list", `{"type":"taskList","content":[{"type":"taskItem","attrs":{"state":"DONE"},"content":[{"type":"text","text":"a"}]},{"type":"taskItem","attrs":{"state":"TODO"},"content":[{"type":"text","text":"b"}]}]}`, "- [x] a\n- [ ] b"},
		{"a table with a list in a cell", `{"type":"table","content":[{"type":"tableRow","content":[{"type":"tableCell","content":[{"type":"bulletList","content":[{"type":"listItem","content":[` + para(`{"type":"text","text":"x"}`) + `]}]}]}]}]}`, "[Jira table: x](#jira-"},
		{"merged cells", `{"type":"table","content":[{"type":"tableRow","content":[{"type":"tableCell","attrs":{"colspan":2},"content":[` + para("") + `]}]}]}`, "[Jira table](#jira-"},
		{"a table without a header", `{"type":"table","content":[{"type":"tableRow","content":[{"type":"tableCell","content":[` + para(`{"type":"text","text":"a|b"}`) + `]}]}]}`, "| |\n| --- |\n| a\\|b |"},
		{"an empty paragraph shows nothing", para("") + "," + para(`{"type":"text","text":"x"}`) + "," + para(""), "x"},
		{"lists that follow each other stay apart", `{"type":"bulletList","content":[{"type":"listItem","content":[` + para(`{"type":"text","text":"a"}`) + `]}]},{"type":"bulletList","content":[{"type":"listItem","content":[` + para(`{"type":"text","text":"b"}`) + `]}]}`, "- a\n\n+ b"},
		{"code with a fence inside", `{"type":"codeBlock","attrs":{"language":"md"},"content":[{"type":"text","text":"` + "```\\nx\\n```" + `"}]}`, "````md\n```\nx\n```\n````"},
	} {
		got, err := ADF.Read(docOf(c.content))
		if err != nil || !shows(got, c.want) {
			t.Errorf("%s: %v\nread %q\nwant %q", c.reason, err, got, c.want)
		}
		if strings.Contains(got, "5b10ac8d") {
			t.Errorf("%s: an account id shows: %q", c.reason, got)
		}
		checkRaw(t, ADF, docOf(c.content))
	}
}

// TestADFImages: text of ADF holds no image, so a link says that it is one.
func TestADFImages(t *testing.T) {
	link := func(label, href, title string) string {
		return `{"type":"text","text":"` + label + `","marks":[{"type":"link","attrs":{"href":"` + href + `","title":"` + title + `"}}]}`
	}
	for _, c := range []struct{ reason, md, want string }{
		{"among words", "a ![b](https://c)", para(`{"type":"text","text":"a "},` + link("b", "https://c", "Image in this text"))},
		{"without a text", "a ![](https://c)", para(`{"type":"text","text":"a "},` + link("image", "https://c", "Image in this text without text"))},
		{"as a link", "a [![b](https://c)](https://d)", para(`{"type":"text","text":"a "},` + link("b", "https://d", "Image in this text https://c"))},
	} {
		got, err := ADF.New(c.md)
		if err != nil || got != docOf(c.want) {
			t.Errorf("%s: %v\n got %s\nwant %s", c.reason, err, got, docOf(c.want))
		}
		checkMarkdown(t, ADF, c.md)
	}
}

// TestADFPuts changes one thing and looks at what else changes: nothing.
func TestADFPuts(t *testing.T) {
	const mention = `{ "type" : "mention", "attrs": {"id":"5b10","text":"@Ann", "localId":"77"} }`
	const spaced = `{"version" : 1, "type":"doc", "content":[ %s ,` + "\n  %s ] }"
	for _, c := range []struct{ reason, raw, from, to, want string }{
		{"a paragraph beside one with odd spacing", strings.Replace(strings.Replace(spaced, "%s", para(`{"type":"text","text":"one"}`), 1), "%s", `{"content" : [ `+mention+` ],"type":"paragraph"}`, 1), "one", "two",
			strings.Replace(strings.Replace(spaced, "%s", para(`{"type":"text","text":"two"}`), 1), "%s", `{"content" : [ `+mention+` ],"type":"paragraph"}`, 1)},
		{"the text around a mention", docOf(para(`{"type":"text","text":"hi "},` + mention)), "hi", "bye", docOf(para(`{"type":"text","text":"bye "},` + mention))},
		{"an emoji stays a node", docOf(para(`{"type":"emoji","attrs":{"shortName":":s:","text":"😄"}},{"type":"text","text":" a"}`)), " a", " b", docOf(para(`{"type":"emoji","attrs":{"shortName":":s:","text":"😄"}},{"type":"text","text":" b"}`))},
		{"a smart link stays one", docOf(para(`{"type":"text","text":"see "},{"type":"inlineCard","attrs":{"url":"https://x.org"}}`)), "see", "read", docOf(para(`{"type":"text","text":"read "},{"type":"inlineCard","attrs":{"url":"https://x.org"}}`))},
		{"coloured text keeps its colour", docOf(para(`{"type":"text","text":"red","marks":[{"type":"textColor","attrs":{"color":"#f00"}}]}`)), "red", "redder", docOf(para(`{"type":"text","text":"redder","marks":[{"type":"textColor","attrs":{"color":"#f00"}}]}`))},
		{"a centred paragraph stays centred", docOf(`{"type":"paragraph","marks":[{"type":"alignment","attrs":{"align":"center"}}],"content":[{"type":"text","text":"a"}]}`), "a", "b", docOf(`{"type":"paragraph","marks":[{"type":"alignment","attrs":{"align":"center"}}],"content":[{"type":"text","text":"b"}]}`)},
		{"one item of a list", docOf(`{"type":"bulletList","content":[{"type":"listItem","attrs":{"localId":"1"},"content":[` + para(`{"type":"text","text":"one"}`) + `]}, {"type":"listItem","attrs":{"localId":"2"},"content":[` + para(`{"type":"text","text":"two"}`) + `]}]}`), "two", "three",
			docOf(`{"type":"bulletList","content":[{"type":"listItem","attrs":{"localId":"1"},"content":[` + para(`{"type":"text","text":"one"}`) + `]}, {"type":"listItem","attrs":{"localId":"2"},"content":[` + para(`{"type":"text","text":"three"}`) + `]}]}`)},
		{"a coloured cell keeps its colour, a header column its headers", docOf(`{"type":"table","attrs":{"width":760},"content":[{"type":"tableRow","content":[{"type":"tableHeader","attrs":{},"content":[` + para(`{"type":"text","text":"h"}`) + `]},{"type":"tableCell","attrs":{"background":"#eee"},"content":[` + para(`{"type":"text","text":"one"}`) + `]}]}]}`), "one", "two",
			docOf(`{"type":"table","attrs":{"width":760},"content":[{"type":"tableRow","content":[{"type":"tableHeader","attrs":{},"content":[` + para(`{"type":"text","text":"h"}`) + `]},{"type":"tableCell","attrs":{"background":"#eee"},"content":[` + para(`{"type":"text","text":"two"}`) + `]}]}]}`)},
		{"a custom panel stays custom", docOf(`{"type":"panel","attrs":{"panelType":"custom","panelColor":"#fff"},"content":[` + para(`{"type":"text","text":"one"}`) + `]}`), "one", "two", docOf(`{"type":"panel","attrs":{"panelType":"custom","panelColor":"#fff"},"content":[` + para(`{"type":"text","text":"two"}`) + `]}`)},
		{"a task is ticked", docOf(`{"type":"taskList","attrs":{"localId":"l"},"content":[{"type":"taskItem","attrs":{"localId":"i","state":"TODO"},"content":[{"type":"text","text":"a"}]}]}`), "[ ]", "[x]", docOf(`{"type":"taskList","attrs":{"localId":"l"},"content":[{"type":"taskItem","attrs":{"localId":"i","state":"DONE"},"content":[{"type":"text","text":"a"}]}]}`)},
		{"empty paragraphs stay", docOf(para("") + "," + para(`{"type":"text","text":"a"}`) + "," + para("")), "a", "b", docOf(para("") + "," + para(`{"type":"text","text":"b"}`) + "," + para(""))},
		{"a paragraph before a layout", docOf(para(`{"type":"text","text":"a"}`) + `,{"type":"layoutSection","content":[]}`), "a", "b", docOf(para(`{"type":"text","text":"b"}`) + `,{"type":"layoutSection","content":[]}`)},
	} {
		md, err := ADF.Read(c.raw)
		if err != nil {
			t.Fatalf("%s: %v", c.reason, err)
		}
		changed := strings.Replace(md, c.from, c.to, 1)
		if changed == md {
			t.Fatalf("%s: nothing to change in %q", c.reason, md)
		}
		got, err := ADF.Write(c.raw, changed)
		if err != nil || got != c.want {
			t.Errorf("%s: %v\n got %s\nwant %s", c.reason, err, got, c.want)
		}
		checkPut(t, ADF, c.raw, changed)
	}
}

// TestRespelledIsNotWritten: a spelling that says the same changes nothing.
func TestRespelledIsNotWritten(t *testing.T) {
	raw := docOf(`{"type": "heading","attrs":{"level":1},"content":[{"type":"text","text":"T"}]},` + para(`{"type":"text","text":"x","marks":[{"type":"em"}]}`) + `,{"type":"bulletList","content":[{"type":"listItem","content":[` + para(`{"type":"text","text":"i"}`) + `]}]}`)
	for reason, md := range map[string]string{
		"setext, underscores, stars and CRLF": "T\r\n=\r\n\r\n_x_\r\n\r\n*   i\r\n",
		"closing hashes and blank lines":      "# T #\n\n\n\n*x*\n\n+ i\n\n\n",
		"entities":                            "# &#84;\n\n*&#120;*\n\n- i",
	} {
		if got, err := ADF.Write(raw, md); err != nil || got != raw {
			t.Errorf("%s: %v %s", reason, err, got)
		}
	}
}
