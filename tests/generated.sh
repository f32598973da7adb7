#!/bin/sh
# SPDX-License-Identifier: MIT
# What is written from the code must be what stands in the tree: conf/reference.xml, the README's table of specifications
# and the tables of options in modules/*/README.md. `generated.sh EPODE MODULES SOURCE check` compares, `... write` writes
# (target `generate`).
set -eu
epode=$1 modules=$2 source=$3 action=$4
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT

"$epode" --modules "$modules" --reference > "$made/reference.xml"
"$epode" --modules "$modules" --specs > "$made/specs.md"
if grep -F ') |  | ' "$made/specs.md"; then
    echo "these have no title: core/specs.cpp"
    exit 1
fi
"$epode" --modules "$modules" --check --config "$made/reference.xml" > "$made/check" 2>&1 || { cat "$made/check"; exit 1; }

# put TABLE MARK FILE: the file with the table between its marks "<!-- MARK: begin" and "<!-- MARK: end -->".
put() {
    grep -q "<!-- $2: begin" "$3" || { echo "$3 has no place for $2" >&2; return 1; }
    awk -v table="$1" -v mark="$2" '
        index($0, "<!-- " mark ": end -->") { inside = 0 }
        !inside { print }
        index($0, "<!-- " mark ": begin") { inside = 1; print ""; while ((getline line < table) > 0) print line; print "" }
    ' "$3"
}

put "$made/specs.md" specs "$source/README.md" > "$made/README.md"
pairs="reference.xml:conf/reference.xml README.md:README.md"
printf '| module | what it does |\n|---|---|\n' > "$made/modules"
for folder in "$source"/modules/*/; do
    name=$(basename "$folder")
    [ -e "$folder/$name.cpp" ] || continue # common: no module
    sed -n "s/ -->\$//; s/^  <!-- $name: \(.*\)/| [$name]($name\/README.md) | \1 |/p" "$made/reference.xml" >> "$made/modules"
    awk -v module="$name" -f "$source/tests/options.awk" "$made/reference.xml" > "$made/$name.options"
    put "$made/$name.options" options "$folder/README.md" > "$made/$name.md"
    pairs="$pairs $name.md:modules/$name/README.md"
done
put "$made/modules" modules "$source/modules/README.md" > "$made/modules.md"
pairs="$pairs modules.md:modules/README.md"

status=0
for pair in $pairs; do
    new=$made/${pair%%:*} old=$source/${pair#*:}
    if [ "$action" = write ]; then
        cmp -s "$new" "$old" || { cp "$new" "$old"; echo "written: ${pair#*:}"; }
    elif ! diff -u "$old" "$new"; then
        echo "${pair#*:} is not what the code says: cmake --build BUILD --target generate"
        status=1
    fi
done
exit $status
