//! Many at once.

use std::sync::Arc;

use tokio::task::JoinSet;

use crate::app::Config;
use crate::direct::Direct;
use crate::peer::data;

/// Many uploads, each in chunks of its own sizes, on a few threads.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_uploads_run_at_once_and_none_gets_the_bytes_of_another() {
    let direct = Arc::new(Direct::new(Config::default()).await);
    let mut uploads = JoinSet::new();
    for n in 0..200_usize {
        let direct = Arc::clone(&direct);
        uploads.spawn(async move {
            let object = data(5003 + n)[n..].to_vec();
            let upload = direct.another(&format!("n{n}")).await;
            let mut at = 0;
            for size in [7, 1100 + n, 3, 251] {
                let range = format!("bytes {at}-{}/*", at + size - 1);
                let pieces: Vec<&[u8]> = object[at..at + size].chunks(97).collect();
                at += size;
                assert_eq!(upload.put(&range, &pieces).await.range(), at as u64);
            }
            let range = format!("bytes {at}-5002/5003");
            assert_eq!(upload.put(&range, &object[at..].chunks(700).collect::<Vec<_>>()).await.status, 200);
            assert_eq!(upload.media().await.unwrap(), object);
        });
    }
    while let Some(ended) = uploads.join_next().await {
        ended.unwrap();
    }
}

/// Many requests to one upload, each with all of it: each is superseded or told the truth, and in the end there is one
/// whole object.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_requests_to_one_upload_end_in_one_whole_object() {
    let object = Arc::new(data(5003));
    for _ in 0..20 {
        let direct = Arc::new(Direct::new(Config::default()).await);
        let mut requests = JoinSet::new();
        for n in 0..8_usize {
            let (direct, object) = (Arc::clone(&direct), Arc::clone(&object));
            requests.spawn(async move {
                let pieces: Vec<&[u8]> = object.chunks(700 + n).collect();
                direct.put("bytes 0-5002/5003", &pieces).await.status
            });
        }
        let mut complete = 0;
        while let Some(status) = requests.join_next().await {
            let status = status.unwrap();
            assert!(matches!(status, 200 | 503), "{status}");
            complete += u32::from(status == 200);
        }
        assert!(complete > 0, "the newest one completes");
        assert_eq!(direct.media().await.unwrap(), *object);
    }
}
