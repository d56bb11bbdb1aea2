// Package jira is the port to Jira Cloud and Jira Data Center. It stands on
// andygrunwald/go-jira. [New] makes the adapter; [Capabilities] holds the facts;
// [Settings] is what Config.Settings may say.
//
// # The two editions
//
// Cloud is spoken to through REST API 3, whose rich text is the Atlassian Document
// Format, with bodies of our own over go-jira's client: its typed calls are those of
// API 2. Data Center is spoken to through those typed calls, whose rich text is wiki
// markup. Raw requests are made there too where the typed ones lack something: search
// and single issues (the typed comment list has no total, the typed user an empty
// Password), properties on create, properties of issues and comments, the type of a project,
// permissions, the present form of createmeta.
//
// With Config.User, the token is an API token (Basic). Without, it is a Bearer: an OAuth
// access token at https://api.atlassian.com/ex/jira/{cloudId}, or a personal access
// token of Data Center.
//
// # What Jira calls things
//
//   - A ticket is an issue. Ref.ID is its id, Ref.Key its key. A move to another
//     project changes the key, never the id, so all calls go by id.
//   - There is one stream. An issue is followed by its comments: Jira lists comments by
//     issue alone, and takes no time to list them from.
//   - People are account ids on Cloud and user names on Data Center.
//   - A state is a status. It changes along transitions alone, see Item.Halfway.
//   - sprint and estimate are our names of two custom fields, found by their schema.
//   - A create key is the entity property "extsync", set by the call that creates.
//
// # How changes are read
//
// Search is asked for ids and update times in ascending order of update, by keyset:
// each page asks again from the second in which the page before ended. What moves
// meanwhile goes to the end and is met there; nothing depends on a page token that
// expires. Jira's token is followed only within one second that fills a page. On Cloud
// the issues themselves then come from bulkfetch, which reads past the search index.
//
// While nothing changes, a poll is one search. Where the look-back holds more than 5,000
// issues, on Data Center 1,000, it is a walk.
//
// # Known losses
//
//   - A label cannot hold white space; each run of it becomes one "_".
//   - An issue has one assignee.
//   - Sprints of an issue that were closed cannot be taken off it.
//   - On Data Center the parent is that of a sub-task; epics are not read.
//   - Without an administrator's right to read workflows, a status that needs several
//     transitions is searched by trying. What was seen is remembered per adapter; where an
//     issue has been, its history tells another one.
//   - A status that forbids editing makes an edit fail until it is left: by hand, or by the
//     same edit where that opens the issue again.
//   - Where no transition to a status has a place for the resolution, Jira sets one of its own, and
//     where none leads from a status to itself, what is done keeps the one it has: the
//     ticket keeps its state here, and the queue tells the difference, see Item.Chosen.
//   - Of an issue that has a security level, or is restricted to some roles, nothing is written or taken in, unless the settings
//     say secured_issues: fewer people may see it than see its project.
//   - Comments that are restricted to a role, a group or a service project's agents stay in
//     Jira: they are not shown, and read as gone, but for ours, which are set aside. Opened to all
//     again they come back. In a service project on Data Center that takes one call more for
//     each issue with comments.
//   - In a service project a comment of ours is a reply to the customer, as any comment made
//     through this interface is: a rule of the project keeps comments here.
//   - With a filter, what our account made is listed besides, so that a create whose answer was lost is found
//     wherever it is. A comment whose answer was lost is not, below an issue of somebody else's that has left
//     the filter since it came in: JQL cannot ask for that, and it may stand there twice.
//   - Comments have no history. A description's history on Cloud is times alone: Jira
//     tells its text as wiki markup of its own making, not as the document.
//
// # Sources
//
//   - https://developer.atlassian.com/cloud/jira/platform/rest/v3/, its OpenAPI description of 2026-09
//   - https://developer.atlassian.com/cloud/jira/software/rest/, its OpenAPI description of 2026-09
//   - https://developer.atlassian.com/cloud/jira/platform/rate-limiting/
//   - https://developer.atlassian.com/cloud/jira/platform/webhooks/
//   - https://docs.atlassian.com/software/jira/docs/api/REST/9.12.0/
//   - https://support.atlassian.com/jira-software-cloud/docs/jql-fields/
package jira
