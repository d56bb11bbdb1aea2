package github

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/extsync/extsync/simulator/github/model"
)

// paging is what a list call asks for.
type paging struct {
	page, size int
}

// paging reads page and per_page as GitHub does: sizes beyond 100 count as 100, nonsense as the default.
func (c *call) paging() paging {
	p := paging{page: 1, size: 30}
	if n, err := strconv.Atoi(c.query.Get("page")); err == nil && n > 1 {
		p.page = n
	}
	if n, err := strconv.Atoi(c.query.Get("per_page")); err == nil && n > 0 {
		p.size = min(n, 100)
	}
	return p
}

// cut returns the bounds of the page in a list of n items.
func (p paging) cut(n int) (from, to int) {
	from = min((p.page-1)*p.size, n)
	return from, min(from+p.size, n)
}

// numbered makes the Link header of a list that is paged by number.
func (c *call) numbered(p paging, total int) http.Header {
	last := (total + p.size - 1) / p.size
	var links []string
	link := func(page int, rel string) {
		links = append(links, c.link(url.Values{"page": {strconv.Itoa(page)}}, rel))
	}
	if p.page > 1 {
		link(min(p.page-1, max(last, 1)), "prev")
	}
	if p.page < last {
		link(p.page+1, "next")
		link(last, "last")
	}
	if p.page > 1 {
		link(1, "first")
	}
	return linkHeader(links)
}

func linkHeader(links []string) http.Header {
	if len(links) == 0 {
		return nil
	}
	return http.Header{"Link": {strings.Join(links, ", ")}}
}

// link is one entry of a Link header: this call's address in its by-id form, with the position replaced.
func (c *call) link(position url.Values, rel string) string {
	q := url.Values{}
	for k, v := range c.query {
		if k != "page" && k != "after" && k != "before" {
			q[k] = v
		}
	}
	for k, v := range position {
		q[k] = v
	}
	path := strings.SplitN(c.tail(), "?", 2)[0]
	return fmt.Sprintf(`<%s%s?%s>; rel="%s"`, c.view.repoByID(c.repo), path, q.Encode(), rel)
}

// numberedList cuts a page out of a whole list and renders it.
func numberedList[T, J any](c *call, all []T, render func(T) J) (reply, error) {
	p := c.paging()
	from, to := p.cut(len(all))
	return reply{status: http.StatusOK, header: c.numbered(p, len(all)), body: renderAll(all[from:to], render)}, nil
}

func renderAll[T, J any](items []T, render func(T) J) []J {
	out := make([]J, 0, len(items))
	for _, i := range items {
		out = append(out, render(i))
	}
	return out
}

// issuePage cuts a page out of the issue list. Small lists are paged by number. Beyond the cap GitHub refuses page numbers, and
// its next links carry a cursor instead: the place of the last item, so that changes elsewhere do not shift it.
func (c *call) issuePage(q model.IssueQuery) (reply, error) {
	all, p, limit := c.repo.Issues(q), c.paging(), c.sim.opts.PageCap
	cursor := c.query.Get("after")
	switch {
	case cursor != "":
		key, number, err := parseCursor(cursor)
		if err != nil {
			return reply{}, err
		}
		all, p.page = q.After(all, key, number), 1
	case limit >= 0 && p.page > 1 && p.page*p.size > limit:
		return reply{}, &model.Error{Status: http.StatusUnprocessableEntity, Message: "Pagination with the page parameter is not " +
			"supported for large datasets, please use cursor based pagination (after/before)"}
	case limit < 0 || len(all) <= limit:
		return numberedList(c, all, c.view.issue)
	}
	from, to := p.cut(len(all))
	var links []string
	if to < len(all) {
		key, number := q.Key(all[to-1])
		links = append(links, c.link(url.Values{"after": {makeCursor(key, number)}}, "next"))
	}
	return reply{status: http.StatusOK, header: linkHeader(links), body: renderAll(all[from:to], c.view.issue)}, nil
}

func makeCursor(key, number int64) string {
	return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "cursor:v2:%d:%d", key, number))
}

func parseCursor(s string) (key, number int64, err error) {
	b, err := base64.StdEncoding.DecodeString(s)
	if err == nil {
		_, err = fmt.Sscanf(string(b), "cursor:v2:%d:%d", &key, &number)
	}
	if err != nil {
		return 0, 0, &model.Error{Status: http.StatusUnprocessableEntity, Message: "Invalid cursor"}
	}
	return key, number, nil
}

// since reads the since parameter; fractions of a second do not count.
func (c *call) since() (time.Time, error) {
	s := c.query.Get("since")
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return t, &model.Error{Status: http.StatusUnprocessableEntity, Message: "Validation Failed",
			Details: []model.Detail{{Resource: "Issue", Field: "since", Code: "invalid", Value: s}}}
	}
	return t.UTC().Truncate(time.Second), nil
}
