//! Holding a TCP port that nobody listens on: whoever connects is refused, and no other process
//! of a busy test run can be given the port meanwhile (nor can a client that keeps knocking
//! connect to itself, as TCP allows on a free port). The owner of the reservation may listen on
//! the port at any time, beside it.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::{Context, Result};
use tokio::net::TcpSocket;

/// A loopback port that stays ours while this value lives.
#[derive(Debug)]
pub struct Reservation {
    address: SocketAddr,
    /// Bound and never listening: that is what refuses. Both it and the later listener share the
    /// port because both say `SO_REUSEADDR` (the standard library and tokio do for listeners).
    _socket: TcpSocket,
}

impl Reservation {
    /// Reserves a free port.
    pub fn of_a_free_port() -> Result<Self> {
        Self::of(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
    }

    /// Reserves this port, on which nobody may be listening at the moment.
    pub fn of(address: SocketAddr) -> Result<Self> {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }
            .context("making a socket to hold a port with")?;
        socket.set_reuseaddr(true)?;
        socket.bind(address).with_context(|| format!("reserving {address}"))?;
        Ok(Self { address: socket.local_addr()?, _socket: socket })
    }

    /// The reserved address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn a_reserved_port_refuses_until_its_owner_listens_and_again_afterwards() -> Result<()> {
        let reservation = Reservation::of_a_free_port()?;
        let knock = || TcpStream::connect(reservation.address());
        assert_eq!(knock().expect_err("nobody listens").kind(), ErrorKind::ConnectionRefused);

        let listener = TcpListener::bind(reservation.address())?;
        let client = knock()?;
        let (_served, _) = listener.accept()?;
        drop(listener);

        assert_eq!(
            knock().expect_err("nobody listens any more").kind(),
            ErrorKind::ConnectionRefused
        );
        drop(client);
        Ok(())
    }

    #[test]
    fn a_reserved_port_is_given_to_nobody_who_asks_for_a_free_one() -> Result<()> {
        let reservation = Reservation::of_a_free_port()?;
        let others = (0..200)
            .map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))
            .collect::<std::io::Result<Vec<_>>>()?;
        for other in others {
            assert_ne!(other.local_addr()?, reservation.address());
        }
        Ok(())
    }

    #[test]
    fn a_port_can_be_reserved_right_after_its_listener_is_gone() -> Result<()> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let client = TcpStream::connect(address)?;
        let (served, _) = listener.accept()?;
        drop(served); // the side that closes first keeps the port in TIME_WAIT
        drop(client);
        drop(listener);
        assert_eq!(Reservation::of(address)?.address(), address);
        Ok(())
    }
}
