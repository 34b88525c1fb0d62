//! From a socket to a connection that the backend has acknowledged. Step 3 of an order's way.

use futures_util::{SinkExt, StreamExt};
use optimistic::account::ConnectionId;
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{
        self, Message,
        client::IntoClientRequest,
        http::{HeaderValue, header::SEC_WEBSOCKET_PROTOCOL},
    },
};

use super::{
    super::{
        endpoint::Endpoint,
        protocol::{Protocol, Received, SUBPROTOCOL, Violation},
    },
    Broken, Connection, Socket, config,
};
use crate::profile::Token;

/// Does the handshake of the WebSocket and that of the protocol. Has no deadline of its own.
pub(in super::super) async fn open<S: Socket>(
    socket: S,
    endpoint: &Endpoint,
    token: Option<&Token>,
    id: ConnectionId,
) -> Result<Connection<S>, Broken> {
    let mut request = endpoint.websocket_url().into_client_request()?;
    request.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL));
    let (mut socket, _response) =
        client_async_with_config(request, socket, Some(config())).await.map_err(not_a_backend)?;
    socket.send(Message::text(Protocol::connection_init(token))).await?;
    let mut protocol = Protocol::default();
    match acknowledged(&mut socket, &mut protocol).await {
        Ok(()) => Ok(Connection { id, socket, protocol }),
        Err(broken) => {
            if let Some(farewell) = broken.farewell() {
                // The connection is given up in any case, and the first error is the one to tell.
                let _ = socket.send(farewell).await;
            }
            Err(broken)
        }
    }
}

async fn acknowledged<S: Socket>(
    socket: &mut WebSocketStream<S>,
    protocol: &mut Protocol,
) -> Result<(), Broken> {
    loop {
        match socket.next().await.ok_or(Broken::Ended)?? {
            Message::Text(text) => match protocol.receive(&text)? {
                Received::Acknowledged => return Ok(()),
                Received::Reply(reply) => socket.send(Message::text(reply)).await?,
                Received::Nothing
                | Received::Next { .. }
                | Received::Failed { .. }
                | Received::Complete { .. } => {}
            },
            Message::Close(frame) => return Err(Broken::closed(frame)),
            Message::Binary(_) => return Err(Violation::Binary.into()),
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
        }
    }
}

/// Where the handshake fails for another reason than the line, something else listens there.
fn not_a_backend(error: tungstenite::Error) -> Broken {
    if let tungstenite::Error::Http(response) = error {
        return Broken::NotABackend(format!("it answered {} to a WebSocket", response.status()));
    }
    let broken = Broken::from(error);
    if let Broken::WebSocket(error) = broken {
        Broken::NotABackend(error.to_string())
    } else {
        broken
    }
}
