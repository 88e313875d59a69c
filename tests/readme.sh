#!/usr/bin/env bash
# Runs the commands of README.md as a reader would: tests/readme.sh serve | test
set -euo pipefail
cd "$(dirname "$0")/.."

# The first fenced block behind the marker.
block() { awk -v marker="<!-- command: $1 -->" '$0 == marker {on = 1; next} on && /^```/ {if (open) exit; open = 1; next} on && open' README.md; }

case ${1:?serve or test} in
test)
    bash -c "$(block test)"
    ;;
serve)
    keep=$(mktemp -d)
    for file in otp.db otp.db-wal otp.db-shm otp.db.secret-key otp.log; do
        [ ! -e "$file" ] || mv "$file" "$keep/"
    done
    # In a session of its own, so that the whole pipeline can be ended by its id.
    setsid bash -c "$(block serve)" >/dev/null 2>"$keep/diagnostics" &
    server=$!
    end() {
        kill -TERM -- "-$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
        rm -f otp.db otp.db-wal otp.db-shm otp.db.secret-key otp.log
        mv "$keep"/otp.* . 2>/dev/null || true
        rm -rf "$keep"
    }
    trap end EXIT
    for _ in $(seq 1 3000); do
        if curl -s localhost:8000/readyz >/dev/null; then break; fi
        if ! kill -0 "$server" 2>/dev/null; then cat "$keep/diagnostics"; exit 1; fi
        sleep 0.2
    done
    # A reader pastes line by line; the message needs the blink of an eye.
    answer=$(bash -c "$(block session | sed '1a sleep 1')")
    echo "$answer"
    grep -q '"message":"Security code is valid."' <<<"$answer"
    ;;
esac
