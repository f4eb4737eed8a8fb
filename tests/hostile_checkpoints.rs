//! Checkpoints that mean harm or are broken: one clear sentence, no panic, nothing executed, nothing allocated on their word.

mod checkpoints;

use std::io::Write as _;
use std::path::Path;

use checkpoints::{TestResult, fixture, open_tiny, safetensors_bytes, table, tiny};
use pecmae::weights::{Checkpoint, CheckpointError, PickleError};
use proptest::prelude::*;
use zip::write::SimpleFileOptions;

fn read(bytes: &[u8]) -> Result<Checkpoint, CheckpointError> {
    Checkpoint::from_bytes(bytes.to_vec(), Path::new("file.pt"))
}

/// A torch archive around the given pickle and one storage of 16 bytes.
fn torch_zip(pickle: &[u8]) -> TestResult<Vec<u8>> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in [("m/data.pkl", pickle), ("m/data/0", &[0; 16]), ("m/version", b"3\n")] {
        archive.start_file(name, SimpleFileOptions::default())?;
        archive.write_all(bytes)?;
    }
    Ok(archive.finish()?.into_inner())
}

/// `{"w": _rebuild_tensor_v2(storage 0 of `n_elements`, offset, shape, strides), "extra": EXTRA}` at protocol 2.
fn state_dict(n_elements: u8, offset: u8, shape: u8, stride: u8, extra: &[u8]) -> Vec<u8> {
    let mut pickle = b"\x80\x02}(X\x01\0\0\0wctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nFloatStorage\n".to_vec();
    pickle.extend(b"X\x01\0\0\x000X\x03\0\0\0cpuK");
    pickle.push(n_elements);
    pickle.extend(b"tQK");
    pickle.push(offset);
    pickle.extend([b'K', shape, 0x85, b'K', stride, 0x85]);
    pickle.extend(b"\x89}tRX\x05\0\0\0extra");
    pickle.extend(extra);
    pickle.extend(b"u.");
    pickle
}

#[test]
fn the_hand_made_archive_is_fine_before_it_turns_hostile() -> TestResult {
    let checkpoint = read(&torch_zip(&state_dict(4, 1, 3, 1, b"N"))?)?;
    let (_, tensor) = checkpoint.get("w").unwrap();
    assert_eq!(tensor.values().as_deref(), Some(&[0.0; 3][..]));
    Ok(())
}

#[test]
fn a_pickle_that_would_run_code_is_refused_by_name() -> TestResult {
    let calls: [(&[u8], &str); 8] = [
        (b"cos\nsystem\n(X\x02\0\0\0lstR", "os.system"),
        (b"cposix\nsystem\n(X\x02\0\0\0lstR", "posix.system"),
        (b"cbuiltins\neval\n(X\x01\0\0\x001tR", "builtins.eval"),
        (b"c__builtin__\nexec\n(X\x01\0\0\x001tR", "__builtin__.exec"),
        (b"csubprocess\nPopen\n(X\x02\0\0\0lstR", "subprocess.Popen"),
        // Mentioned, never called.
        (b"crunpy\n_run_code\n", "runpy._run_code"),
        // By the older instruction for instances.
        (b"(X\x02\0\0\0lsios\nsystem\n", "os.system"),
        // By name from the stack, as protocol 4 writes it.
        (b"\x8c\x02os\x8c\x06system\x93\x8c\x02ls\x85R", "os.system"),
    ];
    for (call, name) in calls {
        let in_state_dict = torch_zip(&state_dict(4, 0, 4, 1, call))?;
        let alone = [b"\x80\x04", call, b"."].concat();
        for bytes in [in_state_dict, alone] {
            let error = read(&bytes).unwrap_err();
            assert!(
                matches!(&error, CheckpointError::Hostile { source: PickleError::Forbidden { name: found }, .. } if found == name),
                "{error}"
            );
            assert_eq!(
                error.to_string(),
                format!(
                    "refused, nothing was run: the pickle would run code ({name}), which no honest checkpoint does; \
                         get this file from a source you trust: file.pt"
                )
            );
        }
    }
    Ok(())
}

#[test]
fn a_text_pickle_that_would_run_code_is_refused_by_name() {
    let error = read(b"cos\nsystem\n(S'echo hacked'\ntR.").unwrap_err();
    assert!(error.to_string().contains("os.system"), "{error}");
}

#[test]
fn a_forbidden_name_cannot_hide_behind_an_attribute() -> TestResult {
    let fetched =
        b"cbuiltins\ngetattr\n(cfunctools\npartial\nX\x08\0\0\0__func__tR(X\x02\0\0\0lstR";
    let error = read(&torch_zip(&state_dict(4, 0, 4, 1, fetched))?).unwrap_err();
    assert!(error.to_string().contains("would call what builtins.getattr returns"), "{error}");
    Ok(())
}

#[test]
fn a_tensor_beyond_its_storage_is_refused() -> TestResult {
    // (elements the storage claims, offset, shape, stride)
    for (n_elements, offset, shape, stride) in
        [(5, 0, 4, 1), (4, 1, 4, 1), (4, 5, 0, 1), (4, 0, 3, 2), (4, 0, 200, 0)]
    {
        let error =
            read(&torch_zip(&state_dict(n_elements, offset, shape, stride, b"N"))?).unwrap_err();
        assert!(
            matches!(error, CheckpointError::Tensor { .. } | CheckpointError::OutOfFile { .. }),
            "{error}"
        );
    }
    Ok(())
}

/// Sets a 16- or 32-bit field of the last entry with that name in the central directory.
fn patch_directory(archive: &mut [u8], name: &str, field: usize, value: &[u8]) {
    let at = (0..archive.len() - 46)
        .rfind(|at| {
            archive[*at..].starts_with(b"PK\x01\x02")
                && archive[at + 46..].starts_with(name.as_bytes())
        })
        .expect("the entry is in the archive");
    archive[at + field..at + field + value.len()].copy_from_slice(value);
}

#[test]
fn a_zip_bomb_is_refused_without_unpacking() -> TestResult {
    let honest = torch_zip(&state_dict(4, 0, 4, 1, b"N"))?;
    let deflated = {
        let mut archive = honest.clone();
        patch_directory(&mut archive, "m/data/0", 10, &8_u16.to_le_bytes());
        patch_directory(&mut archive, "m/data/0", 24, &0xffff_fff0_u32.to_le_bytes());
        archive
    };
    let error = read(&deflated).unwrap_err();
    assert!(matches!(error, CheckpointError::Compressed { .. }), "{error}");

    let swollen = {
        let mut archive = honest;
        patch_directory(&mut archive, "m/data.pkl", 20, &0xffff_fff0_u32.to_le_bytes());
        patch_directory(&mut archive, "m/data.pkl", 24, &0xffff_fff0_u32.to_le_bytes());
        archive
    };
    let error = read(&swollen).unwrap_err();
    assert!(matches!(error, CheckpointError::OutOfFile { .. }), "{error}");
    Ok(())
}

#[test]
fn an_entry_past_the_end_is_refused_even_if_it_is_empty() -> TestResult {
    let mut archive = torch_zip(&state_dict(0, 0, 0, 1, b"N"))?;
    for field in [20, 24] {
        patch_directory(&mut archive, "m/data/0", field, &0_u32.to_le_bytes());
    }
    // Its local header claims a name that reaches past the end of the file.
    let header = archive.windows(8).position(|window| window == b"m/data/0").ok_or("no header")?;
    archive[header - 4..header - 2].copy_from_slice(&u16::MAX.to_le_bytes());
    let error = read(&archive).unwrap_err();
    assert!(matches!(error, CheckpointError::OutOfFile { .. }), "{error}");
    Ok(())
}

#[test]
fn lengths_are_not_trusted() {
    // A text of 4 GiB, a number of 2 GiB, bytes of 2^63, a frame of 2^64 − 1: none of it is there.
    for bytes in [
        &b"\x80\x02X\xff\xff\xff\xff"[..],
        b"\x80\x02\x8b\xff\xff\xff\x7f",
        b"\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\x7f",
    ] {
        let error = read(bytes).unwrap_err();
        assert!(
            matches!(&error, CheckpointError::Pickle { source: PickleError::Truncated { .. }, .. }),
            "{error}"
        );
    }
}

#[test]
fn nesting_without_end_is_refused_not_followed() {
    for opcode in *b"](})" {
        let deep = [b"\x80\x02", &*vec![opcode; 1 << 20], b"."].concat();
        let error = read(&deep).unwrap_err();
        assert!(
            matches!(&error, CheckpointError::Pickle { source: PickleError::TooDeep { .. }, .. }),
            "{error}"
        );
    }
    // A list in a list in a list …, each popped off the stack at once.
    let nested = [b"\x80\x02]".to_vec(), b"\x85".repeat(1 << 20), b".".to_vec()].concat();
    assert!(read(&nested).is_err());
}

#[test]
fn what_is_no_checkpoint_is_called_what_it_looks_like() {
    for (bytes, found) in [
        (&b""[..], "an empty file"),
        (b"Once upon a time there was a model.\n", "text"),
        (b"<!DOCTYPE html><html><body>404</body></html>", "text"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "a Git LFS pointer"),
        (b"\x00\x00\x00\x00", "something else"),
        (b"code\nand more code\n", "text"),
    ] {
        let error = read(bytes).unwrap_err().to_string();
        assert!(error.contains(&format!("but found {found}")), "{error}");
    }
}

#[test]
fn a_folder_or_no_file_at_all_is_an_error_with_its_path() {
    let error = Checkpoint::open(&tiny("")).unwrap_err().to_string();
    assert!(error.contains("it is a folder"), "{error}");
    let error = Checkpoint::open(Path::new("nowhere.pt")).unwrap_err().to_string();
    assert!(
        error.starts_with("cannot read the checkpoint") && error.ends_with(": nowhere.pt"),
        "{error}"
    );
}

#[test]
fn every_truncation_is_an_error() -> TestResult {
    let mut files = vec![safetensors_bytes(&table(&open_tiny("encodec_24khz.th")?))?];
    for name in ["zip-protocol-2.pt", "legacy-protocol-2.pt", "legacy-protocol-4.pt"] {
        files.push(std::fs::read(fixture(name))?);
    }
    for file in files {
        let step = (file.len() / 500).max(1);
        for length in (0..file.len()).step_by(step) {
            assert!(read(&file[..length]).is_err(), "{length} of {} bytes were read", file.len());
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn altered_bytes_never_panic(
        file in prop::sample::select(vec!["zip-protocol-2.pt", "zip-protocol-5.pt", "legacy-protocol-2.pt", "bare.pt"]),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut bytes = std::fs::read(fixture(file)).unwrap();
        for (index, byte) in changes {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(checkpoint) = read(&bytes) {
            for name in checkpoint.names() {
                let (_, tensor) = checkpoint.get(name).unwrap();
                let _ = tensor.values();
            }
        }
    }
}
