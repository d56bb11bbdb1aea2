// Package v1 holds the JSON shapes of the API's version 1, as the server answers and
// its clients read them. It holds no behaviour beyond [Duration].
//
// Times are RFC 3339 in UTC; an absent time has not come yet. Lists are paged by the
// id or number of the last element seen.
package v1
