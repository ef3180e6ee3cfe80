//! The handlers, called without a connection: their futures are at hand.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::path::Path as FsPath;
use std::sync::Arc;
use std::task::Poll;

use axum::body::{Body, to_bytes};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, Request};
use bytes::Bytes;
use tempfile::TempDir;

use crate::app::handlers::{Params, media, target};
use crate::app::{App, Config};

/// A service on a folder of its own, with one upload.
pub struct Direct {
    pub app: Arc<App>,
    pub root: Arc<TempDir>,
    pub id: String,
    name: String,
}

/// An answer that has come to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Direct {
    /// With a new upload of an object `n` in the bucket `b`.
    pub async fn new(config: Config) -> Self {
        let root = tempfile::tempdir().unwrap();
        let app = open(root.path(), config);
        Self { app, root: Arc::new(root), id: String::new(), name: String::new() }.another("n").await
    }

    /// The same service with another upload.
    pub async fn another(&self, name: &str) -> Self {
        let (app, root) = (Arc::clone(&self.app), Arc::clone(&self.root));
        let mut another = Self { app, root, id: String::new(), name: name.to_owned() };
        let answer = another.send("POST", None, &[], Body::empty()).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let location = answer.headers["location"].to_str().unwrap().to_owned();
        let (_, id) = location.rsplit_once("upload_id=").unwrap();
        another.id.push_str(id);
        another
    }

    /// The same service after a crash: what is on the disk now, in another process.
    pub fn crashed(self, config: Config) -> Self {
        let root = tempfile::tempdir().unwrap();
        copy_folder(self.root.path(), root.path());
        Self { app: open(root.path(), config), root: Arc::new(root), id: self.id, name: self.name }
    }

    /// A request to the session.
    pub fn put(&self, range: &str, pieces: &[&[u8]]) -> impl Future<Output = Answer> + use<> {
        self.request("PUT", range, pieces)
    }

    /// With one more field.
    pub fn put_with(&self, range: &str, pieces: &[&[u8]], field: (&str, &str)) -> impl Future<Output = Answer> + use<> {
        let pieces: Vec<Bytes> = pieces.iter().map(|piece| Bytes::copy_from_slice(piece)).collect();
        let length = pieces.iter().map(Bytes::len).sum::<usize>().to_string();
        let fields = [("content-range", range), ("content-length", &length), field];
        self.send("PUT", Some(self.id.clone()), &fields, body(pieces))
    }

    pub fn request(&self, method: &str, range: &str, pieces: &[&[u8]]) -> impl Future<Output = Answer> + use<> {
        let length = pieces.iter().map(|piece| piece.len()).sum::<usize>().to_string();
        let fields: &[(&str, &str)] = &[("content-range", range), ("content-length", &length)];
        let fields = if range.is_empty() { &fields[1..] } else { fields };
        let pieces = pieces.iter().map(|piece| Bytes::copy_from_slice(piece)).collect();
        self.send(method, Some(self.id.clone()), fields, body(pieces))
    }

    /// A request that has brought some bytes and brings no more.
    pub fn hang(&self, range: &str, bytes: &[u8]) -> impl Future<Output = Answer> + use<> {
        let mut bytes = Some(Bytes::copy_from_slice(bytes));
        let body = Body::from_stream(smol::stream::poll_fn(move |_| match bytes.take() {
            Some(bytes) => Poll::Ready(Some(Ok::<_, Infallible>(bytes))),
            None => Poll::Pending,
        }));
        let fields = [("content-range", range), ("transfer-encoding", "chunked")];
        self.send("PUT", Some(self.id.clone()), &fields, body)
    }

    fn send(
        &self,
        method: &str,
        upload_id: Option<String>,
        fields: &[(&str, &str)],
        body: Body,
    ) -> impl Future<Output = Answer> + use<> {
        let uri = "http://a/upload/storage/v1/b/b/o";
        let request = fields
            .iter()
            .fold(Request::builder().method(method).uri(uri), |request, (name, value)| request.header(*name, *value));
        let request = request.header("host", "a").body(body).unwrap();
        let params = Params {
            upload_type: Some("resumable".to_owned()),
            name: upload_id.is_none().then(|| self.name.clone()),
            upload_id,
            ..Params::default()
        };
        let handler = target(State(Arc::clone(&self.app)), Path("b".to_owned()), Query(params), request);
        async {
            let response = handler.await;
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
            Answer { status, headers, text: String::from_utf8(body.into()).unwrap() }
        }
    }

    /// What the session says of itself.
    pub async fn status(&self) -> Answer {
        self.put("bytes */*", &[]).await
    }

    /// Has the files closed that stay open for the next request. They are before anything that is asked of them later.
    pub async fn close_files(&self) {
        self.app.find(&self.id).await.unwrap().expect("an open upload").writer.close();
    }

    /// The object, if it is visible.
    pub async fn media(&self) -> Option<Bytes> {
        let path = Path(("b".to_owned(), self.name.clone()));
        let response = media(State(Arc::clone(&self.app)), path).await;
        let status = response.status().as_u16();
        assert!(matches!(status, 200 | 404), "{status}");
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status == 200).then_some(bytes)
    }
}

impl Answer {
    /// How much is persisted, as `Range` says.
    pub fn range(&self) -> u64 {
        let range = self.headers.get("range").map(|range| range.to_str().unwrap());
        range.map_or(0, |range| range.strip_prefix("bytes=0-").unwrap().parse::<u64>().unwrap() + 1)
    }
}

fn open(root: &FsPath, config: Config) -> Arc<App> {
    App::open(root.to_owned(), config, Box::new(|_| ())).unwrap()
}

/// A body that comes in pieces. Before each of them, and before the end, it has to be waited for.
fn body(pieces: Vec<Bytes>) -> Body {
    let (mut pieces, mut is_waiting) = (pieces.into_iter(), false);
    Body::from_stream(smol::stream::poll_fn(move |context| {
        is_waiting = !is_waiting;
        if is_waiting {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(pieces.next().map(Ok::<_, Infallible>))
    }))
}

/// Polls a future until it has had to wait so many times, and drops it then. What it came to, if it came to anything.
pub async fn poll_times<T>(future: impl Future<Output = T>, times: usize) -> Option<T> {
    let (mut future, mut waits) = (Box::pin(future), 0);
    poll_fn(|context| {
        if waits == times {
            return Poll::Ready(None);
        }
        let polled = future.as_mut().poll(context).map(Some);
        waits += usize::from(polled.is_pending());
        if waits == times { Poll::Ready(None) } else { polled }
    })
    .await
}

fn copy_folder(from: &FsPath, to: &FsPath) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            std::fs::create_dir_all(&to).unwrap();
            copy_folder(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}
