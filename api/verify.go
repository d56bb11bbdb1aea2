package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/engine"
)

// verifications registers the comparison of what both sides really hold.
func (s *server) verifications() {
	add(s, huma.Operation{OperationID: "verify-project", Method: http.MethodPost, Path: "/v1/projects/{project}/verify", Tags: []string{"projects"},
		Summary: "Compare what both sides really hold, a page at a time",
		Description: "The external system is asked, within its limits, and nothing is written on either side. Every difference comes with its reason; " +
			"the share of those that nothing explains is the drift score. Pass next as after until there is none."}, s.verifyProject)
}

type verifyInput struct {
	ProjectPath
	Body *v1.VerifyRequest
}

// verifiedLinks is how many links a page compares unless told otherwise.
const verifiedLinks = 50

func (s *server) verifyProject(ctx context.Context, in *verifyInput) (*body[v1.Verification], error) {
	ask := v1.VerifyRequest{}
	if in.Body != nil {
		ask = *in.Body
	}
	if ask.Limit == 0 {
		ask.Limit = verifiedLinks
	}
	// A project that does not exist, or is disconnected, is said to be so before anything outside is asked.
	_, err := s.connected(ctx, in.Project)
	if err != nil {
		return nil, err
	}
	var v engine.Verified
	if ask.Sample > 0 {
		v, err = s.Engine.VerifySample(ctx, in.Project, ask.Sample)
	} else {
		v, err = s.Engine.Verify(ctx, in.Project, ask.After, ask.Limit)
	}
	var paced *engine.PacedError
	if errors.As(err, &paced) {
		again := v1.Verification{Next: ask.After, RetryAt: paced.RetryAt, Reason: paced.Reason}
		if ask.After == "" {
			again.Next = v1.VerifyFirst
		}
		return &body[v1.Verification]{filled(again)}, nil
	}
	if err != nil {
		return nil, err
	}
	return &body[v1.Verification]{viewVerified(v)}, nil
}

func filled(v v1.Verification) v1.Verification {
	v.Standings, v.Differences = map[string]int{}, []v1.Difference{}
	return v
}

func viewVerified(v engine.Verified) v1.Verification {
	out := filled(v1.Verification{Compared: v.Compared, Unexplained: v.Unexplained, Score: v.Score(), Reads: v.Reads, Next: v.Next})
	for s, n := range v.Standings {
		out.Standings[string(s)] = n
	}
	for _, d := range v.Differences {
		out.Differences = append(out.Differences, v1.Difference{
			Standing: string(d.Standing), Explained: d.Standing.Explained(), Kind: string(d.Kind), Link: d.LinkID, Local: d.LocalID,
			External: d.External.ID, Key: d.External.Key, Field: string(d.Field), Reason: d.Reason,
		})
	}
	return out
}
