package v1

// Rules say what of a project's tickets never leaves, beyond levels and grants.
type Rules struct {
	Keep     []string    `json:"keep" nullable:"false" doc:"fields of tickets that are ours alone: they neither leave nor come in" example:"[\"assignees\",\"estimate\"]"`
	Comments CommentRule `json:"comments"`
	Passages []Passage   `json:"passages" nullable:"false" doc:"passages of titles, texts, comments and fields of your own that stay here"`
	PassOn   []PassOn    `json:"pass_on" nullable:"false" doc:"projects of origin whose tickets may be passed on to this one"`
	Withdraw string      `json:"withdraw" enum:"stop,redact,remove" doc:"what becomes of what is outside when less may leave than before, unless the change says otherwise: it stays, our texts are overwritten, or what we made is deleted"`

	Withdrawal *Withdrawal `json:"withdrawal,omitempty" doc:"in the answer to a change: what is taken back outside"`
}

// Withdrawal is what was asked to be taken back outside. The project's next session does it.
type Withdrawal struct {
	How    string   `json:"how" enum:"stop,redact,remove"`
	Items  int      `json:"items" doc:"tickets and comments outside that are looked at, at most; less is written where an item holds nothing of what is taken back"`
	Cannot []string `json:"cannot" nullable:"false" doc:"what stays outside whatever is overwritten or deleted"`
}

// CommentRule says which comments may leave with a ticket that may. Those made outside
// come in all the same.
type CommentRule struct {
	Mode string   `json:"mode" enum:"all,none,public_only,by" doc:"all; none; those marked public themselves; those of the people in by"`
	By   []string `json:"by,omitempty" nullable:"false" maxItems:"200" doc:"local handles, or system:login for authors outside" example:"[\"ann\"]"`
}

// Passage names a kind of passage: what stands between two marks, or what a pattern matches.
type Passage struct {
	Begin   string `json:"begin,omitempty" maxLength:"64" doc:"the mark before it, of 3 bytes or more" example:"<!-- internal -->"`
	End     string `json:"end,omitempty" maxLength:"64" doc:"the mark after it; a passage that is not ended goes on to the end of the text" example:"<!-- /internal -->"`
	Pattern string `json:"pattern,omitempty" maxLength:"256" doc:"instead of the marks: a regular expression in RE2's syntax" example:"(?m)^internal:.*$"`
	Whole   bool   `json:"whole,omitempty" doc:"the whole field stays here while it holds such a passage; else the passage is cut out"`
}

// RulesChange changes a project's rules. What is absent stays; a list replaces the whole
// list. What is added to the rules, or taken out of them, is so by what they are in the moment of the
// change: two people who change them at once do not undo what the other one said.
type RulesChange struct {
	Add  *RulesPart `json:"add,omitempty" doc:"what is kept besides; what is kept already stays so"`
	Drop *RulesPart `json:"drop,omitempty" doc:"what is not kept any more; passages are named as a whole"`

	Keep     *[]string    `json:"keep,omitempty" nullable:"false" maxItems:"50"`
	Comments *CommentRule `json:"comments,omitempty"`
	Passages *[]Passage   `json:"passages,omitempty" nullable:"false" maxItems:"20"`
	Default  string       `json:"default_withdraw,omitempty" enum:"stop,redact,remove" doc:"what becomes of what is outside from now on, unless a change says otherwise"`
	Withdraw string       `json:"withdraw,omitempty" enum:"stop,redact,remove" doc:"what becomes of what this very change keeps here and is outside; absent: as the project's rules say"`
}

// RulesPart is a part of a project's rules.
type RulesPart struct {
	Keep     []string  `json:"keep,omitempty" nullable:"false" maxItems:"50"`
	Passages []Passage `json:"passages,omitempty" nullable:"false" maxItems:"20"`
}
