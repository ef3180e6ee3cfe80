//! A minimal axum handler: `PUT /NAME` streams the body to a file, at the offset that `Content-Range` names.
//!
//! It looks at nothing else and remembers only how long each file is: it shows what axum costs, not what an upload needs.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::net::TcpListener;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::put;
use axum::serve::ListenerExt as _;
use http_body_util::BodyExt as _;
use tokio::io::{AsyncSeekExt as _, AsyncWriteExt as _};

use super::{Files, SYNC_EVERY};

struct App {
    root: PathBuf,
    sync: bool,
    direct: bool,
    lengths: Mutex<HashMap<String, u64>>,
}

#[tokio::main]
pub(crate) async fn serve(listener: TcpListener, files: Files, direct: bool) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let app = App { root: files.root, sync: files.sync, direct, lengths: Mutex::default() };
    let router = Router::new().route("/{name}", put(upload)).with_state(Arc::new(app));
    let listener = tokio::net::TcpListener::from_std(listener)?.tap_io(|stream| {
        // Without it answers only wait a little longer.
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, router).await
}

async fn upload(State(app): State<Arc<App>>, Path(name): Path<String>, headers: HeaderMap, body: Body) -> Response {
    let range = headers.get("content-range").and_then(|value| value.to_str().ok()).and_then(parse);
    let Some((first, total)) = range else {
        return (StatusCode::BAD_REQUEST, "expected Content-Range, got none or a malformed one").into_response();
    };
    let told = match first {
        None => Ok(app.length(&name)),
        Some(first) if app.direct => app.write_direct(&name, first, body).await,
        Some(first) => app.write(&name, first, body).await,
    };
    match told {
        Ok(length) if length == total => StatusCode::CREATED.into_response(),
        Ok(length) => {
            let range = format!("bytes=0-{}", length.saturating_sub(1));
            (StatusCode::PERMANENT_REDIRECT, [(header::RANGE, range)]).into_response()
        }
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

/// The first byte, if there is one, and the total of `bytes 0-6/18` or `bytes */18`.
fn parse(text: &str) -> Option<(Option<u64>, u64)> {
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let first = range.split_once('-').map(|(first, _)| first.parse()).transpose().ok()?;
    Some((first, total.parse().ok()?))
}

impl App {
    /// As it is usually done: a file of tokio's.
    async fn write(&self, name: &str, first: u64, mut body: Body) -> io::Result<u64> {
        let mut options = tokio::fs::File::options();
        let mut file = options.write(true).create(true).truncate(false).open(self.root.join(name)).await?;
        file.seek(io::SeekFrom::Start(first)).await?;
        let (mut at, mut synced) = (first, first);
        while let Some(frame) = body.frame().await {
            let Ok(data) = frame.map_err(io::Error::other)?.into_data() else { continue };
            file.write_all(&data).await?;
            at += data.len() as u64;
            if self.sync && at - synced >= SYNC_EVERY {
                file.sync_data().await?;
                synced = at;
            }
        }
        file.flush().await?;
        if self.sync {
            file.sync_data().await?;
        }
        Ok(self.told(name, at))
    }

    /// With a file of the system's, which keeps the thread while it writes.
    async fn write_direct(&self, name: &str, first: u64, mut body: Body) -> io::Result<u64> {
        let file = File::options().write(true).create(true).truncate(false).open(self.root.join(name))?;
        let (mut at, mut synced) = (first, first);
        while let Some(frame) = body.frame().await {
            let Ok(data) = frame.map_err(io::Error::other)?.into_data() else { continue };
            file.write_all_at(&data, at)?;
            at += data.len() as u64;
            if self.sync && at - synced >= SYNC_EVERY {
                file.sync_data()?;
                synced = at;
            }
        }
        if self.sync {
            file.sync_data()?;
        }
        Ok(self.told(name, at))
    }

    fn told(&self, name: &str, length: u64) -> u64 {
        self.lengths.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), length);
        length
    }

    fn length(&self, name: &str) -> u64 {
        self.lengths.lock().unwrap_or_else(PoisonError::into_inner).get(name).copied().unwrap_or_default()
    }
}
