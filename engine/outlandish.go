package engine

import (
	"strings"
	"unicode/utf8"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// unfit says of each field of an item why its value cannot be told in our terms. shown
// are its fields in canonical form.
func (p *peer) unfit(item external.Item, shown ticket.Fields) map[ticket.Field]string {
	return beyond(shown, p.mapping.Unreadable(item.Kind, item.Fields))
}

// rawOf returns the values of unfit fields as they stand outside.
func (p *peer) rawOf(item external.Item, unfit map[ticket.Field]string) map[ticket.Field]ticket.Value {
	if len(unfit) == 0 {
		return nil
	}
	raw := make(map[ticket.Field]ticket.Value, len(unfit))
	for f := range unfit {
		raw[f] = p.raw(item.Kind, f, item)
	}
	return raw
}

// raw returns what the leading external field of a canonical one holds.
func (p *peer) raw(kind external.Kind, f ticket.Field, item external.Item) ticket.Value {
	return item.Fields[p.externals(kind, f)[0]]
}

// beyond adds to the fields whose external value cannot be told in our terms those that are
// more than the local side holds: what nobody could type here must not come in either.
func beyond(f ticket.Fields, unfit map[ticket.Field]string) map[ticket.Field]string {
	for name, v := range f {
		if isShort(v) {
			continue // within every limit
		}
		if err := (ticket.Fields{name: v}).Validate(); err != nil {
			if unfit == nil {
				unfit = map[ticket.Field]string{}
			}
			unfit[name] = "the value outside is more than we hold: " + err.Error() + "; shorten it there"
		}
	}
	return unfit
}

// isShort reports whether a value is within every limit of the local side.
func isShort(v ticket.Value) bool {
	if !v.IsSet() {
		return len(v.Text()) <= ticket.MaxTitle
	}
	for n := range v.Len() {
		if len(v.At(n)) > ticket.MaxElement {
			return false
		}
	}
	return v.Len() <= ticket.MaxElements
}

// storable returns an item whose texts can be stored: a NUL, and bytes that are no UTF-8,
// become the replacement character. No system means anything by them, and one such item
// would stop the whole walk.
func storable(item external.Item) external.Item {
	for _, s := range []*string{
		&item.ID, &item.Key, &item.Parent, &item.ParentID, &item.Author, &item.URL, &item.CreateKey, &item.Version, &item.MovedTo,
		&item.Home.Project, &item.Home.ID, &item.Home.Key,
	} {
		*s, _ = storableText(*s)
	}
	for name, v := range item.Fields {
		clean, changed := storableValue(v)
		if !changed {
			continue
		}
		fields := make(external.Fields, len(item.Fields))
		for n, x := range item.Fields {
			fields[n], _ = storableValue(x)
		}
		fields[name] = clean
		item.Fields = fields
		return item
	}
	return item
}

func storableValue(v ticket.Value) (ticket.Value, bool) {
	if !v.IsSet() {
		s, changed := storableText(v.Text())
		if !changed {
			return v, false
		}
		return ticket.Text(s), true
	}
	for n := range v.Len() {
		if _, changed := storableText(v.At(n)); changed {
			elems := v.Elements()
			for n, e := range elems {
				elems[n], _ = storableText(e)
			}
			return ticket.Set(elems...), true
		}
	}
	return v, false
}

func storableText(s string) (string, bool) {
	if utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 {
		return s, false
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD"), true
}
