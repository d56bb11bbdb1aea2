package webhook

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/extsync/extsync/external"
)

// address is the template of a URL, taken apart.
type address struct {
	path  string   // where in the settings it stands
	parts []string // literal, placeholder, literal, placeholder ... literal
}

// parseAddress takes a template apart. may lists the placeholders that it can have.
func parseAddress(path, template string, may []string) (*address, error) {
	a := &address{path: path}
	for rest := template; ; {
		before, after, found := strings.Cut(rest, "{")
		a.parts = append(a.parts, before)
		if !found {
			break
		}
		placeholder, behind, closed := strings.Cut(after, "}")
		if !closed || !slices.Contains(may, placeholder) {
			return nil, fmt.Errorf("{%s} has no meaning here; there is {%s}", placeholder, strings.Join(may, "}, {"))
		}
		a.parts, rest = append(a.parts, placeholder), behind
	}
	return a, a.check(template)
}

// check wants an address whose host nothing can change.
func (a *address) check(template string) error {
	if strings.ContainsAny(template, "#\\ \t\r\n") {
		return fmt.Errorf("the address holds a character that it may not: one of # \\ or a space")
	}
	if strings.HasPrefix(template, "/") && !strings.HasPrefix(template, "//") {
		return nil
	}
	u, err := url.Parse(a.parts[0])
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
		return fmt.Errorf("want an address such as https://desk.example/api or /api, without a user")
	}
	if len(a.parts) > 1 && u.Path == "" && u.RawQuery == "" {
		return fmt.Errorf("the host is followed by no slash, so that a value could change it")
	}
	return nil
}

// has reports whether the template has one of the placeholders.
func (a *address) has(names ...string) bool {
	for n := 1; n < len(a.parts); n += 2 {
		if slices.Contains(names, a.parts[n]) {
			return true
		}
	}
	return false
}

// relative reports whether the address continues another one.
func (a *address) relative() bool { return strings.HasPrefix(a.parts[0], "/") }

// host is the host of an absolute address with its port, and its scheme.
func (a *address) host() (host, scheme string) {
	u, err := url.Parse(a.parts[0])
	if err != nil {
		return "", "" // unreachable: check has parsed it
	}
	return u.Host, u.Scheme
}

// fill puts values in. A value of a path stands for one segment of it, and never for
// none.
func (a *address) fill(base string, values map[string]string) (string, error) {
	var b strings.Builder
	if a.relative() {
		b.WriteString(base)
	}
	query := false
	for n, part := range a.parts {
		if n%2 == 0 {
			b.WriteString(part)
			query = query || strings.Contains(part, "?")
			continue
		}
		value := values[part]
		switch {
		case query:
			b.WriteString(url.QueryEscape(value))
		case value == "" || value == "." || value == "..":
			return "", fail(external.Invalid, "make the address "+a.path,
				"the item has no "+part+" that can stand in an address; check the programs id and key of the settings", nil)
		default:
			b.WriteString(url.PathEscape(value))
		}
	}
	return b.String(), nil
}
