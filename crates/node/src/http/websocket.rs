//! One WebSocket connection: calls, their answers, notifications.
//!
//! Calls run side by side, and each is answered as soon as it is done; those that read little are
//! answered in order. A client that does not take what it subscribed to is dropped. Source: go-zenon
//! `rpc/server/websocket.go`.

use super::connection::Place;
use super::limits::{IN_FLIGHT_MAX, MESSAGE_BYTES_MAX};
use super::respond::{Answer, error};
use super::{Server, stopped};
use crate::rpc::json::{Raw, ScanError, first_value};
use crate::rpc::session::{Announcement, Scope, Session};
use crate::rpc::{Api, Caller};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, SinkExt, StreamExt};
use hyper::body::Incoming;
use hyper::header::{
    CONNECTION, HeaderMap, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_VERSION, UPGRADE,
};
use hyper::upgrade::Upgraded;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::sync::broadcast;
use tokio::time::Instant;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::CapacityError;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{self, Message};

/// Lets a request go on as WebSocket.
pub fn upgrade(server: Arc<Server>, place: Place, mut request: Request<Incoming>) -> Answer {
    let key = match accepted_key(request.method(), request.headers()) {
        Ok(key) => key,
        Err(text) => return error(StatusCode::BAD_REQUEST, text),
    };
    let upgraded = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let _place = place;
        server.counts.ws.fetch_add(1, Ordering::Relaxed);
        match upgraded.await {
            Ok(socket) => Connection::open(server.clone(), socket).await.converse().await,
            Err(error) => tracing::debug!(%error, "a connection did not go on as WebSocket"),
        }
        server.counts.ws.fetch_sub(1, Ordering::Relaxed);
    });
    let mut answer = Response::default();
    *answer.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = answer.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(SEC_WEBSOCKET_ACCEPT, key);
    answer
}

/// The key that accepts the client's, or what is wrong with the request.
fn accepted_key(method: &Method, headers: &HeaderMap) -> Result<HeaderValue, &'static str> {
    if *method != Method::GET {
        return Err("a WebSocket begins with GET");
    }
    if headers.get(SEC_WEBSOCKET_VERSION).is_none_or(|version| version != "13") {
        return Err("only version 13 of WebSocket is spoken here");
    }
    let key = headers.get(SEC_WEBSOCKET_KEY).ok_or("the key of the WebSocket is missing")?;
    HeaderValue::from_str(&derive_accept_key(key.as_bytes()))
        .map_err(|_| "the key of the WebSocket can't be used")
}

/// Why a connection ends.
enum End {
    /// The client left, or can't be reached.
    Gone,
    /// We end it, and say why.
    Closed(CloseCode, &'static str),
}

/// A call under way, and what it does with the subscriptions.
type Call = Pin<Box<dyn Future<Output = (Option<Vec<u8>>, Scope)> + Send>>;

struct Connection {
    server: Arc<Server>,
    socket: WebSocketStream<TokioIo<Upgraded>>,
    session: Arc<Session>,
    calls: FuturesUnordered<Call>,
}

impl Connection {
    async fn open(server: Arc<Server>, socket: Upgraded) -> Connection {
        let config = WebSocketConfig::default()
            .max_message_size(Some(MESSAGE_BYTES_MAX))
            .max_frame_size(Some(MESSAGE_BYTES_MAX))
            .read_buffer_size(16 << 10)
            .write_buffer_size(0);
        let socket =
            WebSocketStream::from_raw_socket(TokioIo::new(socket), Role::Server, Some(config))
                .await;
        let session = Arc::new(Session::new(server.counts.subscriptions.clone()));
        Connection { server, socket, session, calls: FuturesUnordered::new() }
    }

    /// Serves the connection until it ends.
    async fn converse(mut self) {
        let end = match self.serve().await {
            Ok(never) => match never {},
            Err(end) => end,
        };
        if let End::Closed(code, reason) = end {
            let frame = CloseFrame { code, reason: reason.into() };
            let closed = self.socket.close(Some(frame));
            let _ = tokio::time::timeout(self.server.limits.send, closed).await;
        }
    }

    async fn serve(&mut self) -> Result<std::convert::Infallible, End> {
        let mut announcements = self.server.announcements.subscribe();
        let mut stop = self.server.stop.clone();
        let ping = self.server.limits.ping;
        let mut quiet_until = Instant::now() + ping;
        loop {
            tokio::select! {
                message = self.socket.next(), if self.calls.len() < IN_FLIGHT_MAX => {
                    self.take(message).await?;
                }
                Some((answer, scope)) = self.calls.next(), if !self.calls.is_empty() => {
                    self.answer(answer, scope).await?;
                }
                told = announcements.recv() => self.notify(told).await?,
                () = tokio::time::sleep_until(quiet_until) => {
                    self.send(Message::Ping(Default::default())).await?;
                }
                () = stopped(&mut stop) => {
                    return Err(End::Closed(CloseCode::Away, "the node is stopping"));
                }
            }
            quiet_until = Instant::now() + ping;
        }
    }

    /// Takes a message of the client.
    async fn take(
        &mut self,
        message: Option<Result<Message, tungstenite::Error>>,
    ) -> Result<(), End> {
        let text: bytes::Bytes = match message {
            Some(Ok(Message::Text(text))) => text.into(),
            Some(Ok(Message::Binary(bytes))) => bytes,
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {
                // The pong to a ping waits to be written.
                return self.send_what_waits().await;
            }
            Some(Ok(Message::Close(_))) | None => return Err(End::Gone),
            Some(Err(tungstenite::Error::Capacity(CapacityError::MessageTooLong { .. }))) => {
                return Err(End::Closed(CloseCode::Size, "a message is longer than 15 MiB"));
            }
            Some(Err(tungstenite::Error::Utf8(_))) => {
                return Err(End::Closed(CloseCode::Invalid, "a text is no UTF-8"));
            }
            Some(Err(error)) => {
                tracing::debug!(%error, "a WebSocket connection ended early");
                return Err(End::Gone);
            }
        };
        let value = match first_value(&text) {
            Ok(value) => text.slice_ref(value),
            Err(ScanError::Syntax(message)) => {
                self.send(message_of(Api::unreadable(message))).await?;
                return Err(End::Closed(CloseCode::Invalid, "a message is no JSON"));
            }
            Err(ScanError::Empty | ScanError::Truncated) => {
                return Err(End::Closed(CloseCode::Invalid, "a message is no JSON"));
            }
        };
        let api = self.server.api.clone();
        let scope = Scope::new(self.session.clone());
        let mut call: Call = Box::pin(async move {
            let answer = api.answer(Raw::of_checked(&value), Some(&scope), Caller::Anyone).await;
            (answer, scope)
        });
        match call.as_mut().now_or_never() {
            Some((answer, scope)) => self.answer(answer, scope).await,
            None => {
                self.calls.push(call);
                Ok(())
            }
        }
    }

    /// Sends an answer, then what was held back until then.
    async fn answer(&mut self, answer: Option<Vec<u8>>, scope: Scope) -> Result<(), End> {
        if let Some(answer) = answer {
            self.send(message_of(answer)).await?;
        }
        for notification in scope.release() {
            self.send(message_of(notification)).await?;
        }
        Ok(())
    }

    /// Sends the notifications of an announcement.
    async fn notify(
        &mut self,
        told: Result<Option<Arc<Announcement>>, broadcast::error::RecvError>,
    ) -> Result<(), End> {
        let missed = match told {
            Ok(Some(announcement)) => match self.session.notifications(&announcement) {
                Ok(notifications) => {
                    for notification in notifications {
                        self.send(message_of(notification)).await?;
                    }
                    return Ok(());
                }
                Err(_) => true,
            },
            Ok(None) | Err(broadcast::error::RecvError::Lagged(_)) => !self.session.is_empty(),
            Err(broadcast::error::RecvError::Closed) => {
                return Err(End::Closed(CloseCode::Away, "the node is stopping"));
            }
        };
        if missed {
            self.server.counts.too_slow.fetch_add(1, Ordering::Relaxed);
            return Err(End::Closed(CloseCode::Policy, "too slow: notifications were lost"));
        }
        Ok(())
    }

    async fn send(&mut self, message: Message) -> Result<(), End> {
        match tokio::time::timeout(self.server.limits.send, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Gone),
            Err(_) => {
                self.server.counts.too_slow.fetch_add(1, Ordering::Relaxed);
                Err(End::Closed(CloseCode::Policy, "too slow: an answer was not taken"))
            }
        }
    }

    async fn send_what_waits(&mut self) -> Result<(), End> {
        match tokio::time::timeout(self.server.limits.send, self.socket.flush()).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(End::Gone),
        }
    }
}

/// A text message. Answers are UTF-8 but for an id that a client sent in a binary message.
fn message_of(text: Vec<u8>) -> Message {
    match String::from_utf8(text) {
        Ok(text) => Message::text(text),
        Err(error) => Message::text(String::from_utf8_lossy(error.as_bytes()).into_owned()),
    }
}
