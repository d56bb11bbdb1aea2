// Package sqlcgen is the code sqlc makes of the migrations and queries beside it
// (`make generate`); this comment alone is written by hand. Its one user is
// store/postgres, through [New].
package sqlcgen
