#!/bin/sh
# SPDX-License-Identifier: MIT
# What is written from the code must be what stands in the tree: conf/reference.xml and the README's table of
# specifications. `generated.sh EPODE MODULES SOURCE check` compares, `... write` writes (target `generate`).
set -eu
epode=$1 modules=$2 source=$3 action=$4
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT

"$epode" --modules "$modules" --reference > "$made/reference.xml"
"$epode" --modules "$modules" --specs > "$made/specs.md"
"$epode" --modules "$modules" --check --config "$made/reference.xml" > "$made/check" 2>&1 || { cat "$made/check"; exit 1; }
awk -v table="$made/specs.md" '
    /<!-- specs: end -->/ { inside = 0 }
    !inside { print }
    /<!-- specs: begin/ { inside = 1; print ""; while ((getline line < table) > 0) print line; print "" }
' "$source/README.md" > "$made/README.md"

status=0
for pair in reference.xml:conf/reference.xml README.md:README.md; do
    new=$made/${pair%%:*} old=$source/${pair#*:}
    if [ "$action" = write ]; then
        cmp -s "$new" "$old" || { cp "$new" "$old"; echo "written: ${pair#*:}"; }
    elif ! diff -u "$old" "$new"; then
        echo "${pair#*:} is not what the code says: cmake --build BUILD --target generate"
        status=1
    fi
done
exit $status
