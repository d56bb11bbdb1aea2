package github

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	gogithub "github.com/google/go-github/v62/github"

	"github.com/extsync/extsync/external"
)

// Read makes one call for each ref. What answers 404 or 410 is gone: whether the
// token merely lost sight of it only the engine can tell, from the project as a
// whole. So is an issue that was transferred, whose number was given to another, or
// that became a pull request; MovedTo then says where it went.
func (a *adapter) Read(ctx context.Context, refs []external.Ref) ([]external.Item, error) {
	out := make([]external.Item, 0, len(refs))
	for _, ref := range refs {
		item, err := a.readOne(ctx, ref)
		if kind := external.KindOf(err); kind == external.NotFound || kind == external.Gone {
			item, err = external.Item{Ref: ref, Gone: true}, nil
		}
		if err != nil {
			return nil, err
		}
		out = append(out, item)
	}
	return out, nil
}

func (a *adapter) readOne(ctx context.Context, ref external.Ref) (external.Item, error) {
	switch ref.Kind {
	case external.KindTicket:
		return a.readIssue(ctx, ref)
	case external.KindComment:
		return a.readComment(ctx, ref)
	default:
		return external.Item{}, fail(external.Invalid, "read "+ref.Key, "only issues and comments can be read", nil)
	}
}

func (a *adapter) readIssue(ctx context.Context, ref external.Ref) (external.Item, error) {
	what := "read issue " + ref.Key
	number, err := number(what, ref.Key)
	if err != nil {
		return external.Item{}, err
	}
	var issue *gogithub.Issue
	_, err = a.read(ctx, what, "issues.get", func(ctx context.Context) (err error) {
		issue, _, err = a.gh.Issues.Get(ctx, a.owner, a.repo, number)
		return err
	})
	if err != nil {
		return external.Item{}, err
	}
	if issue.GetNodeID() == "" {
		return external.Item{}, fail(external.Temporary, what, "the answer is not an issue", nil)
	}
	if !a.meant(ref, issue) {
		return a.moved(ctx, ref, issue)
	}
	return a.issueItem(issue), nil
}

// moved is what becomes of an issue whose address shows something else now. Where that is
// an issue of another repository, it was transferred there: a redirect led to it, which
// GitHub makes for nothing else. The repository's id takes one more call.
func (a *adapter) moved(ctx context.Context, ref external.Ref, issue *gogithub.Issue) (external.Item, error) {
	gone := external.Item{Ref: ref, Gone: true}
	elsewhere := repositoryOf(issue)
	switch {
	case issue.IsPullRequest():
		gone.MovedTo = issue.GetHTMLURL()
		return gone, nil
	case strings.EqualFold(elsewhere, a.key()):
		if at := issueRef(issue); at.Key != ref.Key && a.projectID != "" { // it left, and came back under another number
			gone.MovedTo, gone.Home = issue.GetHTMLURL(), external.Home{Project: a.projectID, ID: at.ID, Key: at.Key}
		} // else its number was given to another
		return gone, nil
	}
	gone.MovedTo = issue.GetHTMLURL()
	owner, name, _ := strings.Cut(elsewhere, "/")
	var repo *gogithub.Repository
	_, err := a.read(ctx, "look at "+elsewhere, "repos.get", func(ctx context.Context) (err error) {
		repo, _, err = a.gh.Repositories.Get(ctx, owner, name)
		return err
	})
	switch external.KindOf(err) {
	case "":
	case external.NotFound, external.Forbidden, external.Gone, external.Moved: // where it is, it cannot be followed
		return gone, nil
	default:
		return gone, err
	}
	home := project(repo).ID
	if home == a.projectID { // another issue of ours: the repository was renamed, and the number given to another
		gone.MovedTo = ""
		return gone, nil
	}
	at := issueRef(issue)
	gone.Home = external.Home{Project: home, ID: at.ID, Key: at.Key}
	return gone, nil
}

// meant reports whether an answer is the issue that ref names. Behind a redirect
// stands either the same issue, in a renamed repository, or the one that it became
// by being transferred, which has another id.
func (a *adapter) meant(ref external.Ref, issue *gogithub.Issue) bool {
	if issue.IsPullRequest() {
		return false
	}
	if ref.ID != "" {
		return ref.ID == issue.GetNodeID()
	}
	return strings.EqualFold(repositoryOf(issue), a.key())
}

// repositoryOf returns owner/name from an issue's repository_url, which ends in them.
func repositoryOf(issue *gogithub.Issue) string {
	u, err := url.Parse(issue.GetRepositoryURL())
	if err != nil {
		return ""
	}
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	return strings.Join(parts[max(0, len(parts)-2):], "/")
}

func (a *adapter) readComment(ctx context.Context, ref external.Ref) (external.Item, error) {
	what := "read comment " + ref.Key
	id, err := number(what, ref.Key)
	if err != nil {
		return external.Item{}, err
	}
	var comment *gogithub.IssueComment
	_, err = a.read(ctx, what, "comments.get", func(ctx context.Context) (err error) {
		comment, _, err = a.gh.Issues.GetComment(ctx, a.owner, a.repo, int64(id))
		return err
	})
	if err != nil {
		return external.Item{}, err
	}
	if comment.GetNodeID() == "" {
		return external.Item{}, fail(external.Temporary, what, "the answer is not a comment", nil)
	}
	if onPullRequest(comment) || (ref.ID != "" && ref.ID != comment.GetNodeID()) {
		return external.Item{Ref: ref, Gone: true, MovedTo: comment.GetHTMLURL()}, nil
	}
	return a.commentItem(comment), nil
}

// number reads the number in a key.
func number(what, key string) (int, error) {
	n, err := strconv.Atoi(key)
	if err != nil || n <= 0 {
		return 0, fail(external.Invalid, what, "the item's key is not a number", nil)
	}
	return n, nil
}
