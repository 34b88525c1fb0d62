//! Cuts what passes in one direction of a connection into WebSocket messages, so that one of them
//! can meet a fate of its own. It keeps the bytes as they came: whatever is passed on is passed on
//! unchanged.
//!
//! What is no WebSocket (a plain request, a protocol that nobody knows) passes as the bytes that it
//! is. Compression is not understood; neither side of ours offers it.

use std::io;

/// The longest head of a handshake, in bytes; one that is longer is none.
const HEAD_LIMIT: usize = 16 * 1024;
/// The longest message, in bytes: more than the largest page of orders. It is held while it is not
/// whole; a longer one is a lost connection.
const MESSAGE_LIMIT: usize = 4 * 1024 * 1024;
/// Opcodes from this one on are of control frames, which may come between the frames of a message.
const FIRST_CONTROL_OPCODE: u8 = 8;

/// The next thing to pass on.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// Part of a handshake, a control frame, or no WebSocket at all.
    Bytes(Vec<u8>),
    /// A whole message.
    Message {
        /// Its frames, as they came.
        frames: Vec<u8>,
        /// What it says.
        text: String,
    },
}

/// One direction of a connection.
#[derive(Debug)]
pub(super) struct Splitter {
    state: State,
    /// What has come of the next frame.
    waiting: Vec<u8>,
    /// The frames that have come of the next message, and what they say.
    frames: Vec<u8>,
    payload: Vec<u8>,
}

#[derive(Debug)]
enum State {
    /// In the head of the handshake; these bytes of it have been passed on.
    Head(Vec<u8>),
    Frames,
    /// No WebSocket.
    Other,
}

struct Frame {
    length: usize,
    is_last: bool,
    is_control: bool,
    payload: Vec<u8>,
}

impl Splitter {
    pub(super) fn new() -> Self {
        let (waiting, frames, payload) = (Vec::new(), Vec::new(), Vec::new());
        Self { state: State::Head(Vec::new()), waiting, frames, payload }
    }

    /// What this piece makes whole, in order. A message that is not whole yet is kept.
    pub(super) fn take(&mut self, piece: &[u8]) -> io::Result<Vec<Unit>> {
        match &mut self.state {
            State::Other => Ok(vec![Unit::Bytes(piece.to_vec())]),
            State::Head(head) => {
                let before = head.len();
                head.extend_from_slice(piece);
                let Some(end) = head.windows(4).position(|four| four == b"\r\n\r\n") else {
                    if head.len() > HEAD_LIMIT {
                        self.state = State::Other;
                    }
                    return Ok(vec![Unit::Bytes(piece.to_vec())]);
                };
                let text = String::from_utf8_lossy(head).to_ascii_lowercase();
                let is_handshake = text.contains("\r\nupgrade: websocket\r\n");
                self.state = if is_handshake { State::Frames } else { State::Other };
                let of_the_head = (end + 4).saturating_sub(before).min(piece.len());
                let (head, rest) = piece.split_at_checked(of_the_head).unwrap_or((piece, &[]));
                let mut units = vec![Unit::Bytes(head.to_vec())];
                if !rest.is_empty() {
                    units.extend(self.take(rest)?);
                }
                Ok(units)
            }
            State::Frames => {
                self.waiting.extend_from_slice(piece);
                let mut units = Vec::new();
                while let Some(frame) = next_frame(&self.waiting)? {
                    units.extend(self.take_frame(frame)?);
                }
                Ok(units)
            }
        }
    }

    /// What has come of something that will not become whole any more.
    pub(super) fn into_rest(mut self) -> Vec<u8> {
        self.frames.append(&mut self.waiting);
        self.frames
    }

    fn take_frame(&mut self, frame: Frame) -> io::Result<Option<Unit>> {
        let bytes: Vec<u8> = self.waiting.drain(..frame.length).collect();
        if frame.is_control {
            return Ok(Some(Unit::Bytes(bytes)));
        }
        self.frames.extend(bytes);
        self.payload.extend(frame.payload);
        if self.frames.len() > MESSAGE_LIMIT {
            return Err(too_long());
        }
        if !frame.is_last {
            return Ok(None);
        }
        let text = String::from_utf8_lossy(&std::mem::take(&mut self.payload)).into_owned();
        Ok(Some(Unit::Message { frames: std::mem::take(&mut self.frames), text }))
    }
}

/// The frame that these bytes begin with, once it is whole (RFC 6455, section 5.2).
fn next_frame(bytes: &[u8]) -> io::Result<Option<Frame>> {
    let Some((head, payload_at, length)) = frame_head(bytes) else { return Ok(None) };
    if length > MESSAGE_LIMIT {
        return Err(too_long());
    }
    let [first, second] = head;
    let is_masked = second & 0x80 != 0;
    let mask_length = if is_masked { 4 } else { 0 };
    let end = payload_at + mask_length + length;
    let Some(rest) = bytes.get(payload_at..end) else { return Ok(None) };
    let (mask, payload) = rest.split_at_checked(mask_length).unwrap_or((&[], rest));
    let payload = if is_masked {
        payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect()
    } else {
        payload.to_vec()
    };
    let opcode = first & 0x0f;
    Ok(Some(Frame {
        length: end,
        is_last: first & 0x80 != 0,
        is_control: opcode >= FIRST_CONTROL_OPCODE,
        payload,
    }))
}

/// The first two bytes, where the mask or else the payload begins, and how long the payload is.
fn frame_head(bytes: &[u8]) -> Option<([u8; 2], usize, usize)> {
    let (head, rest) = bytes.split_first_chunk::<2>()?;
    let (payload_at, length) = match head[1] & 0x7f {
        126 => (4, u16::from_be_bytes(*rest.first_chunk::<2>()?).into()),
        127 => (10, u64::from_be_bytes(*rest.first_chunk::<8>()?)),
        short => (2, short.into()),
    };
    Some((*head, payload_at, usize::try_from(length).unwrap_or(usize::MAX)))
}

fn too_long() -> io::Error {
    io::Error::other(format!("a message of more than {MESSAGE_LIMIT} bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &[u8] = b"GET /graphql HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n";

    fn frame(first: u8, mask: Option<[u8; 4]>, payload: &[u8]) -> Vec<u8> {
        let masked = if mask.is_some() { 0x80 } else { 0 };
        let mut frame = vec![first];
        match payload.len() {
            short @ 0..126 => frame.push(masked | u8::try_from(short).unwrap()),
            middle @ 126..65_536 => {
                frame.push(masked | 0x7e);
                frame.extend(u16::try_from(middle).unwrap().to_be_bytes());
            }
            long => {
                frame.push(masked | 0x7f);
                frame.extend(u64::try_from(long).unwrap().to_be_bytes());
            }
        }
        let mask = mask.inspect(|mask| frame.extend(mask)).unwrap_or_default();
        frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
        frame
    }

    fn texts(units: &[Unit]) -> Vec<&str> {
        let messages = units.iter().filter_map(|unit| match unit {
            Unit::Message { text, .. } => Some(text.as_str()),
            Unit::Bytes(_) => None,
        });
        messages.collect()
    }

    fn bytes(units: Vec<Unit>) -> Vec<u8> {
        let bytes = |unit| match unit {
            Unit::Bytes(bytes) | Unit::Message { frames: bytes, .. } => bytes,
        };
        units.into_iter().flat_map(bytes).collect()
    }

    #[test]
    fn messages_of_every_length_are_found_however_the_bytes_arrive_and_all_pass_unchanged() {
        let (middle, long) = ("m".repeat(1_000), "l".repeat(70_000));
        let masked = frame(0x81, Some([1, 2, 3, 4]), b"masked");
        let (one, two) = (frame(0x01, None, b"in two "), frame(0x80, None, b"frames"));
        let ping = frame(0x89, None, b"a ping between");
        let rest =
            [frame(0x81, None, middle.as_bytes()), frame(0x81, Some([9; 4]), long.as_bytes())]
                .concat();
        let stream = [HEAD, &masked, &one, &ping, &two, &rest].concat();
        // A message goes on when it is whole.
        let passed = [HEAD, &masked, &ping, &one, &two, &rest].concat();
        for size in [1, 7, 100, stream.len()] {
            let mut splitter = Splitter::new();
            let pieces = stream.chunks(size).map(|piece| splitter.take(piece).unwrap());
            let units: Vec<Unit> = pieces.flatten().collect();
            assert_eq!(texts(&units), ["masked", "in two frames", &middle, &long], "by {size}");
            assert_eq!(bytes(units), passed, "by {size}");
        }
    }

    #[test]
    fn what_is_no_web_socket_passes_at_once_as_it_is() {
        for stream in [&b"hello"[..], b"POST / HTTP/1.1\r\n\r\n\x81\x02hi"] {
            let mut splitter = Splitter::new();
            assert_eq!(bytes(splitter.take(stream).unwrap()), stream);
            assert_eq!(bytes(splitter.take(b"\x81\x02hi").unwrap()), b"\x81\x02hi");
        }
    }

    #[test]
    fn what_was_not_whole_when_the_stream_ended_is_there_to_be_passed_on() {
        let mut splitter = Splitter::new();
        splitter.take(HEAD).unwrap();
        let mut half = frame(0x01, None, b"one of two");
        half.extend(&frame(0x80, None, b"never whole")[..5]);
        assert_eq!(splitter.take(&half).unwrap(), []);
        assert_eq!(splitter.into_rest(), half);
    }

    #[test]
    fn a_message_without_end_is_a_lost_connection() {
        let mut splitter = Splitter::new();
        splitter.take(HEAD).unwrap();
        let mut endless = vec![0x81, 127];
        endless.extend(u64::MAX.to_be_bytes());
        splitter.take(&endless).unwrap_err();
        let mut splitter = Splitter::new();
        splitter.take(HEAD).unwrap();
        let part = frame(0x01, None, &vec![0; 1024 * 1024]);
        assert!((0..5).any(|_| splitter.take(&part).is_err()));
    }
}
