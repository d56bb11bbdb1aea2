package github

import (
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	gogithub "github.com/google/go-github/v62/github"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// issueItem turns GitHub's issue into ours, without the marker that we put there.
func (a *adapter) issueItem(i *gogithub.Issue) external.Item {
	body, key := splitMarker(i.GetBody(), a.ownKey)
	labels := make([]string, 0, len(i.Labels))
	for _, l := range i.Labels {
		labels = append(labels, l.GetName())
	}
	// The singular assignee is left alone: API version 2026-03-10 drops it.
	assignees := make([]string, 0, len(i.Assignees))
	for _, u := range i.Assignees {
		assignees = append(assignees, u.GetLogin())
	}
	return external.Item{
		Ref: issueRef(i),
		Fields: external.Fields{
			fieldTitle:     ticket.Text(i.GetTitle()),
			fieldBody:      ticket.Text(body),
			fieldState:     ticket.Text(i.GetState()),
			fieldReason:    ticket.Text(reason(i)),
			fieldLabels:    ticket.Set(labels...),
			fieldAssignees: ticket.Set(assignees...),
			fieldMilestone: ticket.Text(i.GetMilestone().GetTitle()),
		},
		Author:    i.GetUser().GetLogin(),
		CreatedAt: utc(i.GetCreatedAt()),
		UpdatedAt: utc(i.GetUpdatedAt()),
		URL:       i.GetHTMLURL(),
		CreateKey: key,
	}
}

// reason is why an issue is closed. "reopened" says how an open one became so, which
// is no value that could be written.
func reason(i *gogithub.Issue) string {
	if i.GetState() == "open" {
		return ""
	}
	return i.GetStateReason()
}

func issueRef(i *gogithub.Issue) external.Ref {
	return external.Ref{Kind: external.KindTicket, ID: i.GetNodeID(), Key: strconv.Itoa(i.GetNumber())}
}

func (a *adapter) commentItem(c *gogithub.IssueComment) external.Item {
	body, key := splitMarker(c.GetBody(), a.ownKey)
	return external.Item{
		Ref:       commentRef(c),
		Fields:    external.Fields{fieldBody: ticket.Text(body)},
		Author:    c.GetUser().GetLogin(),
		CreatedAt: utc(c.GetCreatedAt()),
		UpdatedAt: utc(c.GetUpdatedAt()),
		URL:       c.GetHTMLURL(),
		CreateKey: key,
	}
}

// commentRef names a comment. Its issue's number is the end of its issue_url.
func commentRef(c *gogithub.IssueComment) external.Ref {
	return external.Ref{
		Kind: external.KindComment, ID: c.GetNodeID(), Key: strconv.FormatInt(c.GetID(), 10),
		Parent: path.Base(c.GetIssueURL()),
	}
}

func milestoneRef(m *gogithub.Milestone) external.Ref {
	return external.Ref{Kind: external.KindContainer, ID: m.GetNodeID(), Key: strconv.Itoa(m.GetNumber())}
}

// onPullRequest tells the comments of pull requests by their page, .../pull/12#...;
// their issue_url looks like any other.
func onPullRequest(c *gogithub.IssueComment) bool {
	u, err := url.Parse(c.GetHTMLURL())
	return err == nil && path.Base(path.Dir(u.Path)) == "pull"
}

func utc(t gogithub.Timestamp) time.Time { return t.UTC() }

// Normalize returns the fields as GitHub would show them: titles trimmed, bodies
// without NUL and with LF line ends (its pages write CRLF, its API keeps what it
// gets, and nobody means the difference), a closed issue with a reason and an open
// one without. Labels keep their case.
func (a *adapter) Normalize(f external.Fields) external.Fields {
	out := make(external.Fields, len(f))
	for name, v := range f {
		switch name {
		case fieldTitle:
			v = ticket.Text(strings.TrimSpace(withoutNUL(v.Text())))
		case fieldBody:
			v = ticket.Text(withLF(withoutNUL(v.Text())))
		}
		out[name] = v
	}
	switch f[fieldState].Text() {
	case "open":
		out[fieldReason] = ticket.Value{}
	case "closed":
		if f[fieldReason].IsEmpty() {
			out[fieldReason] = ticket.Text("completed")
		}
	}
	return out
}

// withLF takes any CRs before a LF for one line end: taking one off each time would
// change the text again at the next pass.
func withLF(s string) string {
	if !strings.Contains(s, "\r\n") {
		return s
	}
	lines := strings.Split(s, "\n")
	for i := range lines[:len(lines)-1] {
		lines[i] = strings.TrimRight(lines[i], "\r")
	}
	return strings.Join(lines, "\n")
}

func withoutNUL(s string) string { return strings.ReplaceAll(s, "\x00", "") }
