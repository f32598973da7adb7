# SPDX-License-Identifier: MIT
# The table of one module's options for its README, from conf/reference.xml: awk -v module=NAME -f options.awk reference.xml

function cell(text) {
    gsub(/\|/, "\\|", text)
    gsub(/&lt;/, "<", text); gsub(/&gt;/, ">", text); gsub(/&quot;/, "\"", text); gsub(/&apos;/, "'", text); gsub(/&amp;/, "\\&", text)
    return text
}

index($0, "  <!-- " module ": ") == 1 { inside = 1; told = !/-->/; next }

# "       limit  addresses a user may block [a number, 1 or more]. -->"
inside && told {
    line = $0
    told = line !~ / -->$/
    sub(/^ +/, "", line)
    sub(/ -->$/, "", line)
    at = index(line, " ")
    name[++count] = substr(line, 1, at - 1)
    line = substr(line, at)
    sub(/^ +/, "", line)
    help[count] = line
    next
}

# "  <blocking limit="1000"/>", perhaps over several lines
inside && !told {
    element = element " " $0
    if ($0 ~ /\/>$/) exit
}

END {
    if (!inside) { print "module " module " is not in the reference" > "/dev/stderr"; exit 1 }
    if (count == 0) { print "No options."; exit }
    print "| option | default | |"
    print "|---|---|---|"
    for (i = 1; i <= count; ++i) {
        value = element
        start = index(value, " " name[i] "=\"")
        value = substr(value, start + length(name[i]) + 3)
        value = substr(value, 1, index(value, "\"") - 1)
        print "| `" name[i] "` | " (value == "" ? "" : "`" cell(value) "`") " | " cell(help[i]) " |"
    }
}
