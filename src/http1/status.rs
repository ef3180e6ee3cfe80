//! The words beside a status code.

/// The reason phrase for the statuses that this protocol uses, and an empty string for others.
///
/// Two differ from the registry, as Google's service has them: 308 is "Resume Incomplete" (an answer, not a redirect),
/// and 499 is "Client Closed Request" (the session was cancelled). Phrases mean nothing to a recipient (RFC 9112,
/// section 4).
///
/// ```
/// assert_eq!(resumable::http1::reason(308), "Resume Incomplete");
/// assert_eq!(resumable::http1::reason(299), "");
/// ```
#[must_use]
pub const fn reason(status: u16) -> &'static str {
    match status {
        100 => "Continue",
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        206 => "Partial Content",
        308 => "Resume Incomplete",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        411 => "Length Required",
        412 => "Precondition Failed",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        416 => "Range Not Satisfiable",
        417 => "Expectation Failed",
        423 => "Locked",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        499 => "Client Closed Request",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        505 => "HTTP Version Not Supported",
        507 => "Insufficient Storage",
        _ => "",
    }
}
