package github

import (
	"cmp"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/extsync/extsync/external"
)

// position is where a page begins: at a time, or behind GitHub's position within
// the second of that time.
type position struct {
	since time.Time
	own   url.Values // of GitHub's next link: after, page
	size  int        // zero: a full page
	// newestFirst is no part of a walk, see frontVersion.
	newestFirst bool
	// began is when the walk's first page was read, by GitHub's clock; zero: nobody knows.
	began time.Time
	// edge is the last entry of the numbered page before this one, and again how often the second
	// was begun again because that page had shifted, see shifted.
	edge  string
	again int
}

// maxAgain is how often a second is begun again: where people keep changing what is stamped with
// it, or GitHub's order within it is not stable, the walk must end all the same.
const maxAgain = 3

// following returns the position of the next page, and whether there is one.
func (p position) following(got listing) (position, bool) {
	switch {
	case got.next == nil:
		return position{}, false
	case got.last.After(p.since):
		return position{since: got.last, began: p.began}, true
	}
	return position{since: p.since, own: got.next, began: p.began, edge: got.edge, again: p.again}, true
}

// before returns the numbered page before this one; false where there is none, or GitHub's own
// position is no number.
func (p position) before() (position, bool) {
	n, err := strconv.Atoi(p.own.Get("page"))
	if err != nil || n < 2 || p.own.Has("after") {
		return position{}, false
	}
	return position{since: p.since, own: url.Values{"page": {strconv.Itoa(n - 1)}}}, true
}

// query is the request's query after the filters. since is inclusive and in whole
// seconds of UTC.
func (p position) query() string {
	q := url.Values{
		"sort": {"updated"}, "direction": {"asc"}, "per_page": {strconv.Itoa(cmp.Or(p.size, pageSize))},
	}
	if p.newestFirst {
		q.Set("direction", "desc")
	}
	if !p.since.IsZero() {
		q.Set("since", p.since.UTC().Truncate(time.Second).Format(time.RFC3339))
	}
	for name, values := range p.own {
		q[name] = values
	}
	return q.Encode()
}

// String is the page token.
func (p position) String() string {
	q := url.Values{"since": {strconv.FormatInt(p.since.Unix(), 10)}}
	if !p.began.IsZero() {
		q.Set("began", strconv.FormatInt(p.began.Unix(), 10))
	}
	if p.edge != "" {
		q.Set("edge", p.edge)
	}
	if p.again > 0 {
		q.Set("again", strconv.Itoa(p.again))
	}
	for name, values := range p.own {
		q[name] = values
	}
	return q.Encode()
}

func parsePosition(token string, lo time.Time) (position, error) {
	if token == "" {
		return position{since: lo}, nil
	}
	q, err := url.ParseQuery(token)
	seconds, err2 := strconv.ParseInt(q.Get("since"), 10, 64)
	if err != nil || err2 != nil {
		return position{}, fail(external.Invalid, "list changes", "the page token is not one of ours; start the walk again", nil)
	}
	p := position{since: time.Unix(seconds, 0).UTC(), edge: q.Get("edge")}
	p.again, _ = strconv.Atoi(q.Get("again"))                               // none: zero
	if began, err := strconv.ParseInt(q.Get("began"), 10, 64); err == nil { // else the walk ends without a version
		p.began = time.Unix(began, 0).UTC()
	}
	if own := positionOf(q); len(own) > 0 {
		p.own = own
	}
	return p, nil
}

// positionOf keeps what says where a page begins.
func positionOf(q url.Values) url.Values {
	out := url.Values{}
	for _, name := range []string{"after", "page"} {
		if v := q.Get(name); v != "" {
			out.Set(name, v)
		}
	}
	return out
}

// nextLink returns the position in a Link header's rel="next", or nil when there is
// no next page.
func nextLink(header string) url.Values {
	for link := range strings.SplitSeq(header, ",") {
		target, attributes, _ := strings.Cut(link, ";")
		if !strings.Contains(attributes, `rel="next"`) {
			continue
		}
		u, err := url.Parse(strings.Trim(strings.TrimSpace(target), "<>"))
		if err == nil {
			return positionOf(u.Query())
		}
	}
	return nil
}

// nextPage returns the page number after this one, or zero.
func nextPage(header string, page int) int {
	next, err := strconv.Atoi(nextLink(header).Get("page"))
	if err != nil || next <= page {
		return 0 // lists of people, labels and milestones are paged by number
	}
	return next
}
