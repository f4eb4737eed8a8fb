//! Downloads that stop and go on.

use super::*;

#[test]
fn a_cut_download_is_continued_by_range() {
    let server = hub(|n, asked| {
        let answer = stored(&weights(), asked);
        if n == 0 { answer.cut_after(123_456) } else { answer }
    });
    let setup = Setup::new(server.url());
    let file = setup.pull(&manifest()).unwrap();
    assert_eq!(fs::read(&file.path).unwrap(), weights());
    let ranges: Vec<_> = server
        .asked_with("GET")
        .iter()
        .filter(|asked| asked.path.starts_with("/storage"))
        .map(|asked| asked.header("Range").map(str::to_owned))
        .collect();
    assert_eq!(ranges, [None, Some("bytes=123456-".to_owned())]);
}

#[test]
fn a_server_that_ignores_ranges_is_read_from_the_start() {
    let server = hub(|n, _| {
        let answer = Answer::new(200, &weights());
        if n == 0 { answer.cut_after(200_000) } else { answer }
    });
    let setup = Setup::new(server.url());
    let file = setup.pull(&manifest()).unwrap();
    assert_eq!(fs::read(&file.path).unwrap(), weights());
    assert_eq!(setup.left_behind(), ["weights.pt"]);
}

#[test]
fn a_range_that_was_not_asked_for_is_not_appended() {
    let server = hub(|n, asked| match n {
        0 => stored(&weights(), asked).cut_after(200_000),
        1 => Answer::new(206, &weights()[100_000..])
            .with("Content-Range", "bytes 100000-299999/300000"),
        _ => stored(&weights(), asked),
    });
    let setup = Setup::new(server.url());
    let file = setup.pull(&manifest()).unwrap();
    assert_eq!(fs::read(&file.path).unwrap(), weights());
    assert_eq!(server.asked_with("GET").last().unwrap().header("Range"), None);
}

#[test]
fn a_download_that_is_always_cut_is_given_up_and_continued_by_the_next_pull() {
    let broken = Arc::new(AtomicUsize::new(1));
    let server = hub({
        let broken = broken.clone();
        move |_, asked| {
            let answer = stored(&weights(), asked);
            if broken.load(Ordering::Relaxed) == 1 { answer.cut_after(1000) } else { answer }
        }
    });
    let setup = Setup::new(server.url());
    let fault = fault(setup.pull(&manifest()));
    assert!(matches!(fault, Fault::Cut { done: 3000, .. }), "{fault:?}");
    assert_eq!(setup.left_behind().len(), 1, "only a part is left: {:?}", setup.left_behind());

    broken.store(0, Ordering::Relaxed);
    let file = setup.pull(&manifest()).unwrap();
    assert_eq!(fs::read(&file.path).unwrap(), weights());
    assert_eq!(server.asked().last().unwrap().header("Range"), Some("bytes=3000-"));
    assert_eq!(setup.left_behind(), ["weights.pt"]);
}

#[test]
fn a_long_download_outlives_more_cuts_than_attempts_while_each_brings_it_further() {
    let long = weights().repeat(17); // 5.1 MB
    let published = long.clone();
    let server = Server::start(move |asked| match asked.path.as_str() {
        "/storage" => {
            let answer = stored(&published, asked);
            let cut = answer.body.len().min(1_100_000);
            answer.cut_after(cut)
        }
        _ => linked(&published, "/storage"),
    });
    let mut setup = Setup::new(server.url());
    setup.source.retry.attempts = 2;
    let file = setup.pull(&manifest()).unwrap();
    assert_eq!(fs::read(&file.path).unwrap(), long);
    assert_eq!(server.asked().iter().filter(|asked| asked.path == "/storage").count(), 5);
}

#[test]
fn a_part_is_not_continued_after_the_publisher_replaced_the_file() {
    let new: Vec<u8> = weights().into_iter().rev().collect();
    let published = new.clone();
    let mut described = 0;
    let server = Server::start(move |asked| {
        if asked.path == "/storage" {
            let cut = described == 1;
            let answer = stored(if cut { weights() } else { published.clone() }.as_slice(), asked);
            return if cut { answer.cut_after(100_000) } else { answer };
        }
        described += usize::from(asked.method == "HEAD");
        linked(if described == 1 { weights() } else { published.clone() }.as_slice(), "/storage")
    });
    let setup = Setup::new(server.url());
    let file = setup.pull(&manifest()).unwrap();
    assert_eq!(fs::read(&file.path).unwrap(), new);
    let ranged = server.asked().iter().filter(|asked| asked.header("Range").is_some()).count();
    assert_eq!(ranged, 0, "bytes of the old version were continued");
    assert_eq!(setup.left_behind(), ["weights.pt"]);
}

#[test]
fn a_damaged_part_is_dropped_and_the_file_downloaded_anew() {
    let server = hub(|n, asked| {
        let answer = stored(&weights(), asked);
        if n < 3 { answer.cut_after(50_000) } else { answer }
    });
    let setup = Setup::new(server.url());
    fault(setup.pull(&manifest()));
    let part = setup.downloads().join(&setup.left_behind()[0]);
    let mut bytes = fs::read(&part).unwrap();
    bytes[7] ^= 1;
    fs::write(&part, bytes).unwrap();

    let file = setup.pull(&manifest()).unwrap();
    assert_eq!(fs::read(&file.path).unwrap(), weights());
    assert_eq!(setup.left_behind(), ["weights.pt"]);
}

#[test]
fn a_cancelled_download_keeps_its_part_and_the_next_pull_continues_it() {
    let server = hub(|_, asked| stored(&weights(), asked));
    let setup = Setup::new(server.url());
    let token = CancelToken::new();
    let result = fetch(&manifest(), &setup.downloads(), &setup.source, &token, |progress| {
        if progress.done >= 65_536 {
            token.cancel();
        }
    });
    assert!(matches!(result, Err(PullError::Cancelled { .. })), "{result:?}");
    let [part] = &setup.left_behind()[..] else { panic!("{:?}", setup.left_behind()) };
    let kept = fs::metadata(setup.downloads().join(part)).unwrap().len();
    assert!((65_536..300_000).contains(&kept), "{kept}");

    let file = setup.pull(&manifest()).unwrap();
    assert_eq!(fs::read(&file.path).unwrap(), weights());
    let range = format!("bytes={kept}-");
    assert_eq!(server.asked().last().unwrap().header("Range"), Some(range.as_str()));
}

#[test]
fn a_download_that_hangs_can_be_cancelled() {
    let server = hub(|_, asked| stored(&weights(), asked).silent_after(100_000));
    let setup = Setup::new(server.url());
    let token = CancelToken::new();
    let started = Instant::now();
    let result = fetch(&manifest(), &setup.downloads(), &setup.source, &token, |progress| {
        if progress.done == 100_000 {
            let token = token.clone();
            std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(300));
                token.cancel(); // while the reader waits for bytes that never come
            });
        }
    });
    assert!(matches!(result, Err(PullError::Cancelled { .. })), "{result:?}");
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Wherever the connection is cut, and however often, the bytes are the published ones.
    #[test]
    fn cuts_anywhere_leave_no_trace(cuts in prop::collection::vec(0..100_000_usize, 0..3)) {
        let wanted = cuts.len() + 1;
        let server = hub(move |n, asked| {
            let answer = stored(&weights(), asked);
            match cuts.get(n) {
                Some(&cut) => answer.cut_after(cut),
                None => answer,
            }
        });
        let setup = Setup::new(server.url());
        let file = setup.pull(&manifest()).unwrap();
        prop_assert_eq!(fs::read(&file.path).unwrap(), weights());
        prop_assert_eq!(setup.left_behind(), ["weights.pt"]);
        let tries = server.asked().iter().filter(|a| a.path.starts_with("/storage")).count();
        prop_assert_eq!(tries, wanted);
    }
}
