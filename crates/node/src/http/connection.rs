//! Connections: accepted, given a place, wrapped in TLS if asked for, and served until they end.

use super::limits::{HEAD_BYTES_MAX, HEADERS_MAX};
use super::watchdog::{Watch, Watched};
use super::{GRACE, Role, Server, respond, stopped};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::JoinSet;

/// Pause after an accept that failed for want of something, as file descriptors.
const PAUSE: Duration = Duration::from_millis(100);

/// What a connection without a place is told.
const NO_PLACE: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/plain; \
    charset=utf-8\r\ncontent-length: 21\r\nconnection: close\r\n\r\ntoo many connections\n";

/// A connection's place among those that are served; it is free again when the last clone is gone.
pub type Place = Arc<OwnedSemaphorePermit>;

/// Accepts connections until the server stops, then waits for them.
pub async fn accept(listener: TcpListener, role: Role, server: Arc<Server>) {
    let mut stop = server.stop.clone();
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = connections.join_next(), if !connections.is_empty() => continue,
            () = stopped(&mut stop) => break,
        };
        let socket = match accepted {
            Ok((socket, _)) => socket,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        match server.places.clone().try_acquire_owned() {
            Ok(place) => {
                server.counts.accepted.fetch_add(1, Ordering::Relaxed);
                connections.spawn(connect(socket, role, server.clone(), Arc::new(place)));
            }
            Err(_) => {
                server.counts.turned_away.fetch_add(1, Ordering::Relaxed);
                turn_away(socket).await;
            }
        }
    }
    drop(listener);
    let _ = tokio::time::timeout(GRACE, async { while connections.join_next().await.is_some() {} })
        .await;
    connections.shutdown().await;
}

/// Tells a connection that there is no place, if it takes the word at once.
async fn turn_away(mut socket: TcpStream) {
    let _ = tokio::time::timeout(PAUSE, socket.write_all(NO_PLACE)).await;
}

async fn connect(socket: TcpStream, role: Role, server: Arc<Server>, place: Place) {
    // Answers are written whole; waiting for more would only delay them.
    let _ = socket.set_nodelay(true);
    match &server.tls {
        None => converse(socket, role, &server, place).await,
        Some(tls) => {
            match tokio::time::timeout(server.limits.handshake, tls.accept(socket)).await {
                Ok(Ok(socket)) => converse(socket, role, &server, place).await,
                Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
                Err(_) => tracing::debug!("a TLS handshake took too long"),
            }
        }
    }
}

/// Serves the requests of a connection.
async fn converse<S>(socket: S, role: Role, server: &Arc<Server>, place: Place)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let watch = Watch::new(server.limits);
    let socket = TokioIo::new(Watched::new(socket, watch.clone()));
    let answer = |request| {
        let (server, watch, place) = (server.clone(), watch.clone(), place.clone());
        async move {
            let answer = respond::answer(&server, role, place, &watch, request).await;
            watch.idle();
            Ok::<_, std::convert::Infallible>(answer)
        }
    };
    let connection = http1::Builder::new()
        .header_read_timeout(None)
        .max_headers(HEADERS_MAX)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(socket, service_fn(answer))
        .with_upgrades();
    let mut connection = pin!(connection);
    let mut stop = server.stop.clone();
    tokio::select! {
        ended = connection.as_mut() => {
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection ended early");
            }
            return;
        }
        () = watch.expired() => return,
        () = stopped(&mut stop) => connection.as_mut().graceful_shutdown(),
    }
    let _ = tokio::time::timeout(GRACE, connection).await;
}
