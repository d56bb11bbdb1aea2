package fleet

import (
	"fmt"
	"strings"

	"github.com/extsync/extsync/simulator/github"
	"github.com/extsync/extsync/simulator/github/model"
	"github.com/extsync/extsync/simulator/jira"
	"github.com/extsync/extsync/simulator/linear"
)

// Movable is a site whose tickets can be moved to another project of the same vendor, and
// which can be renamed.
type Movable interface {
	Site
	// Beside makes another empty project of the same vendor.
	Beside() (Movable, error)
	// Move takes a ticket there, under the id that it returns.
	Move(who, id string, to Site) (string, error)
	// Rename gives the project another address.
	Rename() error
}

// Beside makes another repository.
func (s *GitHub) Beside() (Movable, error) {
	b := &GitHub{Sim: s.Sim, Repo: s.Sim.AddRepo("octo", "beside")}
	b.Repo.AddCollaborator(People()...)
	b.wire = &Wire{under: s.Sim.Transport(), counters: b.Counters}
	return b, nil
}

// Move transfers an issue. It gets another id.
func (s *GitHub) Move(who, id string, to Site) (string, error) {
	number, err := s.number(id)
	if err != nil {
		return "", err
	}
	there, ok := to.(*GitHub)
	if !ok {
		return "", fmt.Errorf("transfer to %T", to)
	}
	done, err := s.act(github.Act{Login: who, Do: "transfer", Issue: number, To: there.Repo.FullName()})
	if err != nil {
		return "", err
	}
	there.each(func(i *model.Issue) {
		if i.Number == done.Issue {
			id = i.NodeID
		}
	})
	return id, nil
}

// Rename gives the repository another name.
func (s *GitHub) Rename() error {
	_, name, _ := strings.Cut(s.Repo.FullName(), "/")
	s.Repo.Rename(name + "-renamed")
	return nil
}

// Beside makes another project.
func (s *Jira) Beside() (Movable, error) {
	b := &Jira{Sim: s.Sim, options: s.options}
	spec := s.options.Spec
	if spec.Key = "BES"; spec.Workflow == nil {
		spec.Workflow = anyToAny()
	}
	var err error
	b.Project, err = s.Sim.AddProject(spec)
	b.wire = &Wire{under: s.Sim.Transport(), counters: b.Counters}
	return b, err
}

// Move gives an issue a key of the other project. Its id stays.
func (s *Jira) Move(who, id string, to Site) (string, error) {
	_, err := s.Sim.Act(jira.Act{Login: who, Do: "move", Issue: id, To: to.Account().Key})
	return id, err
}

// Rename gives the project another key, and all its issues with it.
func (s *Jira) Rename() error {
	s.Project.Rekey(s.Project.Key() + "NEW")
	return nil
}

// Beside makes another team.
func (s *Linear) Beside() (Movable, error) {
	b := &Linear{Sim: s.Sim, Team: s.Sim.AddTeam("BES", "Beside")}
	b.Team.AddMember(People()...)
	b.wire = &Wire{under: s.Sim.Transport(), counters: b.Counters}
	return b, nil
}

// Move puts an issue into the other team. Its id stays.
func (s *Linear) Move(who, id string, to Site) (string, error) {
	_, err := s.Sim.Act(linear.Act{Login: who, Do: "team", Issue: id, Team: to.Account().Key})
	return id, err
}

// Rename gives the team another key, and its issues other identifiers.
func (s *Linear) Rename() error {
	s.Team.Rekey(s.Team.Key() + "NEW")
	return nil
}

var _, _, _ Movable = (*GitHub)(nil), (*Jira)(nil), (*Linear)(nil)
