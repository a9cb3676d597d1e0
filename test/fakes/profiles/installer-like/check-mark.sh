#!/bin/sh
# What the kernel of the step before was there for.
set -eu
grep -qx "kernel-$PLATEN_VAR_VERSION" "$PLATEN_TARGET/marks"
echo "marks so far: $(tr '\n' ' ' <"$PLATEN_TARGET/marks")"
