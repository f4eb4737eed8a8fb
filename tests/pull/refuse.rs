//! What never becomes a file, and what is said then.

use super::*;

#[test]
fn an_error_status_never_becomes_a_file_and_is_retried_only_where_that_helps() {
    for (status, downloads) in [(401, 1), (403, 1), (404, 1), (500, 3), (503, 3)] {
        // The hub promises, its storage fails: what a model must not be made of.
        let server = hub(move |_, _| Answer::new(status, b"Forbidden"));
        let setup = Setup::new(server.url());
        let fault = fault(setup.pull(&manifest()));
        assert!(matches!(fault, Fault::Status { status: found } if found == status), "{fault:?}");
        let asked = server.asked();
        let tries = asked.iter().filter(|asked| asked.path.starts_with("/storage")).count();
        assert_eq!(tries, downloads, "HTTP {status}");
        assert!(setup.left_behind().is_empty(), "HTTP {status}: {:?}", setup.left_behind());

        let server = Server::start(move |_| Answer::new(status, b"Forbidden"));
        let setup = Setup::new(server.url());
        setup.pull(&manifest()).unwrap_err();
        assert!(server.asked_with("GET").is_empty(), "HTTP {status} to HEAD is enough");
    }
}

#[test]
fn the_error_names_address_cause_way_out_and_target() {
    let server = Server::start(|_| Answer::new(404, b""));
    let setup = Setup::new(server.url());
    let message = setup.pull(&manifest()).unwrap_err().to_string();
    let target = setup.downloads().join("weights.pt");
    assert_eq!(
        message,
        format!(
            "cannot download {}{ASKED}: the server answered HTTP 404 (no such file there); get the \
             files by other means and run `pecmae models import --autoencoder FILE --codec FILE \
             --name tiny`; nothing was stored as {}",
            server.url(),
            target.display()
        )
    );
}

#[test]
fn a_web_page_with_status_200_never_becomes_a_file() {
    let page = b"<!DOCTYPE html><title>Log in</title>".to_vec();
    let mut padded = page.clone();
    padded.resize(weights().len(), b' ');
    for body in [page, padded] {
        let as_html = body.clone();
        let server = hub(move |_, _| {
            Answer::new(200, &as_html).with("Content-Type", "Text/HTML; charset=x")
        });
        let setup = Setup::new(server.url());
        let found = fault(setup.pull(&manifest()));
        assert!(matches!(found, Fault::WebPage), "{found:?}");
        assert!(setup.left_behind().is_empty());

        // The same page under a false type is caught by its length or its digest.
        let server = hub(move |_, _| Answer::new(200, &body));
        let setup = Setup::new(server.url());
        let found = fault(setup.pull(&manifest()));
        assert!(matches!(found, Fault::Size { .. } | Fault::Hash { .. }), "{found:?}");
        assert!(setup.left_behind().is_empty());
    }
    // A portal that answers everything with its page.
    let server = Server::start(|_| Answer::new(200, b"<html>").with("Content-Type", "text/html"));
    let setup = Setup::new(server.url());
    assert!(matches!(fault(setup.pull(&manifest())), Fault::WebPage));
    assert!(server.asked_with("GET").is_empty());
}

#[test]
fn a_file_of_another_size_is_refused_with_both_sizes() {
    for len in [299_999, 300_001] {
        let server = hub(move |_, _| {
            let mut body = weights();
            body.resize(len, 0);
            Answer::new(200, &body)
        });
        let setup = Setup::new(server.url());
        let found = fault(setup.pull(&manifest()));
        assert_eq!(
            found.to_string(),
            format!("the file has {len} bytes where 300000 are expected")
        );
        assert!(setup.left_behind().is_empty());
    }
}

#[test]
fn a_body_that_ends_before_its_stated_length_is_never_taken_for_whole() {
    let server =
        hub(|_, _| Answer::new(200, &weights()[..299_999]).with("Content-Length", 300_000));
    let setup = Setup::new(server.url());
    let found = fault(setup.pull(&manifest()));
    assert!(matches!(found, Fault::Cut { done: 299_999, .. }), "{found:?}");
    assert!(!setup.downloads().join("weights.pt").exists());
}

#[test]
fn a_body_of_unstated_length_is_held_to_what_was_described() {
    let pull = |body: &'static [u8]| {
        let server = Server::start(move |asked| match asked.method.as_str() {
            "HEAD" => Answer::new(200, b"").with("Content-Length", 100_000),
            _ => Answer::new(200, body).without_length(),
        });
        let setup = Setup::new(server.url());
        let found = fault(setup.pull(&manifest()));
        assert!(!setup.downloads().join("weights.pt").exists());
        (found, setup.left_behind())
    };
    let (found, _) = pull(b"segment");
    assert!(matches!(found, Fault::Cut { done: 7, .. }), "{found:?}");
    let (found, left_behind) = pull(&[7; 200_000]);
    assert!(matches!(found, Fault::Size { expected: 100_000, .. }), "{found:?}");
    assert!(left_behind.is_empty(), "{left_behind:?}");
}

#[test]
fn a_file_that_nobody_can_verify_is_refused() {
    let server = Server::start(|_| Answer::new(200, b"anything").without_length());
    let setup = Setup::new(server.url());
    assert!(matches!(fault(setup.pull(&manifest())), Fault::Unverifiable));
    assert!(setup.left_behind().is_empty());
}

#[test]
fn a_corrupted_body_is_refused_with_both_digests_and_removed() {
    let mut corrupted = weights();
    corrupted[150_000] ^= 1;
    let found_digest = Sha256Digest::of(&corrupted);
    let server = hub(move |_, asked| stored(&corrupted, asked));
    let setup = Setup::new(server.url());
    match fault(setup.pull(&manifest())) {
        Fault::Hash { expected, found } => {
            assert_eq!((expected, found), (Sha256Digest::of(&weights()), found_digest));
        }
        other => panic!("{other:?}"),
    }
    assert!(setup.left_behind().is_empty(), "{:?}", setup.left_behind());
}

#[test]
fn a_pin_that_the_hub_contradicts_stops_before_the_download() {
    let server = hub(|_, asked| stored(&weights(), asked));
    let setup = Setup::new(server.url());
    let mut pinned = manifest();
    pinned.files[0].sha256 = Some(Sha256Digest::of(b"something else"));
    assert!(matches!(fault(setup.pull(&pinned)), Fault::Hash { .. }));
    let mut pinned = manifest();
    pinned.files[0].size = Some(299_999);
    assert!(matches!(
        fault(setup.pull(&pinned)),
        Fault::Size { expected: 299_999, found: 300_000 }
    ));
    assert!(server.asked_with("GET").is_empty());
}

#[test]
fn a_pin_is_checked_where_the_server_states_no_digest() {
    let server = Server::start(|_| Answer::new(200, b"not what was pinned").with("ETag", "\"x\""));
    let setup = Setup::new(server.url());
    let mut pinned = manifest();
    pinned.files[0].sha256 = Some(Sha256Digest::of(b"something else"));
    assert!(matches!(fault(setup.pull(&pinned)), Fault::Hash { .. }));
    assert!(setup.left_behind().is_empty());
}

#[test]
fn endless_redirects_are_given_up() {
    let server = Server::start(|_| Answer::new(302, b"").with("Location", "/again"));
    let setup = Setup::new(server.url());
    assert!(matches!(fault(setup.pull(&manifest())), Fault::Redirect { .. }));
    assert!(server.asked().len() < 20);
}

#[test]
fn a_hub_that_should_speak_tls_and_does_not_is_refused() {
    let server = hub(|_, asked| stored(&weights(), asked));
    let setup = Setup::new(server.url().replace("http://", "https://"));
    let found = fault(setup.pull(&manifest()));
    assert!(matches!(found, Fault::NoAnswer { .. }), "{found:?}");
    assert!(server.asked().is_empty());
}

#[test]
fn an_absent_server_is_reported_after_bounded_attempts() {
    let url = Server::start(|_| Answer::new(200, b"")).url(); // dropped at once
    let setup = Setup::new(url);
    let found = fault(setup.pull(&manifest()));
    assert!(matches!(found, Fault::NoAnswer { .. }), "{found:?}");
}
