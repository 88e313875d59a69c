//! The shape of the workspace: who may depend on whom, and what the core may never touch.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use serde_json::Value;

/// Who may depend on whom; nothing points the other way, and no adapter depends on another.
const ARROWS: &[(&str, &[&str])] = &[
    ("otp-core", &[]),
    ("otp-service", &["otp-core"]),
    ("otp-http", &["otp-core", "otp-service"]),
    ("otp-axum", &["otp-core", "otp-service", "otp-http"]),
    ("otp-actix", &["otp-core", "otp-service", "otp-http"]),
    ("otp-diesel", &["otp-core", "otp-service"]),
    ("otp-provider", &["otp-core", "otp-service"]),
    ("otp-twilio", &["otp-core", "otp-service", "otp-provider"]),
    ("otp-vonage", &["otp-core", "otp-service", "otp-provider"]),
    ("otp-smtp", &["otp-core", "otp-service"]),
];

/// What otp-core may depend on directly. Each is pure: no I/O, no clock, no random source, no environment.
const CORE: &[&str] =
    &["email_address", "hmac", "idna", "rlibphonenumber", "serde", "sha2", "subtle", "thiserror", "zeroize"];

/// What must not be anywhere below otp-core.
const IMPURE: &[&str] = &[
    "actix-web",
    "async-std",
    "axum",
    "chrono",
    "diesel",
    "getrandom",
    "hyper",
    "jiff",
    "lettre",
    "mio",
    "rand",
    "reqwest",
    "rustls",
    "socket2",
    "time",
    "tokio",
    "tracing",
    "ureq",
];

struct Workspace {
    metadata: Value,
}

impl Workspace {
    fn read() -> Self {
        let cargo = env!("CARGO");
        let output = Command::new(cargo)
            .args(["metadata", "--format-version=1", "--locked", "--all-features"])
            .args(["--filter-platform", "x86_64-unknown-linux-gnu"])
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
            .output()
            .expect("cargo runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Self { metadata: serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON") }
    }

    fn list<'a>(value: &'a Value, field: &str) -> impl Iterator<Item = &'a Value> {
        value[field].as_array().into_iter().flatten()
    }

    /// Direct dependencies of a package, but for those of its tests; absent where there is no such package.
    fn direct(&self, name: &str) -> Option<BTreeSet<&str>> {
        let package = Self::list(&self.metadata, "packages").find(|package| package["name"] == name)?;
        let normal = Self::list(package, "dependencies").filter(|dependency| dependency["kind"] != "dev");
        Some(normal.filter_map(|dependency| dependency["name"].as_str()).collect())
    }

    /// Everything a package is linked with; what only runs while it is compiled does not count.
    fn closure(&self, name: &str) -> BTreeSet<&str> {
        let nodes: BTreeMap<&str, &Value> = Self::list(&self.metadata["resolve"], "nodes")
            .filter_map(|node| Some((node["id"].as_str()?, node)))
            .collect();
        let names: BTreeMap<&str, &str> = Self::list(&self.metadata, "packages")
            .filter_map(|package| Some((package["id"].as_str()?, package["name"].as_str()?)))
            .collect();
        let root =
            names.iter().find(|(_, found)| **found == name).map(|(id, _)| *id).expect("the package is there");
        let (mut open, mut seen) = (vec![root], BTreeSet::new());
        while let Some(id) = open.pop() {
            if seen.insert(id) {
                let linked = Self::list(nodes[id], "deps").filter(|dependency| {
                    Self::list(dependency, "dep_kinds")
                        .any(|kind| kind["kind"].is_null() && kind["target"].is_null())
                });
                open.extend(linked.filter_map(|dependency| dependency["pkg"].as_str()));
            }
        }
        seen.into_iter().map(|id| names[id]).collect()
    }
}

#[test]
fn arrows_point_one_way() {
    let workspace = Workspace::read();
    let ours: BTreeSet<&str> = ARROWS.iter().map(|(name, _)| *name).collect();
    for (name, allowed) in ARROWS {
        let Some(direct) = workspace.direct(name) else { continue };
        let reversed: Vec<_> = direct
            .iter()
            .filter(|found| (ours.contains(**found) || found.starts_with("otp-")) && !allowed.contains(found))
            .collect();
        assert!(reversed.is_empty(), "{name} must not depend on {reversed:?}");
    }
    assert!(workspace.direct("otp-core").is_some() && workspace.direct("otp-service").is_some());
}

#[test]
fn the_core_does_no_io() {
    let workspace = Workspace::read();
    let direct = workspace.direct("otp-core").expect("otp-core is a member");
    let unknown: Vec<_> = direct.iter().filter(|name| !CORE.contains(name)).collect();
    assert!(unknown.is_empty(), "otp-core gained {unknown:?}: is it pure? Then say so in CORE");
    let below = workspace.closure("otp-core");
    let impure: Vec<_> = IMPURE.iter().filter(|name| below.contains(**name)).collect();
    assert!(impure.is_empty(), "otp-core is linked with {impure:?}");
}

#[test]
fn no_openssl_and_no_second_tls_provider() {
    let workspace = Workspace::read();
    for name in ["openssl", "openssl-sys", "native-tls", "boring", "aws-lc-sys", "aws-lc-rs"] {
        let found = Workspace::list(&workspace.metadata, "packages").any(|package| package["name"] == name);
        assert!(!found, "{name} is in the tree");
    }
}
