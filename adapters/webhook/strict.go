package webhook

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"reflect"
	"slices"
	"strings"

	"github.com/extsync/extsync/external"
)

// problems are what is wrong with settings, each with the path of the key.
type problems []string

func (p *problems) add(path, format string, args ...any) {
	*p = append(*p, path+": "+fmt.Sprintf(format, args...))
}

// err returns all of them as one error, or nil.
func (p problems) err() error {
	if len(p) == 0 {
		return nil
	}
	slices.Sort(p)
	return fail(external.Invalid, "read the settings", "mend these: "+strings.Join(slices.Compact(p), "; "), nil)
}

// parse reads settings and names every key that is not known or of another type.
func parse(raw json.RawMessage) (Settings, problems) {
	var set Settings
	var wrong problems
	if len(raw) == 0 {
		wrong.add("settings", "are missing; a webhook project cannot do without")
		return set, wrong
	}
	doc, err := decode(raw)
	if err != nil {
		wrong.add("settings", "are not one JSON object")
		return set, wrong
	}
	wrong.known("", doc, reflect.TypeFor[Settings]())
	if len(wrong) > 0 {
		return set, wrong
	}
	if err := json.Unmarshal(raw, &set); err != nil {
		wrong.add("settings", "do not fit: a number is not whole or too large")
	}
	return set, wrong
}

// known compares a document with the type that it is to be read into. Null is as good
// as absent.
func (p *problems) known(path string, doc any, t reflect.Type) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if doc == nil {
		return
	}
	switch t.Kind() {
	case reflect.Struct, reflect.Map:
		object, ok := doc.(map[string]any)
		if !ok {
			p.add(name(path), "want an object")
			return
		}
		for _, key := range slices.Sorted(maps.Keys(object)) {
			p.member(join(path, key), key, object[key], t)
		}
	case reflect.Slice:
		list, ok := doc.([]any)
		if !ok {
			p.add(name(path), "want a list")
			return
		}
		for n, e := range list {
			p.known(fmt.Sprintf("%s[%d]", path, n), e, t.Elem())
		}
	default:
		p.leaf(path, doc, t.Kind())
	}
}

func (p *problems) member(path, key string, doc any, t reflect.Type) {
	if t.Kind() == reflect.Map {
		p.known(path, doc, t.Elem())
		return
	}
	for i := range t.NumField() {
		if f := t.Field(i); f.Tag.Get("json") == key {
			p.known(path, doc, f.Type)
			return
		}
	}
	p.add(path, "there is no such setting")
}

func (p *problems) leaf(path string, doc any, kind reflect.Kind) {
	switch doc.(type) {
	case string:
		if kind == reflect.String {
			return
		}
	case bool:
		if kind == reflect.Bool {
			return
		}
	case int, float64, *big.Int:
		if kind == reflect.Int {
			return
		}
	}
	p.add(name(path), "want a %s", map[reflect.Kind]string{reflect.String: "text", reflect.Bool: "true or false", reflect.Int: "whole number"}[kind])
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func name(path string) string {
	if path == "" {
		return "settings"
	}
	return path
}
