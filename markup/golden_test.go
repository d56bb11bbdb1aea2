package markup

import (
	"flag"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestKitchenSink writes one document that holds everything, in both formats, and
// reads it back.
func TestKitchenSink(t *testing.T) {
	raw, err := os.ReadFile("testdata/kitchen.md")
	if err != nil {
		t.Fatal(err)
	}
	for f, ext := range map[Format]string{ADF: "json", Wiki: "wiki"} {
		md := string(raw)
		written, err := f.New(md)
		if err != nil {
			t.Fatal(err)
		}
		read, err := f.Read(written)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, "testdata/kitchen."+ext, written)
		golden(t, "testdata/kitchen."+ext+".md", read)
		checkMarkdown(t, f, md)
	}
}

// TestForeignSink reads what others wrote, with all that Markdown has no word for.
func TestForeignSink(t *testing.T) {
	for f, name := range map[Format]string{ADF: "testdata/foreign.json", Wiki: "testdata/foreign.wiki"} {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		read, err := f.Read(string(raw))
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name+".md", read)
		checkRaw(t, f, string(raw))
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(got+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got+"\n" != string(want) {
		t.Errorf("%s differs; look at it and run the test with -update\n got %s", name, got)
	}
}
