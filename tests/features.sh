#!/usr/bin/env bash
# Every feature of the facade compiles alone, and brings nothing of the others.
set -euo pipefail
cd "$(dirname "$0")/.."

linked() { cargo tree --locked --package otp-kit --no-default-features --features "$1" --edges normal --prefix none --format '{p}' | cut -d' ' -f1 | sort -u; }

absent() {
    local feature=$1 found
    shift
    for name in "$@"; do
        if found=$(linked "$feature" | grep -x "$name"); then
            echo "feature $feature brings $found" >&2
            exit 1
        fi
    done
}

# Server databases where their client libraries are installed; .ci/run installs them.
databases=
command -v pg_config >/dev/null && databases+=" postgres"
command -v mariadb_config >/dev/null && databases+=" mysql"

for feature in "" core service http axum actix sqlite twilio vonage smtp $databases; do
    cargo check --locked --quiet --package otp-kit --no-default-features --features "$feature"
done

# feature | what it must not bring
absent "" otp-core otp-service otp-http otp-axum otp-actix otp-diesel tokio
absent core otp-service otp-http otp-axum otp-actix otp-diesel tokio axum actix-web diesel rand
absent service otp-http otp-axum otp-actix otp-diesel axum actix-web diesel hyper
absent http otp-axum otp-actix otp-diesel axum actix-web diesel hyper
absent axum otp-actix otp-diesel actix-web diesel
absent actix otp-axum otp-diesel axum diesel
absent sqlite otp-http otp-axum otp-actix otp-provider axum actix-web hyper pq-sys mysqlclient-sys
absent postgres otp-http otp-axum otp-actix otp-provider axum actix-web hyper libsqlite3-sys mysqlclient-sys
absent mysql otp-http otp-axum otp-actix otp-provider axum actix-web hyper libsqlite3-sys pq-sys
absent twilio otp-http otp-axum otp-actix otp-diesel otp-vonage otp-smtp axum actix-web diesel lettre
absent vonage otp-http otp-axum otp-actix otp-diesel otp-twilio otp-smtp axum actix-web diesel lettre
absent smtp otp-http otp-axum otp-actix otp-diesel otp-provider otp-twilio otp-vonage axum actix-web diesel reqwest
echo "every feature stands alone"
