//! The thread that writes: what queued up while one batch was committed is the next one.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::mpsc::Receiver,
    thread,
    time::Duration,
};

use otp_service::StoreError;

use crate::{
    batch::{self, Batch as _},
    database::{Cause, Database, Failure},
    job::Job,
    overlay::Overlay,
};
