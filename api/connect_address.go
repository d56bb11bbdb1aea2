package api

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strings"

	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
)

// asSpelled spells the address of an API as the projects do that are connected there, and that of the public
// service not at all: by another spelling a project would be connected a second time, and either connection
// would make outside what the other one brought in.
func (s *server) asSpelled(ctx context.Context, req *v1.NewProject) error {
	public := sameAddress(s.Systems[external.System(req.System)].Public)
	asked := sameAddress(req.APIURL)
	if asked == "" || asked == public {
		req.APIURL = ""
		asked = public
	}
	var there []store.Project
	err := s.tx(ctx, func(tx store.Tx) error {
		all, err := tx.ListProjects(ctx)
		there = slices.DeleteFunc(all, func(p store.Project) bool {
			return string(p.System) != req.System || cmp.Or(sameAddress(p.BaseURL), public) != asked
		})
		return err
	})
	if err != nil || len(there) == 0 {
		return err
	}
	n := slices.IndexFunc(there, func(p store.Project) bool { return strings.EqualFold(p.Key, strings.TrimSpace(req.Address)) })
	req.APIURL = there[max(n, 0)].BaseURL
	return nil
}

// sameAddress returns the one spelling of an address that all have in common. What is none stays as it is,
// for the adapter to refuse.
func sameAddress(address string) string {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Host == "" {
		return address
	}
	port := ":" + u.Port()
	if u.Host = strings.ToLower(u.Host); u.Scheme == "https" && port == ":443" || u.Scheme == "http" && port == ":80" {
		u.Host = strings.TrimSuffix(u.Host, port)
	}
	u.Path, u.RawPath = strings.TrimRight(u.Path, "/"), ""
	return u.String()
}
