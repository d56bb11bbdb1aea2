#!/usr/bin/env bash
# Builds one pinned tool into .bin/, saying every ten seconds that it is at it.
#   tools/build.sh NAME MODULE PACKAGE [TAGS]
# MODULE is the directory whose go.mod pins the tool. Called by the Makefile.
set -euo pipefail
name=$1 module=$2 package=$3 tags=${4:-}
bin=$PWD/.bin
mkdir -p "$bin"

echo "building $name (once)" >&2
( trap 'exit 0' TERM
  for ((s = 10; ; s += 10)); do
    sleep 10 >/dev/null 2>&1 & wait $!
    echo "building $name: $s s so far" >&2
  done ) &
ticker=$!
trap 'kill $ticker 2>/dev/null || true' EXIT

# Built beside its place and moved there, so that an interrupted build leaves
# nothing that looks finished.
(cd "$module" && CGO_ENABLED=0 GOWORK=off go build -trimpath -tags "$tags" -o "$bin/$name.new.$$" "$package")
mv "$bin/$name.new.$$" "$bin/$name"
