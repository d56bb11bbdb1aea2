package engine

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/extsync/extsync/external"
)

// A create key is "<link id>.<mac>": the link's own random id and an HMAC that binds
// it to us. It derives from nothing else, so that it says nothing about the ticket and
// stays the same however often a create is tried. Which project the link is of, the link
// says: an item that is moved to another project takes its key along, and there it must
// not read as text that somebody typed.
const macLen = 24 // hexadecimal digits: 96 bits

func (e *Engine) createKey(linkID string) string { return linkID + "." + e.mac(linkID) }

// keyOwner returns the link that a create key belongs to, or false when the key was not
// made by us. Keys that were made before items could be moved bind their project, too.
func (e *Engine) keyOwner(projectID, key string) (linkID string, ours bool) {
	linkID, mac, ok := strings.Cut(key, ".")
	made := func(bound string) bool { return hmac.Equal([]byte(mac), []byte(e.mac(bound))) }
	if !ok || !made(linkID) && !made(projectID+"/"+linkID) {
		return "", false
	}
	return linkID, true
}

// OwnKey returns a function that tells our create keys, as an item of that project may
// carry them, from text that only looks like one; adapters get it in their Config.
func (e *Engine) OwnKey(projectID string) func(key string) bool {
	return func(key string) bool {
		_, ours := e.keyOwner(projectID, key)
		return ours
	}
}

// idLen is the length of a UUID, and idHead that of the part by which ours are marked.
const (
	idLen  = 36
	idHead = 24
)

// newLinkID returns a random id for the link of something that may be made outside. It is marked as ours: what
// stands behind its last dash follows from the rest by our key. Where items are made under ids that we choose,
// the id alone tells them from what somebody makes by hand who lends us his account.
func (e *Engine) newLinkID() string {
	id := e.NewID()
	if len(id) != idLen {
		return id
	}
	return id[:idHead] + e.mac("link/" + id[:idHead])[:idLen-idHead]
}

// Made reports whether newLinkID may have made an id. Adapters get it in their Config.
func (e *Engine) Made(id string) bool {
	return len(id) != idLen || id[idHead:] == e.mac("link/" + id[:idHead])[:idLen-idHead]
}

// isOurs reports whether a create key is that of a link of ours. Where we choose the ids of items every id makes a
// key, and only a marked one is.
func (e *Engine) isOurs(p *peer, key string) bool {
	id, ours := e.keyOwner(p.project.ID, key)
	return ours && (p.caps.CreateKey != external.CreateKeyClientID || e.Made(id))
}

// KeyOf tells the create key of an item whose id we chose: the link's own. Adapters get it
// in their Config.
func (e *Engine) KeyOf(id string) string { return e.createKey(id) }

func (e *Engine) mac(bound string) string {
	h := hmac.New(sha256.New, e.Key)
	h.Write([]byte(bound))
	return hex.EncodeToString(h.Sum(nil))[:macLen]
}
