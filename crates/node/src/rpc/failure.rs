//! Answers that are errors: a code and a text, both the reference's.
//!
//! Sources: go-zenon `rpc/server/errors.go`, `rpc/api/errors.go`.

use crate::service::ServiceError;
use ledger::{Fault, Refusal};
use std::borrow::Cow;

/// Why a request has no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The number that tells the sort.
    pub code: i32,
    /// The text.
    pub message: Cow<'static, str>,
}

/// What is no JSON.
pub const PARSE_ERROR: i32 = -32_700;
/// What is no request.
pub const INVALID_REQUEST: i32 = -32_600;
/// A method that is not there.
pub const METHOD_NOT_FOUND: i32 = -32_601;
/// Arguments that don't fit.
pub const INVALID_PARAMS: i32 = -32_602;
/// Whatever a method itself reports.
pub const FAILED: i32 = -32_000;
/// The answer did not come in time.
pub const TIMEOUT: i32 = -32_002;
/// Somebody asks for what the administrator alone may do.
pub const FORBIDDEN: i32 = -32_004;
/// The answer is larger than is sent.
pub const TOO_LARGE: i32 = -32_003;

impl Failure {
    /// An error of this code.
    pub fn new(code: i32, message: impl Into<Cow<'static, str>>) -> Failure {
        Failure { code, message: message.into() }
    }

    /// A method's own error.
    pub const fn of_method(message: &'static str) -> Failure {
        Failure { code: FAILED, message: Cow::Borrowed(message) }
    }

    /// `the method X does not exist/is not available`
    pub fn no_method(method: &str) -> Failure {
        let message = format!("the method {method} does not exist/is not available");
        Failure::new(METHOD_NOT_FOUND, message)
    }
}

/// `page-size parameter is too big`
pub const PAGE_SIZE_TOO_BIG: Failure = Failure::of_method("page-size parameter is too big");
/// `page-index parameter is too big`
pub const PAGE_INDEX_TOO_BIG: Failure = Failure::of_method("page-index parameter is too big");
/// `count parameter is too big`
pub const COUNT_TOO_BIG: Failure = Failure::of_method("count parameter is too big");
/// `height parameter must be strictly greater than zero`
pub const HEIGHT_IS_ZERO: Failure =
    Failure::of_method("height parameter must be strictly greater than zero");
/// `parameter must not be null`
pub const PARAM_IS_NULL: Failure = Failure::of_method("parameter must not be null");
/// `method handler crashed`
pub const CRASHED: Failure = Failure::of_method("method handler crashed");
/// A method for the administrator, asked for without the token.
pub const NEEDS_TOKEN: Failure = Failure {
    code: FORBIDDEN,
    message: Cow::Borrowed("this method needs the administrator's token"),
};
/// `notifications not supported`
pub const NO_NOTIFICATIONS: Failure = Failure::of_method("notifications not supported");
/// `subscription not found`
pub const NO_SUBSCRIPTION: Failure = Failure::of_method("subscription not found");

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Failure {
        Failure::new(FAILED, refusal.to_string())
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Failure {
        Failure::new(FAILED, fault.to_string())
    }
}

impl From<ServiceError> for Failure {
    fn from(error: ServiceError) -> Failure {
        Failure::new(FAILED, error.to_string())
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Failure {
        Failure::new(FAILED, error.to_string())
    }
}
