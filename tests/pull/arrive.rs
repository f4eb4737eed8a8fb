//! What is published arrives, by whatever way.

use super::*;

#[test]
fn a_published_file_arrives_whole_with_its_commit_and_digest() {
    let server = hub(|_, asked| stored(&weights(), asked));
    let setup = Setup::new(server.url());
    let mut seen = Vec::new();
    let files =
        fetch(&manifest(), &setup.downloads(), &setup.source, &CancelToken::new(), |progress| {
            seen.push((progress.done, progress.total));
        })
        .unwrap();

    let [file] = files.as_slice() else { panic!("one file was listed") };
    assert_eq!(fs::read(&file.path).unwrap(), weights());
    assert_eq!(file.path, setup.downloads().join("weights.pt"));
    assert_eq!(file.sha256, Sha256Digest::of(&weights()));
    assert_eq!(file.size, 300_000);
    assert_eq!(file.commit.as_deref(), Some(COMMIT));
    assert_eq!(file.url, format!("{}{PINNED}", server.url()));
    assert!(!file.from_cache);
    assert_eq!(setup.left_behind(), ["weights.pt"]);

    assert_eq!(seen.first(), Some(&(0, Some(300_000))));
    assert_eq!(seen.last(), Some(&(300_000, Some(300_000))));
    assert!(seen.is_sorted());
    let asked: Vec<_> = server.asked().into_iter().map(|a| (a.method, a.path)).collect();
    let wanted = [("HEAD", ASKED), ("GET", PINNED), ("GET", "/storage/blob?signature=x")];
    assert_eq!(asked, wanted.map(|(method, path)| (method.to_owned(), path.to_owned())));
}

#[test]
fn a_small_file_without_a_digest_is_held_to_its_length() {
    let text = b"segment = 4\n";
    let server = Server::start(|_| {
        Answer::new(200, text)
            .with("ETag", "W/\"abc\"")
            .with("X-Repo-Commit", COMMIT)
            .with("Content-Type", "text/plain; charset=utf-8")
    });
    let setup = Setup::new(server.url());
    let file = setup.pull(&manifest()).unwrap();
    assert_eq!(fs::read(&file.path).unwrap(), text);
    assert_eq!((file.size, file.sha256), (12, Sha256Digest::of(text)));
}

#[test]
fn a_second_pull_finds_the_first_one_s_file_and_downloads_nothing() {
    let server = hub(|_, asked| stored(&weights(), asked));
    let setup = Setup::new(server.url());
    let first = setup.pull(&manifest()).unwrap();
    let downloads = server.asked_with("GET").len();
    assert_eq!(setup.pull(&manifest()).unwrap(), first);
    assert_eq!(server.asked_with("GET").len(), downloads);

    fs::write(&first.path, b"damaged").unwrap();
    assert_eq!(setup.pull(&manifest()).unwrap(), first);
    assert_eq!(fs::read(&first.path).unwrap(), weights());
}

#[test]
fn a_passing_server_error_is_survived() {
    let server = hub(|n, asked| match n {
        0 => Answer::new(503, b""),
        _ => stored(&weights(), asked),
    });
    let setup = Setup::new(server.url());
    assert_eq!(fs::read(setup.pull(&manifest()).unwrap().path).unwrap(), weights());
}

#[test]
fn redirects_are_followed_to_another_host_but_the_token_is_not_taken_along() {
    let storage = Server::start(|asked| stored(&weights(), asked));
    let elsewhere = format!("{}/blob", storage.url());
    let server = Server::start(move |asked| match asked.path.as_str() {
        // A renamed repository, then the storage on another port.
        ASKED => Answer::new(307, b"").with("Location", "/someone/renamed"),
        "/someone/renamed" | PINNED => linked(&weights(), &elsewhere),
        _ => Answer::new(404, b""),
    });
    let mut setup = Setup::new(server.url());
    setup.source.token = Some("hf_secret".to_owned());
    let file = setup.pull(&manifest()).unwrap();
    assert_eq!(fs::read(&file.path).unwrap(), weights());

    assert_eq!(server.asked().len(), 3);
    for asked in server.asked() {
        assert_eq!(asked.header("Authorization"), Some("Bearer hf_secret"), "{}", asked.path);
    }
    assert_eq!(storage.asked().len(), 1, "the hub states everything, so HEAD stops there");
    assert_eq!(storage.asked()[0].header("Authorization"), None);
}

#[test]
fn the_environment_says_which_hub_is_asked() {
    let server = hub(|_, asked| stored(&weights(), asked));
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("token"), "hf_from_file\n").unwrap();
    let mut setup = Setup::new(String::new());
    setup.source = Source::from_variables(
        |name| match name {
            "HF_ENDPOINT" => Some(format!("{}/", server.url()).into()),
            "HF_HOME" => Some(home.path().into()),
            _ => None,
        },
        None,
    );
    setup.pull(&manifest()).unwrap();
    assert_eq!(server.asked()[0].path, ASKED);
    assert_eq!(server.asked()[0].header("Authorization"), Some("Bearer hf_from_file"));
}
