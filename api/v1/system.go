package v1

// Systems is what each kind of external system can hold and do, by name.
type Systems struct {
	Systems []System `json:"systems" nullable:"false"`
}

// System is one kind of external system.
type System struct {
	System       string        `json:"system" example:"github"`
	Directions   []string      `json:"directions" nullable:"false" doc:"those that it can serve; a project's settings may narrow them"`
	Fields       []SystemField `json:"fields" nullable:"false" doc:"of tickets, by the system's own names"`
	Custom       *SystemField  `json:"custom,omitempty" doc:"fields that a project makes for itself; their names begin with this name"`
	Comment      SystemField   `json:"comment" doc:"a comment's text"`
	CommentEdit  bool          `json:"comment_edit" doc:"comments can be changed"`
	CommentDel   bool          `json:"comment_delete" doc:"comments can be deleted"`
	TicketDel    bool          `json:"ticket_delete" doc:"tickets can be deleted, or moved to a bin; else one that is to go is closed as not planned"`
	CreateKey    string        `json:"create_key" enum:"marker,property,client_id,delivery_id" doc:"how a lost create is found again: in the item's text, beside it, by its id, or not by us"`
	Transitions  bool          `json:"transitions" doc:"a state is reached through others"`
	Webhooks     bool          `json:"webhooks" doc:"it can call us"`
	Settings     bool          `json:"settings" doc:"the adapter checks settings of its own"`
	Precision    Duration      `json:"precision" doc:"granularity of the time of a change"`
	Lag          Duration      `json:"lag" doc:"how long a change may stay invisible in lists"`
	PageSize     int           `json:"page_size" doc:"items of one page of changes"`
	ReadBatch    int           `json:"read_batch" doc:"items that one call reads"`
	WriteBatch   int           `json:"write_batch" doc:"creates that one call makes; 0: one by one"`
	HistoryBatch int           `json:"history_batch" doc:"items whose history one call reads; 0: there is none"`
	Limits       SystemLimits  `json:"limits"`
}

// SystemField says what a system can hold in one of its fields.
type SystemField struct {
	Name      string `json:"name"`
	Title     string `json:"title,omitempty" doc:"how people call it, where that differs from the name"`
	Type      string `json:"type" enum:"text,prose,number,bool,date,time,url,option,state,labels,people,container,reference"`
	Set       bool   `json:"set,omitempty" doc:"holds a set of these"`
	ReadOnly  bool   `json:"read_only,omitempty"`
	MaxLength int    `json:"max_length,omitempty" doc:"in characters, of one element of a set; absent: none is known"`
	MaxItems  int    `json:"max_items,omitempty" doc:"of a set; absent: none is known"`
	History   string `json:"history" enum:"none,times,full" doc:"what the system remembers of earlier values: nothing, when they changed, or all"`
}

// SystemLimits are the vendor's published limits of one credential; absent: none is known.
type SystemLimits struct {
	RequestsPerHour int      `json:"requests_per_hour,omitempty"`
	WritesPerMinute int      `json:"writes_per_minute,omitempty" doc:"that create content"`
	WritesPerHour   int      `json:"writes_per_hour,omitempty" doc:"that create content"`
	WriteGap        Duration `json:"write_gap,omitzero" doc:"least time between two writes"`
}
