//! The backend of Tiffin: the three factors of 3factor, each a folder.
//!
//! ```text
//!  FACTOR 1  api        realtime GraphQL     parses, authorises, hands a command over, answers
//!  FACTOR 2  eventing   reliable eventing    decides, appends, delivers; state is the fold of the log
//!  FACTOR 3  functions  async serverless     small stateless functions that handle the events
//! ```
//!
//! Beside them stand the `store` (one `SQLite` file) and the `gateway` (the simulated bank). The library
//! has one entry, [`run`]; everything that it starts is put together in `serve`.

#![warn(missing_docs)]

mod functions;
mod eventing;
mod store;
mod gateway;
mod clock;
