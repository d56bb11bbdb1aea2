package official

import "strings"

// github is GitHub's description of the operations around issues.
func github() vendor {
	return vendor{
		files: []string{"specs/github/openapi-issues.json"},
		deviations: []Deviation{
			{"/labels 200: request body has an error: doesn't match schema: doesn't match schema due to: value must be an object",
				"operations issues/add-labels and issues/set-labels: an array may be passed directly, says their text, and go-github does"},
			{"DELETE /repos/{owner}/{repo}/issues/comments/{comment_id} 404: status is not supported",
				"operation issues/delete-comment names success alone; a comment that is not there is answered as issues/get-comment says"},
		},
		// The form of an address by the repository's id, to which GitHub redirects, and the
		// GraphQL interface are not in the description; the list of one's repositories is not
		// in the part of it that is about issues.
		undescribed: func(path string) bool {
			return strings.HasPrefix(path, "/repositories/") || path == "/graphql" || path == "/user/repos"
		},
	}
}
