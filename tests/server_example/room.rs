//! A full disk is an answer, and the upload goes on when there is room.

use std::num::NonZeroU64;

use resumable::Policy;

use crate::peer::{Host, data};
use crate::server::Config;

fn quota(bytes: u64) -> Config {
    Config { quota: Some(bytes), ..Config::default() }
}

#[test]
fn an_upload_for_which_there_is_no_room_goes_on_when_there_is() {
    let (host, _root) = Host::start(quota(18));
    let (first, second) = (host.create("first"), host.create("second"));
    assert_eq!(host.put(&first, "bytes 0-10/12", &data(11)).range(), 11);
    assert_eq!(host.put(&second, "bytes 0-6/14", &data(7)).range(), 7);
    // Not one byte more, whoever sends it; what was told stays, and what did not fit takes no room.
    for _ in 0..2 {
        assert_eq!(host.put(&first, "bytes 11-11/12", &data(12)[11..]).status, 507);
        assert_eq!(host.put(&second, "bytes 7-13/14", &data(14)[7..]).status, 507);
    }
    assert_eq!((host.persisted(&first), host.persisted(&second)), (11, 7));
    assert_eq!(host.connect().ask("DELETE", &first, &[], b"").status, 499);
    assert_eq!(host.put(&second, "bytes 7-13/14", &data(14)[7..]).status, 200);
    assert_eq!(host.media("second").unwrap(), data(14));
}

/// What a request has brought before the disk was full gives way to others, but for what was synced.
#[test]
fn a_body_that_does_not_fit_leaves_what_was_synced_of_it() {
    let policy = Policy { sync_every: NonZeroU64::new(400_000), ..Policy::default() };
    let (host, _root) = Host::start(Config { policy, ..quota(1_000_000) });
    let (large, small) = (host.create("large"), host.create("small"));
    let mut peer = host.connect();
    peer.send(peer.head("PUT", &large, &["Content-Range: bytes 0-1000006/1000007", "Content-Length: 1000007"]));
    // The last byte that fits is not the end.
    peer.send(data(1_000_007));
    assert_eq!(peer.reply().status, 507);
    let kept = host.persisted(&large);
    assert!((400_000..1_000_000).contains(&kept), "{kept}");
    let rest = 1_000_000 - usize::try_from(kept).unwrap();
    assert_eq!(host.put(&small, &format!("bytes 0-{}/{rest}", rest - 1), &data(rest)).status, 200);
    assert_eq!(host.persisted(&large), kept);
}

/// Where the disk is full before the quota is, what could not be written takes no room.
#[cfg(target_os = "linux")]
#[test]
fn what_the_disk_does_not_take_does_not_count() {
    let (host, root) = Host::start(quota(30));
    let session = host.create("n");
    let id = session.rsplit('=').next().unwrap();
    let (file, aside) = (root.path().join("data").join(id), root.path().join("aside"));
    // It is not open yet; what is in its place now takes no byte.
    std::fs::rename(&file, &aside).unwrap();
    std::os::unix::fs::symlink("/dev/full", &file).unwrap();
    for _ in 0..3 {
        assert_eq!(host.put(&session, "bytes 0-17/18", &data(18)).status, 507);
    }
    host.stop();
    std::fs::rename(&aside, &file).unwrap();
    let host = Host::on(root.path(), quota(30));
    assert_eq!(host.put(&session, "bytes 0-17/18", &data(18)).status, 200);
    assert_eq!(host.media("n").unwrap(), data(18));
}

/// An object that is replaced, and a start after all that, leave only what is there to be counted.
#[test]
fn room_is_counted_again_after_a_restart() {
    let root = tempfile::tempdir().unwrap();
    let host = Host::on(root.path(), quota(18));
    assert_eq!(host.put(&host.create("n"), "bytes 0-10/11", &data(11)).status, 200);
    let open = host.create("open");
    assert_eq!(host.put(&open, "bytes 0-2/*", &data(3)).range(), 3);
    host.stop();

    let host = Host::on(root.path(), quota(18));
    let newer = host.create("n");
    assert_eq!(host.put(&newer, "bytes 0-4/*", &data(5)).status, 507);
    assert_eq!(host.put(&newer, "bytes 0-3/4", &data(4)).status, 200, "4 more are 18");
    assert_eq!(host.put(&open, "bytes 3-13/*", &data(14)[3..]).range(), 14, "11 are gone");
    assert_eq!(host.put(&open, "bytes 14-14/15", &data(15)[14..]).status, 507);
    host.stop();

    let host = Host::on(root.path(), quota(7));
    assert_eq!(host.persisted(&open), 14, "what is there stays, also with a smaller quota");
    assert_eq!(host.put(&open, "bytes */14", b"").status, 200);
    assert_eq!(host.media("open").unwrap(), data(14));
}
