package markup

import "testing"

func TestKeep(t *testing.T) {
	for _, c := range []struct{ reason, ours, theirs, want string }{
		{"the paragraph that changed alone", "# H\r\ntext *a* __b__\r\n\r\n* x\r\n* y\r\n\r\n\r\nSee [r]\r\n***\r\nend\r\n\r\n[r]: http://x\r\n", "# H\n\ntext *a* **b**\n\n- x\n- y\n\nSee [r](http://x)\n\n---\n\nnew end",
			"# H\r\ntext *a* __b__\r\n\r\n* x\r\n* y\r\n\r\n\r\nSee [r]\r\n***\r\nnew end\r\n\r\n[r]: http://x\r\n"},
		{"a paragraph more", "a_\n===\n\n\nb\n", "# a\\_\n\nnew\n\nb", "a_\n===\n\n\nnew\n\n\nb\n"},
		{"a paragraph less", "__a__\n\nb\n\n* c\n", "**a**\n\n- c", "__a__\n\n* c\n"},
	} {
		if got := ADF.Keep(c.ours, c.theirs); got != c.want {
			t.Errorf("%s:\n got %q\nwant %q", c.reason, got, c.want)
		}
		checkKeep(t, c.ours, c.theirs)
	}
}

// checkKeep checks the laws of Keep.
func checkKeep(t interface {
	Helper()
	Errorf(string, ...any)
}, ours, theirs string) {
	t.Helper()
	got := ADF.Keep(ours, theirs)
	if n, want := ADF.Normalize(got), ADF.Normalize(theirs); n != want {
		t.Errorf("Keep says something else\n  ours %q\ntheirs %q\n   got %q\n reads %q\n  want %q", ours, theirs, got, n, want)
	}
	if ADF.Normalize(ours) == ADF.Normalize(theirs) && got != ours {
		t.Errorf("Keep respells what did not change\n  ours %q\ntheirs %q\n   got %q", ours, theirs, got)
	}
}
