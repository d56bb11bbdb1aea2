package engine

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// A create key is "<link id>.<mac>": the link's own random id and an HMAC that binds
// it to us and to the project. It derives from nothing else, so that it says
// nothing about the ticket and stays the same however often a create is tried.
const macLen = 24 // hexadecimal digits: 96 bits

func (e *Engine) createKey(projectID, linkID string) string {
	return linkID + "." + e.mac(projectID, linkID)
}

// keyOwner returns the link that a create key belongs to, or false when the key was
// not made by us for this project.
func (e *Engine) keyOwner(projectID, key string) (linkID string, ours bool) {
	linkID, mac, ok := strings.Cut(key, ".")
	if !ok || !hmac.Equal([]byte(mac), []byte(e.mac(projectID, linkID))) {
		return "", false
	}
	return linkID, true
}

// OwnKey returns a function that tells our create keys of one project from text
// that only looks like one; adapters get it in their Config.
func (e *Engine) OwnKey(projectID string) func(key string) bool {
	return func(key string) bool {
		_, ours := e.keyOwner(projectID, key)
		return ours
	}
}

// KeyOf returns a function that tells the create key of an item whose id we chose: the
// link's own. Adapters get it in their Config.
func (e *Engine) KeyOf(projectID string) func(id string) string {
	return func(id string) string { return e.createKey(projectID, id) }
}

func (e *Engine) mac(projectID, linkID string) string {
	h := hmac.New(sha256.New, e.Key)
	h.Write([]byte(projectID + "/" + linkID))
	return hex.EncodeToString(h.Sum(nil))[:macLen]
}
