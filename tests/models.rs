//! Import, open, verify, list and remove: what is on disk is whole, known by its fingerprint, and quick to open.

mod checkpoints;

use std::fs;
use std::path::{Path, PathBuf};

use checkpoints::{
    TestResult, assert_same, golden, open_golden, open_tiny, safetensors_bytes, table, tiny,
};
use pecmae::job::CancelToken;
use pecmae::models::{
    ImportError, ImportRequest, Library, LibraryError, ModelFolder, OpenError, VerifyError,
};
use pecmae::weights::canonical::convert;
use pecmae::weights::{Hints, Precision, SaveError};
use tempfile::TempDir;

struct Sources {
    autoencoder: PathBuf,
    codec: PathBuf,
}

impl Sources {
    fn golden() -> Self {
        Self { autoencoder: golden("weights.pt"), codec: golden("encodec_24khz.th") }
    }

    fn tiny() -> Self {
        Self { autoencoder: tiny("weights.pt"), codec: tiny("encodec_24khz.th") }
    }

    fn request(&self) -> ImportRequest<'_> {
        ImportRequest {
            autoencoder: &self.autoencoder,
            codec: Some(&self.codec),
            name: "golden",
            precision: Precision::F32,
            hints: Hints::default(),
            license: None,
            replace: false,
        }
    }
}

fn library() -> TestResult<(TempDir, Library)> {
    let folder = tempfile::tempdir()?;
    let library = Library::at(&folder.path().join("models"));
    Ok((folder, library))
}

fn import(library: &Library, request: &ImportRequest<'_>) -> Result<ModelFolder, ImportError> {
    library.import(request, &CancelToken::new())
}

fn verify(model: &ModelFolder) -> Result<(), VerifyError> {
    model.verify(&CancelToken::new())
}

fn entries(folder: &Path) -> TestResult<Vec<String>> {
    let mut names = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect::<std::io::Result<Vec<_>>>()?;
    names.sort();
    Ok(names)
}

#[test]
fn an_imported_model_holds_the_converted_tensors_and_where_they_came_from() -> TestResult {
    let (_guard, library) = library()?;
    let model = import(&library, &Sources::golden().request())?;
    let wanted = convert(
        &open_golden("weights.pt")?,
        Some(&open_golden("encodec_24khz.th")?),
        &Hints::default(),
    )?;
    assert_same(&wanted.weights, model.weights());
    assert_eq!(entries(model.path())?, ["model.json", "model.safetensors"]);
    assert_eq!(entries(library.root())?, ["golden"]);

    let manifest = model.manifest();
    assert_eq!((manifest.name.as_str(), manifest.license.as_str()), ("golden", "not stated"));
    let digest = pecmae::files::sha256_of_file(&golden("weights.pt"))?.to_string();
    assert_eq!(manifest.sources[0].sha256, digest);
    assert_eq!(manifest.sources[1].file, "encodec_24khz.th");
    verify(&model)?;
    Ok(())
}

#[test]
fn the_architecture_is_what_the_golden_config_says() -> TestResult {
    let (_guard, library) = library()?;
    let architecture = import(&library, &Sources::golden().request())?.architecture().clone();
    let config: serde_json::Value = serde_json::from_slice(&fs::read(golden("config.json"))?)?;
    let codec = &architecture.codec;
    for (key, found) in [
        ("n_filters", codec.n_filters),
        ("codec_dim", codec.latent),
        ("codebooks", codec.n_codebooks),
        ("bins", codec.n_bins),
        ("dim", architecture.feature),
        ("ff", architecture.encoder.feed_forward),
        ("ff", architecture.decoder.feed_forward),
        ("mae_layers", architecture.encoder.n_layers),
        ("mae_heads", architecture.encoder.n_heads),
        ("enc_layers", architecture.summarizer.n_layers),
        ("den_layers", architecture.decoder.n_layers),
        ("heads", architecture.summarizer.n_heads),
    ] {
        assert_eq!(config[key], found, "{key}");
    }
    assert_eq!((&*codec.strides, codec.hop), (&[2, 4, 5, 8][..], 320));
    assert_eq!(architecture.segment_samples, 96_000);
    assert_eq!(codec.n_lstm_layers, 2);
    Ok(())
}

#[test]
fn the_same_files_give_the_same_fingerprint_and_one_weight_changes_it() -> TestResult {
    let (guard, library) = library()?;
    let mut sources = Sources::tiny();
    let first = import(&library, &sources.request())?;
    let again = import(
        &library,
        &ImportRequest { name: "again", license: Some("MIT"), ..sources.request() },
    )?;
    assert_eq!(first.fingerprint(), again.fingerprint());

    let longer = Hints { segment_seconds: Some(10.0), ..Hints::default() };
    let longer =
        import(&library, &ImportRequest { name: "longer", hints: longer, ..sources.request() })?;
    assert_ne!(first.fingerprint(), longer.fingerprint());

    let mut tensors = table(&open_tiny("weights.pt")?);
    let value = &mut tensors.get_mut("out_adapter.bias").unwrap().1[0];
    *value = f32::from_bits(value.to_bits() ^ 1);
    sources.autoencoder = guard.path().join("altered.safetensors");
    fs::copy(tiny("config.json"), guard.path().join("config.json"))?;
    fs::write(&sources.autoencoder, safetensors_bytes(&tensors)?)?;
    let altered = import(&library, &ImportRequest { name: "altered", ..sources.request() })?;
    assert_ne!(first.fingerprint(), altered.fingerprint());
    Ok(())
}

#[test]
fn half_precision_comes_back_rounded_once() -> TestResult {
    let (_guard, library) = library()?;
    let sources = Sources::golden();
    let full = import(&library, &sources.request())?;
    for (name, precision, relative) in
        [("half", Precision::F16, 1.0 / 2048.0), ("brain", Precision::Bf16, 1.0 / 256.0)]
    {
        let model = import(&library, &ImportRequest { name, precision, ..sources.request() })?;
        verify(&model)?;
        assert_ne!(model.fingerprint(), full.fingerprint());
        assert_eq!(2 * model.n_weight_bytes(), full.n_weight_bytes());
        for ((name, _, exact), (_, _, rounded)) in
            full.weights().tensors().zip(model.weights().tensors())
        {
            let fits = |(a, b): (&f32, &f32)| (a - b).abs() <= relative * a.abs() + 1e-7;
            assert!(exact.iter().zip(rounded.iter()).all(fits), "{name} as {precision}");
        }
    }
    Ok(())
}

#[test]
fn a_taken_name_is_refused_unless_asked_and_a_failed_import_leaves_nothing() -> TestResult {
    let (guard, library) = library()?;
    let sources = Sources::tiny();
    let first = import(&library, &sources.request())?;
    let error = import(&library, &sources.request()).unwrap_err();
    assert!(matches!(error, ImportError::Exists { .. }), "{error}");

    let replaced = import(
        &library,
        &ImportRequest { replace: true, license: Some("CC0"), ..sources.request() },
    )?;
    assert_eq!(replaced.manifest().license, "CC0");
    assert_eq!(entries(library.root())?, ["golden"]);
    // The old mapping outlives the replaced file.
    verify(&first)?;

    // Too large for half precision: found while writing, after the folder was started.
    let mut tensors = table(&open_tiny("weights.pt")?);
    tensors.get_mut("out_adapter.bias").unwrap().1[0] = 1e6;
    let autoencoder = guard.path().join("large.safetensors");
    fs::copy(tiny("config.json"), guard.path().join("config.json"))?;
    fs::write(&autoencoder, safetensors_bytes(&tensors)?)?;
    let request = ImportRequest {
        autoencoder: &autoencoder,
        precision: Precision::F16,
        replace: true,
        ..sources.request()
    };
    let error = import(&library, &request).unwrap_err();
    assert!(matches!(error, ImportError::Save(SaveError::Overflow { .. })), "{error}");
    assert_eq!(entries(library.root())?, ["golden"]);
    verify(&library.open("golden")?)?;
    Ok(())
}

#[test]
fn one_flipped_bit_is_found_by_verify() -> TestResult {
    let (_guard, library) = library()?;
    let model = import(&library, &Sources::tiny().request())?;
    let path = model.path().join("model.safetensors");
    let mut bytes = fs::read(&path)?;
    let last = bytes.len() - 4;
    bytes[last] ^= 1;
    fs::remove_file(&path)?;
    fs::write(&path, &bytes)?;
    let error = verify(&ModelFolder::open(model.path())?).unwrap_err();
    assert!(matches!(error, VerifyError::Fingerprint { .. }), "{error}");

    bytes[last..].copy_from_slice(&f32::NAN.to_le_bytes());
    fs::write(&path, &bytes)?;
    let error = verify(&ModelFolder::open(model.path())?).unwrap_err();
    assert!(matches!(error, VerifyError::NotFinite { .. }), "{error}");
    Ok(())
}

#[test]
fn cut_weights_and_a_damaged_manifest_are_found_at_opening() -> TestResult {
    let (_guard, library) = library()?;
    let model = import(&library, &Sources::tiny().request())?;
    let weights = model.path().join("model.safetensors");
    let whole = fs::read(&weights)?;
    fs::remove_file(&weights)?;
    fs::write(&weights, &whole[..whole.len() - 1])?;
    let error = ModelFolder::open(model.path()).unwrap_err();
    assert!(matches!(error, OpenError::Weights(_)), "{error}");
    fs::write(&weights, &whole)?;

    let manifest = model.path().join("model.json");
    let text = fs::read_to_string(&manifest)?;
    for (from, to) in
        [("\"hop\": 320", "\"hop\": 640"), ("\"format\": 1", "\"format\": 99"), ("{", "[")]
    {
        fs::write(&manifest, text.replacen(from, to, 1))?;
        assert!(ModelFolder::open(model.path()).is_err(), "{to}");
    }
    fs::write(&manifest, &text)?;
    verify(&ModelFolder::open(model.path())?)?;
    Ok(())
}

#[test]
fn models_are_found_by_name_or_path_and_the_others_are_named() -> TestResult {
    let (guard, library) = library()?;
    assert!(library.list()?.is_empty());
    let error = library.resolve("golden").unwrap_err().to_string();
    assert!(error.contains("there is nano, and none is installed yet"), "{error}");

    let model = import(&library, &Sources::tiny().request())?;
    let elsewhere = guard.path().join("elsewhere");
    fs::create_dir(&elsewhere)?;
    for file in entries(model.path())? {
        fs::copy(model.path().join(&file), elsewhere.join(&file))?;
    }
    assert_eq!(library.resolve("golden")?, model.path());
    assert_eq!(library.open(&elsewhere.to_string_lossy())?.fingerprint(), model.fingerprint());
    let error = library.resolve("gold").unwrap_err().to_string();
    assert!(error.contains("there are nano, golden"), "{error}");

    // Folders of interrupted imports and foreign ones are no models.
    fs::create_dir(library.root().join(".pecmae-abc"))?;
    fs::create_dir(library.root().join("notes"))?;
    let names: Vec<_> = library.list()?.into_iter().map(|listed| listed.name).collect();
    assert_eq!(names, ["golden"]);
    Ok(())
}

#[test]
fn the_built_in_model_is_whole_small_and_gives_way_to_an_installed_one() -> TestResult {
    let (_guard, library) = library()?;
    let built_in = library.open("nano")?;
    assert!(built_in.is_built_in() && built_in.name() == "nano");
    verify(&built_in)?;
    assert!(built_in.n_weight_bytes() <= 12 << 20, "{} bytes", built_in.n_weight_bytes());
    assert!(built_in.architecture().codec.has_decoder);
    assert!(matches!(library.resolve("nano"), Err(LibraryError::BuiltIn)));
    assert!(matches!(library.remove("nano"), Err(LibraryError::BuiltIn)));

    // The files in the repository are a model folder like any other.
    let folder = ModelFolder::open(Path::new("models/nano"))?;
    assert_eq!(folder.fingerprint(), built_in.fingerprint());
    assert!(!folder.is_built_in());

    let installed = import(&library, &ImportRequest { name: "nano", ..Sources::tiny().request() })?;
    assert_eq!(library.open("nano")?.fingerprint(), installed.fingerprint());
    library.remove("nano")?;
    assert!(library.open("nano")?.is_built_in());
    Ok(())
}

#[test]
fn only_a_model_folder_is_removed() -> TestResult {
    let (_guard, library) = library()?;
    let model = import(&library, &Sources::tiny().request())?;
    for name in ["../models/golden", "", ".", "..", "/", "a/b"] {
        assert!(matches!(library.remove(name), Err(LibraryError::Name { .. })), "{name}");
    }
    fs::create_dir(library.root().join("notes"))?;
    assert!(matches!(library.remove("notes"), Err(LibraryError::Unknown { .. })));

    fs::write(model.path().join("thesis.txt"), "precious")?;
    let error = library.remove("golden").unwrap_err();
    assert!(matches!(error, LibraryError::NotOnlyAModel { .. }), "{error}");
    fs::remove_file(model.path().join("thesis.txt"))?;
    library.remove("golden")?;
    assert_eq!(entries(library.root())?, ["notes"]);
    Ok(())
}

#[test]
fn a_folder_that_is_no_model_says_which_file_it_lacks() -> TestResult {
    let (guard, library) = library()?;
    import(&library, &Sources::tiny().request())?;
    let folder = guard.path().join("notes");
    fs::create_dir(&folder)?;
    let path = folder.to_string_lossy();
    let error = |path: &str| library.resolve(path).unwrap_err().to_string();
    assert_eq!(
        error(&path),
        format!(
            "the folder is no model, because it lacks model.json and model.safetensors; there are nano, golden: {path}"
        )
    );
    fs::copy(library.root().join("golden/model.json"), folder.join("model.json"))?;
    assert!(error(&path).contains("it lacks model.safetensors;"), "{}", error(&path));
    let file = tiny("weights.pt");
    assert!(error(&file.to_string_lossy()).starts_with("a model is a folder, not a file;"));
    Ok(())
}

#[test]
fn a_cancelled_import_or_check_ends_at_once_and_leaves_nothing() -> TestResult {
    let (_guard, library) = library()?;
    let model = import(&library, &Sources::tiny().request())?;
    let token = CancelToken::new();
    token.cancel();
    assert!(matches!(model.verify(&token), Err(VerifyError::Cancelled { .. })));
    let sources = Sources::tiny();
    for replace in [false, true] {
        let name = if replace { "golden" } else { "new" };
        let request = ImportRequest { name, replace, ..sources.request() };
        let result = library.import(&request, &token);
        assert!(matches!(result, Err(ImportError::Cancelled { .. })), "{result:?}");
        assert_eq!(entries(library.root())?, ["golden"]);
    }
    verify(&library.open("golden")?)?;

    // At any moment: either the model is whole, or there is nothing.
    let mut n_cancelled = 0;
    for i in 0..60 {
        let token = CancelToken::new();
        let imported = std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(std::time::Duration::from_micros(i * 500));
                token.cancel();
            });
            library.import(&ImportRequest { name: "new", ..sources.request() }, &token)
        });
        match imported {
            Ok(model) => {
                verify(&model)?;
                library.remove("new")?;
            }
            Err(ImportError::Cancelled { .. }) => n_cancelled += 1,
            Err(error) => return Err(error.into()),
        }
        assert_eq!(entries(library.root())?, ["golden"]);
    }
    assert!(n_cancelled > 0);
    Ok(())
}
