package canon

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/extsync/extsync/store"
)

// Mapping returns m as a new version is stored: a draft; the store sets its version.
func Mapping(m store.MappingVersion) (store.MappingVersion, error) {
	doc, err := document(m.Document)
	if err == nil && doc == nil {
		err = errors.New("it is empty")
	}
	if err != nil {
		return m, fmt.Errorf("mapping of project %s: document: %w", m.ProjectID, err)
	}
	return store.MappingVersion{
		ProjectID: m.ProjectID, State: store.MappingDraft, Document: doc,
		CreatedBy: m.CreatedBy, CreatedAt: Time(m.CreatedAt),
	}, nil
}

// document returns a copy of a JSON text without its idle spaces; nil for an empty
// one.
func document(raw json.RawMessage) (json.RawMessage, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	if !utf8.Valid(raw) {
		return nil, errors.New("it is not valid UTF-8")
	}
	var b bytes.Buffer
	if err := json.Compact(&b, raw); err != nil {
		return nil, fmt.Errorf("it is not JSON: %w", err)
	}
	return b.Bytes(), nil
}
