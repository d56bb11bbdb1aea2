package webhook

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// verifyToken checks a bearer token, signed by HS256 and nothing else. Without a claim
// that holds the body's hash it vouches for its sender alone, and whoever reads one
// can send another body with it while it lasts.
func (in *intake) verifyToken(secrets [][]byte, given string, body []byte) (proof, error) {
	scheme, token, found := strings.Cut(given, " ")
	if !found {
		token = given // a header of its own holds the token alone
	} else if !strings.EqualFold(scheme, "Bearer") && !strings.EqualFold(scheme, "JWT") {
		return proof{}, forged("the header holds no bearer token")
	}
	claims, ok := jwt.MapClaims{}, false
	// Times are compared by the caller: here is no clock.
	parser := jwt.NewParser(jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), jwt.WithoutClaimsValidation(), jwt.WithStrictDecoding())
	for _, secret := range secrets {
		found := jwt.MapClaims{}
		_, err := parser.ParseWithClaims(token, found, func(*jwt.Token) (any, error) { return secret, nil })
		if err == nil {
			claims, ok = found, true
		}
	}
	if !ok {
		return proof{}, forged("the token is not signed with the secret by HS256; check the secret on both sides")
	}
	if err := in.bound(claims, body); err != nil {
		return proof{}, err
	}
	return in.lifetime(claims)
}

// bound checks the claim that ties a token to its body.
func (in *intake) bound(claims jwt.MapClaims, body []byte) error {
	claim, has := claims[in.BodyClaim]
	if !has {
		if in.RequireBody {
			return forged("the token lacks the claim " + in.BodyClaim + ", which ties it to its body")
		}
		return nil
	}
	text, _ := claim.(string)
	given, err := hex.DecodeString(text)
	sum := sha256.Sum256(body)
	if err != nil || subtle.ConstantTimeCompare(given, sum[:]) != 1 {
		return forged("the token belongs to another body")
	}
	return nil
}

// lifetime says when the token may be used, as a time and how far from it: around iat
// and not beyond exp, or where there is no iat, shortly before exp.
func (in *intake) lifetime(claims jwt.MapClaims) (proof, error) {
	issued, err1 := claims.GetIssuedAt()
	expires, err2 := claims.GetExpirationTime()
	if err1 != nil || err2 != nil || issued == nil && expires == nil {
		return proof{}, forged("the token says neither when it was issued nor when it ends")
	}
	out := proof{maxAge: in.maxAge}
	if jti, _ := claims["jti"].(string); jti != "" {
		out.id = jti
	}
	switch {
	case issued == nil:
		out.at = expires.Add(-in.maxAge)
	case expires == nil:
		out.at = issued.Time
	default:
		out.at = issued.Time
		out.maxAge = min(in.maxAge, expires.Sub(issued.Time))
	}
	out.at = out.at.UTC()
	if out.maxAge < time.Second {
		return proof{}, forged("the token ends before it begins")
	}
	return out, nil
}
