package webhook

import (
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/extsync/extsync/external"
)

// checker compiles settings into a contract and gathers what is wrong with them.
type checker struct {
	problems
	*contract
}

// program compiles one, nil where there is none.
func (c *checker) program(path, source string) *program {
	if source == "" {
		return nil
	}
	p, err := compile(path, source)
	if err != nil {
		c.add(path, "%s", err)
	}
	return p
}

// address takes a template apart; nil where there is none or it is wrong.
func (c *checker) address(path, template string, may ...string) *address {
	if template == "" {
		return nil
	}
	a, err := parseAddress(path, template, append(may, "project"))
	if err != nil {
		c.add(path, "%s", err)
		return nil
	}
	if host, scheme := a.host(); scheme == "http" && !slices.Contains(c.set.PlainHTTP, host) {
		c.add(path, "want https; to call %s without TLS list it in plain_http", host)
	}
	return a
}

func (c *checker) duration(path, text string, otherwise time.Duration) time.Duration {
	if text == "" {
		return otherwise
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 || d > 24*time.Hour {
		c.add(path, "want a duration such as 1s, at most a day")
	}
	return d
}

func (c *checker) items() {
	if c.set.Ticket == nil {
		c.add("ticket", "is missing; it says how a ticket reads")
		return
	}
	c.shapes[external.KindTicket] = c.shape("ticket", external.KindTicket, *c.set.Ticket)
	if c.set.Comment != nil {
		s := c.shape("comment", external.KindComment, *c.set.Comment)
		c.shapes[external.KindComment] = s
		if _, ok := s.field(fieldBody); !ok || len(s.fields) != 1 {
			c.add("comment.fields", "want body and nothing else")
		}
	}
}

func (c *checker) shape(path string, kind external.Kind, set ItemSettings) *shape {
	s := &shape{
		kind: kind,
		id:   c.program(path+".id", set.ID), key: c.program(path+".key", set.Key), parent: c.program(path+".parent", set.Parent),
		author: c.program(path+".author", set.Author), url: c.program(path+".url", set.URL),
		createdAt: c.program(path+".created_at", set.CreatedAt), updatedAt: c.program(path+".updated_at", set.UpdatedAt),
		sequence: c.program(path+".sequence", set.Sequence), gone: c.program(path+".deleted", set.Deleted),
		createKey: c.program(path+".create_key", set.CreateKey),
	}
	if kind == external.KindTicket && s.parent != nil {
		c.add(path+".parent", "only a comment has a parent")
	}
	if len(set.Fields) == 0 {
		c.add(path+".fields", "are missing; name at least one")
	}
	for _, name := range slices.Sorted(maps.Keys(set.Fields)) {
		s.fields = append(s.fields, c.field(path+".fields."+name, name, set.Fields[name]))
	}
	return s
}

func (c *checker) field(path, name string, set FieldSettings) field {
	f := field{read: c.program(path+".read", set.Read), FieldCapability: external.FieldCapability{
		Name: name, Title: set.Title, Type: external.FieldType(set.Type), Set: set.Set, ReadOnly: set.ReadOnly,
		MaxRunes: set.MaxRunes, MaxItems: set.MaxItems, Required: set.Required,
	}}
	if !validName(name) {
		c.add(path, "a field's name has letters, digits and _ alone")
	}
	if f.Type == "" {
		f.Type = external.TypeText
	}
	if !slices.Contains(types(), f.Type) {
		c.add(path+".type", "there is no type %q; there are %s", f.Type, list(types()))
	}
	if set.MaxRunes < 0 || set.MaxItems < 0 {
		c.add(path, "a limit cannot be negative")
	}
	if set.MaxItems > 0 && !set.Set {
		c.add(path+".max_items", "is for sets")
	}
	for _, n := range set.Normalize {
		switch n {
		case "trim":
			f.trim = true
		case "crlf":
			f.crlf = true
		default:
			c.add(path+".normalize", "there is no %q; there are trim and crlf", n)
		}
	}
	c.options(path+".options", &f, set.Options)
	return f
}

func (c *checker) options(path string, f *field, set []OptionSettings) {
	chosen := f.Type == external.TypeState || f.Type == external.TypeOption
	if len(set) > 0 && !chosen {
		c.add(path, "are for fields of type option or state")
	}
	if f.Type == external.TypeState && len(set) == 0 {
		c.add(path, "are missing; a state names its values, each with a category")
	}
	for _, o := range set {
		category := external.Category(o.Category)
		if f.Type == external.TypeState && !slices.Contains(categories(), category) {
			c.add(path, "want a category for each: one of %s", list(categories()))
		}
		if o.Name == "" {
			c.add(path, "want a name for each")
		}
		f.Options = append(f.Options, external.Option{Name: o.Name, Category: category})
	}
}

func (c *checker) reading() {
	r := c.set.Read
	c.pageSize, c.since = 100, "rfc3339"
	c.precision = time.Second
	if r == nil {
		return
	}
	c.precision = max(1, c.duration("read.precision", r.Precision, time.Second))
	c.lag = c.duration("read.lag", r.Lag, time.Second)
	if r.PageSize != 0 {
		c.pageSize = r.PageSize
	}
	if c.pageSize < 1 || c.pageSize > maxOutputs {
		c.add("read.page_size", "want 1 to %d", maxOutputs)
	}
	if r.Since != "" {
		c.since = r.Since
	}
	if !slices.Contains([]string{"rfc3339", "unix", "unix_ms"}, c.since) {
		c.add("read.since", "want rfc3339, unix or unix_ms")
	}
	if a := r.Account; a != nil {
		c.account = &account{
			address: c.address("read.account.address", a.Address),
			login:   c.program("read.account.login", a.Login), missing: c.program("read.account.missing", a.Missing),
		}
		if c.account.address == nil || c.account.login == nil {
			c.add("read.account", "want an address and a login")
		}
	}
	c.place("read.ticket", external.KindTicket, r.Ticket)
	c.place("read.comment", external.KindComment, r.Comment)
}

func (c *checker) place(path string, kind external.Kind, set *PlaceSettings) {
	s := c.shapes[kind]
	if set == nil {
		if s != nil {
			c.add(path, "is missing; without it a %s cannot be read back, and then nothing can", kind)
		}
		return
	}
	if s == nil {
		c.add(path, "there is no %s in the settings", kind)
		return
	}
	items := set.Items
	if items == "" {
		items = ".[]"
	}
	p := &place{
		item:  c.address(path+".item", set.Item, "id", "key", "parent"),
		list:  c.address(path+".list", set.List, "since", "page"),
		items: c.program(path+".items", items), next: c.program(path+".next", set.Next),
	}
	c.places[kind] = p
	if p.item == nil || !p.item.has("id", "key") {
		c.add(path+".item", "want the address of one item, with {id} or {key}")
	}
	c.legible(string(kind), s)
	if p.list == nil {
		return
	}
	if !p.list.has("since") {
		c.add(path+".list", "want {since}, the time from which changes are asked for")
	}
	if s.updatedAt == nil {
		c.add(string(kind)+".updated_at", "is missing; a list is walked by it")
	}
	if (p.next != nil) != p.list.has("page") {
		c.add(path+".next", "goes with {page} in the list's address: one without the other does not page")
	}
}

// legible wants all of a kind of item to be read.
func (c *checker) legible(path string, s *shape) {
	if s.id == nil {
		c.add(path+".id", "is missing; it tells items apart for ever")
	}
	if s.kind == external.KindComment && s.parent == nil {
		c.add(path+".parent", "is missing; it is the key of the comment's ticket")
	}
	for _, f := range s.fields {
		if f.read == nil {
			c.add(path+".fields."+f.Name+".read", "is missing; a field that is never read would be written for ever")
		}
	}
}

// together checks what no part can tell alone.
func (c *checker) together() {
	if c.set.Read == nil && c.set.Write == nil && c.set.Receive == nil {
		c.add("settings", "do nothing: want one of read, write and receive")
	}
	if c.readable() && c.set.Write != nil && c.account == nil && c.set.Login == "" {
		c.add("login", "is missing; say whom our writes appear as, or where read.account tells it")
	}
	c.bodies()
	if c.set.Write == nil {
		return
	}
	for kind, verbs := range c.verbs {
		if verbs[create] != nil && c.readable() && c.shapes[kind].author == nil {
			c.add(string(kind)+".author", "is missing; by it what a create of ours made, whose answer was lost, is told from what others make")
		}
		if verbs[create] != nil && !c.findable(kind) && !c.set.Write.Deduplicates {
			c.add("write.deduplicates", "want true: without %s.create_key in a list a create whose answer was lost cannot be found, "+
				"and is sent again under the same webhook-id", kind)
		}
	}
}

// bodies wants a ticket's body and a comment's to be kept alike: whoever normalises a
// text is not told which it is.
func (c *checker) bodies() {
	t, k := c.shapes[external.KindTicket], c.shapes[external.KindComment]
	if t == nil || k == nil {
		return
	}
	one, ok1 := t.field(fieldBody)
	two, ok2 := k.field(fieldBody)
	if ok1 && ok2 && (one.trim != two.trim || one.crlf != two.crlf || one.Type != two.Type || one.Set != two.Set) {
		c.add("comment.fields.body", "must have the type and the normalize of ticket.fields.body; or call the ticket's field something else")
	}
}

func types() []external.FieldType {
	return []external.FieldType{
		external.TypeText, external.TypeProse, external.TypeNumber, external.TypeBool, external.TypeDate, external.TypeTime, external.TypeURL,
		external.TypeOption, external.TypeState, external.TypeLabels, external.TypePeople, external.TypeContainer, external.TypeReference,
	}
}

func categories() []external.Category {
	return []external.Category{external.CategoryTodo, external.CategoryDoing, external.CategoryDone, external.CategoryCanceled}
}

func methods() []string {
	return []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}
}

func list[T ~string](all []T) string {
	out := ""
	for n, s := range all {
		if n > 0 {
			out += ", "
		}
		out += string(s)
	}
	return out
}

// validName keeps names of fields apart from those of sidecars.
func validName(s string) bool {
	for _, r := range s {
		if r != '_' && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') {
			return false
		}
	}
	return s != ""
}
