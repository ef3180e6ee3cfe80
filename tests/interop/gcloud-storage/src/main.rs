//! crates.io's gcloud-storage: `upload_multiple_chunk`, and `status` after a failure, as its documentation shows.
//!
//! It prints one line of JSON that says how it ended, as the drivers under `clients/` do.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use gcloud_storage::client::{Client, ClientConfig};
use gcloud_storage::http::objects::upload::{Media, UploadObjectRequest, UploadType};
use gcloud_storage::http::resumable_upload_client::{ChunkSize, ResumableUploadClient, UploadStatus};
use serde_json::json;

type Failure = Box<dyn std::error::Error>;

const ATTEMPTS: u32 = 5;

/// Uploads a file.
#[derive(Parser)]
struct Task {
    /// http://HOST:PORT of the server
    #[arg(long)]
    endpoint: String,
    /// The name of the object
    #[arg(long)]
    name: String,
    #[arg(long)]
    file: PathBuf,
    #[arg(long)]
    length: Length,
    /// Bytes in one request
    #[arg(long)]
    chunk: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Length {
    Known,
    Unknown,
}

#[tokio::main]
async fn main() -> ExitCode {
    let result = upload(&Task::parse()).await;
    let (outcome, code) = match result {
        Ok(text) => (json!({"ok": true, "result": text}), ExitCode::SUCCESS),
        Err(error) => (json!({"ok": false, "error": error.to_string()}), ExitCode::FAILURE),
    };
    println!("{outcome}");
    code
}

async fn upload(task: &Task) -> Result<String, Failure> {
    let data = std::fs::read(&task.file)?;
    let known = (task.length == Length::Known).then_some(data.len() as u64);
    let config = ClientConfig { storage_endpoint: task.endpoint.clone(), ..ClientConfig::default() };
    let client = Client::new(config.anonymous());
    let request = UploadObjectRequest { bucket: "demo".to_owned(), ..UploadObjectRequest::default() };
    let media = UploadType::Simple(Media::new(task.name.clone()));
    let session = client.prepare_resumable_upload(&request, &media).await?;
    let (mut at, mut failures) = (0, 0);
    loop {
        let status = match send(&session, &data, at, task.chunk, known).await {
            Ok(status) => status,
            Err(error) => {
                failures += 1;
                if failures == ATTEMPTS {
                    return Err(error);
                }
                tokio::time::sleep(Duration::from_millis(200)).await;
                session.status(known).await?
            }
        };
        at = match status {
            UploadStatus::Ok(object) => return Ok(format!("{} bytes", object.size)),
            UploadStatus::NotStarted => 0,
            UploadStatus::ResumeIncomplete(range) => usize::try_from(range.last_byte)? + 1,
        };
    }
}

/// Sends the next chunk. A stream looks one byte ahead, so it knows its last.
async fn send(
    session: &ResumableUploadClient,
    data: &[u8],
    at: usize,
    chunk: usize,
    known: Option<u64>,
) -> Result<UploadStatus, Failure> {
    let end = data.len().min(at + chunk);
    let total = if end == data.len() { Some(end as u64) } else { known };
    let size = ChunkSize::new(at as u64, (end as u64).saturating_sub(1), total);
    Ok(session.upload_multiple_chunk(data[at..end].to_vec(), &size).await?)
}
