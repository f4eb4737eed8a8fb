//! From a published model to a model folder, with the golden checkpoints as what is published.

use pecmae::models::pull::{LicenseFact, PullRequest, StatedLicense};
use pecmae::models::{ImportError, Library};
use pecmae::weights::{Hints, Precision};

use super::*;

fn golden(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/tiny").join(name)).unwrap()
}

/// A hub with the autoencoder and the codec in two repositories.
fn hub_of_two(autoencoder: Vec<u8>) -> Server {
    let codec = golden("encodec_hf/model.safetensors");
    Server::start(move |asked| match asked.path.as_str() {
        "/storage/autoencoder" => stored(&autoencoder, asked),
        "/storage/codec" => stored(&codec, asked),
        path if path.starts_with("/someone/tiny/") => linked(&autoencoder, "/storage/autoencoder"),
        path if path.starts_with("/other/codec/") => linked(&codec, "/storage/codec"),
        _ => Answer::new(404, b""),
    })
}

fn published() -> PublishedModel {
    let mut model = manifest();
    model.files.push(PublishedFile {
        role: Role::Codec,
        repo: "other/codec".to_owned(),
        path: "model.safetensors".to_owned(),
        ..model.files[0].clone()
    });
    let stated = |license: &str| StatedLicense {
        license: license.to_owned(),
        source: "https://example.org".to_owned(),
        as_of: "today".to_owned(),
    };
    let (code, weights) = (stated("MIT"), stated("not stated"));
    model.licenses.push(LicenseFact { part: "Codec".to_owned(), code, weights });
    model
}

fn request(model: &PublishedModel) -> PullRequest<'_> {
    let hints = Hints { encoder_heads: Some(4), heads: Some(2), segment_seconds: None };
    PullRequest { model, name: "mine", precision: Precision::F32, hints, replace: false }
}

#[test]
fn a_published_model_becomes_a_model_folder_and_the_downloads_go() {
    let server = hub_of_two(golden("weights.pt"));
    let setup = Setup::new(server.url());
    let library = Library::at(&setup.folder.path().join("models"));
    let (model, token) = (published(), CancelToken::new());
    let folder = library.pull(&request(&model), &setup.source, &token, |_| {}).unwrap();

    assert_eq!(folder.name(), "mine");
    assert_eq!(folder.architecture().segment_samples, 96_000);
    assert_eq!(folder.manifest().license, "Codec: not stated");
    let sources: Vec<_> = folder.manifest().sources.iter().map(|s| s.sha256.clone()).collect();
    let wanted = ["weights.pt", "encodec_hf/model.safetensors"]
        .map(|name| Sha256Digest::of(&golden(name)).to_string());
    assert_eq!(sources, wanted);
    folder.verify(&token).unwrap();
    assert!(!setup.downloads().exists());

    let asked = server.asked().len();
    let again = library.pull(&request(&model), &setup.source, &token, |_| {});
    assert!(matches!(again, Err(PullError::Import(ImportError::Exists { .. }))), "{again:?}");
    assert_eq!(server.asked().len(), asked, "a taken name is refused before the download");
}

#[test]
fn downloads_stay_where_no_model_can_be_made_of_them() {
    let server = hub_of_two(b"published, but no checkpoint".to_vec());
    let setup = Setup::new(server.url());
    let library = Library::at(&setup.folder.path().join("models"));
    let model = published();
    let result = library.pull(&request(&model), &setup.source, &CancelToken::new(), |_| {});
    assert!(matches!(result, Err(PullError::Import(_))), "{result:?}");
    assert_eq!(setup.left_behind(), ["model.safetensors", "weights.pt"]);
    assert!(library.list().unwrap().is_empty());
}

#[test]
fn a_model_without_an_autoencoder_or_with_an_unsafe_name_is_refused() {
    let server = hub_of_two(golden("weights.pt"));
    let setup = Setup::new(server.url());
    let library = Library::at(&setup.folder.path().join("models"));
    let pull = |model: &PublishedModel| {
        library.pull(&request(model), &setup.source, &CancelToken::new(), |_| {}).unwrap_err()
    };
    let mut model = published();
    model.files.remove(0);
    assert_eq!(pull(&model).to_string(), "the manifest of tiny lists no autoencoder");
    let mut model = published();
    "../models".clone_into(&mut model.name);
    assert!(matches!(pull(&model), PullError::Import(ImportError::Library(_))));
}
