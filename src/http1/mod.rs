//! HTTP/1.1 heads and bodies, for hosts without an HTTP stack of their own.
