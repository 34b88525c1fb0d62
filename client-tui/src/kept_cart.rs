//! The cart on disk, so that whoever leaves with a full one finds it again.
//!
//! Written when the program ends, and only where it is another one than was found at the start: of two
//! programs on one directory, the one that has changed its cart has the last word. A program that is
//! killed leaves the cart of its start behind.

use std::path::Path;

use optimistic::account::ProfileId;

use crate::app::cart::Cart;
use crate::sealed_file::{Found, Kind, SealedFileError};

/// The largest file that is read: a cart at all its bounds takes a few kilobytes.
const CART: Kind = Kind { format: 1, size_limit: 64 * 1024 };

/// Reads the cart that this profile has left at `path`. Blocks for as long as the disk takes.
pub fn read_cart(path: &Path, profile: ProfileId) -> Found<Cart> {
    CART.read(path, profile)
}

/// Replaces the cart at `path`. Blocks for as long as the disk takes.
///
/// # Errors
/// The file is as it was.
pub fn write_cart(path: &Path, profile: ProfileId, cart: &Cart) -> Result<(), SealedFileError> {
    CART.write(path, profile, cart)
}
