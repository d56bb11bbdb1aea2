package github

import "github.com/extsync/extsync/simulator/github/model"

func postGraphQL(c *call) (reply, error) { return reply{}, model.NotFound() }
