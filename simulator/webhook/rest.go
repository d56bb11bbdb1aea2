package webhook

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"time"

	"github.com/extsync/extsync/simulator/stage"
	"github.com/extsync/extsync/simulator/webhook/model"
)

func (c *call) getAccount() stage.Answer {
	missing := []string{}
	if c.account.ReadOnly {
		missing = append(missing, "tickets:write")
	}
	return jsonReply(http.StatusOK, map[string]any{"login": c.account.Login, "missing": missing})
}

// list answers a page, or 304 to whoever has it already.
func (c *call) list() stage.Answer {
	q := c.request.URL.Query()
	since, err := parseSince(q.Get("since"))
	if err != nil {
		return refused(err)
	}
	limit := c.s.o.PageSize
	if n, err := strconv.Atoi(q.Get("limit")); err == nil && n > 0 {
		limit = min(n, limit)
	}
	items, next, err := c.project.List(c.item, since, q.Get("cursor"), limit)
	if err != nil {
		return refused(err)
	}
	page := struct {
		Items []itemJSON `json:"items"`
		Next  *string    `json:"next"`
	}{Items: []itemJSON{}}
	for _, i := range items {
		page.Items = append(page.Items, view(c.project.Key, i))
	}
	if next != "" {
		page.Next = &next
	}
	out := jsonReply(http.StatusOK, page)
	sum := sha256.Sum256(out.Body)
	tag := `"` + hex.EncodeToString(sum[:8]) + `"`
	out.Header.Set("ETag", tag)
	if c.request.Header.Get("If-None-Match") == tag {
		out.Status = http.StatusNotModified
	}
	return out
}

func parseSince(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return t, &model.Error{Status: http.StatusBadRequest, Message: "since is no RFC 3339 time"}
	}
	return t, nil
}

// number reads the id of the path. What is no number is no item.
func (c *call) number() int64 {
	n, err := strconv.ParseInt(c.id, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

func (c *call) get() stage.Answer {
	i, err := c.project.Find(c.item, c.number())
	return c.shown(http.StatusOK, i, err)
}

func (c *call) shown(status int, i model.Item, err error) stage.Answer {
	if err != nil {
		return refused(err)
	}
	return jsonReply(status, view(c.project.Key, i))
}

func (c *call) create() stage.Answer {
	d, err := decodeDraft(c.body)
	if err != nil {
		return refused(err)
	}
	return c.make(c.item, d)
}

func (c *call) make(item string, d draftJSON) stage.Answer {
	patch, err := d.patch()
	if err != nil {
		return refused(err)
	}
	i, err := c.project.Create(c.account.Login, model.Draft{Kind: item, Parent: d.Ticket, ExternalKey: d.ExternalKey, Patch: patch})
	return c.shown(http.StatusCreated, i, err)
}

func (c *call) edit() stage.Answer {
	d, err := decodeDraft(c.body)
	if err != nil {
		return refused(err)
	}
	return c.change(c.item, c.number(), d)
}

func (c *call) change(item string, id int64, d draftJSON) stage.Answer {
	patch, err := d.patch()
	if err != nil {
		return refused(err)
	}
	i, err := c.project.Edit(c.account.Login, item, id, patch)
	return c.shown(http.StatusOK, i, err)
}

func (c *call) remove() stage.Answer { return c.drop(c.item, c.number()) }

func (c *call) drop(item string, id int64) stage.Answer {
	i, err := c.project.Delete(c.account.Login, item, id)
	return c.shown(http.StatusOK, i, err)
}
