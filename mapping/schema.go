package mapping

import _ "embed" // for mapping.schema.json

// schemaJSON is fixed when the program is built.
//
//go:embed mapping.schema.json
var schemaJSON string

// JSONSchema returns the JSON Schema (2020-12) of the form that Decode reads, for
// editors that complete and check while one types.
func JSONSchema() []byte { return []byte(schemaJSON) }
