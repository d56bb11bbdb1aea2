package webhook

// Settings are a project's, as JSON in Config.Settings. A key that is not here is
// refused. "Program" means a jq program, "address" the template of a URL.
//
// An address holds {project}, {id}, {key}, {parent}, {since} and {page} where such values go. It
// is absolute, or begins with a slash and continues Config.BaseURL.
type Settings struct {
	// Project names what is connected.
	Project ProjectSettings `json:"project"`
	// Login is whom our writes appear as in an item's author. Not needed where
	// read.account tells it.
	Login string `json:"login"`
	// PlainHTTP lists hosts ("10.0.0.7:8080") that may be called without TLS.
	PlainHTTP []string `json:"plain_http"`
	// Ticket and Comment say how one item reads, wherever it comes from: a list, an
	// answer or a delivery. Without Comment there are no comments.
	Ticket  *ItemSettings `json:"ticket"`
	Comment *ItemSettings `json:"comment"`
	// Read says where items can be read back. Without it the project is push only or
	// pull only.
	Read *ReadSettings `json:"read"`
	// Write says how changes are sent. Without it the project is pull only.
	Write *WriteSettings `json:"write"`
	// Receive says how deliveries are checked and what they hold.
	Receive *ReceiveSettings `json:"receive"`
}

// ProjectSettings name the project. ID never changes; default: its key.
type ProjectSettings struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	URL  string `json:"url"`
}

// ItemSettings are programs that each take one item as the system tells it and give one
// value. Only id is always needed.
type ItemSettings struct {
	ID        string `json:"id"`         // immutable
	Key       string `json:"key"`        // as people call it; default: the id
	Parent    string `json:"parent"`     // of a comment: its ticket's key
	Author    string `json:"author"`     // a login; needed with read where items are made
	CreatedAt string `json:"created_at"` // RFC 3339, or Unix seconds or milliseconds as a number
	UpdatedAt string `json:"updated_at"` // likewise; needed for a list and for deliveries that are believed
	Sequence  string `json:"sequence"`   // a number that grows with every change, to tell apart states of one stamp
	Deleted   string `json:"deleted"`    // true for an item that is no more
	CreateKey string `json:"create_key"` // what write sent as create_key, by which a lost create is found again
	URL       string `json:"url"`
	// Fields by our names of them; a comment has "body" alone.
	Fields map[string]FieldSettings `json:"fields"`
}

// FieldSettings describe one field.
type FieldSettings struct {
	Read      string   `json:"read"`      // program: a text, number, truth, null, or an array of them for a set
	Type      string   `json:"type"`      // as external.FieldType; default "text"
	Title     string   `json:"title"`     // how people call it
	Set       bool     `json:"set"`       // holds a set
	ReadOnly  bool     `json:"read_only"` // never written
	Required  bool     `json:"required"`  // a create without it is refused
	MaxRunes  int      `json:"max_runes"` // of a text, or of one element
	MaxItems  int      `json:"max_items"` // elements of a set
	Normalize []string `json:"normalize"` // what the system does to texts: "trim", "crlf" (line ends become LF)
	// Options are the values of a field of type option or state.
	Options []OptionSettings `json:"options"`
}

// OptionSettings is one value of a field. Category is one of external.Category.
type OptionSettings struct {
	Name     string `json:"name"`
	Category string `json:"category"`
}

// ReadSettings say where items can be read.
type ReadSettings struct {
	// Account is the address that tells whom the credential speaks as.
	Account *AccountSettings `json:"account"`
	Ticket  *PlaceSettings   `json:"ticket"`
	Comment *PlaceSettings   `json:"comment"`
	// Since is how {since} is spelled: "rfc3339" (default), "unix" or "unix_ms".
	Since string `json:"since"`
	// PageSize is how many items a page holds at most; default 100.
	PageSize int `json:"page_size"`
	// Precision is the granularity of updated_at, Lag how late lists show a change; default "1s".
	Precision string `json:"precision"`
	Lag       string `json:"lag"`
}

// AccountSettings read who we are from the answer of an address: Login is a program for
// a text, Missing one for an array of the permissions we lack.
type AccountSettings struct {
	Address string `json:"address"`
	Login   string `json:"login"`
	Missing string `json:"missing"`
}

// PlaceSettings are the addresses of one kind of item.
type PlaceSettings struct {
	// Item is the address of one item, with {id} or {key}.
	Item string `json:"item"`
	// List is the address of the items that changed at or after {since}, in ascending
	// order of updated_at. {page} is empty on the first page, and then what Next gave: a
	// position, not a number, or items that move meanwhile push others out of sight.
	List string `json:"list"`
	// Items is a program for the items of an answer, default ".[]"; Next one for the
	// next {page}, null on the last.
	Items string `json:"items"`
	Next  string `json:"next"`
}

// WriteSettings say how changes are sent. Every request is signed as a Standard
// Webhook.
type WriteSettings struct {
	// Deduplicates promises that the system does nothing for a webhook-id that it has
	// seen, and answers as it did then. Needed where ticket.create_key is not set: a
	// create whose answer was lost is sent again.
	Deduplicates bool `json:"deduplicates"`
	// Sets says how sets are written: "delta" (default), what is added and removed, in
	// one call for each set; or "replace", the whole of it along with the other fields, which
	// undoes what somebody else adds meanwhile.
	Sets string `json:"sets"`
	// MaxBody is the most bytes of a request; default 20,000, as Standard Webhooks advise.
	MaxBody int            `json:"max_body"`
	Ticket  *VerbsSettings `json:"ticket"`
	Comment *VerbsSettings `json:"comment"`
	// Ping is sent by Probe where nothing can be read.
	Ping *ActionSettings `json:"ping"`
}

// VerbsSettings are what can be done to one kind of item.
type VerbsSettings struct {
	Create *ActionSettings `json:"create"`
	Update *ActionSettings `json:"update"`
	Delete *ActionSettings `json:"delete"`
}

// ActionSettings are one request.
type ActionSettings struct {
	Method  string `json:"method"` // POST (default), PUT, PATCH or DELETE
	Address string `json:"address"`
	// Body is a program that makes the JSON object to send from {action, kind, project,
	// id, key, parent, create_key, delivery_id, fields, add, remove}; default
	// {type: "<kind>.<action>", data: .}.
	Body string `json:"body"`
	// Full sends every field with an update, not the changed ones alone.
	Full bool `json:"full"`
	// Item is a program for the item in the answer, ID and Key for its id and key where
	// the answer holds no more.
	Item string `json:"item"`
	ID   string `json:"id"`
	Key  string `json:"key"`
	// Async says that the answer to a create tells nothing. The item's id is our
	// create key then, for ever.
	Async bool `json:"async"`
}

// ReceiveSettings say how deliveries are checked and read.
type ReceiveSettings struct {
	Signature SignatureSettings `json:"signature"`
	// DeliveryID names a delivery, the same when it is sent again; default for Standard Webhooks
	// their webhook-id.
	DeliveryID SourceSettings `json:"delivery_id"`
	Event      SourceSettings `json:"event"`
	// Project is a program for the project's key in a payload.
	Project string `json:"project"`
	// Ticket and Comment are programs for the items in a payload, as ticket and comment
	// of the settings read them. Without a read-back address the items are believed.
	Ticket  string `json:"ticket"`
	Comment string `json:"comment"`
}

// SignatureSettings say how deliveries are signed. The secret may be two, one a line, while
// they are exchanged.
type SignatureSettings struct {
	// Mode is "sha256" ("sha256=" and the HMAC of the body in hex), "hex" (that alone),
	// "standard" (Standard Webhooks), "jwt" (an HS256 bearer token) or "token" (the secret).
	Mode string `json:"mode"`
	// Header holds the signature; default X-Hub-Signature-256, X-Signature, Authorization
	// and X-Token.
	Header string `json:"header"`
	// Timestamp is a program for the time of sending in a signed body, in modes sha256 and hex.
	Timestamp string `json:"timestamp"`
	// MaxAge is how old a delivery may be that signs its time; default "5m".
	MaxAge string `json:"max_age"`
	// BodyClaim is the claim of a token that holds the body's SHA-256 in hex; default
	// "body_sha256". A token that has it must match; RequireBody refuses one without.
	BodyClaim   string `json:"body_claim"`
	RequireBody bool   `json:"require_body"`
}

// SourceSettings find a text in a header or, by a program, in the payload.
type SourceSettings struct {
	Header  string `json:"header"`
	Payload string `json:"payload"`
}
