package jql

import (
	"fmt"
	"strings"
)

type kind int

const (
	end kind = iota
	word
	quoted
	symbol // operators, parentheses, comma
)

type token struct {
	kind kind
	text string
	at   int // offset in characters, from 1
}

func (t token) is(keyword string) bool { return t.kind == word && strings.EqualFold(t.text, keyword) }

const special = "()=!~<>,\"' \t\r\n"

// lex splits a query. The error is in Jira's words.
func lex(s string) ([]token, error) {
	var out []token
	runes := []rune(s)
	for k := 0; k < len(runes); {
		r := runes[k]
		switch {
		case strings.ContainsRune(" \t\r\n", r):
			k++
		case r == '"' || r == '\'':
			text, next, closed := unquote(runes, k)
			if !closed {
				return nil, fmt.Errorf("Error in the JQL Query: The quoted string '%s' has not been completed. (line 1, character %d)", string(runes[k+1:]), k+1) //nolint:staticcheck // Jira's words
			}
			out = append(out, token{quoted, text, k + 1})
			k = next
		case strings.ContainsRune("(),", r):
			out = append(out, token{symbol, string(r), k + 1})
			k++
		case strings.ContainsRune("=!~<>", r):
			op := string(r)
			if k+1 < len(runes) && strings.ContainsRune("=~", runes[k+1]) && r != '=' && r != '~' {
				op += string(runes[k+1])
			}
			out = append(out, token{symbol, op, k + 1})
			k += len(op)
		default:
			start := k
			for k < len(runes) && !strings.ContainsRune(special, runes[k]) {
				k++
			}
			out = append(out, token{word, string(runes[start:k]), start + 1})
		}
	}
	return append(out, token{end, "", len(runes) + 1}), nil
}

// unquote reads a quoted string with backslash escapes.
func unquote(runes []rune, k int) (text string, next int, closed bool) {
	q := runes[k]
	var b strings.Builder
	for k++; k < len(runes); k++ {
		switch {
		case runes[k] == '\\' && k+1 < len(runes):
			k++
			b.WriteRune(runes[k])
		case runes[k] == q:
			return b.String(), k + 1, true
		default:
			b.WriteRune(runes[k])
		}
	}
	return "", k, false
}
