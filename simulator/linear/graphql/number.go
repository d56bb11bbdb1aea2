package graphql

import "encoding/json"

// Int reads an argument of type Int; set is false where it is absent or null.
func Int(v any) (n int, set bool) {
	switch v := v.(type) {
	case int:
		return v, true
	case int64:
		return int(v), true
	case json.Number:
		n, err := v.Int64()
		return int(n), err == nil
	}
	return 0, false
}

// Float reads an argument of type Int or Float; set is false where it is absent or null.
func Float(v any) (n float64, set bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case json.Number:
		n, err := v.Float64()
		return n, err == nil
	}
	i, set := Int(v)
	return float64(i), set
}
