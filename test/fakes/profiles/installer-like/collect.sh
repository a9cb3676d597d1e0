#!/bin/sh
cp "$PLATEN_TARGET/marks" "$PLATEN_OUTPUT/marks" || true
echo "$PLATEN_FAILED_STEP: $PLATEN_FAILURE" >"$PLATEN_OUTPUT/failure"
