use std::io::{ErrorKind, Read, Write};
use std::net::Ipv4Addr;

use super::*;
use crate::wait::{Attempt, Stopwatch, eventually};

const DEADLINE: Duration = Duration::from_secs(20);
const A_WHILE: Duration = Duration::from_millis(150);

/// Answers everything that it is sent with the same in capitals, until its listener is dropped.
fn shouting_server() -> Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    thread::Builder::new().spawn(move || {
        while let Ok((connection, _)) = listener.accept() {
            let _ = thread::Builder::new().spawn(move || shout(connection));
        }
    })?;
    Ok(address)
}

fn shout(mut connection: TcpStream) -> std::io::Result<()> {
    let mut piece = [0; 1024];
    loop {
        let length = connection.read(&mut piece)?;
        if length == 0 {
            return connection.write_all(b"(end)");
        }
        connection.write_all(&piece[..length].to_ascii_uppercase())?;
    }
}

/// A client whose reads end after a while, so that silence can be seen.
fn connect(proxy: &Proxy) -> Result<TcpStream> {
    let client = TcpStream::connect(proxy.address())?;
    client.set_read_timeout(Some(A_WHILE))?;
    Ok(client)
}

/// Reads until `expected` has come, whatever time it takes.
fn hears(client: &mut TcpStream, expected: &str) -> Result<()> {
    let mut heard = String::new();
    let mut piece = [0; 1024];
    eventually(DEADLINE, format!("{expected:?}"), || {
        match client.read(&mut piece) {
            Ok(0) => return Attempt::Hopeless(format!("closed after {heard:?}")),
            Ok(length) => heard.push_str(&String::from_utf8_lossy(&piece[..length])),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Attempt::Hopeless(format!("{error} after {heard:?}")),
        }
        if heard == expected { Attempt::Done(()) } else { Attempt::NotYet(heard.clone()) }
    })
}

fn hears_nothing(client: &mut TcpStream) {
    let error = client.read(&mut [0; 1]).expect_err("nothing comes");
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
}

#[test]
fn bytes_pass_both_ways_and_so_does_the_end() -> Result<()> {
    let proxy = Proxy::start(shouting_server()?)?;
    let mut client = connect(&proxy)?;
    client.write_all(b"hello")?;
    hears(&mut client, "HELLO")?;
    client.shutdown(std::net::Shutdown::Write)?;
    hears(&mut client, "(end)")
}

#[test]
fn a_stalled_line_holds_everything_and_loses_nothing() -> Result<()> {
    let mut proxy = Proxy::start(shouting_server()?)?;
    let mut old = connect(&proxy)?;
    old.write_all(b"one")?;
    hears(&mut old, "ONE")?;

    proxy.stall()?;
    let mut new = connect(&proxy)?;
    old.write_all(b"two")?;
    new.write_all(b"three")?;
    hears_nothing(&mut old);
    hears_nothing(&mut new);

    proxy.pass()?;
    hears(&mut old, "TWO")?;
    hears(&mut new, "THREE")
}

#[test]
fn a_cut_drops_who_is_connected_and_refuses_who_comes_until_it_is_over() -> Result<()> {
    let mut proxy = Proxy::start(shouting_server()?)?;
    let mut old = connect(&proxy)?;
    old.write_all(b"one")?;
    hears(&mut old, "ONE")?;

    proxy.cut()?;
    assert_eq!(old.read(&mut [0; 1])?, 0, "the connection is gone");
    let refused = TcpStream::connect(proxy.address()).expect_err("the line is cut");
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);

    proxy.pass()?;
    let mut new = connect(&proxy)?;
    new.write_all(b"two")?;
    hears(&mut new, "TWO")
}

#[test]
fn a_cut_also_ends_what_is_stalled() -> Result<()> {
    let mut proxy = Proxy::start(shouting_server()?)?;
    proxy.stall()?;
    let mut client = connect(&proxy)?;
    client.write_all(b"one")?;
    hears_nothing(&mut client);
    proxy.cut()?;
    eventually(DEADLINE, "the end of the connection", || {
        match client.read(&mut [0; 1]) {
            Ok(0) => Some(()),
            // With unread bytes on the way the end comes as a reset.
            Err(error) if error.kind() == ErrorKind::ConnectionReset => Some(()),
            Ok(_) | Err(_) => None,
        }
    })
}

#[test]
fn a_delay_is_waited_out_in_each_direction() -> Result<()> {
    let mut proxy = Proxy::start(shouting_server()?)?;
    let mut client = connect(&proxy)?;
    client.write_all(b"connected")?;
    hears(&mut client, "CONNECTED")?;

    proxy.delay(A_WHILE)?;
    let way = Stopwatch::start();
    client.write_all(b"slow")?;
    hears(&mut client, "SLOW")?;
    assert!(way.elapsed() >= 2 * A_WHILE, "{:?}", way.elapsed());
    Ok(())
}

#[test]
fn a_backend_that_is_down_looks_like_a_lost_connection_and_another_can_be_led_to() -> Result<()> {
    let nobody = Reservation::of_a_free_port()?;
    let proxy = Proxy::start(nobody.address())?;
    let mut client = connect(&proxy)?;
    eventually(DEADLINE, "the end of the connection", || {
        client.read(&mut [0; 1]).ok().filter(|length| *length == 0)
    })?;

    proxy.lead_to(shouting_server()?);
    let mut client = connect(&proxy)?;
    client.write_all(b"hello")?;
    hears(&mut client, "HELLO")
}

#[test]
fn more_than_the_buffers_hold_passes_and_is_held_back_while_stalled() -> Result<()> {
    let sink = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let mut proxy = Proxy::start(sink.local_addr()?)?;
    let mut client = connect(&proxy)?;
    let (mut served, _) = sink.accept()?;
    proxy.stall()?;
    client.set_write_timeout(Some(A_WHILE))?;
    let much = vec![7; 64 * 1024];
    let mut sent = 0;
    // What the proxy does not take fills the sockets' buffers, and then the writer feels it.
    while let Ok(length) = client.write(&much) {
        sent += length;
        assert!(sent < 64 * 1024 * 1024, "the proxy swallows without bound");
    }
    proxy.pass()?;
    client.shutdown(std::net::Shutdown::Write)?;
    let mut arrived = Vec::new();
    served.read_to_end(&mut arrived)?;
    assert_eq!(arrived.len(), sent);
    Ok(())
}

#[test]
fn nothing_is_left_when_it_is_dropped() -> Result<()> {
    let proxy = Proxy::start(shouting_server()?)?;
    let address = proxy.address();
    let mut client = connect(&proxy)?;
    client.write_all(b"hello")?;
    hears(&mut client, "HELLO")?;
    drop(proxy);
    assert_eq!(client.read(&mut [0; 1])?, 0);
    assert!(TcpStream::connect(address).is_err());
    Ok(())
}

const HANDSHAKE: &[u8] = b"GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n";

/// The client's request for an operation of this name, in a frame.
fn request(operation: &str) -> Result<Vec<u8>> {
    let text = format!(r#"{{"type":"subscribe","payload":{{"operationName":"{operation}"}}}}"#);
    let mut frame = vec![0x81, u8::try_from(text.len())?];
    frame.extend(text.bytes());
    Ok(frame)
}

/// What arrives at the backend of requests for A, B and C, when this happens to the one for B.
fn arrivals_when(fate: Fate) -> Result<Vec<&'static str>> {
    let backend = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let proxy = Proxy::start(backend.local_addr()?)?;
    let mut client = connect(&proxy)?;
    let (mut served, _) = backend.accept()?;
    proxy.befall(Meant::request("B"), fate);
    client.write_all(&[HANDSHAKE, &request("A")?, &request("B")?, &request("C")?].concat())?;
    drop(client);
    let mut arrived = Vec::new();
    served.read_to_end(&mut arrived)?;
    proxy.wait_until_befallen(DEADLINE)?;
    let mut rest = arrived.strip_prefix(HANDSHAKE).context("the handshake passes")?;
    let mut operations = Vec::new();
    while !rest.is_empty() {
        let next = ["A", "B", "C"].into_iter().find_map(|operation| {
            Some((operation, rest.strip_prefix(&request(operation).ok()?[..])?))
        });
        let (operation, behind) = next.context("nothing but whole messages")?;
        operations.push(operation);
        rest = behind;
    }
    Ok(operations)
}

#[test]
fn a_single_message_is_lost_doubled_or_overtaken_and_the_others_pass() -> Result<()> {
    assert_eq!(arrivals_when(Fate::Lost)?, ["A", "C"]);
    assert_eq!(arrivals_when(Fate::Doubled)?, ["A", "B", "B", "C"]);
    assert_eq!(arrivals_when(Fate::Overtaken)?, ["A", "C", "B"]);
    assert_eq!(arrivals_when(Fate::LostInACut)?, ["A"]);
    Ok(())
}

#[test]
fn a_line_that_was_cut_in_a_message_is_cut_until_it_is_let_pass_again() -> Result<()> {
    let mut proxy = Proxy::start(shouting_server()?)?;
    proxy.befall(Meant::request("A"), Fate::LostInACut);
    let mut client = connect(&proxy)?;
    client.write_all(&[HANDSHAKE, &request("A")?].concat())?;
    proxy.wait_until_befallen(DEADLINE)?;
    eventually(DEADLINE, "the end of whoever comes", || {
        let mut other = connect(&proxy).ok()?;
        // Welcomed by a door that was still open, it hears nothing but the end.
        Some(()).filter(|()| matches!(other.read(&mut [0; 1]), Ok(0) | Err(_)))
    })?;
    proxy.pass()?;
    let mut client = connect(&proxy)?;
    client.write_all(b"hello")?;
    hears(&mut client, "HELLO")
}

#[test]
fn what_has_not_befallen_anything_can_be_called_off() -> Result<()> {
    let proxy = Proxy::start(shouting_server()?)?;
    proxy.befall(Meant::request("A"), Fate::Lost);
    proxy.spare_the_rest();
    proxy.wait_until_befallen(Duration::ZERO)
}
