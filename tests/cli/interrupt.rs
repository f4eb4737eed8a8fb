//! Ctrl-C in the verbs that finish no work bit by bit: they end soon, and nothing is left.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use pecmae::embeddings::{Metadata, SegmentPlace, Settings, TableWriter, Track};
use pecmae::files::Sha256Digest;

use crate::program::{Workshop, signal, tiny};

/// Longer than it takes on a busy machine, shorter than the work would.
const SOON: Duration = Duration::from_secs(5);

/// A safetensors file with gigabytes of zeros more, which take no room on the disk.
fn with_zeros(whole: &[u8], path: &Path) {
    const TENSORS: usize = 600;
    const BYTES: usize = 10 << 20;
    let (length, rest) = whole.split_first_chunk::<8>().unwrap();
    let (header, data) = rest.split_at(u64::from_le_bytes(*length) as usize);
    let mut header: serde_json::Value = serde_json::from_slice(header).unwrap();
    for i in 0..TENSORS {
        let start = data.len() + i * BYTES;
        header[format!("zeros.{i}")] = serde_json::json!(
            { "dtype": "F32", "shape": [BYTES / 4], "data_offsets": [start, start + BYTES] }
        );
    }
    let mut header = serde_json::to_vec(&header).unwrap();
    header.resize(header.len().next_multiple_of(8), b' ');
    let mut file = File::create(path).unwrap();
    let length = (header.len() as u64).to_le_bytes();
    [&length, &header[..], data].iter().for_each(|part| file.write_all(part).unwrap());
    file.set_len((8 + header.len() + data.len() + TENSORS * BYTES) as u64).unwrap();
}

/// Interrupts a verb once it says that it has started, or, if it never does, after a while.
#[track_caller]
fn stops(workshop: &Workshop, args: &[&str], sentence: &str) {
    let before = workshop.files();
    let mut child = workshop.start_listening(&[args, &["--json"]].concat());
    let mut stdout = BufReader::new(child.stdout.take().unwrap()).lines();
    let started = stdout.next().unwrap().unwrap();
    assert!(started.contains(r#""event":"start""#), "{started}");
    let asked = Instant::now();
    signal(&child, "INT");
    let rest: Vec<_> = stdout.map(Result::unwrap).collect();
    let output = child.wait_with_output().unwrap();
    let (took, stderr) = (asked.elapsed(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(130), "{stderr}");
    assert!(took < SOON, "{took:?}");
    assert!(stderr.contains(&format!("error: {sentence}")), "{stderr}");
    assert_eq!(rest.len(), 1, "{rest:?}");
    assert!(rest[0].contains(r#""event":"error","code":130"#), "{rest:?}");
    assert_eq!(workshop.files(), before);
}

#[test]
fn an_interrupted_import_or_check_stops_soon() {
    let workshop = Workshop::new();
    let codec = tiny("encodec_hf/model.safetensors");
    let large = workshop.path("codec.safetensors");
    with_zeros(&std::fs::read(codec).unwrap(), &large);
    let weights = tiny("weights.pt");
    let import =
        ["models", "import", "--name", "new", "--codec", "codec.safetensors", "--autoencoder"];
    let import = [&import[..], &[weights.to_str().unwrap()]].concat();
    stops(&workshop, &import, "stopped; model \"new\" was not imported");

    let model = "home/models/tiny/model.safetensors";
    let whole = workshop.read(model);
    std::fs::remove_file(workshop.path(model)).unwrap();
    with_zeros(&whole, &workshop.path(model));
    stops(&workshop, &["models", "verify", "tiny"], "stopped before every weight was read");
}

#[test]
fn an_interrupted_merge_stops_soon() {
    let workshop = Workshop::empty();
    let settings = Settings {
        model_fingerprint: "c0de".to_owned(),
        precision: "f32".to_owned(),
        sample_rate_hz: 24_000,
        segment_samples: 96_000,
        tail: "mask".to_owned(),
        dim: 2,
        frames: None,
        more: [].into(),
    };
    let metadata = Metadata { model: "made up".to_owned(), settings, shard: None };
    for table in 0..4 {
        let path = workshop.path(&format!("{table}.parquet"));
        let mut writer = TableWriter::create(&path, &metadata).unwrap();
        for i in 0..120_000_u32 {
            let id = format!("{i:06}-{table}");
            let (path, content) = (id.clone(), Sha256Digest([0; 32]));
            let track = Arc::new(Track { id, path, content, label: None });
            let place = SegmentPlace { segment: 0, start_s: 0.0, end_s: 4.0, true_length_s: 4.0 };
            writer.push(&track, place, &[0.0, 1.0]).unwrap();
        }
        writer.finish().unwrap();
    }
    let merge = ["merge", "0.parquet", "1.parquet", "2.parquet", "3.parquet", "-o", "m.parquet"];
    stops(&workshop, &merge, "stopped after ");
}
