package api

import (
	"bytes"
	"fmt"
	"strconv"
	"unicode/utf16"
)

// unspeakable says what JSON spells with an escape that no text here can hold: a NUL character, or
// half of a character, for which the decoder would put a replacement in silence. Empty: nothing.
// What is no JSON is for the decoder to refuse.
func unspeakable(b []byte) string {
	for {
		at := bytes.IndexByte(b, '\\')
		if at < 0 {
			return ""
		}
		b = b[at:]
		r, ok := escaped(b)
		switch {
		case !ok:
			b = b[min(2, len(b)):]
			continue
		case r == 0:
			return `the body holds a NUL character (\u0000), which no text may hold`
		case !utf16.IsSurrogate(r):
			b = b[len(`\u0000`):]
			continue
		}
		second, ok := escaped(b[len(`\u0000`):])
		if !ok || utf16.DecodeRune(r, second) == '\uFFFD' {
			return fmt.Sprintf("the body holds half of a character (%s), which no text may hold: it was cut in the middle", b[:len(`\u0000`)])
		}
		b = b[2*len(`\u0000`):]
	}
}

// escaped reads what an escape such as \u00e9 at the beginning of b spells.
func escaped(b []byte) (rune, bool) {
	if len(b) < len(`\u0000`) || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(b[2:len(`\u0000`)]), 16, 16)
	return rune(n), err == nil
}
