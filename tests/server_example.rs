//! The server example over real TCP: what it answers, what it keeps, and what it does not let through.
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "a test over TCP has sockets, files and threads"
)]
#![allow(unreachable_pub, reason = "a test exports nothing: `pub` is what other modules use")]

#[path = "server_example/checksums.rs"]
mod checksums;
#[path = "server_example/codings.rs"]
mod codings;
#[path = "server_example/conditions.rs"]
mod conditions;
#[path = "server_example/connections.rs"]
mod connections;
#[path = "server_example/creations.rs"]
mod creations;
#[path = "server_example/expiry.rs"]
mod expiry;
#[path = "server_example/ids.rs"]
mod ids;
#[path = "server_example/leftovers.rs"]
mod leftovers;
#[path = "server_example/limits.rs"]
mod limits;
#[path = "server_example/locations.rs"]
mod locations;
#[path = "server_example/names.rs"]
mod names;
#[path = "server_example/peer.rs"]
mod peer;
#[path = "server_example/reads.rs"]
mod reads;
#[path = "server_example/records.rs"]
mod records;
#[path = "server_example/redivis.rs"]
mod redivis;
#[path = "server_example/refusals.rs"]
mod refusals;
#[path = "server_example/related.rs"]
mod related;
#[path = "server_example/restarts.rs"]
mod restarts;
#[path = "server_example/room.rs"]
mod room;
#[path = "../examples/server/server.rs"]
mod server;
#[path = "server_example/stores.rs"]
mod stores;
#[path = "server_example/takeovers.rs"]
mod takeovers;
#[path = "server_example/uploads.rs"]
mod uploads;
#[path = "server_example/wholes.rs"]
mod wholes;
#[path = "server_example/xml.rs"]
mod xml;
