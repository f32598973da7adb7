# SPDX-License-Identifier: MIT
# Sourced by the start scripts: arguments, a certificate, waiting, and the file by which epode-bench finds the server.
set -euo pipefail
name=$(basename "$0")
usage() { echo "usage: $name start FOLDER PORT | $name stop FOLDER" >&2; exit 2; }
[ $# -ge 2 ] || usage
command=$1
folder=$(mkdir -p "$2" && cd "$2" && pwd)
port=${3:-}
ulimit -n "$(ulimit -Hn)"

# An ECDSA P-256 certificate for localhost.
make_certificate() {
    [ -f "$folder/key.pem" ] && return
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 365 -subj /CN=localhost \
        -addext subjectAltName=DNS:localhost -keyout "$folder/key.pem" -out "$folder/cert.pem" 2>/dev/null
    cat "$folder/key.pem" "$folder/cert.pem" >"$folder/both.pem"
}

# started PID: waits until the port takes connections, then writes FOLDER/target.
started() {
    for _ in $(seq 900); do
        if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            printf '%s\n' "name=$name" host=127.0.0.1 domain=localhost "port=$port" "pid=$1" >"$folder/target"
            echo "$name runs on port $port as process $1"
            return
        fi
        kill -0 "$1" 2>/dev/null || break
        sleep 0.1
    done
    echo "$name did not start; see $folder/log" >&2
    tail -5 "$folder/log" >&2
    exit 1
}

stop() {
    local pid
    pid=$(sed -n 's/^pid=//p' "$folder/target")
    kill "$pid" 2>/dev/null || true
    for _ in $(seq 200); do
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.1
    done
    kill -9 "$pid" 2>/dev/null || true
    rm -f "$folder/target"
}

case $command in
start) [ -n "$port" ] || usage; make_certificate ;;
stop) stop; exit ;;
*) usage ;;
esac
