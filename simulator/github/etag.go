package github

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/extsync/extsync/simulator/stage"
)

// etag names a representation: body, links and the credential that asked, so that a rotated token gets a new one.
func etag(c *call, o stage.Answer) string {
	h := sha256.New()
	h.Write([]byte(c.header.Get("Authorization") + "\n" + c.header.Get("Accept") + "\n" + o.Header.Get("Link") + "\n"))
	h.Write(o.Body)
	return `W/"` + hex.EncodeToString(h.Sum(nil)) + `"`
}

// matches compares an If-None-Match header with a tag, weakly.
func matches(header, tag string) bool {
	for _, candidate := range strings.Split(header, ",") {
		candidate = strings.TrimSpace(candidate)
		if candidate == "*" || (candidate != "" && strings.TrimPrefix(candidate, "W/") == strings.TrimPrefix(tag, "W/")) {
			return true
		}
	}
	return false
}
