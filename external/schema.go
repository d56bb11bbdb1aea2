package external

// Schema is what one concrete project offers now; Capabilities is what the system
// could offer at all.
type Schema struct {
	// Fields are those of Capabilities that the project has, with what is true in this
	// project (Required, Options), and its own ones.
	Fields     []FieldCapability
	Labels     []string
	Containers []Container
	// People can be named in fields of type people; empty when the system does not tell.
	People []Person
}

// Person is somebody whom the external system knows.
type Person struct {
	Login string // what fields of type people hold
	Name  string
	Email string // empty unless the system vouches for it
}

// Container is something that groups tickets and that a field names by its title.
type Container struct {
	Ref
	Field string // the system's field that names it: "milestone"
	Name  string // its title, which is what the field holds
}

// Field returns the field with that name, and whether the project has it.
func (s Schema) Field(name string) (FieldCapability, bool) {
	for _, f := range s.Fields {
		if f.Name == name {
			return f, true
		}
	}
	return FieldCapability{}, false
}

// Option returns the option with that name, and whether the field has it.
func (f FieldCapability) Option(name string) (Option, bool) {
	for _, o := range f.Options {
		if o.Name == name {
			return o, true
		}
	}
	return Option{}, false
}
