// Package jira is a Jira that runs in memory: the REST interfaces around issues, comments, workflows, boards and sprints, served to
// real client libraries with Jira's behaviour where it bites. Search lags behind writes and must be bounded, quoted dates in JQL
// have whole minutes in the caller's time zone, status moves only along transitions, keys change on a move while ids stay, rich
// text is a validated document on Cloud and wiki markup on Data Center, and a 429 names one of several limits.
//
// Options.Edition picks Cloud (REST v3, also below /ex/jira/{cloudId}; v2 beside it, with wiki markup) or DataCenter (REST v2 with
// name and key users and the old search). On top of what Jira does by itself, faults can be switched on ([Sim.Faults]). Outside people are
// played with [Sim.Act]. Every call is counted by kind ([Sim.Counters]) and kept in a bounded log ([Sim.Requests]). All of this is
// also an HTTP interface under /_sim/.
//
// Make one with [New]; set it up with [Sim.AddUser], [Sim.AddToken] and [Sim.AddProject]; reach it through [Sim.Transport] without
// sockets, or through [Sim.Serve] with them. A run is reproducible: time comes from Options.Now, chance from Options.Seed.
//
// Not served, because the description at hand has them not or nobody here needs them: writing workflows, dynamic webhooks,
// attachments, worklogs, issue links, watchers, who is in a security level, bulk operations that run in the background, HTML renderings.
//
// Readings of the vendor where its documentation is silent, each in one place:
//
//   - A comment added, edited or deleted moves the updated, as an edit does; a property or a remote link does not.
//   - updated, created and changelog times have milliseconds and strictly no promise of uniqueness.
//   - Search shows the old version of an issue, fields included, until Options.Lag after the write; a deleted issue leaves at once.
//   - A page token continues after the last issue of its page in the order of the query (keyset); it is refused with other JQL or
//     another reconcileIssues, and after seven days.
//   - The comment list embedded in an issue is cut at Options.EmbeddedComments, the oldest first, with the true total.
//   - Documents are canonicalised on write as package adf says.
package jira
