//! Many at once.

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
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

/// What is sent of an object is all of it, at whatever moment its last piece comes.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_downloads_are_all_whole() {
    let (direct, object) = (Arc::new(Direct::new(Config::default()).await), Arc::new(data(5003)));
    assert_eq!(direct.put("bytes 0-5002/5003", &[&object]).await.status, 200);
    let mut downloads = JoinSet::new();
    for _ in 0..8 {
        let (direct, object) = (Arc::clone(&direct), Arc::clone(&object));
        downloads.spawn(async move {
            for _ in 0..500 {
                assert_eq!(direct.media().await.unwrap(), *object);
            }
        });
    }
    while let Some(ended) = downloads.join_next().await {
        ended.unwrap();
    }
}

/// An older request may have brought more than the whole object has: what it wrote behind the end is no part of it.
#[tokio::test]
async fn what_an_older_request_wrote_beyond_the_end_is_no_part_of_the_object() {
    let (direct, object) = (Direct::new(Config::default()).await, data(18));
    let older = tokio::spawn(direct.hang("bytes 0-99/*", &[b'!'; 41]));
    let file = direct.root.path().join("data").join(&direct.id);
    while std::fs::metadata(&file).unwrap().len() < 41 {
        tokio::task::yield_now().await;
    }
    let answer = direct.put("bytes 0-17/18", &[&object]).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(answer.text.contains(r#""size":"18""#), "{}", answer.text);
    assert_eq!(direct.media().await.unwrap(), object);
    assert_eq!(older.await.unwrap().status, 503);
}

/// A commit that fails is decided but not published; when the upload has become longer since, it is decided anew.
#[tokio::test]
async fn a_commit_that_failed_does_not_decide_for_a_longer_object() {
    let (direct, object) = (Direct::new(Config::default()).await, data(41));
    assert_eq!(direct.put("bytes 0-17/*", &[&object[..18]]).await.range(), 18);
    // The folder of the bucket cannot be made: it leads nowhere.
    let bucket = direct.root.path().join("objects").join("b");
    std::os::unix::fs::symlink("/nowhere/at/all", &bucket).unwrap();
    assert_eq!(direct.put("bytes */18", &[]).await.status, 503);
    std::fs::remove_file(&bucket).unwrap();
    // The total was declared by the request that failed, in memory only.
    let direct = direct.crashed(Config::default());
    assert_eq!((direct.status().await.range(), direct.media().await), (18, None));
    assert_eq!(direct.put("bytes 18-40/41", &[&object[18..]]).await.status, 200);
    assert_eq!(direct.media().await.unwrap(), object);
}

/// What was declared for an object is checked when it is committed; what does not hold is never visible.
#[tokio::test]
async fn an_object_that_is_not_what_was_declared_is_rejected() {
    let (direct, object) = (Direct::new(Config::default()).await, data(18));
    let wrong = direct.put_with("bytes 0-17/18", &[&object], ("x-goog-hash", "crc32c=AAAAAA==")).await;
    assert_eq!(wrong.status, 400, "{wrong:?}");
    assert_eq!((direct.status().await.status, direct.media().await), (410, None));

    let right = format!("crc32c={}", BASE64_STANDARD.encode(crc_fast::crc32_iscsi(&object).to_be_bytes()));
    let direct = direct.another("n").await;
    assert_eq!(direct.put_with("bytes 0-17/18", &[&object], ("x-goog-hash", &right)).await.status, 200);
    assert_eq!(direct.media().await.unwrap(), object);
}
