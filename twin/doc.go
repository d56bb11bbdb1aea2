// Package twin finds tickets that exist already on both sides, as one of a team's project
// manager and one outside, though nothing links them yet: somebody made both, an importer
// copied them, or somebody made again outside what was deleted there.
//
// [Find] proposes pairs, of which it is sure that neither half fits anything else;
// [Groups] lists whatever looks alike. Both only propose: a person decides. Everything
// here is pure: what privacy keeps is not among the arguments.
package twin
