package markup

import (
	"os"
	"strings"
	"testing"
)

// BenchmarkNormalize is what the inner loop of the engine pays for a text.
func BenchmarkNormalize(b *testing.B) {
	kitchen, err := os.ReadFile("testdata/kitchen.md")
	if err != nil {
		b.Fatal(err)
	}
	normal := ADF.Normalize(string(kitchen))
	for name, md := range map[string]string{
		"sentence": "One plain sentence, as most comments are.",
		"kitchen":  string(kitchen), "kitchen in normal form": normal, "64 kB": strings.Repeat(normal, 65_536/len(normal)),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(md)))
			b.ReportAllocs()
			for b.Loop() {
				ADF.Normalize(md)
			}
		})
	}
}

func BenchmarkWriteOneParagraph(b *testing.B) {
	kitchen, err := os.ReadFile("testdata/kitchen.md")
	if err != nil {
		b.Fatal(err)
	}
	for name, f := range map[string]Format{"adf": ADF, "wiki": Wiki} {
		md := string(kitchen)
		raw, err := f.New(md)
		if err != nil {
			b.Fatal(err)
		}
		changed := strings.Replace(md, "Plain text", "Changed text", 1)
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := f.Write(raw, changed); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkKeepOneParagraph is what one edit made outside costs.
func BenchmarkKeepOneParagraph(b *testing.B) {
	kitchen, err := os.ReadFile("testdata/kitchen.md")
	if err != nil {
		b.Fatal(err)
	}
	for name, ours := range map[string]string{"kitchen": string(kitchen), "64 kB": strings.Repeat(string(kitchen)+"\n", 65_536/len(kitchen))} {
		theirs := strings.Replace(ADF.Normalize(ours), "Plain text", "Changed text", 1)
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(ours)))
			for b.Loop() {
				ADF.Keep(ours, theirs)
			}
		})
	}
}
