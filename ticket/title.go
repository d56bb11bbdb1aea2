package ticket

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode"
)

// PlainTitle returns a title as people compare two of them: in lower case, with single
// spaces, without the key of an issue before it ("[ABC-12] ", "#7: ") and without
// punctuation at its end. It is idempotent. A title that is nothing but a key stays one.
func PlainTitle(title string) string {
	words := strings.Fields(strings.ToLower(title))
	for len(words) > 1 && isKey(words[0]) {
		words = words[1:]
		if words[0] == "-" || words[0] == ":" {
			words = words[1:]
		}
	}
	return strings.TrimRightFunc(strings.Join(words, " "), func(r rune) bool {
		return unicode.IsSpace(r) || strings.ContainsRune(".,:;!?-", r)
	})
}

// isKey reports whether a word in lower case is what trackers call their issues by:
// "abc-12", "#12", also in brackets or before a colon.
func isKey(word string) bool {
	word = strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(word, "["), ":"), "]")
	project, number, dash := strings.Cut(word, "-")
	if !dash {
		project, number, dash = strings.Cut(word, "#")
		dash = dash && project == ""
	} else if project == "" || strings.ContainsFunc(project, notIn("abcdefghijklmnopqrstuvwxyz0123456789_")) || project[0] < 'a' {
		return false
	}
	return dash && number != "" && !strings.ContainsFunc(number, notIn("0123456789"))
}

func notIn(set string) func(rune) bool {
	return func(r rune) bool { return !strings.ContainsRune(set, r) }
}

// TitleKey identifies what two titles have in common that read alike, see PlainTitle: 32
// characters, or none for a title that says nothing.
func TitleKey(title string) string {
	plain := PlainTitle(title)
	if plain == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(plain))
	return hex.EncodeToString(sum[:16])
}
