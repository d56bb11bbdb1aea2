package model

import "fmt"

// CreateIssue makes an issue from an IssueCreateInput. An id that was used before, by a trashed issue too, is refused.
func (w *World) CreateIssue(actor Actor, in Input) (*Issue, error) {
	list, err := w.CreateIssues(actor, []Input{in})
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// CreateIssues makes up to MaxBatch issues in one transaction: if one is refused none is made.
func (w *World) CreateIssues(actor Actor, ins []Input) ([]*Issue, error) {
	if len(ins) == 0 || len(ins) > MaxBatch {
		return nil, Refuse("Argument Validation Error: issues must contain between 1 and %d elements", MaxBatch)
	}
	w.purge()
	out := make([]*Issue, 0, len(ins))
	ids := map[string]bool{}
	for k, in := range ins {
		i, err := w.draft(actor, in)
		if err == nil && i.ID != "" && ids[i.ID] {
			err = taken("Issue", i.ID)
		}
		if err != nil {
			if len(ins) > 1 {
				return nil, inElement(err, k)
			}
			return nil, err
		}
		ids[i.ID] = true
		out = append(out, i)
	}
	for k, in := range ins {
		if err := w.publish(actor, out[k], in); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// inElement says which element of a batch was refused.
func inElement(err error, k int) error {
	e, isOurs := err.(*Error) //nolint:errorlint // made a few lines above, never wrapped
	if !isOurs {
		return err
	}
	located := *e
	located.Message = fmt.Sprintf("issues[%d]: %s", k, e.Message)
	return &located
}

// draft checks an input and makes the issue without filing it. Its dates are set by publish.
func (w *World) draft(actor Actor, in Input) (*Issue, error) {
	id, err := in.newID()
	if err != nil {
		return nil, err
	}
	if id != "" && w.issueByID[id] != nil {
		return nil, taken("Issue", id)
	}
	team := w.Team(in.text("teamId"))
	if team == nil {
		return nil, NotFound("Team", "teamId")
	}
	i := &Issue{Meta: Meta{ID: id}, Creator: actor.User, CreatedAs: in.text("createAsUser")}
	i.Facts = Facts{Team: team, State: w.startState(team, actor)}
	if !in.Has("title") {
		return nil, emptyTitle()
	}
	if err := w.fill(&i.Facts, nil, in); err != nil {
		return nil, err
	}
	return i, w.checkBackdating(in)
}

// startState is where an issue starts when its creator names no state.
func (w *World) startState(t *Team, actor Actor) *State {
	member := find(t.Members, func(u *User) bool { return u == actor.User }) != nil
	if t.Triage && (!member || actor.User.App) {
		return w.stateOfType(t, "triage")
	}
	return t.DefaultState
}

func (w *World) checkBackdating(in Input) error {
	for _, field := range []string{"createdAt", "completedAt"} {
		at, err := in.moment(field)
		if err != nil {
			return err
		}
		if at != nil && at.After(w.Now()) {
			return Refuse("Argument Validation Error: %s must not lie in the future", field)
		}
	}
	return nil
}

// publish files a drafted issue.
func (w *World) publish(actor Actor, i *Issue, in Input) error {
	i.Meta = w.meta(i.ID)
	i.born = i.CreatedAt
	if !in.Has("sortOrder") {
		i.SortOrder = -float64(i.Seq)
	}
	w.keepIssue(i, true)
	created, err := in.moment("createdAt")
	if err != nil {
		return err
	}
	if created != nil {
		i.CreatedAt = *created
	}
	i.schedule(i.born)
	completed, err := in.moment("completedAt")
	if err != nil {
		return err
	}
	if completed != nil && i.CompletedAt != nil {
		i.CompletedAt = completed
	}
	w.number(i)
	w.issues = append(w.issues, i)
	w.issueByID[i.ID] = i
	w.emit(Notice{Action: "create", Type: "Issue", Issue: i, Actor: actor})
	return nil
}
