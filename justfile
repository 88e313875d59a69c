# Run `just --list` for what there is.

# Everything that must hold on a clean clone.
ci:
    .ci/run

# The tests.
test:
    cargo nextest run --workspace --all-features --locked

# Races and random tests, longer: `just soak 1000`.
soak rounds="1000":
    OTP_TEST_ROUNDS={{rounds}} cargo nextest run --workspace --all-features --locked --no-fail-fast

# Figures: the core, the store, and the server beside a bare handler.
bench:
    cargo bench --package otp-core
    cargo bench --package otp-diesel
    cargo bench --package otp-http
    cargo bench --package otp-tests --bench http
    cargo bench --package otp-tests --bench frameworks
    cargo bench --package otp-tests --features postgres,mysql --bench databases
    cargo bench --package otp-tests --features postgres,mysql --bench growth

# Advisories; needs the advisory database from the network.
audit:
    cargo deny check advisories

# A minute's outage of a provider in every way: about seven minutes.
outages seconds="60":
    OTP_TEST_OUTAGE_SECONDS={{seconds}} cargo nextest run --package otp-tests --all-features --locked --test failover --no-capture
