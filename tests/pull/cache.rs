//! The hub's own cache, and no network at all.

use super::*;

/// A hub cache with one snapshot of `PATH`, stored as the hub's own tools do.
#[cfg(unix)]
fn hub_cache(home: &Path, bytes: &[u8], stored_as: &str) -> PathBuf {
    let cache = home.join("hub");
    let repo = cache.join("models--someone--tiny");
    let snapshot = repo.join("snapshots").join(COMMIT).join(PATH);
    for folder in [repo.join("blobs"), repo.join("refs"), snapshot.parent().unwrap().to_owned()] {
        fs::create_dir_all(folder).unwrap();
    }
    fs::write(repo.join("blobs").join(stored_as), bytes).unwrap();
    fs::write(repo.join("refs/main"), COMMIT).unwrap();
    std::os::unix::fs::symlink(repo.join("blobs").join(stored_as), &snapshot).unwrap();
    cache
}

#[cfg(unix)]
#[test]
fn what_the_hub_cache_holds_is_used_without_any_request() {
    let server = hub(|_, asked| stored(&weights(), asked));
    for offline in [false, true] {
        let mut setup = Setup::new(server.url());
        let digest = Sha256Digest::of(&weights());
        setup.source.cache = Some(hub_cache(setup.folder.path(), &weights(), &digest.to_string()));
        setup.source.offline = offline;
        let file = setup.pull(&manifest()).unwrap();
        assert_eq!(fs::read(&file.path).unwrap(), weights());
        assert_eq!((file.sha256, file.size, file.from_cache), (digest, 300_000, true));
        assert_eq!(file.commit.as_deref(), Some(COMMIT));

        let mut by_commit = manifest();
        COMMIT.clone_into(&mut by_commit.files[0].revision);
        assert_eq!(setup.pull(&by_commit).unwrap().path, file.path);
    }
    assert!(server.asked().is_empty());
}

#[cfg(unix)]
#[test]
fn a_cached_file_that_is_not_what_its_name_or_pin_says_is_downloaded() {
    let server = hub(|_, asked| stored(&weights(), asked));
    let digest = Sha256Digest::of(&weights());
    let short = &weights()[..1000];
    let cases = [(short, digest.to_string(), None), (short, "f".repeat(40), Some(digest))];
    for (bytes, stored_as, pin) in cases {
        let mut setup = Setup::new(server.url());
        setup.source.cache = Some(hub_cache(setup.folder.path(), bytes, &stored_as));
        let mut manifest = manifest();
        manifest.files[0].sha256 = pin;
        let file = setup.pull(&manifest).unwrap();
        assert!(!file.from_cache);
        assert_eq!(fs::read(&file.path).unwrap(), weights());
    }
}

#[test]
fn offline_is_one_sentence_and_no_request() {
    let server = hub(|_, asked| stored(&weights(), asked));
    let mut setup = Setup::new(server.url());
    setup.source.offline = true;
    let message = setup.pull(&manifest()).unwrap_err().to_string();
    assert_eq!(
        message,
        format!(
            "offline: {}{ASKED} is not in the hub cache and the network was switched off by \
             --offline or PECMAE_OFFLINE",
            server.url()
        )
    );
    assert!(server.asked().is_empty());
    assert!(!setup.downloads().exists());
}
