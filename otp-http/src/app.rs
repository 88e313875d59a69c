//! What adapters mount.

use serde_json::{Map, Value};

use crate::{request::Request, response::Response};

/// A set of calls under one mount. Cheap to clone: adapters clone it for every worker and request.
pub trait App: Clone + Send + Sync + 'static {
    /// Answers one request. Never fails: whatever goes wrong is an answer as well.
    fn handle(&self, request: Request) -> impl Future<Output = Response> + Send;

    /// The OpenAPI path items of the app's calls when it is mounted at `mount` (`/api/phone`, or empty).
    fn paths(&self, mount: &str) -> Map<String, Value>;
}
