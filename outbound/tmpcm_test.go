package outbound

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"
)

func TestTmpCM(t *testing.T) {
	pre := []string{"- item\n", "> quote\n", "1. one\n", "- item\n\n", "> quote\n\n", "para\n", "", "- a\n  - b\n", "- item\n  more\n", "> > q\n", "- > q\n", "# h\n", "-\n", ">\n", "- ```\n", "|a|\n|-|\n|b|\n"}
	mid := []string{"<b>\n", "</b>\n", "<b>\n<b>\n", " <b>\n", "  <b>\n", "<b>\nx\n", "- <b>\n", "> <b>\n", "<b>\n\n", "<a href=x>\n", "<?x\n", "<!--\n", "<!X\n", "<div>\n", "<pre>\n", "<![CDATA[\n"}
	post := []string{"```\n@ann\n```\n", "\n```\n@ann\n```\n", "  ```\n  @ann\n  ```\n", "~~~\n@ann\n", "> ```\n> @ann\n", "`@ann`\n","x `a\n@ann` y\n", "```\n\n@ann\n```\n", "- ```\n  @ann\n"}
	n := 0
	for _, a := range pre {
		for _, b := range mid {
			for _, c := range post {
				md := a + b + c
				at := strings.Index(md, "@ann")
				ours := false
				for _, p := range codeIn(md) {
					if p.from <= at && at < p.to {
						ours = true
					}
				}
				cmd := exec.Command("cmark-gfm", "-e", "table", "-e", "autolink", "--unsafe", "-t", "xml")
				cmd.Stdin = strings.NewReader(md)
				out, _ := cmd.Output()
				theirs := false
				for _, l := range strings.Split(string(out), "<") {
					if strings.Contains(l, "@ann") && (strings.HasPrefix(l, "code")) {
						theirs = true
					}
				}
				if ours && !theirs {
					n++
					fmt.Printf("ALIVE %q\n", md)
				}
			}
		}
	}
	fmt.Println(n)
}
