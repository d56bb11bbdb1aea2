package github

import (
	"fmt"

	"github.com/extsync/extsync/simulator/github/model"
)

// Act is something a person does in GitHub's own pages: no token, no limits, no faults, but the same timeline and webhooks.
type Act struct {
	Repo    string   `json:"repo"`              // owner/name
	Login   string   `json:"login"`             // who
	Do      string   `json:"do"`                // see Sim.Act
	Issue   int      `json:"issue,omitempty"`   // number
	Comment int64    `json:"comment,omitempty"` // id
	Title   *string  `json:"title,omitempty"`
	Body    *string  `json:"body,omitempty"`
	Names   []string `json:"names,omitempty"` // labels or logins
	To      string   `json:"to,omitempty"`    // transfer: owner/name; rename_repo: name; close: the reason; milestone: the title, or empty
}

// Acted is what came of an act.
type Acted struct {
	Issue   int   `json:"issue,omitempty"`
	Comment int64 `json:"comment,omitempty"`
}

// Act does one of: open, open_pr (Title, Body, Names as labels); edit (Title, Body); label, unlabel, set_labels (Names); assign,
// unassign (Names); milestone (To); close (To: the reason), reopen, delete, transfer (To); comment (Body), edit_comment (Comment,
// Body), delete_comment (Comment); rename_repo (To).
func (s *Sim) Act(a Act) (Acted, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.repoNamed(a.Repo)
	if err != nil {
		return Acted{}, fmt.Errorf("act %s: %w", a.Do, err)
	}
	p := performer{Act: a, s: s, r: r, actor: s.world.User(a.Login)}
	out, err := p.perform()
	if err != nil {
		return out, fmt.Errorf("act %s in %s: %w", a.Do, a.Repo, err)
	}
	return out, nil
}

func (s *Sim) repoNamed(full string) (*model.Repo, error) {
	for _, r := range s.world.Repos() {
		if r.FullName() == full {
			return r, nil
		}
	}
	return nil, fmt.Errorf("no repository %q", full)
}

type performer struct {
	Act
	s     *Sim
	r     *model.Repo
	actor *model.User
}

func (p performer) perform() (Acted, error) {
	switch p.Do {
	case "open", "open_pr":
		return p.open()
	case "rename_repo":
		p.r.Rename(p.To)
		return Acted{}, nil
	case "edit_comment", "delete_comment":
		return Acted{Comment: p.Comment}, p.changeComment()
	}
	i, err := p.r.Issue(p.Issue)
	if err != nil {
		return Acted{}, err
	}
	switch p.Do {
	case "transfer":
		return p.transfer(i)
	case "comment":
		c, err := p.r.CreateComment(p.actor, i, p.text())
		if err != nil {
			return Acted{}, err
		}
		return Acted{Issue: i.Number, Comment: c.ID}, nil
	}
	return Acted{Issue: i.Number}, p.change(i)
}

func (p performer) text() string {
	if p.Body == nil {
		return ""
	}
	return *p.Body
}

func (p performer) open() (Acted, error) {
	n := model.NewIssue{Body: p.Body, Labels: p.Names, PullRequest: p.Do == "open_pr"}
	if p.Title != nil {
		n.Title = *p.Title
	}
	i, err := p.r.CreateIssue(p.actor, n)
	if err != nil {
		return Acted{}, err
	}
	return Acted{Issue: i.Number}, nil
}

func (p performer) transfer(i *model.Issue) (Acted, error) {
	to, err := p.s.repoNamed(p.To)
	if err != nil {
		return Acted{}, err
	}
	moved, err := p.r.Transfer(p.actor, i, to)
	if err != nil {
		return Acted{}, err
	}
	return Acted{Issue: moved.Number}, nil
}

func (p performer) changeComment() error {
	c, err := p.r.Comment(p.Comment)
	if err != nil {
		return err
	}
	if p.Do == "delete_comment" {
		p.r.DeleteComment(p.actor, c)
		return nil
	}
	return p.r.EditComment(p.actor, c, p.text())
}

// change does what changes an issue in place.
func (p performer) change(i *model.Issue) error {
	patch := model.Patch{}
	switch p.Do {
	case "edit":
		patch.Title = p.Title
		if p.Body != nil {
			patch.Body = model.Some(p.Body)
		}
	case "close", "reopen":
		state := map[string]string{"close": "closed", "reopen": "open"}[p.Do]
		patch.State, patch.Reason = &state, &p.To
	case "milestone":
		number, err := p.milestone()
		if err != nil {
			return err
		}
		patch.Milestone = model.Some(number)
	case "label":
		return p.r.AddLabels(p.actor, i, p.Names)
	case "unlabel":
		for _, n := range p.Names {
			if err := p.r.RemoveLabel(p.actor, i, n); err != nil {
				return err
			}
		}
		return nil
	case "set_labels":
		return p.r.SetLabels(p.actor, i, p.Names)
	case "assign":
		p.r.Assign(p.actor, i, p.Names)
		return nil
	case "unassign":
		p.r.Unassign(p.actor, i, p.Names)
		return nil
	case "delete":
		p.r.DeleteIssue(p.actor, i)
		return nil
	default:
		return fmt.Errorf("unknown act %q", p.Do)
	}
	return p.r.EditIssue(p.actor, i, patch)
}

// milestone finds the milestone titled To, making it if need be; 0 for none.
func (p performer) milestone() (int, error) {
	if p.To == "" {
		return 0, nil
	}
	for _, m := range p.r.Milestones() {
		if m.Title == p.To {
			return m.Number, nil
		}
	}
	m, err := p.r.CreateMilestone(p.actor, model.MilestonePatch{Title: &p.To})
	if err != nil {
		return 0, err
	}
	return m.Number, nil
}
