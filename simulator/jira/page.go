package jira

import (
	"encoding/base64"
	"encoding/json"
	"hash/fnv"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/extsync/extsync/simulator/jira/model"
)

// slice cuts a list by startAt and maxResults.
func slice[T any](c *call, list []T, byDefault, most int) (part []T, start, size int) {
	start, size = c.number("startAt", 0, 1<<30), c.number("maxResults", byDefault, most)
	from := min(start, len(list))
	part = list[from:min(from+size, len(list))]
	c.objects += len(part)
	return part, start, size
}

// pageBean renders one page the way most lists of REST v3 come.
func pageBean[T, R any](c *call, list []T, byDefault, most int, f func(T) R) (reply, error) {
	part, start, size := slice(c, list, byDefault, most)
	self := c.base + c.path()
	return ok(object{"self": self, "startAt": start, "maxResults": size, "total": len(list), "isLast": start+len(part) >= len(list),
		"values": renderAll(part, f)})
}

// path rebuilds the path of the call, without query.
func (c *call) path() string {
	values, parts := c.values, []string{"/rest", c.route.service, c.release}
	for _, p := range c.route.path {
		if p == "*" {
			p, values = values[0], values[1:]
		}
		parts = append(parts, p)
	}
	return strings.Join(parts, "/")
}

// pageToken is what nextPageToken hides: where the page ended, for which question, and when.
type pageToken struct {
	Query uint64      `json:"q"`
	At    int64       `json:"t"` // unix seconds
	Keys  []model.Key `json:"k,omitempty"`
	From  int         `json:"f,omitempty"`
}

const tokenLife = 7 * 24 * time.Hour

func (t pageToken) String() string {
	raw, err := json.Marshal(t)
	if err != nil {
		return "" // numbers and strings: cannot fail
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

// readToken opens a token; one of another question, one too old and one we never made are refused alike.
func (c *call) readToken(s string, query uint64) (pageToken, error) {
	var t pageToken
	refused := model.Refuse(http.StatusBadRequest, "The provided next page token is invalid or expired.")
	raw, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || json.Unmarshal(raw, &t) != nil || t.Query != query {
		return t, refused
	}
	if c.now().Sub(time.Unix(t.At, 0)) > tokenLife || c.plan.Kind() == TokenExpired {
		return t, refused
	}
	return t, nil
}

func questionOf(parts ...string) uint64 {
	h := fnv.New64a()
	for _, p := range parts {
		h.Write([]byte(strconv.Itoa(len(p)) + ":" + p))
	}
	return h.Sum64()
}
