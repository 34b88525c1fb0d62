//! How much one caller may ask of the doors, and how long they wait for anybody. At each bound
//! stands a clear answer. Step 3 of an order's way.
//!
//! Tests set these to what they want to see; a server runs with the defaults.

use std::time::Duration;

/// The bounds of the doors. Each default carries its unit and its reason.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    /// Bytes of one HTTP body, and of one WebSocket message. Beyond: 413, and close code 1009.
    pub(crate) request_bytes: usize,
    /// How long the body of a request may take to arrive. Beyond: 408.
    pub(crate) body_deadline: Duration,
    /// Operations that are being executed over HTTP, all callers together. Beyond: 503 with
    /// `Retry-After`.
    pub(crate) http_operations_at_once: usize,
    /// WebSocket connections, all callers together. Beyond: 503 with `Retry-After` to the
    /// handshake.
    pub(crate) web_sockets_at_once: u32,
    /// Operations of one WebSocket connection. Beyond: `error` with the code `RATE_LIMITED`, for
    /// that operation alone.
    pub(crate) operations_at_once: usize,
    /// From the handshake until `connection_init` is there, and again until its sender is
    /// authenticated. Beyond: 4408, and 1013.
    pub(crate) init_deadline: Duration,
    /// How often a WebSocket peer is asked for a sign of life.
    pub(crate) ping_interval: Duration,
    /// How many pings in a row may stay without any sign of life before the peer counts as dead:
    /// 4499. A silent peer lives for `ping_interval * (unanswered_pings + 1)`.
    pub(crate) unanswered_pings: u32,
    /// Messages that wait to be written to one WebSocket. At the bound its operations wait: a slow
    /// reader slows itself.
    pub(crate) outgoing_messages: usize,
    /// How long writing what waits may take before the peer counts as dead. It cannot be told, so
    /// the socket just ends.
    pub(crate) write_deadline: Duration,
    /// How long a closing handshake may take, from our close frame to the peer's.
    pub(crate) close_deadline: Duration,
    /// How long running queries and mutations of a WebSocket may take once the server shuts down,
    /// before 1001.
    pub(crate) shutdown_grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // 64 KiB: the largest operation of the terminal program has under 4 KiB, an
            // introspection query 2 KiB.
            request_bytes: 64 * 1024,
            // 10 s: 64 KiB over a modem's 56 kbit/s.
            body_deadline: Duration::from_secs(10),
            // 256: several batches of the log writer, so that it can commit full ones.
            http_operations_at_once: 256,
            // 256: more than one machine's worth of terminals; an idle one takes 11 KiB.
            web_sockets_at_once: 256,
            // 32: the terminal program uses a dozen (8 mutations, a subscription, a few pages).
            operations_at_once: 32,
            // 3 s: what the reference implementation waits.
            init_deadline: Duration::from_secs(3),
            // 12 s: under the half minute after which home routers forget an idle connection.
            ping_interval: Duration::from_secs(12),
            // 2: one lost ping is bad luck, two are a pattern; a silent peer lives for 36 s.
            unanswered_pings: 2,
            // 16: enough to fill a packet with small changes, few enough to hold 16 pages of
            // orders.
            outgoing_messages: 16,
            // 10 s: a peer that takes none of what waits for so long does not read any more.
            write_deadline: Duration::from_secs(10),
            // 2 s: a few round trips around the world.
            close_deadline: Duration::from_secs(2),
            // 5 s: a mutation waits for one commit, milliseconds; this is for a disk that has a bad
            // day.
            shutdown_grace: Duration::from_secs(5),
        }
    }
}
